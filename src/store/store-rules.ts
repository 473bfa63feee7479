/**
 * What every store decides alike: how a job moves, whether a document may be changed, how long
 * lanes are remembered, how many groups of failures are told. Pure, so that the implementations
 * cannot drift apart.
 */
import { SluiceError } from '../base/errors.ts';
import type { DocumentChange } from '../model/document.ts';
import type { Failure } from '../model/failure.ts';
import { type Job, openTasks } from '../model/job.ts';
import { isFinalJobState, type JobAction, nextJobState } from '../model/lifecycle.ts';
import type { JobMove } from './store.ts';

/** A million failures may have a million shapes; nobody reads more than these. */
export const FAILURE_GROUPS_MAX = 1_000;

/** Records of one page of tasks, in UTF-16 units: a thread's heap is bounded. */
export const PAGE_CHARS_MAX = 4 * 2 ** 20;

/** What was learned of a lane and not confirmed for this long is forgotten, ms. */
export const LANE_MEMORY_MS_MAX = 30 * 86_400_000;

/** Stands in where a task was discarded and nobody said why, so that groups add up. */
export const UNEXPLAINED: Failure = {
  class: 'bug',
  code: 'internal.bug',
  message: 'The task was discarded without a reason',
};

const DONE: Record<JobAction, string> = {
  pause: 'paused',
  resume: 'resumed',
  cancel: 'cancelled',
  retry: 'retried',
  complete: 'completed',
  fail: 'failed',
};

/**
 * What an action changes of a job; throws `job.conflict` where the lifecycle does not allow it, and
 * for the completion of a job with open tasks: whoever asks for it knows less than the store.
 */
export function moveOf(
  job: Job,
  action: JobAction,
  at: JobMove,
): Pick<Job, 'state' | 'updatedMs' | 'finishedMs' | 'activeMs' | 'failure'> {
  const state = nextJobState(job.state, action);
  if (state === undefined || (action === 'complete' && openTasks(job.counters) > 0)) {
    throw new SluiceError('job.conflict', { id: job.id, state: job.state, action: DONE[action] });
  }
  return {
    state,
    updatedMs: at.nowMs,
    finishedMs: isFinalJobState(state) ? at.nowMs : undefined,
    activeMs: job.activeMs + (at.activeMs ?? 0),
    failure: at.failure,
  };
}

/** Throws `document.conflict` where a change asks for another version than is `found`, 0 = none. */
export function checkDocumentVersion(change: DocumentChange, found: number): void {
  const { kind, id, version } = change;
  if (version === undefined || version === found) return;
  let detail = `is at version ${found} by now, not ${version}`;
  if (found === 0) detail = 'does not exist any more';
  else if (version === 0) detail = 'exists already';
  throw new SluiceError('document.conflict', { kind, id, detail, found, expected: version });
}

export function jobNotFound(id: string): SluiceError {
  return new SluiceError('job.not_found', { id });
}
