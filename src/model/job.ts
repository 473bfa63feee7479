import type { Failure } from './failure.ts';
import type { JobState } from './lifecycle.ts';

/** Exact counts, moved in the same transaction as the tasks that they count. */
export interface JobCounters {
  /** Tasks planned so far; the total once `planned` is true. Rows that were refused count too. */
  readonly tasks: number;
  readonly completed: number;
  readonly discarded: number;
  readonly cancelled: number;
  /** Tasks that wait for a time: retries and snoozes. */
  readonly waiting: number;
  /** Rows answered by another row's task. Not among `tasks`. */
  readonly duplicates: number;
  readonly records: number;
  /** Attempts that ended with retry, snooze or discard. */
  readonly failedAttempts: number;
}

export const NO_COUNTERS: JobCounters = {
  tasks: 0,
  completed: 0,
  discarded: 0,
  cancelled: 0,
  waiting: 0,
  duplicates: 0,
  records: 0,
  failedAttempts: 0,
};

/** Tasks with no outcome yet, the running ones included. */
export function openTasks(counters: JobCounters): number {
  return counters.tasks - counters.completed - counters.discarded - counters.cancelled;
}

export function sameCounters(a: JobCounters, b: JobCounters): boolean {
  const names = Object.keys(a) as (keyof JobCounters)[];
  return names.every((name) => a[name] === b[name]);
}

/** Rows of the input that are known so far: tasks and duplicates. */
export function rowsKnown(counters: JobCounters): number {
  return counters.tasks + counters.duplicates;
}

/** Whether its end, failed or not, was the answer to somebody who waited for it. */
export function wasAnswer({ callerWaitsMs, createdMs, finishedMs }: Job): boolean {
  if (callerWaitsMs === undefined || finishedMs === undefined) return false;
  return finishedMs - createdMs <= callerWaitsMs;
}

/** Where a job's rows come from. Kept with the job so that it can be resumed and downloaded. */
export interface JobInput {
  /**
   * File in the data directory (a copy), or '' where the collector plans from its options alone.
   */
  readonly path: string;
  /** Name the user gave, for showing. */
  readonly name: string;
  readonly format: 'csv' | 'jsonl' | 'text' | 'none';
  /** How the file is read: delimiter, quote, encoding, … as the reader found it. Plain JSON. */
  readonly dialect: Readonly<Record<string, unknown>>;
  /** The column that the user chose or that was recognised, where the collector needs one. */
  readonly column?: string;
}

/** What was asked for. Never changes. */
export interface JobSpec {
  readonly id: string;
  readonly tenant: string;
  /** Registered name, or the absolute path of a user's collector file. */
  readonly collector: string;
  /** The collector's options, validated. Plain JSON. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly input: JobInput;
  /** Share among the tenant's jobs. */
  readonly weight: number;
  /** Slots: how many attempts may be active at once; 0 = as the settings say. */
  readonly concurrency: number;
  readonly retries: number;
  /** The same key again answers with the same job. */
  readonly idempotencyKey: string | undefined;
  /**
   * So long from its making somebody waits for its end as an answer, ms; none = nobody does. Such a
   * job does not wait for its turn.
   */
  readonly callerWaitsMs?: number;
  readonly createdMs: number;
}

export interface Job extends JobSpec {
  readonly state: JobState;
  /** True once every row of the input has become a task. */
  readonly planned: boolean;
  readonly counters: JobCounters;
  readonly updatedMs: number;
  readonly finishedMs: number | undefined;
  /** Time spent running, ms, summed over resumes. */
  readonly activeMs: number;
  /** Why it failed, where it did. */
  readonly failure: Failure | undefined;
}
