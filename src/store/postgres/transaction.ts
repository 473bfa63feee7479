/** Statements by name, each prepared once a connection, and the transaction that runs them. */
import type pg from 'pg';
import { assert } from '../../base/assert.ts';

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
  readonly #heard: () => void;
  readonly #left: Promise<unknown>[] = [];
  #over = false;
  #failure: { readonly error: unknown } | undefined;

  /** @param heard - called at each answer of the server */
  constructor(client: pg.ClientBase, heard: () => void = () => {}) {
    this.#client = client;
    this.#heard = heard;
  }

  async rows<Row>(asked: Statement, ...values: readonly unknown[]): Promise<readonly Row[]> {
    return (await this.#query(asked, values)).rows as readonly Row[];
  }

  /** The first row. */
  async row<Row>(asked: Statement, ...values: readonly unknown[]): Promise<Row | undefined> {
    return (await this.rows<Row>(asked, ...values))[0];
  }

  /** Returns how many rows have changed. */
  async run(asked: Statement, ...values: readonly unknown[]): Promise<number> {
    return (await this.#query(asked, values)).rowCount ?? 0;
  }

  /** Statements that are under way, whose answers nobody needs: the commit is sent behind them. */
  leave(work: Promise<unknown>): void {
    this.#left.push(work);
    // Told where the commit is.
    work.catch(() => {});
  }

  get left(): readonly Promise<unknown>[] {
    return this.#left;
  }

  /**
   * Takes no more statements: where one of several things that are under way has failed, what the
   * others would still do may not happen outside the transaction.
   */
  end(): void {
    this.#over = true;
  }

  /**
   * What is asked for in one turn goes to the server in one piece: it wakes once, and answers what
   * it has read in one go.
   */
  gather(): void {
    const { stream } = (this.#client as pg.Client).connection;
    stream.cork();
    process.nextTick(() => stream.uncork());
  }

  /** Where one statement fails those behind it fail as well: they tell of the first one. */
  async #query(asked: Statement, values: readonly unknown[]): Promise<pg.QueryResult> {
    assert(!this.#over, `${asked.name} comes after the end of its transaction`);
    this.gather();
    try {
      const result = await this.#client.query({ ...asked, values: [...values] });
      this.#heard();
      return result;
    } catch (error) {
      this.#failure ??= { error };
      throw this.#failure.error;
    }
  }
}
