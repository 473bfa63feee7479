import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { randomInt, seededRandom } from '../../../base/random.ts';
import { patternOf, WordList } from './word-list.ts';

const WORDS = {
  anywhere: ['vcard', 'h-card', 'contact', 'addr', 'site-name', 'sitename'],
  alone: ['fn', 'adr', 'org', 'note'],
  prefixes: 'pu',
};
const list = new WordList(WORDS);
const pattern = patternOf(WORDS);

function answer(value: string, around = ''): string {
  const units = Uint16Array.from(`${around}${value}${around}`, (unit) => unit.charCodeAt(0));
  return list.within(units, around.length, around.length + value.length);
}

test('words count wherever they stand, or alone, or as prefixes', () => {
  for (const [value, told] of [
    ['', 'no'],
    ['contact', 'yes'],
    ['myContactBox', 'yes'],
    ['conta', 'no'],
    ['container', 'no'],
    ['H-CARD', 'yes'],
    ['h_card', 'no'],
    ['fn', 'yes'],
    ['a fn', 'yes'],
    ['fn-big', 'yes'],
    ['btn_fn', 'yes'],
    ['fnord', 'no'],
    ['xfn', 'no'],
    ['note', 'yes'],
    ['notes', 'no'],
    ['foot\tnote', 'yes'],
    ['footnote', 'no'],
    ['p-name', 'yes'],
    ['b p-', 'yes'],
    ['up-name', 'no'],
    ['btn-p-0', 'no'],
    ['p', 'no'],
    ['büro contact', 'unclear'],
    ['contact büro', 'yes'],
    ['a&amp;contact', 'unclear'],
  ]) {
    assert.equal(answer(value as string), told, value);
  }
});

test('nothing beside the value counts', () => {
  for (const around of ['fn ', 'contact', 'p-', ' ']) {
    assert.equal(answer('adrian', around), 'no', around);
    assert.equal(answer('con', around), 'no', around);
    assert.equal(answer('fn', around), 'yes', around);
  }
});

test('the pattern says the same of every ASCII text', () => {
  const random = seededRandom(5);
  const pieces = [
    ...WORDS.anywhere,
    ...WORDS.alone,
    'p',
    'u',
    'x',
    '-',
    '_',
    ' ',
    '\t',
    '\v',
    'N',
    '7',
  ];
  for (let round = 0; round < 20_000; round += 1) {
    let value = '';
    for (let count = randomInt(random, 0, 6); count > 0; count -= 1) {
      const piece = pieces[randomInt(random, 0, pieces.length - 1)] as string;
      value += piece.slice(0, randomInt(random, 1, piece.length));
      if (randomInt(random, 0, 9) === 0) value = value.toUpperCase();
    }
    assert.equal(answer(value), pattern.test(value) ? 'yes' : 'no', JSON.stringify(value));
  }
});
