/** How hard a text is to read, by the length of its words and sentences. */
import type { Reading } from '../media-record.ts';

const WORDS_A_MINUTE = 230;
/** Letters of a long word, for LIX. */
const LONG_WORD = 6;
/** Scripts with spaces and an alphabet; the measures mean nothing for others. */
const ALPHABETIC = /^[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{N}\p{P}\p{M}]+$/u;

/** Flesch's formula, with the numbers that were found for each language. */
const FLESCH: Readonly<Record<string, readonly [base: number, sentence: number, word: number]>> = {
  en: [206.835, 1.015, 84.6],
  de: [180, 1, 58.5],
  fr: [207, 1.015, 73.6],
  es: [206.84, 1.02, 60],
  it: [217, 1.3, 60],
};

export function readingOf(
  words: readonly string[],
  sentences: number,
  language: string,
): Reading | undefined {
  if (words.length === 0 || sentences === 0) return undefined;
  const alphabetic = words.filter((word) => ALPHABETIC.test(word));
  const minutes = round(words.length / WORDS_A_MINUTE);
  if (alphabetic.length < words.length / 2) return { minutes };
  const perSentence = words.length / sentences;
  const long = words.filter((word) => word.length > LONG_WORD).length;
  const lix = Math.round(perSentence + (100 * long) / words.length);
  const flesch = FLESCH[language];
  if (!flesch) return { minutes, lix };
  const syllables = words.reduce((sum, word) => sum + syllablesOf(word, language), 0);
  const [base, sentence, word] = flesch;
  const ease = base - sentence * perSentence - word * (syllables / words.length);
  return { minutes, lix, fleschEase: Math.round(ease) };
}

/** Groups of vowels; English ends many words with a silent e. */
function syllablesOf(word: string, language: string): number {
  const lower = word.toLowerCase();
  const spoken = language === 'en' ? lower.replace(/(?<=[^aeiouyl])e$/, '') : lower;
  return Math.max(1, spoken.match(/[aeiouyäöüáàâéèêëíìîïóòôúùûæøå]+/g)?.length ?? 0);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
