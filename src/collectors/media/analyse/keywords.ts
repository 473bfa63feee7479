/** What a text is about: words, and pairs of them, that come again and again. */
import type { Keyword } from '../media-record.ts';
import { stopWords } from './words.ts';

const KEYWORDS_MAX = 10;
const WORD_CHARS_MIN = 3;
/** A pair takes the place of its words where it makes up so much of them. */
const PAIR_SHARE = 0.6;
const IDEOGRAPHS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;

/** `code` is ISO 639-3. */
export function keywordsOf(words: readonly string[], code: string): Keyword[] {
  const stops = stopWords(code);
  const lower = words.map((word) => word.toLocaleLowerCase());
  const isPlain = lower.map((word) => says(word) && !stops.has(word));
  const counts = new Map<string, number>();
  const pairs = new Map<string, number>();
  for (const [at, word] of lower.entries()) {
    if (!isPlain[at]) continue;
    count(counts, word);
    const next = lower[at + 1];
    if (next !== undefined && isPlain[at + 1]) count(pairs, `${word} ${next}`);
  }
  for (const [pair, times] of pairs) {
    const [first = '', second = ''] = pair.split(' ');
    const most = Math.max(counts.get(first) ?? 0, counts.get(second) ?? 0);
    if (times < 2 || times < most * PAIR_SHARE) continue;
    counts.delete(first);
    counts.delete(second);
    counts.set(pair, times);
  }
  return [...counts]
    .map(([word, times]) => ({ word, count: times }))
    .toSorted((a, b) => b.count - a.count || b.word.length - a.word.length)
    .slice(0, KEYWORDS_MAX);
}

function says(word: string): boolean {
  if (/^[\p{N}.,]+$/u.test(word)) return false;
  return word.length >= WORD_CHARS_MIN || (IDEOGRAPHS.test(word) && word.length >= 2);
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
