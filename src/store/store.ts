/**
 * Durable truth. Whatever is in memory can be rebuilt from here.
 *
 * Invariants that every implementation keeps, and that `test/conformance/store.ts` checks:
 * - A task's end, its records, its cursor and its job's counters move in one transaction.
 * - A task gets one outcome. A commit for a task that has one changes nothing and is reported as
 *   such, so a late or doubled commit is harmless.
 * - Records are numbered within their task (`seq`, `index`); writing the same number twice keeps
 *   the first. A task is resumed at its cursor, and its records are numbered on from there: pages
 *   behind it, yielded without a cursor, come again with their numbers.
 * - Kept entries change with the commit that says so, in the order of its changes; one that changes
 *   nothing drops the record that it names. A dropped record leaves a gap in the numbers.
 * - Of a task's attempts the last `ATTEMPTS_KEPT` that commits told of are kept, numbered from 1.
 * - Tasks are never updated: a task without an outcome and without a time to wait for is pending.
 *
 * All arguments and results are plain data (they may cross a thread). Methods reject with a
 * `SluiceError` (`store.*`, `job.*`) for what a user can meet.
 */
import type { AttemptQuery, JobAttempt, KeptAttempt } from '../model/attempt-record.ts';
import type { Document, DocumentChange } from '../model/document.ts';
import type { Failure } from '../model/failure.ts';
import type { Job, JobCounters, JobSpec } from '../model/job.ts';
import type { KeptEntry } from '../model/kept.ts';
import type { LaneKey } from '../model/lane.ts';
import type { FinalTaskState, JobAction, JobState } from '../model/lifecycle.ts';
import type { Task } from '../model/task.ts';
import type { LoggedRecords, LogQuery } from './record-log.ts';

export interface Store {
  // Jobs
  /**
   * Stores a job; the same tenant and idempotency key again answers with the first one. Where it is
   * stored now, what comes along is stored with it.
   */
  createJob(
    spec: JobSpec,
    along?: JobBaggage,
  ): Promise<{ readonly job: Job; readonly created: boolean }>;
  job(id: string): Promise<Job | undefined>;
  /** Newest first by id; `before` is the id after which the page goes on. */
  jobs(filter: JobFilter): Promise<readonly Job[]>;
  /**
   * Moves the job's state by the lifecycle table; rejects with `job.conflict` where it does not
   * allow the action or a job with open tasks is to be completed, `job.not_found` where there is
   * no such job. `activeMs` is added up.
   */
  moveJob(id: string, action: JobAction, at: JobMove): Promise<Job>;
  /** Adds to `activeMs` of jobs, each given once, whatever their state; no others are changed. */
  addActive(shares: readonly ActiveMs[]): Promise<void>;
  /** Removes a job and all that belongs to it; it is gone at once, its rows piece by piece. */
  deleteJob(id: string): Promise<void>;

  // Plan
  /**
   * Adds the next rows: tasks, refusals (an outcome at once) and duplicates (a key seen before in
   * this job). `firstSeq` must be the number of rows added so far and the plan not finished, else
   * nothing happens: planning again after a crash is harmless. Counters move in the same
   * transaction.
   */
  addRows(
    jobId: string,
    firstSeq: number,
    rows: readonly PlannedRow[],
    nowMs: number,
  ): Promise<JobCounters>;
  /** Number of rows added so far: where planning goes on. */
  rowCount(jobId: string): Promise<number>;
  finishPlan(jobId: string, nowMs: number): Promise<Job>;

  // Intake: what is there to do. Fewer than `limit` are given where they are large; none means
  // that nothing is left.
  /** Pending tasks with `seq >= fromSeq`, in order. */
  pending(jobId: string, fromSeq: number, limit: number): Promise<readonly Task[]>;
  /** The same within one lane. */
  pendingInLane(
    jobId: string,
    lane: LaneKey,
    fromSeq: number,
    limit: number,
  ): Promise<readonly Task[]>;
  /** Takes waiting tasks whose time has come: they become pending and are returned. */
  takeDue(jobId: string, nowMs: number, limit: number): Promise<readonly Task[]>;
  /** When the next waiting task of the job is due, ms, wall time. */
  nextDueMs(jobId: string): Promise<number | undefined>;

  // Hot path
  /** Writes all or nothing, durable when it resolves. Called with one batch at a time. */
  commit(batch: readonly Commit[]): Promise<CommitResult>;

  // Control
  /** Ends all tasks without an outcome as cancelled; returns the job's counters. */
  cancelOpen(jobId: string, nowMs: number): Promise<JobCounters>;
  /**
   * Discarded tasks (all, or of one fingerprint or error code) become waiting, due now; attempts
   * start anew, pages do not. Refused rows stay: there is nothing to try. Returns how many.
   */
  retryDiscarded(jobId: string, nowMs: number, only?: string): Promise<number>;

