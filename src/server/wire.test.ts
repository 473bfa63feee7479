import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ProgressWire, progressWire } from './wire.ts';

it('tells times left in whole milliseconds, in streams of events as well', () => {
  const none = { completed: 0, discarded: 0, cancelled: 0, waiting: 0, duplicates: 0, records: 0 };
  const told = progressWire(
    {
      jobId: 'j_1',
      state: 'running',
      planned: true,
      counters: { ...none, tasks: 9, failedAttempts: 0 },
      running: 1,
      perSecond: 1.25,
      etaMs: [1_000.4, 2_000.6],
      etaLimit: { lane: 'host:a.example', perSecond: 1, leastMs: 900.5 },
    },
    7,
    { shown: 'running' },
  );
  assert.deepEqual(ProgressWire.parse(told), told);
  assert.deepEqual(told.etaMs, { low: 1_000, high: 2_001 });
  assert.equal(told.etaLimit?.leastMs, 901);
});
