import { type Job, openTasks } from '../model/job.ts';

/** What callers round must not become 100 while something is left to do. */
const NOT_OVER_MAX = 99;

/**
 * How far a job is: from 0 to 100, never less than before, and 100 exactly where it is completed.
 * While rows are still read their number is not known, and any share of those so far might fall
 * again: until then it is 0. Rows that were cancelled are none that were done.
 */
export function donePercentage({
  state,
  planned,
  counters,
}: Pick<Job, 'state' | 'planned' | 'counters'>): number {
  if (state === 'completed') return 100;
  const { tasks, cancelled } = counters;
  if (!planned || tasks === 0) return 0;
  const done = tasks - openTasks(counters) - cancelled;
  return Math.min(NOT_OVER_MAX, Math.floor((done / tasks) * 10_000) / 100);
}
