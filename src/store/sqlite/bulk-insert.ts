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
  /** Of the rows of a group, used again for each. */
  readonly #values: unknown[];
  #at = 0;

  /** `row` is one row's VALUES, such as `(?, 0, ?)`; `orReplace`: the last one of a key stays. */
  constructor(db: Database, into: string, row: string, orReplace = false) {
    const insert = `INSERT ${orReplace ? 'OR REPLACE ' : ''}INTO ${into} VALUES `;
    this.#one = db.prepare(insert + row);
    this.#group = db.prepare(insert + new Array(GROUP_ROWS).fill(row).join(', '));
    this.#width = row.split('?').length - 1;
    this.#values = new Array(GROUP_ROWS * this.#width).fill(null);
  }

  /** Throws SQLite's constraint error where a row is there already, at the latest in `flush`. */
  add(...values: unknown[]): void {
    for (let i = 0; i < values.length; i += 1) this.#values[this.#at + i] = values[i];
    this.#at += values.length;
    if (this.#at < this.#values.length) return;
    this.#at = 0;
    this.#group.run(this.#values);
  }

  flush(): void {
    const end = this.#at;
    this.#at = 0;
    for (let at = 0; at < end; at += this.#width) {
      this.#one.run(this.#values.slice(at, at + this.#width));
    }
  }

  /** Forgets what waits, after a rollback. */
  clear(): void {
    this.#at = 0;
  }
}