  // Reading
  /** Rows in the order of the input with their results, duplicates answered by their first. */
  results(jobId: string, fromSeq: number, limit: number): Promise<readonly RowResult[]>;
  /**
   * Tasks in the order of the input, refused rows included, duplicates not: their number over all
   * pages is the job's counter. A page may be shorter than `limit`, even empty, where rows are
   * large or many had to be looked through; it is the last one only where `next` is undefined.
   */
  tasks(jobId: string, query: TaskQuery): Promise<TaskPage>;
  /** What is kept of a task's attempts, in their order; none where it got through at once. */
  attempts(jobId: string, seq: number): Promise<readonly KeptAttempt[]>;
  /** Of all tasks of a job, begun last first: at most `limit` of those that come `after` one. */
  jobAttempts(jobId: string, query: AttemptQuery): Promise<readonly JobAttempt[]>;
  /**
   * The first row at or behind `fromSeq` without an end, a waiting one or a duplicate of such
   * included. Undefined: there is none so far, all rows from there on have ended.
   */
  firstOpen(jobId: string, fromSeq: number): Promise<number | undefined>;
  /**
   * Records in the order of (seq, index) after a position. Fewer than `limit` are given where they
   * are large; none means that nothing is left.
   */
  records(
    jobId: string,
    after: RecordPosition | undefined,
    limit: number,
  ): Promise<readonly StoredRecord[]>;
  /**
   * Records in the order in which they were committed: whatever is committed later comes behind.
   * Fewer than `limit` are given where they are large; where none are, nothing is left so far.
   * Between two positions there is always the same.
   */
  loggedRecords(jobId: string, query: LogQuery): Promise<LoggedRecords>;
  /** Discarded tasks and refused rows by fingerprint, most frequent first, at most 1,000 groups. */
  failureGroups(jobId: string): Promise<readonly FailureGroup[]>;

  // What is remembered across jobs
  /** Cached answers that have not expired at `nowMs`, by key. They go with their job. */
  cached(keys: readonly string[], nowMs: number): Promise<ReadonlyMap<string, CachedResult>>;
  /** What was learned of lanes (rates, knees), by key; plain JSON. */
  laneMemory(keys: readonly LaneKey[]): Promise<ReadonlyMap<LaneKey, unknown>>;
  rememberLanes(entries: readonly (readonly [LaneKey, unknown])[], nowMs: number): Promise<void>;

  // What a tenant keeps across jobs
  /**
   * Of one collection, ascending by key (in the order of UTF-8). Fewer than `limit` are given where
   * they are large; none means that nothing is left.
   */
  entries(query: EntryQuery): Promise<readonly KeptEntry[]>;
  /** 0 where there is no such collection. */
  entryCount(tenant: string, collection: string): Promise<number>;
  /** Those that have entries, by name. */
  collections(tenant: string): Promise<readonly CollectionSize[]>;

  // What is configured
  document(kind: string, id: string): Promise<Document | undefined>;
  /** Of one kind, ascending by id (in the order of UTF-8). */
  documents(query: DocumentQuery): Promise<readonly Document[]>;
  /**
   * All or nothing, one change after the other. Rejects with `document.conflict` and writes nothing
   * where a document does not have the version that a change asks for.
   */
  writeDocuments(changes: readonly DocumentChange[], nowMs: number): Promise<void>;
  /** A number larger than any given before, durable: one for each start of an engine. */
  nextEpoch(): Promise<number>;

  /**
   * Writes a consistent copy of everything to a new file while work goes on. Rejects with
   * `store.backup_exists`, `store.backup_failed` or, without a disk, `store.backup_unsupported`.
   * Closing waits for it.
   */
  backup(path: string): Promise<void>;
  close(): Promise<void>;
}

export interface TaskQuery {
  /** Row behind which the page begins; -1 = from the first. */
  readonly after: number;
  /** Default: all. */
  readonly states?: readonly RowResult['state'][];
  /** One of `failureGroups`: the discarded tasks and refused rows of that group. */
  readonly fingerprint?: string;
  readonly limit: number;
}

export interface FoundTask extends RowResult {
  /** JSON text; undefined for a refused row, which has none. */
  readonly input: string | undefined;
}

export interface TaskPage {
  readonly rows: readonly FoundTask[];
  /** `after` of the next page; undefined = there is nothing behind this one so far. */
  readonly next: number | undefined;
}

export interface DocumentQuery {
  readonly kind: string;
  readonly tenant?: string;
  /** Of the id. */
  readonly prefix?: string;
  /** The id behind which the page begins, in the order asked for. */
  readonly after?: string;
  readonly limit: number;
  readonly descending?: boolean;
}

