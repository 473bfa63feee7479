/**
 * Planning: the next rows of a job become tasks, refusals or duplicates, in one transaction with
 * the counters. Rows are numbered by their place, and a chunk that does not begin where the last
 * one ended changes nothing, so planning again after a crash is harmless.
 */
import type { Database, Statement } from 'better-sqlite3';
import type { JobCounters } from '../../model/job.ts';
import type { PlannedRow } from '../store.ts';
import { BulkInsert } from './bulk-insert.ts';
import { FailureTable, OUTCOME } from './failure-table.ts';
import { type JobPlace, type JobTable, noDelta } from './job-table.ts';
import { KeyIndex, keyHash } from './key-index.ts';
import { taskId } from './task-id.ts';

export class PlanWriter {
  readonly #jobs: JobTable;
  readonly #failures: FailureTable;
  readonly #keys: KeyIndex;
  readonly #tasks: BulkInsert;
  readonly #alias: Statement<[number, number]>;
  readonly #refuse: Statement<unknown[]>;
  /** First ids of the chunk's own keys: its rows may not be in the table yet. */
  readonly #chunkKeys = new Map<string, number>();

  constructor(db: Database, jobs: JobTable) {
    this.#jobs = jobs;
    this.#failures = new FailureTable(db);
    this.#keys = new KeyIndex(db);
    this.#tasks = new BulkInsert(db, 'tasks (id, input, lane, key, key_hash)', '(?, ?, ?, ?, ?)');
    this.#alias = db.prepare('INSERT INTO aliases (id, of_id) VALUES (?, ?)');
    this.#refuse = db.prepare(
      `INSERT INTO outcomes (id, state, attempt_no, finished_ms, failure, failure_group)
       VALUES (?, ${OUTCOME.refused}, 0, ?, ?, ?)`,
    );
  }

  /** Within a transaction. */
  addRows(
    jobId: string,
    firstSeq: number,
    rows: readonly PlannedRow[],
    nowMs: number,
  ): JobCounters {
    this.#tasks.clear();
    this.#chunkKeys.clear();
    const place = this.#jobs.place(jobId);
    const delta = noDelta();
    const fits = firstSeq === place.rowCount && !place.planned;
    for (let i = 0; fits && i < rows.length; i += 1) {
      const row = rows[i] as PlannedRow;
      const seq = firstSeq + i;
      const duplicate = row.kind === 'task' && !this.#addTask(place, seq, row);
      if (row.kind === 'refused') this.#addRefused(place, seq, row, nowMs);
      delta.rowCount += 1;
      if (duplicate) delta.duplicates += 1;
      else delta.tasks += 1;
      if (row.kind === 'refused') delta.discarded += 1;
    }
    this.#tasks.flush();
    return this.#jobs.count(place.no, delta, delta.rowCount === 0 ? 0 : nowMs);
  }

  /** Drops what is in memory of a job to which no more rows come. */
  forget(jobNo: number): void {
    this.#keys.forget(jobNo);
  }

  /** False where another row has the same key: the row is answered by that one's task. */
  #addTask(place: JobPlace, seq: number, row: PlannedRow & { kind: 'task' }): boolean {
    const id = taskId(place.no, seq);
    const lane = row.lane === '' ? null : row.lane;
    if (row.key === undefined) {
      this.#tasks.add(id, row.input, lane, null, null);
      return true;
    }
    const hash = keyHash(row.key);
    const first =
      this.#chunkKeys.get(row.key) ??
      this.#keys.find(place.no, place.first, place.last, row.key, hash);
    if (first !== undefined) {
      this.#alias.run(id, first);
      return false;
    }
    this.#chunkKeys.set(row.key, id);
    this.#tasks.add(id, row.input, lane, row.key, hash.number);
    this.#keys.add(place.no, place.first, id, hash);
    return true;
  }

  #addRefused(
    place: JobPlace,
    seq: number,
    { failure }: PlannedRow & { kind: 'refused' },
    nowMs: number,
  ): void {
    const id = taskId(place.no, seq);
    const group = this.#failures.add(place.no, seq, failure, true, nowMs);
    this.#tasks.add(id, null, null, null, null);
    this.#refuse.run(id, nowMs, JSON.stringify(failure), group);
  }
}
