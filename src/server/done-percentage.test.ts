import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { NO_COUNTERS } from '../model/job.ts';
import { donePercentage } from './done-percentage.ts';

const RUNNING = { state: 'running', planned: true } as const;

describe('the percentage of a job', () => {
  it('is 100 exactly where it is completed', () => {
    const counters = { ...NO_COUNTERS, tasks: 3, duplicates: 2, completed: 2, discarded: 1 };
    assert.equal(donePercentage({ ...RUNNING, counters }), 99);
    assert.equal(donePercentage({ state: 'completed', planned: true, counters }), 100);
    const none = { state: 'completed', planned: true, counters: NO_COUNTERS } as const;
    assert.equal(donePercentage(none), 100);
    const cancelled = { ...NO_COUNTERS, tasks: 4, completed: 1, cancelled: 3 };
    assert.equal(donePercentage({ state: 'cancelled', planned: true, counters: cancelled }), 25);
  });

  it('is never less than before, while rows are read and while they come to their ends', () => {
    const step = fc.constantFrom('row', 'duplicate', 'refused', 'completed', 'discarded');
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const counters = { ...NO_COUNTERS };
        let last = 0;
        const look = (planned: boolean) => {
          const now = donePercentage({ state: 'running', planned, counters });
          assert.ok(now >= last && now < 100, `${now} after ${last}`);
          last = now;
        };
        const isOpen = () => counters.tasks > counters.completed + counters.discarded;
        for (const each of steps) {
          if (each === 'row' || each === 'refused') counters.tasks += 1;
          if (each === 'duplicate') counters.duplicates += 1;
          if (each === 'refused') counters.discarded += 1;
          if (each === 'completed' && isOpen()) counters.completed += 1;
          if (each === 'discarded' && isOpen()) counters.discarded += 1;
          look(false);
        }
        look(true);
        while (isOpen()) {
          counters[counters.tasks % 2 === 0 ? 'completed' : 'discarded'] += 1;
          look(true);
        }
      }),
    );
  });
});
