import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  fixed,
  knee,
  refusing,
  runLoad,
  type ServerModel,
  work,
} from '../../test/sim/loaded-server.ts';
import { seededRandom } from '../base/random.ts';
import type { LaneVerdict } from '../model/lane.ts';
import { AdaptiveConcurrency } from './adaptive-concurrency.ts';
import { LearnedRate } from './learned-rate.ts';

const END_MS = 60_000;

/** Mean goodput over a few seeds, and the mean limit of the last ten seconds. */
function learn(server: ServerModel, { start = 10, seeds = 3, fromMs = 0 } = {}) {
  let goodput = 0;
  let late = 0;
  for (let seed = 1; seed <= seeds; seed += 1) {
    const controller = new AdaptiveConcurrency({ min: 1, max: 200, start });
    const run = runLoad(server, controller, seededRandom(seed), END_MS, { fromMs });
    goodput += run.goodput / seeds;
    late += run.limits.slice(-10).reduce((a, b) => a + b, 0) / 10 / seeds;
  }
  return { goodput, late };
}

for (const sigma of [0, 0.3]) {
  for (const start of [10, 200]) {
    test(`a server that collapses beyond 30, from ${start}, sigma ${sigma}`, () => {
      const { goodput, late } = learn({ work: work(100, sigma), speed: knee(30) }, { start });
      assert.ok(goodput >= 0.9 * 300, `${goodput}`);
      assert.ok(late > 26 && late < 34, `${late}`);
    });
  }
  test(`capacity that halves midway, sigma ${sigma}`, () => {
    const halves = (atMs: number) => (atMs < END_MS / 2 ? 30 : 15);
    const server = { work: work(100, sigma), speed: knee(halves) };
    const best = Math.max(
      ...[13, 15, 18, 22, 26, 30].map(
        (limit) => runLoad(server, fixed(limit), seededRandom(1), END_MS).goodput,
      ),
    );
    const { goodput } = learn(server);
    assert.ok(goodput >= 1.1 * best, `${goodput} beside ${best}`);
    assert.ok(goodput >= 0.9 * 225, `${goodput} of the 225 that could be`);
  });
  test(`a bad start: far above the knee, sigma ${sigma}`, () => {
    const drops = (atMs: number) => (atMs < 10_000 ? 200 : 30);
    const server = { work: work(100, sigma), speed: knee(drops, 1) };
    const { goodput } = learn(server, { fromMs: 10_000 });
    assert.ok(goodput >= 0.75 * 300, `${goodput}`);
  });
}

for (const latencyMs of [50, 100]) {
  test(`a server that slows down and refuses beyond 30, ${latencyMs} ms`, () => {
    const model = (capacity: (atMs: number) => number): ServerModel => ({
      work: work(latencyMs),
      speed: () => 1,
      answer: refusing(capacity, latencyMs),
    });
    const most = (30 * 1_000) / latencyMs;
    const steady = learn(model(() => 30));
    assert.ok(steady.goodput >= 0.93 * most, `${steady.goodput}`);
    const halved = learn(model((atMs) => (atMs < END_MS / 2 ? 30 : 15)));
    assert.ok(halved.goodput >= 0.9 * 0.75 * most, `${halved.goodput}`);
    const dropped = learn(
      model((atMs) => (atMs < 10_000 ? 200 : 30)),
      { fromMs: 10_000 },
    );
    assert.ok(dropped.goodput >= 0.8 * most, `${dropped.goodput}`);
  });
}

const TABLE: [string, ServerModel, number, number, number][] = [
  ['wide spread', { work: work(100, 0.7), speed: knee(30) }, 0.75 * 300, 22, 36],
  ['10 ms', { work: work(10, 0.3), speed: knee(8) }, 0.85 * 800, 6, 10],
  ['2 s', { work: work(2_000, 0.3), speed: knee(30) }, 0.75 * 15, 24, 36],
  ['collapse at 5', { work: work(100, 0.3), speed: knee(5) }, 0.75 * 50, 4, 6],
  ['a line behind 30 slots', { work: work(50, 1), speed: () => 1, slots: 30 }, 540, 25, 45],
  [
    'rejections behind 30 slots',
    { work: work(100, 0.3), speed: () => 1, slots: 30, lineMax: 0 },
    270,
    26,
    36,
  ],
  [
    'time-outs behind 30 slots',
    { work: work(50, 0.3), speed: () => 1, slots: 30, timeoutMs: 300 },
    540,
    26,
    40,
  ],
  ['one after another', { work: work(5, 0.3), speed: () => 1, slots: 1 }, 190, 1, 4],
  ['a tenth fails anyhow', { work: work(200, 0.3), speed: () => 1, faults: 0.1 }, 750, 150, 200],
];
for (const [name, server, goodputMin, lateMin, lateMax] of TABLE) {
  test(`holds near the knee: ${name}`, () => {
    const { goodput, late } = learn(server, { seeds: 2 });
    assert.ok(goodput >= goodputMin, `${goodput}`);
    assert.ok(late >= lateMin && late <= lateMax, `${late}`);
  });
}

