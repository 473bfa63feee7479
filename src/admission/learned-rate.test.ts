import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LimitedHost, runHost } from '../../test/sim/limited-host.ts';
import { seededRandom } from '../base/random.ts';
import { LearnedRate, type RateMemory } from './learned-rate.ts';

const HOST: LimitedHost = {
  rows: 10,
  perSecond: 1,
  burst: 1,
  latencyMs: 20,
  retryAfter: 'ceil',
  slots: 16,
};

function runMany(part: Partial<LimitedHost>, seeds = 40, memory?: RateMemory) {
  let ratio = 0;
  let rejected = 0;
  let early = 0;
  const host = { ...HOST, ...part };
  for (let seed = 1; seed <= seeds; seed += 1) {
    const random = seededRandom(seed * 7_919);
    const run = runHost(host, new LearnedRate(random, memory), random);
    ratio += run.wallMs / run.idealMs / seeds;
    rejected += run.rejected / seeds;
    early += run.early;
  }
  return { ratio, rejected, early };
}

/** Mean wall time as a ratio to the ideal, and mean rejections a host, must stay below these. */
const TABLE: [string, Partial<LimitedHost>, number, number][] = [
  ['1/s, 10 rows', {}, 1.15, 1.9],
  ['1/s, burst 2', { burst: 2 }, 1.15, 1.9],
  ['1/s, 500 ms latency', { latencyMs: 500 }, 1.25, 1.95],
  ['1/s, burst 2, 500 ms latency', { burst: 2, latencyMs: 500 }, 1.25, 1.95],
  ['1/s, 80 rows', { rows: 80 }, 1.15, 4],
  ['0.2/s, 10 rows', { perSecond: 0.2 }, 1.1, 1.5],
  ['0.2/s, 100 rows', { perSecond: 0.2, rows: 100 }, 1.1, 4],
  ['2/s, 100 rows', { perSecond: 2, rows: 100 }, 1.3, 6],
  ['10/s, 1,000 rows', { perSecond: 10, rows: 1_000 }, 1.3, 12],
  ['10/s, burst 10', { perSecond: 10, burst: 10, rows: 1_000 }, 1.2, 40],
  ['60 a minute', { windowMs: 60_000, rows: 300 }, 1.35, 25],
  ['1/s, Retry-After in decimals', { retryAfter: 'exact', rows: 100 }, 1.25, 6],
  ['1/s, no Retry-After', { retryAfter: 'none', rows: 100 }, 1.25, 8],
  ['0.2/s, no Retry-After', { retryAfter: 'none', rows: 100, perSecond: 0.2 }, 1.25, 12],
];
for (const [name, part, ratioMax, rejectedMax] of TABLE) {
  test(`near the ideal with few rejections: ${name}`, () => {
    const { ratio, rejected, early } = runMany(part);
    assert.ok(ratio <= ratioMax, `wall ${ratio.toFixed(3)} of the ideal`);
    assert.ok(rejected <= rejectedMax, `${rejected.toFixed(2)} rejections`);
    assert.equal(early, 0, 'a request before its Retry-After had passed');
  });
}

test('a thousand Zipf-sized hosts: near the ideal of the longest, two rejections a host', () => {
  const hosts = 1_000;
  const share =
    1 / Array.from({ length: hosts }, (_, i) => (i + 1) ** -0.6).reduce((a, b) => a + b);
  let wallMs = 0;
  let idealMs = 0;
  let rejected = 0;
  for (let i = 0; i < hosts; i += 1) {
    const random = seededRandom(i + 1);
    const rows = Math.max(1, Math.round(10_000 * share * (i + 1) ** -0.6));
    const run = runHost({ ...HOST, rows }, new LearnedRate(random), random);
    wallMs = Math.max(wallMs, run.wallMs);
    idealMs = Math.max(idealMs, run.idealMs);
    rejected += run.rejected / hosts;
  }
  assert.ok(wallMs <= 1.25 * idealMs, `${wallMs} of ${idealMs}`);
  assert.ok(rejected <= 2, `${rejected}`);
});

test('a host that never throttles is not slowed, whatever its latency', () => {
  for (const latencyMs of [1, 50, 500]) {
    const random = seededRandom(1);
    const host = { ...HOST, perSecond: Infinity, rows: 2_000, slots: 32, latencyMs };
    const { wallMs } = runHost(host, new LearnedRate(random), random);
    const oneByOneMs = 3 * latencyMs;
    // The way there and back takes 0.85 to 1.2 of the latency; then five doublings up to 32.
    assert.ok(wallMs <= (2_000 / 32) * latencyMs * 1.2 + oneByOneMs + 6 * latencyMs, `${wallMs}`);
  }
});

test('what is remembered spares the rejections of the next run', () => {
  const random = seededRandom(1);
  const rate = new LearnedRate(random);
  assert.equal(rate.memory, undefined);
  runHost({ ...HOST, rows: 60 }, rate, random);
  const memory = JSON.parse(JSON.stringify(rate.memory)) as RateMemory;
  assert.ok(Math.abs(memory.perSecond - 1) < 0.1, `${memory.perSecond}`);
  const again = runMany({}, 20, memory);
  assert.ok(again.rejected <= 0.5 && again.ratio <= 1.25, JSON.stringify(again));
});

