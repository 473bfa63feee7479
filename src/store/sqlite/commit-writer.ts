/**
 * The hot path: a batch of pages and ends in one transaction. Only what an insert has changed is
 * counted. What is true of a whole job (no duplicates, nothing half done) is asked once a batch.
 *
 * First the plain ends are inserted in groups on the assumption that all their tasks are open. If
 * one is not, which is rare, the constraint says so and the batch is done again, commit by commit.
 */
import type { Database, Statement } from 'better-sqlite3';
import { systemCode } from '../../base/errors.ts';
import type { JobCounters } from '../../model/job.ts';
import type { FinalTaskState } from '../../model/lifecycle.ts';
import { PackedCommitReader, type PackedCommits } from '../packed-commits.ts';
import { PlaceList } from '../record-log.ts';
import type { Commit, CommitEnd, CommitResult } from '../store.ts';
import { UNEXPLAINED } from '../store-rules.ts';
import { AttemptTable } from './attempt-table.ts';
import { BulkInsert } from './bulk-insert.ts';
import type { EntryTable } from './entry-table.ts';
import { FailureTable, OUTCOME } from './failure-table.ts';
import { type CounterDelta, type JobTable, noDelta } from './job-table.ts';
import type { RecordLogTable } from './record-log-table.ts';
import { taskId } from './task-id.ts';

type Final = CommitEnd & { readonly kind: FinalTaskState };

/** What a batch knows of one job, and does to it. */
interface Touched {
  readonly no: number;
  /** Rows below this place are tasks, all of them: no look at each. */
  readonly tasksBelow: number;
  readonly delta: CounterDelta;
  /** Of the records that are added. */
  readonly places: PlaceList;
  /** False while no task of the job waits or has come part of the way. */
  inProgress: boolean;
  nowMs: number;
}

/** For each answer that is kept, this many expired ones go at most: the cache stays bounded. */
const EXPIRED_DROPPED = 2;

export class CommitWriter {
  readonly #db: Database;
  readonly #jobs: JobTable;
  readonly #failures: FailureTable;
  readonly #entries: EntryTable;
  readonly #log: RecordLogTable;
  readonly #attempts: AttemptTable;
  readonly #savepoint: Statement;
  readonly #rollback: Statement;
  readonly #release: Statement;
  readonly #plainEnds: BulkInsert;
  readonly #plainRecords: BulkInsert;
  readonly #open: Statement<[number], { id: number }>;
  readonly #end: Statement<unknown[]>;
  readonly #endIfTask: Statement<unknown[]>;
  readonly #anyProgress: Statement<[number, number], { id: number }>;
  readonly #waitingSince: Statement<[number], { run_at: number | null }>;
  readonly #dropProgress: Statement<[number]>;
  readonly #progress: Statement<unknown[]>;
  readonly #wait: Statement<unknown[]>;
  readonly #record: Statement<[number, number, string, number | null]>;
  readonly #cache: BulkInsert;
  readonly #dropExpired: Statement<[number, number]>;
  /** Kept by this batch, and when the last of them was. */
  #answers = 0;
  #answeredMs = 0;

