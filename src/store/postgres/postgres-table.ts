/**
 * Rows into a table of some Postgres, each there once however often it is sent: a batch is copied
 * into a temporary table and from there inserted, or put in the place of the row with its key, in
 * one transaction. Batches without a key of their own are sent over several connections at once,
 * because each row has its place; others one after the other, because the last one counts.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { messageOf, SluiceError, systemCode } from '../../base/errors.ts';
import type { Cell, ColumnType, TableColumn, TableKey, TableSink } from '../../model/table.ts';
import { copyLine } from './copy-text.ts';
import { isLost, remedyOf } from './postgres-error.ts';
import type { TableTarget } from './table-target.ts';

const BATCH_ROWS = 5_000;
const BATCH_CHARS = 2 * 2 ** 20;
/** More bring nothing: one thread makes what is sent. They would only hold more of it. */
const AT_ONCE_MAX = 4;
const CONNECT_MS = 10_000;
const STATEMENT_MS = 300_000;
/** Tries of a batch whose connection is lost: a batch is there whole or not at all. */
const TRIES = 3;

export const COLUMN_TYPES: Readonly<Record<ColumnType, string>> = {
  text: 'text',
  json: 'jsonb',
  integer: 'bigint',
  number: 'double precision',
  boolean: 'boolean',
  time: 'timestamptz',
};

/** By which a row is known again that has no key of its own. */
const PLACE: readonly TableColumn[] = [
  { name: 'sluice_job', type: 'text' },
  { name: 'sluice_row', type: 'integer' },
  { name: 'sluice_index', type: 'integer' },
];

export interface PostgresTableOptions {
  readonly target: TableTarget;
  readonly columns: readonly TableColumn[];
  readonly jobId: string;
  /** Connections at most. */
  readonly poolMax: number;
  /** The command that sends the records once more, without the target. */
  readonly again: string;
}

export class PostgresTable implements TableSink {
  readonly #options: PostgresTableOptions;
  readonly #pool: pg.Pool;
  readonly #columns: readonly TableColumn[];
  readonly #types: readonly ColumnType[];
  readonly #key: readonly string[];
  readonly #atOnce: number;
  readonly #sending = new Set<Promise<void>>();
  #failed: { readonly error: unknown } | undefined;
  #lines: string[] = [];
  #chars = 0;
  #bytes = 0;

