import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readCount, readDuration, readSize } from './shown-number.ts';

describe('numbers as they are shown', () => {
  it('are counts, cut ones said to be so', () => {
    const exact = (count: number) => ({ count, approximate: false });
    const about = (count: number) => ({ count, approximate: true });
    for (const [text, count] of [
      ['0', exact(0)],
      ['873', exact(873)],
      ['12 345', exact(12_345)],
      ['12\u00a0345', exact(12_345)],
      ['1,234', exact(1_234)],
      ['4.02K', about(4_020)],
      ['12.3k', about(12_300)],
      ['1.44M', about(1_440_000)],
      ['2B', about(2_000_000_000)],
      ['', undefined],
      ['views', undefined],
      ['-5', undefined],
      ['9'.repeat(40), undefined],
    ] as const) {
      assert.deepEqual(readCount(text), count, text);
    }
  });

  it('are durations and sizes', () => {
    assert.equal(readDuration('0:07'), 7);
    assert.equal(readDuration('12:05'), 725);
    assert.equal(readDuration('1:02:03'), 3_723);
    assert.equal(readDuration('soon'), undefined);
    assert.equal(readSize('512 B'), 512);
    assert.equal(readSize('113.9 KB'), 116_634);
    assert.equal(readSize('2,5 MB'), 2_621_440);
    assert.equal(readSize('Björk'), undefined);
  });
});