  constructor(db: Database, jobs: JobTable, entries: EntryTable, log: RecordLogTable) {
    this.#db = db;
    this.#jobs = jobs;
    this.#entries = entries;
    this.#log = log;
    this.#failures = new FailureTable(db);
    this.#attempts = new AttemptTable(db);
    this.#savepoint = db.prepare('SAVEPOINT batch');
    this.#rollback = db.prepare('ROLLBACK TO batch');
    this.#release = db.prepare('RELEASE batch');
    this.#plainEnds = new BulkInsert(
      db,
      'outcomes (id, state, attempt_no, finished_ms, duration_ms, record)',
      '(?, ?, ?, ?, ?, ?)',
    );
    this.#plainRecords = new BulkInsert(db, 'records (task, idx, json)', '(?, ?, ?)');
    this.#open = db.prepare(
      `SELECT id FROM tasks WHERE id = ?
       AND NOT EXISTS (SELECT 1 FROM outcomes WHERE outcomes.id = tasks.id)`,
    );
    const outcome = 'state, attempt_no, finished_ms, duration_ms, failure, failure_group, id';
    this.#end = db.prepare(
      `INSERT OR IGNORE INTO outcomes (${outcome}) VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#endIfTask = db.prepare(
      `INSERT OR IGNORE INTO outcomes (${outcome})
       SELECT ?, ?, ?, ?, ?, ?, id FROM tasks WHERE id = ?`,
    );
    this.#anyProgress = db.prepare('SELECT id FROM progress WHERE id BETWEEN ? AND ? LIMIT 1');
    this.#waitingSince = db.prepare('SELECT run_at FROM progress WHERE id = ?');
    this.#dropProgress = db.prepare('DELETE FROM progress WHERE id = ?');
    this.#progress = db.prepare(
      `INSERT INTO progress (id, attempt_no, cursor, record_count) VALUES (?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET
         attempt_no = excluded.attempt_no,
         cursor = coalesce(excluded.cursor, cursor),
         throttled_ms = iif(excluded.cursor IS NULL, throttled_ms, NULL),
         record_count = max(record_count, excluded.record_count)`,
    );
    this.#wait = db.prepare(
      `UPDATE progress SET run_at = ?, failure = ?, throttled_ms = ?, throttled_at = ?
       WHERE id = ?`,
    );
    this.#record = db.prepare(
      'INSERT OR IGNORE INTO records (task, idx, json, entry) VALUES (?, ?, ?, ?)',
    );
    this.#cache = new BulkInsert(
      db,
      'cache (key, until_ms, stored_ms, task)',
      '(?, ?, ?, ?)',
      true,
    );
    this.#dropExpired = db.prepare(
      `DELETE FROM cache WHERE key IN
         (SELECT key FROM cache INDEXED BY cache_expiry WHERE until_ms <= ? LIMIT ?)`,
    );
  }

  /** Within a transaction. */
  commit(batch: PackedCommits): CommitResult {
    this.#savepoint.run();
    try {
      return this.#commitAll(batch, true);
    } catch (error) {
      if (!systemCode(error)?.startsWith('SQLITE_CONSTRAINT')) throw error;
      this.#plainEnds.clear();
      this.#plainRecords.clear();
      this.#cache.clear();
      this.#rollback.run();
      return this.#commitAll(batch, false);
    } finally {
      if (this.#db.inTransaction) this.#release.run();
    }
  }

  #commitAll(batch: PackedCommits, grouped: boolean): CommitResult {
    this.#entries.begin();
    this.#answers = 0;
    const jobs = batch.jobIds.map((id) => this.#touch(id));
    const reader = new PackedCommitReader(batch);
    const stale: number[] = [];
    for (let i = 0; reader.next(); i += 1) {
      const job = jobs[reader.number('job')];
      const end = reader.end();
      if (job === undefined) stale.push(i);
      else if (grouped && isPlain(end) && isUntouched(job, reader) && !reader.more) {
        this.#applyPlain(job, reader, end);
      } else {
        // It may be of a task that a plain end before it has ended.
        this.#flush();
        if (!this.#apply(job, reader.commit())) stale.push(i);
      }
    }
    this.#flush();
    this.#cache.flush();
    if (this.#answers > 0) this.#dropExpired.run(this.#answeredMs, EXPIRED_DROPPED * this.#answers);
    this.#entries.end();
    const counters = new Map<string, JobCounters>();
    for (const [at, job] of jobs.entries()) {
      if (job === undefined) continue;
      const id = batch.jobIds[at] as string;
      this.#log.append(job.no, job.places.entries(job.nowMs));
      counters.set(id, this.#jobs.count(job.no, job.delta, job.nowMs));
    }
    return { counters, stale };
  }

  #flush(): void {
    this.#plainEnds.flush();
    this.#plainRecords.flush();
  }

  #applyPlain(job: Touched, commit: PackedCommitReader, end: Final): void {
    const id = taskId(job.no, commit.number('seq'));
    const recordsFrom = commit.number('recordsFrom');
    const recordCount = commit.number('recordCount');
    const nowMs = commit.number('nowMs');
    const { durationMs, cache } = end;
    // A text that has crossed is another one than ours: V8 gives up code that meets it as a key.
    const kind = end.kind === 'completed' ? 'completed' : 'cancelled';
    const only = recordsFrom === 0 && recordCount === 1 ? commit.record(0) : undefined;
    const inline = only !== undefined && only.length <= INLINE_CHARS_MAX ? only : null;
    const attemptNo = commit.number('attemptNo');
    this.#plainEnds.add(id, OUTCOME[kind], attemptNo, nowMs, durationMs, inline);
    for (let i = 0; inline === null && i < recordCount; i += 1) {
      this.#plainRecords.add(id, recordsFrom + i, commit.record(i));
    }
    job.delta[kind] += 1;
    job.delta.records += recordCount;
    if (recordCount > 0) job.places.add(commit.number('seq'), recordsFrom, recordCount);
    job.nowMs = Math.max(job.nowMs, nowMs);
    if (cache !== undefined) this.#keep(id, cache, nowMs);
  }

  #touch(jobId: string): Touched | undefined {
    const place = this.#jobs.findPlace(jobId);
    return (
      place && {
        no: place.no,
        tasksBelow: place.duplicates === 0 ? place.rowCount : 0,
        delta: noDelta(),
        places: new PlaceList(),
        inProgress: this.#anyProgress.get(place.first, place.last) !== undefined,
        nowMs: 0,
      }
    );
  }

  /** False where the task has an outcome (or is none): then nothing is changed. */
  #apply(job: Touched, commit: Commit): boolean {
    const id = taskId(job.no, commit.seq);
    const { end, records } = commit;
    const final = end !== undefined && end.kind !== 'waiting' ? end : undefined;
    if (final === undefined || final.kind === 'discarded') {
      if (this.#open.get(id) === undefined) return false;
    }
    if (final !== undefined && !this.#finish(job, id, commit, final)) return false;
    job.nowMs = Math.max(job.nowMs, commit.nowMs);
    const kept = this.#keepEntries(job, id, commit);
    for (let i = 0; i < records.length; i += 1) {
      if (kept?.dropped.has(i)) continue;
      const index = commit.recordsFrom + i;
      const entry = kept?.shared.get(i);
      const text = entry === undefined ? (records[i] as string) : '';
      const { changes } = this.#record.run(id, index, text, entry ?? null);
      job.delta.records += changes && changes + (commit.inFile ?? 0);
      if (changes > 0) job.places.add(commit.seq, index, 1);
    }
    if (final === undefined || final.kind === 'discarded') this.#goOn(job, id, commit);
    // Whatever was tried before has progress.
    if (commit.attempt !== undefined) this.#attempts.add(id, commit.attempt, !job.inProgress);
    return true;
  }

  #keepEntries({ no }: Touched, id: number, commit: Commit) {
    const { keeps, jobId, nowMs, records, recordsFrom } = commit;
    if (keeps === undefined) return undefined;
    const by = { tenant: this.#jobs.tenantOf(no), jobId, nowMs };
    return this.#entries.apply(keeps, by, { task: id, from: recordsFrom, texts: records });
  }

  #finish(job: Touched, id: number, commit: Commit, end: Final): boolean {
    const failure = end.failure ?? (end.kind === 'discarded' ? UNEXPLAINED : undefined);
    const group =
      end.kind === 'discarded' && failure !== undefined
        ? this.#failures.add(job.no, commit.seq, failure, false, commit.nowMs)
        : null;
    const insert = commit.seq < job.tasksBelow ? this.#end : this.#endIfTask;
    const { changes } = insert.run(
      OUTCOME[end.kind],
      commit.attemptNo,
      commit.nowMs,
      end.durationMs,
      failure === undefined ? null : JSON.stringify(failure),
      group,
      id,
    );
    if (changes === 0) return false;
    job.delta[end.kind] += 1;
    if (end.kind === 'discarded') job.delta.failedAttempts += 1;
    const progress = job.inProgress ? this.#waitingSince.get(id) : undefined;
    if (progress !== undefined) this.#leave(job, id, end, progress.run_at !== null);
    if (end.cache !== undefined) this.#keep(id, end.cache, commit.nowMs);
    return true;
  }

  /** A discarded task keeps how far it came: it may be tried anew. */
  #leave(job: Touched, id: number, end: Final, waited: boolean): void {
    if (waited) job.delta.waiting -= 1;
    if (end.kind === 'discarded') this.#wait.run(null, null, null, null, id);
    else this.#dropProgress.run(id);
  }

  #goOn(job: Touched, id: number, commit: Commit): void {
    const { end, records, cursor } = commit;
    if (end?.kind === 'discarded' && records.length === 0 && cursor === undefined) return;
    const waited = end?.kind === 'waiting' && (this.#waitingSince.get(id)?.run_at ?? null) !== null;
    const recordCount = cursor === undefined ? 0 : commit.recordsFrom + records.length;
    this.#progress.run(id, commit.attemptNo, cursor ?? null, recordCount);
    job.inProgress = true;
    if (end?.kind !== 'waiting') return;
    const { atMs, failure, throttledMs = null } = end;
    this.#wait.run(atMs, JSON.stringify(failure), throttledMs, commit.nowMs, id);
    job.delta.failedAttempts += 1;
    if (!waited) job.delta.waiting += 1;
  }

  #keep(id: number, cache: { key: string; untilMs: number }, nowMs: number): void {
    this.#cache.add(cache.key, cache.untilMs, nowMs, id);
    this.#answers += 1;
    this.#answeredMs = nowMs;
  }
}

/** Larger records would make walks over outcomes read what they do not need. */
const INLINE_CHARS_MAX = 1_000;

/** An end without a failure: nothing but itself is to be written. */
function isPlain(end: CommitEnd | undefined): end is Final {
  if (end === undefined || end.failure !== undefined) return false;
  return end.kind === 'completed' || end.kind === 'cancelled';
}

/** Whether a row is a task, and one that has been nothing but open so far, or has ended. */
function isUntouched(job: Touched, commit: PackedCommitReader): boolean {
  return commit.number('seq') < job.tasksBelow && !job.inProgress;
}