  private constructor(options: PostgresTableOptions) {
    const { target, columns, poolMax } = options;
    const ownKey = target.key.length > 0;
    this.#options = options;
    this.#columns = ownKey ? columns : [...PLACE, ...columns];
    this.#types = this.#columns.map(({ type }) => type);
    this.#key = ownKey ? target.key : PLACE.map(({ name }) => name);
    this.#atOnce = ownKey ? 1 : Math.min(poolMax, AT_ONCE_MAX);
    this.#pool = new pg.Pool({
      connectionString: target.url,
      max: this.#atOnce,
      connectionTimeoutMillis: CONNECT_MS,
      statement_timeout: STATEMENT_MS,
      application_name: 'sluice export',
    });
    // A connection that is lost while idle is no harm: the next batch takes another.
    this.#pool.on('error', () => {});
  }

  /** Makes the table where there is none; rejects with `export.*`. */
  static async open(options: PostgresTableOptions): Promise<PostgresTable> {
    const table = new PostgresTable(options);
    try {
      await table.#prepare();
      return table;
    } catch (error) {
      await table.#pool.end();
      throw table.#told(error);
    }
  }

  get full(): boolean {
    return this.#lines.length >= BATCH_ROWS || this.#chars >= BATCH_CHARS;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(cells: readonly Cell[], { seq, index }: TableKey): void {
    const { jobId, target } = this.#options;
    const all = target.key.length > 0 ? cells : [jobId, seq, index, ...cells];
    const line = copyLine(all, this.#types);
    this.#lines.push(line);
    this.#chars += line.length;
  }

  async flush(): Promise<void> {
    if (this.#lines.length === 0) return;
    const lines = this.#lines;
    this.#lines = [];
    this.#chars = 0;
    while (this.#sending.size >= this.#atOnce) await Promise.race(this.#sending);
    this.#throwIfFailed();
    const sending = this.#send(lines)
      .catch((error: unknown) => {
        this.#failed ??= { error };
      })
      .finally(() => this.#sending.delete(sending));
    this.#sending.add(sending);
  }

  async finish(): Promise<void> {
    await this.flush();
    await Promise.all(this.#sending);
    this.#throwIfFailed();
    await this.#pool.end();
  }

  async discard(): Promise<void> {
    await Promise.all(this.#sending);
    if (!this.#pool.ended) await this.#pool.end();
  }

  #throwIfFailed(): void {
    if (this.#failed !== undefined) throw this.#told(this.#failed.error);
  }

  async #prepare(): Promise<void> {
    const columns = this.#columns.map(({ name }) => name);
    const twice = columns.find((name, at) => columns.indexOf(name) !== at);
    if (twice !== undefined) throw this.#refusal(`records have a column ${twice} of their own`);
    const missing = this.#key.find((name) => !columns.includes(name));
    if (missing !== undefined) throw this.#refusal(`records have no column ${missing} for the key`);
    const made = this.#columns.map(({ name, type }) => {
      return `${pg.escapeIdentifier(name)} ${COLUMN_TYPES[type]}`;
    });
    const key = this.#key.map((name) => pg.escapeIdentifier(name));
    await this.#pool.query(
      `CREATE TABLE IF NOT EXISTS ${this.#table} (${made.join(', ')}, PRIMARY KEY (${key.join(', ')}))`,
    );
    const found = await this.#pool.query<{ attname: string }>(
      `SELECT attname FROM pg_attribute
       WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped`,
      [this.#table],
    );
    const there = new Set(found.rows.map(({ attname }) => attname));
    const absent = columns.filter((name) => !there.has(name));
    if (absent.length > 0) throw this.#refusal(`it has no column ${absent.join(', ')}`);
  }

  get #table(): string {
    return this.#options.target.table.map((part) => pg.escapeIdentifier(part)).join('.');
  }

  async #send(lines: readonly string[]): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#sendOnce(lines);
      } catch (error) {
        if (tries === TRIES || remedyOf(error) === 'tell') throw error;
      }
    }
  }

  async #sendOnce(lines: readonly string[]): Promise<void> {
    const names = this.#columns.map(({ name }) => pg.escapeIdentifier(name));
    const key = this.#key.map((name) => pg.escapeIdentifier(name)).join(', ');
    const others = names.filter((_, at) => !this.#key.includes(this.#columns[at]?.name ?? ''));
    const action =
      others.length === 0
        ? 'DO NOTHING'
        : `DO UPDATE SET ${others.map((name) => `${name} = excluded.${name}`).join(', ')}`;
    const client = await this.#pool.connect();
    // Where it is lost, the statement says so as well.
    const lost = () => {};
    client.on('error', lost);
    let broken: Error | undefined;
    try {
      await client.query('BEGIN');
      await client.query(
        `CREATE TEMP TABLE sluice_batch ON COMMIT DROP AS
         SELECT ${names.join(', ')} FROM ${this.#table} WITH NO DATA`,
      );
      await client.query('ALTER TABLE sluice_batch ADD COLUMN sluice_order serial');
      const copy = client.query(copyFrom(`COPY sluice_batch (${names.join(', ')}) FROM STDIN`));
      const bytes = Buffer.from(`${lines.join('\n')}\n`);
      await pipeline(Readable.from([bytes]), copy);
      await client.query(
        `INSERT INTO ${this.#table} (${names.join(', ')})
         SELECT DISTINCT ON (${key}) ${names.join(', ')} FROM sluice_batch
         ORDER BY ${key}, sluice_order DESC
         ON CONFLICT (${key}) ${action}`,
      );
      await client.query('COMMIT');
      this.#bytes += bytes.length;
    } catch (error) {
      broken = error as Error;
      throw error;
    } finally {
      client.off('error', lost);
      // With its transaction: what is rolled back must not be met by the next batch.
      client.release(broken);
    }
  }

  #refusal(detail: string): SluiceError {
    return new SluiceError('export.refused', { target: this.#options.target.name, detail });
  }

  #told(error: unknown): unknown {
    if (error instanceof SluiceError) return error;
    const target = this.#options.target.name;
    const detail = messageOf(error) || (systemCode(error) ?? 'without a word');
    if (isLost(error)) {
      const { again } = this.#options;
      return new SluiceError('export.unavailable', { target, detail, again }, { cause: error });
    }
    return systemCode(error) === undefined
      ? error
      : new SluiceError('export.refused', { target, detail }, { cause: error });
  }
}
