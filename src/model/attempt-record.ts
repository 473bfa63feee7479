import type { Failure } from './failure.ts';
import type { LaneKey } from './lane.ts';

/** What became of one attempt: done, tried again later, told to wait, given up. */
export const ATTEMPT_ENDS = ['completed', 'retry', 'wait', 'discarded'] as const;
export type AttemptEnd = (typeof ATTEMPT_ENDS)[number];

/** Attempts of one task that are kept, the last ones. */
export const ATTEMPTS_KEPT = 10;

/**
 * One attempt of a task that did not get through at once, as it is kept: those that ended in
 * another way than well, and what came after them.
 */
export interface AttemptRecord {
  /** Wall time, ms. */
  readonly startedMs: number;
  /** From its start to its end, ms. */
  readonly tookMs: number;
  /** Part of it without a place among the active ones, ms. */
  readonly waitedMs: number;
  readonly end: AttemptEnd;
  readonly failure?: Pick<Failure, 'class' | 'code' | 'message' | 'status'>;
  /** Wall time, ms, at which the task was to go on. */
  readonly againMs?: number;
  /** Name of the node that worked on it, where there are several. */
  readonly node?: string;
  /** `service/name` of those that it used. */
  readonly accounts?: readonly string[];
  /** Of its task. */
  readonly lane?: LaneKey;
  /** What it waited for, the longest first. */
  readonly waits?: readonly { readonly lane: string; readonly ms: number }[];
}

export interface KeptAttempt extends AttemptRecord {
  /** From 1, over all attempts of the task; those of before are gone where it begins later. */
  readonly no: number;
}
