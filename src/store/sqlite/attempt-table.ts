/** The last attempts of tasks that did not get through at once. */
import type { Database, Statement } from 'better-sqlite3';
import {
  ATTEMPTS_KEPT,
  type AttemptQuery,
  type AttemptRecord,
  type JobAttempt,
  type KeptAttempt,
} from '../../model/attempt-record.ts';
import { seqOf, taskId } from './task-id.ts';

type NewestArgs = [
  jobNo: number,
  fromMs: number,
  startedMs: number,
  task: number,
  no: number,
  limit: number,
];

export class AttemptTable {
  readonly #last: Statement<[number], { no: number | null }>;
  readonly #add: Statement<[number, number, string]>;
  readonly #drop: Statement<[number, number]>;
  readonly #list: Statement<[number], { no: number; json: string }>;
  readonly #newest: Statement<NewestArgs, { task: number; no: number; json: string }>;

  constructor(db: Database) {
    this.#last = db.prepare('SELECT max(no) AS no FROM attempts WHERE task = ?');
    this.#add = db.prepare('INSERT OR IGNORE INTO attempts (task, no, json) VALUES (?, ?, ?)');
    this.#drop = db.prepare('DELETE FROM attempts WHERE task = ? AND no <= ?');
    this.#list = db.prepare('SELECT no, json FROM attempts WHERE task = ? ORDER BY no');
    // As the index has it.
    this.#newest = db.prepare(
      `SELECT task, no, json FROM attempts
       WHERE task >> 32 = ? AND json ->> 'startedMs' <= ?
         AND (json ->> 'startedMs', task, no) < (?, ?, ?)
       ORDER BY json ->> 'startedMs' DESC, task DESC, no DESC LIMIT ?`,
    );
  }

  /** Within a transaction. `first`: it is known to be the first of its task. */
  add(task: number, json: string, first: boolean): void {
    const no = first ? 1 : (this.#last.get(task)?.no ?? 0) + 1;
    this.#add.run(task, no, json);
    if (no > ATTEMPTS_KEPT) this.#drop.run(task, no - ATTEMPTS_KEPT);
  }

  /** Of one job, begun last first. */
  newest(jobNo: number, { after, limit }: AttemptQuery): readonly JobAttempt[] {
    const [startedMs, task, no] =
      after === undefined
        ? [Number.MAX_VALUE, 0, 0]
        : [after.startedMs, taskId(jobNo, after.seq), after.no];
    return this.#newest
      .all(jobNo, startedMs, startedMs, task, no, limit)
      .map(({ task: id, no: nth, json }) => ({
        seq: seqOf(id),
        no: nth,
        ...(JSON.parse(json) as AttemptRecord),
      }));
  }

  list(task: number): readonly KeptAttempt[] {
    return this.#list
      .all(task)
      .map(({ no, json }) => ({ no, ...(JSON.parse(json) as AttemptRecord) }));
  }
}
