import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { safeCell } from './safe-formulas.ts';

describe('safeCell', () => {
  const made: readonly string[] = [
    '=1+1',
    '=cmd|"/c calc"!A0',
    '@SUM(A1)',
    '+cmd()',
    '-2+3+cmd|x!A0',
    '\t=1',
    '\rtext',
    '\ttext',
    '  =1',
    '\u00a0=1',
    '\u3000=1',
    '\u200b=1',
    '\ufeff=1',
    '＝1+1',
    '＋cmd',
    '－cmd',
    '＠SUM(A1)',
    '-',
    '--help',
    '+A1',
    '\n=1',
    '@handle',
    '\0=1',
  ];
  for (const text of made) {
    it(`makes text of ${JSON.stringify(text)}`, () => {
      assert.equal(safeCell(text), `'${text}`);
      assert.equal(safeCell(safeCell(text)), safeCell(text));
    });
  }

  const left: readonly string[] = [
    '',
    'text',
    'a=b',
    "'=1",
    '-5',
    '-12.5',
    '-1,234.50',
    '+49 30 901820',
    '+1 (555) 123-4567',
    'x@y.example',
    'https://a.example/?q=1',
    '1-2',
  ];
  for (const text of left) {
    it(`leaves ${JSON.stringify(text)}`, () => assert.equal(safeCell(text), text));
  }

  it('takes no longer for a long run of spaces', () => {
    const text = ' '.repeat(2 ** 20);
    assert.equal(safeCell(text), text);
    assert.equal(safeCell(`+${'1'.repeat(2 ** 20)}x`)[0], "'");
  });
});
