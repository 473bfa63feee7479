import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LaneLimits } from '../model/lane.ts';
import { LaneClaims } from './lane-claims.ts';

const bounds = { min: 2, max: 50, start: 10 };
const rate = (perSecond: number, burst: number) => ({ perSecond, burst });

function both(a: Partial<LaneLimits>, b: Partial<LaneLimits>): LaneLimits | undefined {
  const none: LaneLimits = { concurrency: 1_000, rate: 'none', breaker: false };
  const claims = new LaneClaims();
  claims.join('a', () => ({ ...none, ...a }));
  claims.join('b', () => ({ ...none, ...b }));
  claims.use('a', 'own:x');
  claims.use('b', 'own:x');
  return claims.limitsOf('own:x');
}

describe('lane claims', () => {
  it('keep within what all jobs of a lane say', () => {
    assert.equal(both({ concurrency: 5 }, { concurrency: 3 })?.concurrency, 3);
    assert.deepEqual(both({ concurrency: bounds }, { concurrency: 20 })?.concurrency, {
      ...bounds,
      max: 20,
    });
    assert.deepEqual(both({ concurrency: 1 }, { concurrency: bounds })?.concurrency, {
      min: 1,
      max: 1,
      start: 1,
    });
    assert.deepEqual(both({ rate: rate(5, 1) }, { rate: rate(2, 9) })?.rate, rate(2, 1));
    assert.deepEqual(both({ rate: 'learned' }, { rate: rate(2, 9) })?.rate, rate(2, 9));
    assert.equal(both({ rate: 'none' }, { rate: 'learned' })?.rate, 'learned');
    assert.equal(both({ breaker: true }, {})?.breaker, true);
  });

  it('forget the lanes used longest ago, and ask again at their next use', () => {
    const claims = new LaneClaims();
    claims.join('a', () => ({ concurrency: 5, rate: 'none', breaker: false }));
    for (let n = 0; n < 100_000; n += 1) {
      claims.use('a', `own:${n}`);
      assert.equal(claims.use('a', 'own:often'), n === 0);
    }
    assert.equal(claims.limitsOf('own:0'), undefined);
    assert.equal(claims.use('a', 'own:0'), true);
    assert.equal(claims.limitsOf('own:0')?.concurrency, 5);
  });
});
