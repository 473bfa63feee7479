import type { Keyword } from '../media-record.ts';
import { wordsOf } from './words.ts';

const SENTENCES_MAX = 3;
const SENTENCE_CHARS_MIN = 20;
const SENTENCE_CHARS_MAX = 600;
const CONSIDERED_MAX = 2_000;
/** Writers begin with what matters. */
const FIRST_BONUS = 1.5;

/** The sentences that hold most of the keywords, in their order: nothing is worded anew. */
export function summaryOf(
  sentences: readonly string[],
  keywords: readonly Keyword[],
  language: string,
): string {
  const weights = new Map(
    keywords.flatMap(({ word, count }) => word.split(' ').map((part) => [part, count] as const)),
  );
  const scored = sentences.slice(0, CONSIDERED_MAX).flatMap((sentence, at) => {
    if (sentence.length < SENTENCE_CHARS_MIN || sentence.length > SENTENCE_CHARS_MAX) return [];
    const words = wordsOf(sentence.toLocaleLowerCase(), language);
    const weight = [...new Set(words)].reduce((sum, word) => sum + (weights.get(word) ?? 0), 0);
    // By the root of its length: neither the longest nor the shortest has it easy.
    const score = (weight / Math.sqrt(words.length + 1)) * (at === 0 ? FIRST_BONUS : 1);
    return [{ sentence, at, score }];
  });
  return scored
    .toSorted((a, b) => b.score - a.score || a.at - b.at)
    .slice(0, SENTENCES_MAX)
    .toSorted((a, b) => a.at - b.at)
    .map(({ sentence }) => sentence)
    .join(' ');
}
