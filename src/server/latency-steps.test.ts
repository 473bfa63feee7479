import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LatencySteps } from './latency-steps.ts';

/** Four classes an octave: no percentile is further off than one of them. */
function isNear(actual: number | undefined, expected: number): void {
  assert.ok(actual !== undefined && Math.abs(actual - expected) <= expected * 0.25, `${actual}`);
}

describe('latency by steps', () => {
  it('tells percentiles of any time, from half a millisecond to days', () => {
    for (const ms of [0.5, 1, 3, 10, 99, 1_234, 60_000, 86_400_000]) {
      const latency = new LatencySteps(3);
      latency.add(5, ms);
      const last = latency.steps(5).at(-1);
      assert.equal(last?.count, 1);
      isNear(last?.p50, ms);
      isNear(last?.p95, ms);
    }
    const latency = new LatencySteps(3);
    for (const ms of [0, -1, Number.NaN, 1e300]) latency.add(1, ms);
    assert.equal(latency.steps(1).at(-1)?.count, 4, 'whatever it is told');
  });

  it('tells the middle from the slowest', () => {
    const latency = new LatencySteps(2);
    for (let i = 0; i < 94; i += 1) latency.add(1, 10);
    for (let i = 0; i < 6; i += 1) latency.add(1, 1_000);
    const [, step] = latency.steps(1);
    assert.equal(step?.count, 100);
    isNear(step?.p50, 10);
    isNear(step?.p95, 1_000);
  });

  it('keeps its steps alone, and what of them is between counts for nothing', () => {
    const latency = new LatencySteps(3);
    latency.add(10, 1);
    latency.add(12, 8);
    latency.add(12, 8);
    const counts = (now: number) => latency.steps(now).map((step) => step?.count ?? 0);
    assert.deepEqual(counts(12), [1, 0, 2]);
    assert.equal(latency.all(12)?.count, 3);
    assert.deepEqual(counts(13), [0, 2, 0]);
    assert.deepEqual(counts(1_000), [0, 0, 0]);
    assert.equal(latency.all(1_000), undefined);
  });
});
