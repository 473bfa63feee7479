import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LANGUAGES, moodOf, textOf } from '../../../../sandbox/media/text-bytes.ts';
import { randomOf } from '../../../../sandbox/sites/seed.ts';
import { extensionOf, fileFormat, isMislabelled } from './file-kind.ts';
import { analyseText, factsOf } from './text.ts';

describe('texts', () => {
  for (let turn = 0; turn < LANGUAGES; turn += 1) {
    const truth = textOf(randomOf(3, turn), turn);
    it(`in ${truth.language} are told by language, keyword and what is in them`, () => {
      const { facts } = factsOf(truth.text);
      assert.equal(facts.language, truth.language);
      assert.ok(facts.keywords.some(({ word }) => word === truth.topic));
      assert.deepEqual(facts.entities.emails, truth.emails);
      assert.deepEqual(facts.entities.dates, truth.dates);
      assert.deepEqual(facts.entities.urls, truth.urls);
      assert.ok(truth.text.includes(facts.summary.split('. ')[0] as string));
    });
  }

  it('in English have a mood, also behind a negation', () => {
    for (const mood of ['positive', 'negative'] as const) {
      assert.equal(factsOf(moodOf(mood).text).facts.sentiment?.label, mood);
    }
    const denied = 'The evening was not good and the people in the house were not happy at all.';
    assert.equal(factsOf(denied).facts.sentiment?.label, 'negative');
  });

  it('in other languages say that they have none', () => {
    const { facts, steps } = factsOf(textOf(randomOf(1), 1).text);
    assert.equal(facts.sentiment, undefined);
    assert.equal(steps.find(({ step }) => step === 'sentiment')?.state, 'skipped');
  });

  it('of one language are easier the shorter their words and sentences are', () => {
    const easy = factsOf('The cat sat on the mat. The dog ran to the cat. The cat ran off.').facts;
    const hard = factsOf(
      'Notwithstanding considerable organisational complexity, administrative representatives unanimously recommended comprehensive restructuring.',
    ).facts;
    assert.ok((easy.reading?.fleschEase ?? 0) > 90, JSON.stringify(easy.reading));
    assert.ok((hard.reading?.fleschEase ?? 100) < 10);
    assert.ok((easy.reading?.lix ?? 99) < (hard.reading?.lix ?? 0));
  });

  it('know dates that are', () => {
    const { dates, numbers } = factsOf(
      'On 3 May 2021, May 4th, 2021, 05.06.2021 and 2021-07-08, not 2021-02-30: 12 of 1,200.50 at -3.',
    ).facts.entities;
    assert.deepEqual(dates.toSorted(), ['2021-05-03', '2021-05-04', '2021-06-05', '2021-07-08']);
    assert.deepEqual(numbers.slice(-3), ['12', '1,200.50', '-3']);
  });

  it('without words, or made to be slow, end', async () => {
    const hostile = [
      '!'.repeat(200_000),
      'a'.repeat(200_000),
      `${'a.'.repeat(100_000)}@`,
      'x@'.repeat(100_000),
      '1,'.repeat(100_000),
      `http://${'%'.repeat(150_000)}`,
      '中'.repeat(50_000),
    ];
    for (const text of hostile) {
      const startedMs = performance.now();
      const { steps } = await analyseText(Buffer.from(text));
      assert.ok(steps.length > 0);
      assert.ok(performance.now() - startedMs < 15_000, text.slice(0, 10));
    }
  });
});

describe('kinds of files', () => {
  for (const [head, kind, format] of [
    ['RIFF\0\0\0\0WAVEfmt ', 'audio', 'wav'],
    ['RIFF\0\0\0\0WEBPVP8 ', 'image', 'webp'],
    ['\xff\xfb\x90\x64\0\0', 'audio', 'mp3'],
    ['\xff\xd8\xff\xe0', 'image', 'jpeg'],
    ['\0\0\0\x20ftypM4A ', 'audio', 'm4a'],
    ['\0\0\0\x20ftypisom', 'other', 'mp4'],
    ['OggS\0\x02', 'audio', 'ogg'],
    ['%PDF-1.7', 'other', 'pdf'],
    ['hello\n', 'text', 'text'],
    ['hel\0lo', 'other', 'unknown'],
  ] as const) {
    it(`${JSON.stringify(head)} is ${format}`, () => {
      const found = fileFormat(Buffer.from(head, 'latin1'));
      assert.deepEqual([found.kind, found.format], [kind, format]);
    });
  }

  it('and names that say otherwise', () => {
    const png = fileFormat(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'));
    assert.equal(isMislabelled('a/b.PNG', png), false);
    assert.equal(isMislabelled('https://x.example/b.jpg?size=1', png), true);
    assert.equal(isMislabelled('b.unheard', png), false);
    assert.equal(extensionOf('https://x.example/a.jpeg?b=c.d#e'), 'jpeg');
  });
});
