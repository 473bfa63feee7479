/**
 * What a batch of commits does to the tasks it names, worked out in memory from what is stored of
 * them: the rows to write, and by how much the counters move. Pure, so that a commit needs few
 * statements, whatever is in it.
 */
import type { Failure } from '../../model/failure.ts';
import type { FinalTaskState } from '../../model/lifecycle.ts';
import type { Commit, CommitEnd, RecordPosition } from '../store.ts';
import { UNEXPLAINED } from '../store-rules.ts';
import type { NewAttempt } from './attempt-table.ts';
import { type CounterDelta, noDelta } from './counter-table.ts';
import type { EntrySteps } from './entry-steps.ts';
import type { Failed } from './failure-table.ts';
import type { Kept } from './recall-table.ts';
import { joinRecords } from './values.ts';

type Final = CommitEnd & { readonly kind: FinalTaskState };

/** Larger records stand apart, or walks over ends would read what they do not need. */
export const INLINE_CHARS_MAX = 16_000;

export interface BatchJob {
  readonly no: number;
  readonly tenant: string;
  readonly rowCount: number;
  readonly duplicates: number;
  readonly delta: CounterDelta;
  /** Of the records that are to be added, in order; `count` of a task from `index` on. */
  readonly places: (RecordPosition & { readonly count: number })[];
  /** Of the last commit that has changed something; 0 = none has. */
  nowMs: number;
}

/** A task that waits or has come part of the way. */
export interface Progress {
  readonly jobNo: number;
  readonly seq: number;
  runAt: number | null;
  attemptNo: number;
  recordCount: number;
  throttledMs: number | null;
  throttledAt: number | null;
  cursor: string | null;
  failure: string | null;
}

/** A task as it is while the batch is worked through. */
export interface TaskNow {
  readonly job: BatchJob;
  readonly seq: number;
  ended: boolean;
  /** As stored before the batch. */
  readonly had: boolean;
  progress: Progress | undefined;
  /** Whether `progress` is other than stored. */
  changed: boolean;
}

export interface EndRow {
  readonly jobNo: number;
  readonly seq: number;
  readonly kind: FinalTaskState;
  readonly attemptNo: number;
  readonly nowMs: number;
  readonly durationMs: number;
  readonly failure: Failure | undefined;
  /** Joined, where they stand in the end. */
  readonly records: string | undefined;
}

export interface RecordRow {
  readonly jobNo: number;
  readonly seq: number;
  readonly index: number;
  readonly json: string;
}

const NONE: ReadonlySet<number> = new Set();

export class TaskSteps {
  readonly entries: EntrySteps;
  readonly ends: EndRow[] = [];
  readonly failed: Failed[] = [];
  readonly kept: Kept[] = [];
  readonly attempts: NewAttempt[] = [];
  /** By row and number; of tasks that may have had records before. */
  readonly records = new Map<string, RecordRow>();

  /** @param entries - all that the batch names */
  constructor(entries: EntrySteps) {
    this.entries = entries;
  }

  /** False where the task has ended: then nothing is changed. */
  apply(task: TaskNow, commit: Commit): boolean {
    if (task.ended) return false;
    const { job } = task;
    const { end } = commit;
    job.nowMs = Math.max(job.nowMs, commit.nowMs);
    const { keeps, jobId, nowMs } = commit;
    const dropped = keeps ? this.entries.apply(keeps, { tenant: job.tenant, jobId, nowMs }) : NONE;
    if (end === undefined || end.kind === 'waiting') {
      this.#addRecords(task, commit, dropped);
      goOn(task, commit);
      if (end !== undefined) wait(task, commit, end);
    } else {
      this.#end(task, commit, end, dropped);
    }
    const { seq, attempt: json } = commit;
    if (json !== undefined) this.attempts.push({ jobNo: job.no, seq, json });
    return true;
  }

