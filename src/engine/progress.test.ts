import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SequencedEvent } from '../model/event.ts';
import { NO_COUNTERS } from '../model/job.ts';
import type { Blockage, LaneKey } from '../model/lane.ts';
import { longestLimit, ProgressFold } from './progress.ts';

let seqNo = 0;
function progress(atMs: number, completed: number, tasks = 1_000): SequencedEvent {
  seqNo += 1;
  const counters = { ...NO_COUNTERS, tasks, completed };
  return { type: 'job.progress', jobId: 'j', counters, running: 3, seqNo, atMs };
}
const planned = (atMs: number): SequencedEvent => {
  seqNo += 1;
  return { type: 'job.planned', jobId: 'j', tasks: 1_000, seqNo, atMs };
};

function limit(lane: LaneKey, more: Partial<Blockage>): Blockage {
  return {
    lane,
    reason: 'rate',
    wakeAtMs: undefined,
    waiting: 1,
    inUse: 0,
    slots: 2,
    perSecond: undefined,
    ...more,
  };
}

describe('progress', () => {
  it('knows nothing before it has seen anything', () => {
    const fold = new ProgressFold('j', NO_COUNTERS, false);
    const { perSecond, etaMs, planned: final } = fold.at(0);
    assert.deepEqual([perSecond, etaMs, final], [undefined, undefined, false]);
  });

  it('gives rate and time left of a steady job', () => {
    const fold = new ProgressFold('j', NO_COUNTERS, false);
    for (let s = 0; s <= 20; s += 1) fold.apply(progress(s * 1_000, s * 10));
    fold.apply(planned(20_000));
    const { perSecond, etaMs } = fold.at(20_000);
    assert.ok(Math.abs((perSecond ?? 0) - 10) < 0.5, String(perSecond));
    const [low, high] = etaMs ?? [0, 0];
    assert.ok(low <= 80_000 && high >= 79_000 && high - low < 10_000, `${low} ${high}`);
  });

  it('promises no end before the plan is final, or within the first seconds', () => {
    const open = new ProgressFold('j', NO_COUNTERS, false);
    for (let s = 0; s <= 20; s += 1) open.apply(progress(s * 1_000, s * 10));
    assert.equal(open.at(20_000).etaMs, undefined);
    const young = new ProgressFold('j', NO_COUNTERS, true);
    for (let s = 0; s <= 3; s += 1) young.apply(progress(s * 1_000, s * 10));
    assert.equal(young.at(3_000).etaMs, undefined);
  });

  it('widens the range when the rate changes', () => {
    const fold = new ProgressFold('j', NO_COUNTERS, true);
    for (let s = 0; s <= 10; s += 1) fold.apply(progress(s * 1_000, s * 20));
    for (let s = 11; s <= 20; s += 1) fold.apply(progress(s * 1_000, 200 + (s - 10) * 5));
    const [low, high] = fold.at(20_000).etaMs ?? [0, 0];
    assert.ok(high > 2.5 * low, `${low} ${high}`);
  });

  it('shows a standstill as one', () => {
    const fold = new ProgressFold('j', NO_COUNTERS, true);
    for (let s = 0; s <= 10; s += 1) fold.apply(progress(s * 1_000, s * 10));
    assert.equal(fold.at(100_000).perSecond, 0);
    assert.equal(fold.at(100_000).etaMs, undefined);
  });

  it('is no shorter than what waits for the slowest limit, and says which', () => {
    const fold = new ProgressFold('j', NO_COUNTERS, true);
    for (let s = 0; s <= 20; s += 1) fold.apply(progress(s * 1_000, s * 20));
    const slow = limit('host:slow.test', { waiting: 500, perSecond: 1, wakeAtMs: 7_800 });
    const others = [
      limit('host:quick.test', { waiting: 5_000, perSecond: 50 }),
      limit('host:busy.test', { waiting: 9_000, reason: 'concurrency' }),
      limit('host:resting.test', { waiting: 1, reason: 'rest', wakeAtMs: 20_000 }),
    ];
    const found = longestLimit([...others, slow], 7_000);
    assert.deepEqual(found, { lane: 'host:slow.test', perSecond: 1, leastMs: 499_800 });
    const { etaMs, etaLimit } = fold.at(20_000, found);
    assert.deepEqual(etaMs, [499_800, 499_800]);
    assert.deepEqual(etaLimit, found);
    const rest = longestLimit(others.slice(1), 7_000);
    assert.deepEqual(rest, { lane: 'host:resting.test', perSecond: undefined, leastMs: 13_000 });
    const free = fold.at(20_000, rest);
    assert.deepEqual([free.etaMs, free.etaLimit], [fold.at(20_000).etaMs, undefined]);
    assert.equal(longestLimit([], 0), undefined);
  });

  it('names the limit also where nothing can be estimated yet', () => {
    const fold = new ProgressFold('j', NO_COUNTERS, true);
    const found = longestLimit([limit('api:x', { waiting: 61, perSecond: 0.5 })], 0);
    const { etaMs, etaLimit } = fold.at(0, found);
    assert.deepEqual([etaMs, etaLimit?.leastMs], [undefined, 120_000]);
  });

  it('folds only its own job', () => {
    const fold = new ProgressFold('other', NO_COUNTERS, true);
    fold.apply(progress(0, 10));
    assert.equal(fold.at(0).counters.completed, 0);
  });
});
