import { francAll } from 'franc-min';
import { stopWords, wordsOf } from './words.ts';

export interface Language {
  /** As browsers name it, such as `de`; '' where it cannot be told. */
  readonly tag: string;
  /** ISO 639-3, such as `deu`; `und`. */
  readonly code: string;
}

const SAMPLE_CHARS = 4_000;
const CHARS_MIN = 20;
const CANDIDATES = 6;

const UNKNOWN: Language = { tag: '', code: 'und' };

/**
 * By the letters that follow each other; among languages that are near, by the small words that
 * only one of them has.
 */
export function detectLanguage(text: string): Language {
  const sample = text.slice(0, SAMPLE_CHARS);
  if (sample.trim().length < CHARS_MIN) return UNKNOWN;
  const found = francAll(sample).slice(0, CANDIDATES);
  const words = wordsOf(sample.toLowerCase(), '');
  const ranked = found
    .map(([code, score]) => ({ code, score: score + 2 * shareOf(words, stopWords(code)) }))
    .toSorted((a, b) => b.score - a.score);
  const code = ranked[0]?.code ?? 'und';
  if (code === 'und') return UNKNOWN;
  return { tag: Intl.getCanonicalLocales(code)[0] ?? code, code };
}

function shareOf(words: readonly string[], list: ReadonlySet<string>): number {
  if (words.length === 0) return 0;
  return words.filter((word) => list.has(word)).length / words.length;
}
