import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { newId } from './ids.ts';
import { seededRandom } from './random.ts';

describe('ids', () => {
  it('sort by the time they were made', () => {
    const random = seededRandom(1);
    const times = [0, 1, 31, 32, 1_795_000_000_000, 1_795_000_000_001, 9_999_999_999_999];
    const ids = times.map((ms) => newId('j', ms, random));
    assert.deepEqual([...ids].sort(), ids);
  });

  it('differ within a millisecond', () => {
    const random = seededRandom(1);
    const ids = Array.from({ length: 10_000 }, () => newId('j', 5, random));
    assert.equal(new Set(ids).size, ids.length);
    assert.match(ids[0] as string, /^j_[0-9a-hjkmnp-tv-z]{18}$/);
  });
});
