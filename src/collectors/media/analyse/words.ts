/** A text as words and sentences, in any script. */
import { createRequire } from 'node:module';

/** Lists by ISO 639-3; the package has no types. */
const stopword = createRequire(import.meta.url)('stopword') as Readonly<Record<string, unknown>>;

/** Looked at of a text; the rest is counted only. */
export const TEXT_CHARS_MAX = 200_000;

export function wordsOf(text: string, language: string): string[] {
  const words: string[] = [];
  for (const { segment, isWordLike } of segmenter(language, 'word').segment(text)) {
    if (isWordLike) words.push(segment);
  }
  return words;
}

export function sentencesOf(text: string, language: string): string[] {
  // A heading or an item of a list ends with its line, whatever stands there.
  return text
    .split(/\n\s*\n/)
    .flatMap((paragraph) =>
      [...segmenter(language, 'sentence').segment(paragraph)]
        .map(({ segment }) => segment.replace(/\s+/g, ' ').trim())
        .filter((sentence) => sentence !== ''),
    );
}

const NO_WORDS: ReadonlySet<string> = new Set();
const lists = new Map<string, ReadonlySet<string>>();

/** Words that say nothing alone. `code` is ISO 639-3; where there is no list, it is empty. */
export function stopWords(code: string): ReadonlySet<string> {
  const known = lists.get(code);
  if (known) return known;
  const list = stopword[code];
  const words = Array.isArray(list)
    ? new Set(list.map((word) => String(word).toLowerCase()))
    : NO_WORDS;
  lists.set(code, words);
  return words;
}

function segmenter(language: string, granularity: 'word' | 'sentence'): Intl.Segmenter {
  return new Intl.Segmenter(language === '' ? 'en' : language, { granularity });
}
