import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Gcra } from './gcra.ts';

test('spaces starts evenly and lets a burst run ahead', () => {
  const gcra = new Gcra(2, 3);
  assert.deepEqual(
    [0, 0, 0, 0, 499, 500, 500, 1_000].map((ms) => gcra.take(ms)),
    [true, true, true, false, false, true, false, true],
  );
  assert.equal(gcra.earliestMs(1_000), 1_500);
  assert.equal(gcra.earliestMs(9_000), 9_000);
});

for (const perSecond of [0.01, 0.2, 1 / 3, 1, 7, 12_345, 250_000]) {
  test(`is exact at ${perSecond}/s after eleven days of uptime`, () => {
    const gcra = new Gcra(perSecond, 1);
    const startMs = 1_000_000_000;
    let nowMs = startMs;
    const count = 1_000;
    for (let i = 0; i < count; i += 1) {
      nowMs = gcra.earliestMs(nowMs);
      assert.ok(gcra.take(nowMs));
    }
    const idealMs = ((count - 1) * 1_000) / perSecond;
    assert.ok(Math.abs(nowMs - startMs - idealMs) < 0.001 + idealMs * 1e-6);
  });
}

test('a refund returns the start, and no more than the burst ever gathers', () => {
  const gcra = new Gcra(1, 2);
  assert.ok(gcra.take(0) && gcra.take(0) && !gcra.take(0));
  gcra.refund();
  assert.ok(gcra.take(0) && !gcra.take(0));
  gcra.refund();
  gcra.refund();
  assert.deepEqual(
    [10_000, 10_000, 10_000].map((ms) => gcra.take(ms)),
    [true, true, false],
  );
});

test('a faster rate or a larger burst opens no burst', () => {
  const gcra = new Gcra(1, 1);
  assert.ok(gcra.take(0));
  gcra.setRate(0, 100, 10);
  assert.ok(!gcra.take(0));
  assert.equal(gcra.earliestMs(0), 10);
  gcra.setRate(0, 0.1, 1);
  assert.equal(gcra.earliestMs(0), 10_000);
});

test('refuses rates and bursts that mean nothing', () => {
  for (const rate of [0, -1, Number.NaN, Infinity]) assert.throws(() => new Gcra(rate), RangeError);
  for (const burst of [0, Number.NaN, Infinity])
    assert.throws(() => new Gcra(1, burst), RangeError);
});

test('no window holds more than burst + rate * window, whatever is asked and changed', () => {
  const rate = fc.double({ min: 0.05, max: 20_000, noNaN: true });
  const burst = fc.integer({ min: 1, max: 20 });
  const step = fc.record({
    waitMs: fc.oneof(
      fc.constant(0),
      fc.double({ min: 0, max: 5, noNaN: true }),
      fc.double({ min: 0, max: 5_000, noNaN: true }),
    ),
    asks: fc.integer({ min: 1, max: 30 }),
    untilDue: fc.boolean(),
    next: fc.option(fc.tuple(rate, burst), { freq: 5 }),
  });
  fc.assert(
    fc.property(rate, burst, fc.array(step, { maxLength: 60 }), (rate0, burst0, steps) => {
      const gcra = new Gcra(rate0, burst0);
      let nowMs = 1_000_000;
      let fuel = 0;
      let burstMax = burst0;
      /** Time, starts so far, and the integral of the rate so far. */
      const granted: { fuel: number; count: number }[] = [];
      const pass = (ms: number) => {
        fuel += (gcra.perSecond * ms) / 1_000;
        nowMs += ms;
      };
      for (const { waitMs, asks, untilDue, next } of steps) {
        pass(untilDue ? Math.max(0, gcra.earliestMs(nowMs) - nowMs) : waitMs);
        for (let i = 0; i < asks; i += 1) {
          if (gcra.take(nowMs)) granted.push({ fuel, count: granted.length });
        }
        if (next) {
          gcra.setRate(nowMs, ...next);
          burstMax = Math.max(burstMax, next[1]);
        }
      }
      for (const from of granted) {
        for (const to of granted.slice(from.count)) {
          const starts = to.count - from.count + 1;
          assert.ok(starts <= burstMax + (to.fuel - from.fuel) + 1e-3, `${starts} starts`);
        }
      }
    }),
    { seed: 7, numRuns: 200 },
  );
});

test('a start that went out late delays the next one, where there is no burst', () => {
  const gcra = new Gcra(1);
  assert.ok(gcra.take(0));
  gcra.onSent(300);
  assert.equal(gcra.earliestMs(0), 1_300);
  gcra.onSent(100);
  assert.equal(gcra.earliestMs(0), 1_300);
  const bursting = new Gcra(1, 2);
  assert.ok(bursting.take(0));
  bursting.onSent(300);
  assert.equal(bursting.earliestMs(0), 0);
});
