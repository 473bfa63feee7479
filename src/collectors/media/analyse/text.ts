/** What a text says of itself without a model: language, keywords, a summary of its own words. */
import { decodeBody } from '../../../base/charset.ts';
import type { Step, TextFacts } from '../media-record.ts';
import { entitiesOf } from './entities.ts';
import { keywordsOf } from './keywords.ts';
import { detectLanguage } from './language.ts';
import { readingOf } from './reading.ts';
import { sentimentOf } from './sentiment.ts';
import { summaryOf } from './summary.ts';
import { sentencesOf, TEXT_CHARS_MAX, wordsOf } from './words.ts';

export interface TextResult {
  readonly text: TextFacts;
  /** The text itself, as far as it is looked at. */
  readonly content: string;
  readonly steps: readonly Step[];
}

const HTML = /^\s*(?:<!doctype html|<html)/i;

/** Of a file's bytes. */
export async function analyseText(bytes: Uint8Array): Promise<TextResult> {
  const { text: whole, charset } = decodeBody(bytes, undefined);
  let content = whole;
  if (HTML.test(whole)) {
    const { readText } = await import('../../contacts/page-text.ts');
    content = readText(whole, 'http://localhost/');
  }
  const looked = content.slice(0, TEXT_CHARS_MAX).toWellFormed();
  const { facts, steps } = factsOf(looked);
  const size = { charset, chars: content.length };
  if (looked.length === content.length) {
    return { text: { ...facts, ...size }, content: looked, steps };
  }
  const why = `It is long: its first ${TEXT_CHARS_MAX} characters were looked at.`;
  const cut: Step = { step: 'rest', state: 'skipped', why };
  return { text: { ...facts, ...size }, content: looked, steps: [...steps, cut] };
}

/** Of a text at hand: a transcript, words in a picture. */
export function factsOf(content: string): { readonly facts: TextFacts; readonly steps: Step[] } {
  const language = detectLanguage(content);
  const words = wordsOf(content, language.tag);
  const sentences = sentencesOf(content, language.tag);
  const keywords = keywordsOf(words, language.code);
  const reading = readingOf(words, sentences.length, language.tag);
  const isEnglish = language.tag === 'en';
  const steps: Step[] = [
    { step: 'language', state: 'done' },
    { step: 'keywords', state: 'done' },
    { step: 'summary', state: 'done' },
    isEnglish
      ? { step: 'sentiment', state: 'done' }
      : {
          step: 'sentiment',
          state: 'skipped',
          why: 'There is a list of words for English only.',
        },
  ];
  const facts: TextFacts = {
    language: language.tag,
    charset: '',
    chars: content.length,
    words: words.length,
    sentences: sentences.length,
    keywords,
    summary: summaryOf(sentences, keywords, language.tag),
    entities: entitiesOf(content),
    ...(reading && { reading }),
    ...(isEnglish && { sentiment: sentimentOf(words) }),
  };
  return { facts, steps };
}