test('a rate that falls and one that rises are both followed', () => {
  for (const factor of [0.25, 4]) {
    const random = seededRandom(2);
    const rate = new LearnedRate(random);
    const change = { atMs: 100_000, factor };
    runHost({ ...HOST, perSecond: 4, rows: 400 + 400 * factor * 3, change }, rate, random);
    const perSecond = rate.perSecond as number;
    assert.ok(perSecond > 4 * factor * 0.7 && perSecond < 4 * factor * 1.2, `${perSecond}`);
  }
});

test('a burst of rejections under way counts once, and its longest rest holds', () => {
  const rate = new LearnedRate(seededRandom(1));
  for (let i = 0; i < 10; i += 1) rate.onStart(i);
  rate.onEnd(20, 0, { verdict: 'throttled', restUntilMs: 2_020 });
  const perSecond = rate.perSecond;
  for (let i = 1; i < 10; i += 1) {
    rate.onEnd(20 + i, i, { verdict: 'throttled', restUntilMs: 3_000 + i });
  }
  assert.equal(rate.perSecond, perSecond);
  assert.ok(rate.earliestMs(30) >= 3_009);
});

test('what the headers announce is heeded before anything is rejected', () => {
  const rate = new LearnedRate(seededRandom(1));
  rate.onStart(0);
  const announced = { limit: 100, remaining: 80, resetMs: 60_000 };
  rate.onEnd(5, 0, { verdict: 'ok', announced });
  assert.equal(rate.earliestMs(5), 5);
  assert.equal(rate.inFlightMax, 20);
  rate.onEnd(6, 0, { verdict: 'ok', announced: { ...announced, remaining: 4 } });
  rate.onStart(10);
  assert.ok(Math.abs(rate.earliestMs(10) - 10 - 60_000 / 5) < 10);
  rate.onEnd(20, 10, { verdict: 'ok', announced: { ...announced, remaining: 0 } });
  assert.ok(rate.earliestMs(20) >= 60_000);
  assert.equal(rate.perSecond, undefined);
});

test('other ends than answers and rejections teach nothing', () => {
  const rate = new LearnedRate(seededRandom(1));
  for (const verdict of ['timeout', 'unreachable', 'ignored', 'rejected'] as const) {
    rate.onStart(0);
    rate.onEnd(1, 0, { verdict });
  }
  assert.equal(rate.perSecond, undefined);
  assert.equal(rate.inFlightMax, 1);
  assert.equal(rate.earliestMs(1), 1);
});

test('a known pace counts from when the request went out, not from its start', () => {
  const rate = new LearnedRate(seededRandom(1), { perSecond: 1 });
  rate.onStart(0);
  const dueMs = rate.earliestMs(0);
  assert.ok(dueMs > 1_000);
  rate.onEnd(350, 0, { verdict: 'ok', sentMs: 300 });
  assert.ok(Math.abs(rate.earliestMs(350) - (dueMs + 300)) < 1);
  const open = new LearnedRate(seededRandom(1));
  open.onStart(0);
  open.onEnd(350, 0, { verdict: 'ok', sentMs: 300 });
  assert.equal(open.earliestMs(350), 350);
});

test('a pace that held for some starts is hardly cut by one rejection, though no other was proved', () => {
  const rate = new LearnedRate({ next: () => 0.9 });
  const answer = (startMs: number, throttled: boolean) => {
    rate.onStart(startMs);
    const restUntilMs = startMs + 1_020;
    const feedback = throttled
      ? { verdict: 'throttled' as const, restUntilMs }
      : { verdict: 'ok' as const };
    rate.onEnd(startMs + 20, startMs, feedback);
  };
  answer(0, false);
  answer(20, true);
  const pace = rate.perSecond ?? 0;
  assert.ok(pace > 0.9 && pace < 1);
  for (let starts = 0; starts < 4; starts += 1) answer(rate.earliestMs(0), false);
  assert.equal(rate.perSecond, pace);
  answer(rate.earliestMs(0), true);
  assert.ok((rate.perSecond ?? 0) > 0.9 * pace);
});

for (const takesMs of [20, 1_000, 3_000, 10_000, 120_000]) {
  test(`more at once with every answer, though each takes ${takesMs} ms`, () => {
    const rate = new LearnedRate(seededRandom(1));
    let nowMs = 0;
    for (let round = 0; round < 9; round += 1) {
      const atOnce = rate.inFlightMax;
      for (let n = 0; n < atOnce; n += 1) rate.onStart(nowMs);
      nowMs += takesMs;
      for (let n = 0; n < atOnce; n += 1) rate.onEnd(nowMs, nowMs - takesMs, { verdict: 'ok' });
    }
    const serial = takesMs < 2_000 ? 2 : 0;
    assert.equal(rate.inFlightMax, 2 ** (9 - serial));
  });
}