  #end(task: TaskNow, commit: Commit, end: Final, dropped: ReadonlySet<number>): void {
    const { job, seq } = task;
    const { nowMs, records } = commit;
    // Joined texts have no gaps.
    const inline = dropped.size > 0 ? undefined : this.#inline(task, commit, end);
    if (inline === undefined) this.#addRecords(task, commit, dropped);
    else {
      job.delta.records += records.length;
      job.places.push({ seq, index: 0, count: records.length });
    }
    const failure = end.failure ?? (end.kind === 'discarded' ? UNEXPLAINED : undefined);
    if (failure !== undefined && end.kind === 'discarded') {
      this.failed.push({ jobNo: job.no, seq, failure, refused: false, nowMs });
      job.delta.failedAttempts += 1;
    }
    this.ends.push({
      jobNo: job.no,
      seq,
      kind: end.kind,
      attemptNo: commit.attemptNo,
      nowMs,
      durationMs: end.durationMs,
      failure,
      records: inline,
    });
    job.delta[end.kind] += 1;
    leave(task, end.kind === 'discarded');
    if (end.kind === 'discarded' && (records.length > 0 || commit.cursor !== undefined)) {
      goOn(task, commit);
    }
    task.ended = true;
    if (end.cache !== undefined) this.kept.push({ jobNo: job.no, seq, ...end.cache, nowMs });
  }

  /** The records as they stand in the end: of a task that is not tried anew and had no others. */
  #inline({ had, progress }: TaskNow, commit: Commit, end: Final): string | undefined {
    const { records, recordsFrom } = commit;
    if (records.length === 0 || recordsFrom !== 0 || end.kind === 'discarded') return undefined;
    if (had || progress !== undefined) return undefined;
    let chars = 0;
    for (const record of records) chars += record.length;
    return chars <= INLINE_CHARS_MAX ? joinRecords(records) : undefined;
  }

  /** Counted once they are inserted: a number that is there already stays as it is. */
  #addRecords(
    { job, seq }: TaskNow,
    { records, recordsFrom }: Commit,
    dropped: ReadonlySet<number>,
  ): void {
    records.forEach((json, i) => {
      if (dropped.has(i)) return;
      const index = recordsFrom + i;
      const name = `${job.no} ${seq} ${index}`;
      if (this.records.has(name)) return;
      this.records.set(name, { jobNo: job.no, seq, index, json });
      job.places.push({ seq, index, count: 1 });
    });
  }
}

export function batchJob(
  no: number,
  tenant: string,
  rowCount: number,
  duplicates: number,
): BatchJob {
  return { no, tenant, rowCount, duplicates, delta: noDelta(), places: [], nowMs: 0 };
}

/** A page: the task goes on from there. */
function goOn(task: TaskNow, { attemptNo, cursor, records, recordsFrom }: Commit): void {
  const before = task.progress ?? fresh(task);
  const more = cursor === undefined ? {} : { cursor, throttledMs: null };
  const recordCount = cursor === undefined ? 0 : recordsFrom + records.length;
  task.progress = {
    ...before,
    ...more,
    attemptNo,
    recordCount: Math.max(before.recordCount, recordCount),
  };
  task.changed = true;
}

function wait(
  { job, progress }: TaskNow,
  { nowMs }: Commit,
  { atMs, failure, throttledMs }: Extract<CommitEnd, { readonly kind: 'waiting' }>,
): void {
  if (progress === undefined) return;
  if (progress.runAt === null) job.delta.waiting += 1;
  job.delta.failedAttempts += 1;
  progress.runAt = atMs;
  progress.failure = JSON.stringify(failure);
  progress.throttledMs = throttledMs ?? null;
  progress.throttledAt = nowMs;
}

/** A discarded task keeps how far it came: it may be tried anew. */
function leave(task: TaskNow, keep: boolean): void {
  const { job, progress } = task;
  if (progress === undefined) return;
  if (progress.runAt !== null) job.delta.waiting -= 1;
  const rest = { runAt: null, failure: null, throttledMs: null, throttledAt: null };
  task.progress = keep ? { ...progress, ...rest } : undefined;
  task.changed = true;
}

function fresh({ job, seq }: TaskNow): Progress {
  return {
    jobNo: job.no,
    seq,
    runAt: null,
    attemptNo: 0,
    recordCount: 0,
    throttledMs: null,
    throttledAt: null,
    cursor: null,
    failure: null,
  };
}
