/** Statements by name, each prepared once a connection, and the transaction that runs them. */
import type pg from 'pg';

/** SQL with `$1` … for values. One name, one text. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

export function statement(name: string, text: string): Statement {
  return { name, text };
}

export class Tx {
  readonly #client: pg.ClientBase;

  constructor(client: pg.ClientBase) {
    this.#client = client;
  }

  async rows<Row>(asked: Statement, ...values: readonly unknown[]): Promise<readonly Row[]> {
    const result = await this.#client.query({ ...asked, values: [...values] });
    return result.rows as readonly Row[];
  }

  /** The first row. */
  async row<Row>(asked: Statement, ...values: readonly unknown[]): Promise<Row | undefined> {
    return (await this.rows<Row>(asked, ...values))[0];
  }

  /** Returns how many rows have changed. */
  async run(asked: Statement, ...values: readonly unknown[]): Promise<number> {
    const result = await this.#client.query({ ...asked, values: [...values] });
    return result.rowCount ?? 0;
  }
}
