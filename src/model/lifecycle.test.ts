import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFinalJobState, JOB_STATES, jobStatesBefore, nextJobState } from './lifecycle.ts';

describe('lifecycle of a job', () => {
  it('allows what the table says and nothing else', () => {
    const allowed = JOB_STATES.flatMap((state) =>
      (['pause', 'resume', 'cancel', 'retry', 'complete', 'fail'] as const)
        .map((action) => [state, action, nextJobState(state, action)] as const)
        .filter(([, , next]) => next !== undefined)
        .map(([, action, next]) => `${state} ${action} ${next}`),
    );
    assert.deepEqual(allowed, [
      'running pause paused',
      'running resume running',
      'running cancel cancelled',
      'running retry running',
      'running complete completed',
      'running fail failed',
      'paused resume running',
      'paused cancel cancelled',
      'paused retry running',
      'paused fail failed',
      'completed retry running',
      'failed resume running',
      'failed retry running',
      'cancelled retry running',
    ]);
  });

  it('knows the ends and the beginnings', () => {
    assert.deepEqual(JOB_STATES.filter(isFinalJobState), ['completed', 'failed', 'cancelled']);
    assert.deepEqual(jobStatesBefore('pause'), ['running']);
  });
});
