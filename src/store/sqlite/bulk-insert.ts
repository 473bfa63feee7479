/**
 * Inserts rows a group at a time: one call into SQLite for sixteen rows costs a third less than
 * sixteen calls. Rows wait in the group until it is full, so the owner flushes before it reads them
 * and before its transaction ends.
 */
import type { Database, Statement } from 'better-sqlite3';

const GROUP_ROWS = 16;

export class BulkInsert {
  readonly #group: Statement<[unknown[]]>;
  readonly #one: Statement<[unknown[]]>;
  readonly #width: number;
  #values: unknown[] = [];

  /** `row` is one row's VALUES, such as `(?, 0, ?)`. */
  constructor(db: Database, into: string, row: string) {
    const insert = `INSERT INTO ${into} VALUES `;
    this.#one = db.prepare(insert + row);
    this.#group = db.prepare(insert + new Array(GROUP_ROWS).fill(row).join(', '));
    this.#width = row.split('?').length - 1;
  }

  /** Throws SQLite's constraint error where a row is there already, at the latest in `flush`. */
  add(...values: unknown[]): void {
    this.#values.push(...values);
    if (this.#values.length < GROUP_ROWS * this.#width) return;
    const group = this.#values;
    this.#values = [];
    this.#group.run(group);
  }

  flush(): void {
    const rest = this.#values;
    this.#values = [];
    for (let at = 0; at < rest.length; at += this.#width) {
      this.#one.run(rest.slice(at, at + this.#width));
    }
  }

  /** Forgets what waits, after a rollback. */
  clear(): void {
    this.#values = [];
  }
}
