/**
 * The hot path: a batch of pages and ends in one transaction. The insert of the outcome is the test
 * whether the task was still open, and only what an insert has changed is counted.
 */
import type { Database, Statement } from 'better-sqlite3';
import type { JobCounters } from '../../model/job.ts';
import type { FinalTaskState } from '../../model/lifecycle.ts';
import type { Commit, CommitEnd, CommitResult } from '../store.ts';
import { UNEXPLAINED } from '../store-rules.ts';
import { FailureTable, OUTCOME } from './failure-table.ts';
import { type CounterDelta, type JobTable, noDelta } from './job-table.ts';
import { taskId } from './task-id.ts';

type Final = CommitEnd & { readonly kind: FinalTaskState };

/** What a batch does to one job. */
interface Touched {
  readonly no: number;
  readonly delta: CounterDelta;
  nowMs: number;
}

/** For each answer that is kept, up to this many expired ones are dropped: the cache stays bounded. */
const EXPIRED_DROPPED = 2;

export class CommitWriter {
  readonly #jobs: JobTable;
  readonly #failures: FailureTable;
  readonly #open: Statement<[number], { id: number }>;
  readonly #end: Statement<unknown[]>;
  readonly #waitingSince: Statement<[number], { run_at: number | null }>;
  readonly #dropProgress: Statement<[number]>;
  readonly #progress: Statement<unknown[]>;
  readonly #wait: Statement<[number | null, string | null, number]>;
  readonly #record: Statement<[number, number, string]>;
  readonly #cache: Statement<unknown[]>;
  readonly #dropExpired: Statement<[number, number]>;

  constructor(db: Database, jobs: JobTable) {
    this.#jobs = jobs;
    this.#failures = new FailureTable(db);
    this.#open = db.prepare(
      `SELECT id FROM tasks WHERE id = ?
       AND NOT EXISTS (SELECT 1 FROM outcomes WHERE outcomes.id = tasks.id)`,
    );
    this.#end = db.prepare(
      `INSERT OR IGNORE INTO outcomes
         (id, state, attempt_no, finished_ms, duration_ms, failure, failure_group)
       SELECT id, ?, ?, ?, ?, ?, ? FROM tasks WHERE id = ?`,
    );
    this.#waitingSince = db.prepare('SELECT run_at FROM progress WHERE id = ?');
    this.#dropProgress = db.prepare('DELETE FROM progress WHERE id = ?');
    this.#progress = db.prepare(
      `INSERT INTO progress (id, attempt_no, cursor, record_count) VALUES (?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET
         attempt_no = excluded.attempt_no,
         cursor = coalesce(excluded.cursor, cursor),
         record_count = max(record_count, excluded.record_count)`,
    );
    this.#wait = db.prepare('UPDATE progress SET run_at = ?, failure = ? WHERE id = ?');
    this.#record = db.prepare('INSERT OR IGNORE INTO records (task, idx, json) VALUES (?, ?, ?)');
    this.#cache = db.prepare(
      'INSERT OR REPLACE INTO cache (key, until_ms, stored_ms, task) VALUES (?, ?, ?, ?)',
    );
    this.#dropExpired = db.prepare(
      `DELETE FROM cache WHERE key IN
         (SELECT key FROM cache INDEXED BY cache_expiry WHERE until_ms <= ? LIMIT ?)`,
    );
  }

  /** Within a transaction. */
  commit(batch: readonly Commit[]): CommitResult {
    const touched = new Map<string, Touched | undefined>();
    const stale: number[] = [];
    for (let i = 0; i < batch.length; i += 1) {
      const commit = batch[i] as Commit;
      const job = this.#touch(touched, commit);
      if (job === undefined || !this.#apply(job, commit)) stale.push(i);
    }
    const counters = new Map<string, JobCounters>();
    for (const [id, job] of touched) {
      if (job !== undefined) counters.set(id, this.#jobs.count(job.no, job.delta, job.nowMs));
    }
    return { counters, stale };
  }

  #touch(touched: Map<string, Touched | undefined>, commit: Commit): Touched | undefined {
    let job = touched.get(commit.jobId);
    if (job === undefined && !touched.has(commit.jobId)) {
      const place = this.#jobs.findPlace(commit.jobId);
      job = place && { no: place.no, delta: noDelta(), nowMs: 0 };
      touched.set(commit.jobId, job);
    }
    return job;
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
    for (let i = 0; i < records.length; i += 1) {
      const { changes } = this.#record.run(id, commit.recordsFrom + i, records[i] as string);
      job.delta.records += changes;
    }
    if (final === undefined || final.kind === 'discarded') this.#goOn(job, id, commit);
    return true;
  }

  #finish(job: Touched, id: number, commit: Commit, end: Final): boolean {
    const failure = end.failure ?? (end.kind === 'discarded' ? UNEXPLAINED : undefined);
    const group =
      end.kind === 'discarded' && failure !== undefined
        ? this.#failures.add(job.no, commit.seq, failure, false, commit.nowMs)
        : null;
    const { changes } = this.#end.run(
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
    const progress = this.#waitingSince.get(id);
    if (progress !== undefined) this.#leave(job, id, end, progress.run_at !== null);
    if (end.cache !== undefined) this.#keep(id, end.cache, commit.nowMs);
    return true;
  }

  /** A discarded task keeps how far it came: it may be tried anew. */
  #leave(job: Touched, id: number, end: Final, waited: boolean): void {
    if (waited) job.delta.waiting -= 1;
    if (end.kind === 'discarded') this.#wait.run(null, null, id);
    else this.#dropProgress.run(id);
  }

  #goOn(job: Touched, id: number, commit: Commit): void {
    const { end, records, cursor } = commit;
    if (end?.kind === 'discarded' && records.length === 0 && cursor === undefined) return;
    const waited = end?.kind === 'waiting' && (this.#waitingSince.get(id)?.run_at ?? null) !== null;
    const recordCount = records.length === 0 ? 0 : commit.recordsFrom + records.length;
    this.#progress.run(id, commit.attemptNo, cursor ?? null, recordCount);
    if (end?.kind !== 'waiting') return;
    this.#wait.run(end.atMs, JSON.stringify(end.failure), id);
    job.delta.failedAttempts += 1;
    if (!waited) job.delta.waiting += 1;
  }

  #keep(id: number, cache: { key: string; untilMs: number }, nowMs: number): void {
    this.#dropExpired.run(nowMs, EXPIRED_DROPPED);
    this.#cache.run(cache.key, cache.untilMs, nowMs, id);
  }
}
