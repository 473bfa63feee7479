/**
 * What touches many tasks at once: cancelling, trying anew, deleting. Each method does one bounded
 * piece, a transaction of its own with exact counters, so that commits pass between the pieces and
 * neither the log nor a pause grows with the job.
 */
import type { Database, Statement } from 'better-sqlite3';
import type { JobCounters } from '../../model/job.ts';
import { FailureTable, OUTCOME } from './failure-table.ts';
import { type JobPlace, type JobTable, noDelta } from './job-table.ts';
import { firstTaskId, lastTaskId } from './task-id.ts';
import type { TaskReader, TaskRow } from './task-reader.ts';

/** Rows of one piece: some tens of milliseconds. */
export const PIECE_ROWS = 10_000;

export class ControlWriter {
  readonly #jobs: JobTable;
  readonly #failures: FailureTable;
  readonly #waitingIn: Statement<[number, number], { count: number }>;
  readonly #cancel: Statement<[number, number, number]>;
  readonly #dropProgress: Statement<[number, number]>;
  readonly #take: Statement<[number]>;
  readonly #lastOfGroup: Statement<[number, number], { id: number }>;
  readonly #await: Statement<[number, number, number]>;
  readonly #reopen: Statement<[number, number]>;
  readonly #unlist: Statement<[number]>;
  readonly #list: Statement<[number]>;
  readonly #deleted: Statement<[], { no: number }>;
  readonly #purges: readonly Statement<[number, number, number]>[];
  readonly #dropGroups: Statement<[number, number]>;
  readonly #forget: Statement<[number]>;

  constructor(db: Database, jobs: JobTable) {
    this.#jobs = jobs;
    this.#failures = new FailureTable(db);
    this.#waitingIn = db.prepare(
      'SELECT count(*) AS count FROM progress WHERE id BETWEEN ? AND ? AND run_at IS NOT NULL',
    );
    this.#cancel = db.prepare(
      `INSERT INTO outcomes (id, state, attempt_no, finished_ms)
       SELECT t.id, ${OUTCOME.cancelled}, coalesce(p.attempt_no, 0), ?
       FROM tasks t LEFT JOIN progress p ON p.id = t.id WHERE t.id BETWEEN ? AND ?
         AND NOT EXISTS (SELECT 1 FROM outcomes o WHERE o.id = t.id)`,
    );
    this.#dropProgress = db.prepare(
      `DELETE FROM progress WHERE id BETWEEN ? AND ? AND EXISTS (
         SELECT 1 FROM outcomes o WHERE o.id = progress.id AND o.state = ${OUTCOME.cancelled})`,
    );
    this.#take = db.prepare('UPDATE progress SET run_at = NULL, failure = NULL WHERE id = ?');
    this.#lastOfGroup = db.prepare(
      `SELECT max(id) AS id FROM (SELECT id FROM outcomes INDEXED BY outcome_failures
         WHERE failure_group = ? ORDER BY id LIMIT ?)`,
    );
    this.#await = db.prepare(
      `INSERT INTO progress (id, run_at, attempt_no, record_count, failure)
       SELECT id, ?, 0, 0, failure FROM outcomes WHERE failure_group = ? AND id <= ?
       ON CONFLICT (id) DO UPDATE SET
         run_at = excluded.run_at, attempt_no = 0, failure = excluded.failure,
         throttled_ms = NULL`,
    );
    this.#reopen = db.prepare('DELETE FROM outcomes WHERE failure_group = ? AND id <= ?');
    this.#unlist = db.prepare('DELETE FROM jobs WHERE no = ?');
    this.#list = db.prepare('INSERT INTO deleted_jobs (no) VALUES (?)');
    this.#deleted = db.prepare('SELECT no FROM deleted_jobs');
    this.#purges = [
      ['record_log', 'id'],
      ['records', 'task'],
      ['cache', 'task'],
      ['attempts', 'task'],
      ['progress', 'id'],
      ['outcomes', 'id'],
      ['aliases', 'id'],
      ['tasks', 'id'],
    ].map(([table, id]) => db.prepare(`DELETE FROM ${table} WHERE ${id} BETWEEN ? AND ? LIMIT ?`));
    this.#dropGroups = db.prepare('DELETE FROM failure_groups WHERE job_no = ? LIMIT ?');
    this.#forget = db.prepare('DELETE FROM deleted_jobs WHERE no = ?');
  }

  /** Within a transaction: takes waiting tasks that are due. */
  takeDue(place: JobPlace, reader: TaskReader, nowMs: number, limit: number): readonly TaskRow[] {
    const rows = reader.due(place, nowMs, limit);
    if (rows.length === 0) return rows;
    const delta = noDelta();
    for (const row of rows) delta.waiting -= this.#take.run(row.id).changes;
    this.#jobs.count(place.no, delta, nowMs);
    return rows;
  }

  /** Within a transaction: cancels what is open among the rows from `fromSeq` of one piece. */
  cancelPiece(place: JobPlace, fromSeq: number, nowMs: number): JobCounters {
    const from = place.first + fromSeq;
    const to = from + PIECE_ROWS - 1;
    const delta = noDelta();
    delta.waiting = -(this.#waitingIn.get(from, to)?.count ?? 0);
    delta.cancelled = this.#cancel.run(nowMs, from, to).changes;
    if (delta.cancelled > 0) this.#dropProgress.run(from, to);
    return this.#jobs.count(place.no, delta, delta.cancelled === 0 ? 0 : nowMs);
  }

  retriable(place: JobPlace, only: string | undefined) {
    return this.#failures.retriable(place.no, only);
  }

  /** Within a transaction: reopens one piece of a group; returns how many. */
  retryPiece(place: JobPlace, group: number, nowMs: number): number {
    const last = this.#lastOfGroup.get(group, PIECE_ROWS)?.id ?? null;
    if (last === null) return 0;
    this.#await.run(nowMs, group, last);
    const count = this.#reopen.run(group, last).changes;
    this.#failures.shrink(group, count);
    const delta = noDelta();
    delta.discarded = -count;
    delta.waiting = count;
    this.#jobs.count(place.no, delta, nowMs);
    return count;
  }

  /** Within a transaction: the job is gone for everybody; its rows are purged piece by piece. */
  unlist(place: JobPlace): void {
    this.#unlist.run(place.no);
    this.#list.run(place.no);
  }

  /** Numbers of jobs whose rows are still to be purged, after a crash in the middle too. */
  unpurged(): readonly number[] {
    return this.#deleted.all().map((row) => row.no);
  }

  /** Within a transaction: purges one piece; false once nothing is left. */
  purgePiece(jobNo: number): boolean {
    const first = firstTaskId(jobNo);
    const last = lastTaskId(jobNo);
    for (const purge of this.#purges) {
      if (purge.run(first, last, PIECE_ROWS).changes > 0) return true;
    }
    if (this.#dropGroups.run(jobNo, PIECE_ROWS).changes > 0) return true;
    this.#forget.run(jobNo);
    return false;
  }
}
