import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../base/random.ts';
import { backoffCeilingMs, backoffMs, DEFAULT_BACKOFF } from './backoff.ts';

test('the ceiling doubles up to the cap and survives any count', () => {
  const ceilings = [0, 1, 2, 3, 6, 7, 8, 5_000, Infinity].map((n) =>
    backoffCeilingMs(DEFAULT_BACKOFF, n),
  );
  assert.deepEqual(ceilings, [1_000, 1_000, 2_000, 4_000, 32_000, 60_000, 60_000, 60_000, 60_000]);
});

test('delays fill the whole range evenly', () => {
  const random = seededRandom(5);
  const delays = Array.from({ length: 4_000 }, () => backoffMs(DEFAULT_BACKOFF, 3, random));
  assert.ok(delays.every((ms) => ms >= 0 && ms < 4_000));
  for (let quarter = 0; quarter < 4; quarter += 1) {
    const within = delays.filter((ms) => Math.floor(ms / 1_000) === quarter).length;
    assert.ok(within > 900 && within < 1_100, `quarter ${quarter}: ${within}`);
  }
});
