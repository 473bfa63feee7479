/**
 * The one table of states. A new state is added here first, and everything else fails to compile.
 *
 * A task
 *   available ──admitted──▶ running ──complete──▶ completed
 *       ▲                      │ ├──discard──▶ discarded ──retry failed──▶ waiting
 *       └──────release─────────┘ ├──cancel───▶ cancelled
 *       ▲                        └──retry, snooze──▶ waiting ──due──▶ available
 *
 * Only `waiting`, `completed`, `discarded` and `cancelled` are stored: a task without an outcome
 * and without a time to wait for is available, and `running` is a fact of one process's memory.
 *
 * A job
 *   running ◀──▶ paused;  running ──▶ completed | failed;  running, paused ──▶ cancelled;
 *   completed, failed, cancelled ──retry failed──▶ running
 */
export const TASK_STATES = [
  'available',
  'running',
  'waiting',
  'completed',
  'discarded',
  'cancelled',
] as const;
export type TaskState = (typeof TASK_STATES)[number];

export const FINAL_TASK_STATES = ['completed', 'discarded', 'cancelled'] as const;
export type FinalTaskState = (typeof FINAL_TASK_STATES)[number];

export const JOB_STATES = ['running', 'paused', 'completed', 'failed', 'cancelled'] as const;
export type JobState = (typeof JOB_STATES)[number];

export type JobAction = 'pause' | 'resume' | 'cancel' | 'retry' | 'complete' | 'fail';

const JOB_TRANSITIONS: Record<JobAction, { readonly from: readonly JobState[]; to: JobState }> = {
  pause: { from: ['running'], to: 'paused' },
  resume: { from: ['paused', 'running', 'failed'], to: 'running' },
  cancel: { from: ['running', 'paused'], to: 'cancelled' },
  retry: { from: ['running', 'paused', 'completed', 'failed', 'cancelled'], to: 'running' },
  complete: { from: ['running'], to: 'completed' },
  fail: { from: ['running', 'paused'], to: 'failed' },
};

/** The state after `action`, or undefined where the action is not allowed. */
export function nextJobState(state: JobState, action: JobAction): JobState | undefined {
  const transition = JOB_TRANSITIONS[action];
  return transition.from.includes(state) ? transition.to : undefined;
}

/** The states from which `action` is allowed, for a compare-and-set in the store. */
export function jobStatesBefore(action: JobAction): readonly JobState[] {
  return JOB_TRANSITIONS[action].from;
}

export function isFinalJobState(state: JobState): boolean {
  return state === 'completed' || state === 'failed' || state === 'cancelled';
}