for (const [sigma, seconds] of [
  [0, 1],
  [0.3, 2],
  [0.6, 2],
  [1, 4],
] as const) {
  test(`no knee: to 100 within ${seconds} s at 50 ms, sigma ${sigma}`, () => {
    for (let seed = 1; seed <= 5; seed += 1) {
      const controller = new AdaptiveConcurrency({ min: 1, max: 200, start: 10 });
      const server = { work: work(50, sigma), speed: () => 1 };
      const { limits } = runLoad(server, controller, seededRandom(seed), (seconds + 1) * 1_000);
      assert.ok((limits[seconds - 1] as number) >= 100, `seed ${seed}: ${limits}`);
    }
  });
}

for (const sigma of [0.8, 1.2]) {
  test(`no knee, a heavy tail of latencies (sigma ${sigma}): no bad luck lasts`, () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const slots = new AdaptiveConcurrency({ min: 1, max: 200, start: 10 });
      // The lane of a service whose rate nobody told begins with one at a time.
      const rate = new LearnedRate(seededRandom(seed));
      const lane = {
        get limit() {
          return Math.min(slots.limit, rate.inFlightMax);
        },
        onStart(nowMs: number, inFlight: number) {
          rate.onStart(nowMs);
          slots.onStart(nowMs, inFlight);
        },
        onEnd(nowMs: number, startedMs: number, verdict: LaneVerdict, inFlight: number) {
          rate.onEnd(nowMs, startedMs, { verdict });
          slots.onEnd(nowMs, startedMs, verdict, inFlight);
        },
      };
      const server = { work: work(300, sigma), speed: () => 1 };
      const { goodput } = runLoad(server, lane, seededRandom(seed), END_MS, { fromMs: 10_000 });
      // Of 667, most of the time; it was 29 at worst.
      assert.ok(goodput >= 240, `seed ${seed}: ${goodput}`);
    }
  });
}

test('frozen while demand does not fill it', () => {
  const controller = new AdaptiveConcurrency({ min: 1, max: 200, start: 10 });
  const server = { work: work(50, 0.5), speed: () => 1 };
  const demand = () => 3;
  const { limits } = runLoad(server, controller, seededRandom(1), 20_000, { demand });
  assert.deepEqual([...new Set(limits)], [5]);
});

test('what says nothing of the load moves nothing', () => {
  const controller = new AdaptiveConcurrency({ min: 1, max: 50, start: 10 });
  for (let nowMs = 0; nowMs < 5_000; nowMs += 10) {
    for (let i = 1; i <= 5; i += 1) controller.onStart(nowMs, i);
    const verdict: LaneVerdict = nowMs % 20 === 0 ? 'ignored' : 'throttled';
    for (let i = 5; i >= 1; i -= 1) controller.onEnd(nowMs + 5, nowMs, verdict, i);
  }
  assert.equal(controller.limit, 5);
});

test('whatever happens, the limit is a whole number between its bounds', () => {
  const verdict = fc.constantFrom<LaneVerdict>(
    'ok',
    'rejected',
    'timeout',
    'unreachable',
    'ignored',
    'throttled',
  );
  const step = fc.record({ waitMs: fc.nat(200), starts: fc.nat(30), ends: fc.nat(30), verdict });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.array(step, { maxLength: 200 }),
      (min, steps) => {
        const controller = new AdaptiveConcurrency({ min, max: min * 12, start: 7 });
        const started: number[] = [];
        let nowMs = 0;
        for (const { waitMs, starts, ends, verdict } of steps) {
          nowMs += waitMs;
          for (let i = 0; i < starts && started.length < controller.limit; i += 1) {
            started.push(nowMs);
            controller.onStart(nowMs, started.length);
          }
          for (let i = 0; i < ends && started.length > 0; i += 1) {
            const inFlight = started.length;
            controller.onEnd(nowMs, started.shift() as number, verdict, inFlight);
          }
          const { limit } = controller;
          assert.ok(Number.isInteger(limit) && limit >= min && limit <= min * 12, `${limit}`);
        }
      },
    ),
    { seed: 5, numRuns: 300 },
  );
});
