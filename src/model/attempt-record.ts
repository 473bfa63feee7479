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
  /** Before its start, from the task's coming up for its turn, ms; not told by older versions. */
  readonly queuedMs?: number;
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
  /** Bytes that came over the wire, where anything was asked for. */
  readonly receivedBytes?: number;
  /** Requests that were sent. */
  readonly requests?: number;
  /** Of these the first and the last ones. */
  readonly exchanges?: readonly KeptExchange[];
}

/** One request and its answer, without what is secret. */
export interface KeptExchange {
  readonly method: string;
  /** Without a login, and without the values of parameters that may be secret. */
  readonly url: string;
  /** From the start of the attempt on, ms. */
  readonly atMs: number;
  /** Waiting for a limit before, ms. */
  readonly waitedMs: number;
  /** From sending to the headers of the answer, where there was one, ms. */
  readonly headersMs?: number;
  readonly tookMs: number;
  /** Absent: no answer. */
  readonly status?: number;
  readonly bytes: number;
  /** Code of what went wrong. */
  readonly failure?: string;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface KeptAttempt extends AttemptRecord {
  /** From 1, over all attempts of the task; those of before are gone where it begins later. */
  readonly no: number;
}

/** A kept attempt among those of its job. */
export interface JobAttempt extends KeptAttempt {
  readonly seq: number;
}

/** In the order of `startedMs`, then `seq`, then `no`, all falling. */
export interface AttemptQuery {
  readonly after?: Pick<JobAttempt, 'startedMs' | 'seq' | 'no'>;
  readonly limit: number;
}
