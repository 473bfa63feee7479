import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_COUNTERS } from '../model/job.ts';
import type { Blockage } from '../model/lane.ts';
import { JOB_STATES } from '../model/lifecycle.ts';
import type { Standing } from './job-words.ts';
import { SHOWN_STATES, shownOf } from './shown-state.ts';

const blocked: Blockage = {
  lane: 'host:a.example',
  reason: 'rest',
  wakeAtMs: 2_000,
  waiting: 7,
  inUse: 0,
  slots: 4,
  perSecond: undefined,
};

function standing(more: Partial<Standing> & { readonly running?: number } = {}): Standing {
  const { running = 0, ...rest } = more;
  const counters = { ...NO_COUNTERS, tasks: 10 };
  const at = { nowMs: 1_000, wallMs: 0, blockages: [], nextDueMs: undefined };
  return { ...at, progress: { running, counters }, ...rest };
}

test('a job that runs waits exactly where nothing of it moves, and says for what', () => {
  assert.deepEqual(
    shownOf('running', standing({ blockages: [blocked] }), () => 'noon'),
    {
      shown: 'waiting',
      still: 'Waiting for host a.example: asked for rest until noon, 7 waiting',
    },
  );
  assert.deepEqual(shownOf('running', standing({ blockages: [blocked], running: 1 })), {
    shown: 'running',
  });
  assert.deepEqual(shownOf('running', standing()), { shown: 'running' });
});

test('every other state is its own word, whatever waits', () => {
  for (const state of JOB_STATES.filter((each) => each !== 'running')) {
    assert.deepEqual(shownOf(state, standing({ blockages: [blocked] })), { shown: state });
  }
  assert.deepEqual([...SHOWN_STATES].sort(), [...JOB_STATES, 'waiting'].sort());
});
