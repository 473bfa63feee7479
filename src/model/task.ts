import type { Failure } from './failure.ts';
import type { Keep } from './kept.ts';
import type { LaneKey } from './lane.ts';

/**
 * The smallest thing retried alone. `(jobId, seq)` names it; `seq` is the row's place in the
 * input.
 */
export interface Task {
  readonly jobId: string;
  readonly seq: number;
  /** JSON text: parsed when the task's turn has come, which may be long after it was read. */
  readonly input: string;
  /** The lane by which the intake spreads its look-ahead, usually the host; '' for none. */
  readonly lane: LaneKey | '';
  /** Attempts spent since the last page with a new cursor. */
  readonly attemptNo: number;
  /** Where the last committed page left off, JSON text. */
  readonly cursor: string | undefined;
  /** Records committed up to the cursor: the index of the next attempt's first record. */
  readonly recordCount: number;
  /** Set where its last answer was to wait. */
  readonly throttled?: Throttled;
}

/** For how long a task has been told to wait, with no other answer and no new page in between. */
export interface Throttled {
  /** While its job was run, ms. */
  readonly ms: number;
  /** Wall time, ms, at which it was last told to. */
  readonly atMs: number;
}

/** What `plan` yields for one row, in the order of the rows. */
export type TaskSeed<Input = unknown> =
  | {
      /** Plain JSON: it waits in the store. */
      readonly input: Input;
      /** Rows with the same key are fetched once and answered alike. */
      readonly key?: string;
    }
  /** A row that cannot be worked on: recorded as discarded, with the reason. */
  | { readonly reject: Failure };

/** A page: the unit of commit. It is durable before the collector is asked for the next. */
export interface Page<Rec = unknown, Cursor = unknown> {
  readonly records: readonly Rec[];
  /** What the tenant keeps of it across jobs: changes made in this order, with the page. */
  readonly keep?: readonly Keep[];
  /** Handed to the next attempt as `ctx.cursor` if this one does not end well. Plain JSON. */
  readonly cursor?: Cursor;
  /** True on the last page: it is committed together with the task's end. */
  readonly done?: boolean;
}
