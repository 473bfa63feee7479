/** The last attempts of tasks that did not get through at once. */
import type { Database, Statement } from 'better-sqlite3';
import { ATTEMPTS_KEPT, type AttemptRecord, type KeptAttempt } from '../../model/attempt-record.ts';

export class AttemptTable {
  readonly #last: Statement<[number], { no: number | null }>;
  readonly #add: Statement<[number, number, string]>;
  readonly #drop: Statement<[number, number]>;
  readonly #list: Statement<[number], { no: number; json: string }>;

  constructor(db: Database) {
    this.#last = db.prepare('SELECT max(no) AS no FROM attempts WHERE task = ?');
    this.#add = db.prepare('INSERT OR IGNORE INTO attempts (task, no, json) VALUES (?, ?, ?)');
    this.#drop = db.prepare('DELETE FROM attempts WHERE task = ? AND no <= ?');
    this.#list = db.prepare('SELECT no, json FROM attempts WHERE task = ? ORDER BY no');
  }

  /** Within a transaction. `first`: it is known to be the first of its task. */
  add(task: number, json: string, first: boolean): void {
    const no = first ? 1 : (this.#last.get(task)?.no ?? 0) + 1;
    this.#add.run(task, no, json);
    if (no > ATTEMPTS_KEPT) this.#drop.run(task, no - ATTEMPTS_KEPT);
  }

  list(task: number): readonly KeptAttempt[] {
    return this.#list
      .all(task)
      .map(({ no, json }) => ({ no, ...(JSON.parse(json) as AttemptRecord) }));
  }
}
