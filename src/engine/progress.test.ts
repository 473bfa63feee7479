import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SequencedEvent } from '../model/event.ts';
import { NO_COUNTERS } from '../model/job.ts';
import { ProgressFold } from './progress.ts';

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

  it('folds only its own job', () => {
    const fold = new ProgressFold('other', NO_COUNTERS, true);
    fold.apply(progress(0, 10));
    assert.equal(fold.at(0).counters.completed, 0);
  });
});
