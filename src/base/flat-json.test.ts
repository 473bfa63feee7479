import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FlatJsonReader } from './flat-json.ts';
import { seededRandom } from './random.ts';

/** Of the pieces that quotes, braces and escapes are mistaken in. */
const PIECES = [
  'a',
  '"',
  '\\',
  '\n',
  '{',
  '}',
  ',',
  ':',
  '":"',
  '","b":"',
  'é',
  '\ud800',
  '\u0000',
];

describe('flat JSON', () => {
  it('reads what JSON.parse reads, whatever comes behind the first row', () => {
    const random = seededRandom(7);
    const pick = <T>(of: readonly T[]): T => of[Math.floor(random.next() * of.length)] as T;
    const word = () =>
      Array.from({ length: Math.floor(random.next() * 4) }, () => pick(PIECES)).join('');
    const keys = ['a', 'b', '1', '0', '"', '', '__proto__', 'constructor', 'é'];
    for (let round = 0; round < 500; round += 1) {
      const reader = new FlatJsonReader();
      const columns = Array.from({ length: 1 + Math.floor(random.next() * 3) }, () => pick(keys));
      for (let row = 0; row < 10; row += 1) {
        const value = pick([word, word, word, word, () => 1, () => null, () => [word()]]);
        const other =
          random.next() < 0.5 ? columns.map(() => pick(keys)) : [...columns, pick(keys)];
        const names = random.next() < 0.7 ? columns : other;
        const text = JSON.stringify(Object.fromEntries(names.map((name) => [name, value()])));
        const read = reader.read(text);
        assert.deepEqual(read, JSON.parse(text));
        assert.equal(JSON.stringify(read), text);
      }
    }
  });

  it('parses what is no object, has other white space, or goes on behind its end', () => {
    const reader = new FlatJsonReader();
    assert.deepEqual(reader.read('["x"]'), ['x']);
    assert.equal(reader.read('null'), null);
    assert.deepEqual(reader.read('{}'), {});
    assert.deepEqual(reader.read('{"a":"x"}'), { a: 'x' });
    assert.deepEqual(reader.read('{"a":"y"}'), { a: 'y' });
    assert.deepEqual(reader.read('{ "a": "y" }'), { a: 'y' });
    assert.deepEqual(reader.read('{"a":"y" }'), { a: 'y' });
    assert.deepEqual(reader.read('{"a":"y","a":"z"}'), { a: 'z' });
    assert.deepEqual(reader.read('[1]'), [1]);
    for (const text of ['{"a":"x"', '{"a":"x', '{"a":"x"]', '{"a":"x"}}', '{"a":"', '']) {
      assert.throws(() => reader.read(text), SyntaxError, text);
    }
  });

  it('makes no name of a value', () => {
    const reader = new FlatJsonReader();
    reader.read('{"id":"0"}');
    const read = reader.read('{"id":"__proto__"}') as { id: string };
    assert.equal(Object.getPrototypeOf(read), Object.prototype);
    assert.equal(read.id, '__proto__');
  });
});