export interface EntryQuery {
  readonly tenant: string;
  readonly collection: string;
  /** Only these. */
  readonly keys?: readonly string[];
  /** Of the key. */
  readonly prefix?: string;
  /** The key behind which the page begins. */
  readonly after?: string;
  /** Only what has changed since, wall time, ms. */
  readonly changedSinceMs?: number;
  readonly limit: number;
}

export interface CollectionSize {
  readonly name: string;
  readonly entries: number;
}

export interface JobFilter {
  /** Only these. */
  readonly ids?: readonly string[];
  readonly tenant?: string;
  readonly collector?: string;
  readonly states?: readonly JobState[];
  /** Of one tenant where `tenant` is given, which finds the one job that has it. */
  readonly idempotencyKey?: string;
  readonly before?: string;
  readonly limit: number;
}

/** A job that has run for so long. */
export type ActiveMs = readonly [jobId: string, ms: number];

export interface JobMove {
  readonly nowMs: number;
  readonly failure?: Failure;
  readonly activeMs?: number;
}

export type PlannedRow =
  | {
      readonly kind: 'task';
      readonly input: string;
      readonly lane: LaneKey | '';
      readonly key?: string;
    }
  | { readonly kind: 'refused'; readonly failure: Failure };

export type PlannedTask = PlannedRow & { readonly kind: 'task' };

/** What a job is stored with, where it is known by then. */
export interface JobBaggage {
  readonly first?: FirstRows | undefined;
  /** The whole of its input: the file at `spec.input.path`, wherever inputs are. */
  readonly input?: Uint8Array | undefined;
}

export interface FirstRows {
  /** One at least, none with a key. */
  readonly rows: readonly PlannedTask[];
  /** There are no more: the plan is final. */
  readonly whole: boolean;
}

/** One task's step: a page, an end, or both. */
export interface Commit {
  readonly jobId: string;
  readonly seq: number;
  /** Attempts spent once this is written. */
  readonly attemptNo: number;
  /** JSON texts of the page's records. */
  readonly records: readonly string[];
  /** Index of the first of `records` within the task. */
  readonly recordsFrom: number;
  /** For how many records more the only one of `records` stands: a file, see `fileText`. */
  readonly inFile?: number;
  /** What its tenant keeps of it. */
  readonly keeps?: readonly KeepChange[];
  /** JSON text; undefined leaves the stored cursor as it is. */
  readonly cursor?: string;
  /** undefined: a page in the middle; the task goes on. */
  readonly end?: CommitEnd;
  /** JSON text of an `AttemptRecord`, where one is to be kept. */
  readonly attempt?: string;
  readonly nowMs: number;
}

/** See `Keep`. */
export type KeepChange = {
  readonly collection: string;
  readonly key: string;
  /** Index in `records`. */
  readonly record?: number;
} & (
  | {
      readonly op: 'first' | 'put';
      /** JSON text. */
      readonly json: string;
    }
  | { readonly op: 'remove' }
);

export type CommitEnd =
  | {
      readonly kind: FinalTaskState;
      readonly durationMs: number;
      readonly failure?: Failure;
      /** Keeps the task's records under this key as an answer to equal work, until a wall time. */
      readonly cache?: { readonly key: string; readonly untilMs: number };
    }
  | {
      readonly kind: 'waiting';
      readonly atMs: number;
      readonly failure: Failure;
      /** `ms` of the task's `throttled` from now on; undefined = it was not told to wait. */
      readonly throttledMs?: number;
    };

export interface CommitResult {
  /** Counters after the commit of every job that it touched. */
  readonly counters: ReadonlyMap<string, JobCounters>;
  /** Indexes of commits that changed nothing because their task had an outcome or is gone. */
  readonly stale: readonly number[];
  /**
   * Shards of the node whose last open tasks were among them, and that are finished with it. Some
   * others may have none left either.
   */
  readonly finished?: readonly { readonly jobId: string; readonly no: number }[];
}

export interface RowResult {
  readonly seq: number;
  /** `available` stands for everything without an end that is not waiting. */
  readonly state: FinalTaskState | 'waiting' | 'available';
  readonly attemptNo: number;
  readonly failure: Failure | undefined;
  /** JSON texts in order; of the first row where this one is a duplicate. */
  readonly records: readonly string[];
  readonly duplicateOf: number | undefined;
  readonly finishedMs: number | undefined;
  readonly durationMs: number | undefined;
}

export interface RecordPosition {
  readonly seq: number;
  readonly index: number;
}

export interface StoredRecord extends RecordPosition {
  /** JSON text. */
  readonly json: string;
}

export interface FailureGroup {
  readonly fingerprint: string;
  /** The most recent one. */
  readonly sample: Failure;
  readonly sampleSeq: number;
  readonly count: number;
  /** Of them, those that were refused before they were tried: they stay as they are. */
  readonly refused: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

export interface CachedResult {
  readonly records: readonly string[];
  readonly storedMs: number;
}
