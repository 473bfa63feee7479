/**
 * Batches of records into a table of some Postgres: copied into a temporary table and from there
 * inserted, or put in the place of the row with the same key, in one transaction with the columns
 * that the batch adds or widens. By its own id a row is there once however often it is sent; where
 * the user names a key, a row beside says which batch came last, so that none is written over what
 * came later.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { messageOf, SluiceError, systemCode } from '../../base/errors.ts';
import { type ColumnType, commonType, type TableColumn } from '../../model/table.ts';
import { copyLine } from './copy-text.ts';
import { isLost, remedyOf } from './postgres-error.ts';
import { COLUMN_TYPES } from './postgres-table.ts';
import type { TableTarget } from './table-target.ts';

/** As `DeliveryBatch` has it. */
export interface PostgresBatch {
  readonly id: string;
  readonly jobId: string;
  readonly table: string;
  readonly columns: readonly TableColumn[];
  readonly rows: readonly { readonly id: string; readonly values: readonly unknown[] }[];
  readonly key?: readonly string[];
}

const ID: TableColumn = { name: 'sluice_id', type: 'text' };
/** See `DeliveryBatch.key`; compared as bytes, whatever the database's order of texts. */
const VERSION = 'sluice_version';
const CONNECT_MS = 10_000;
const STATEMENT_MS = 300_000;
const AT_ONCE_MAX = 2;

/** What `information_schema` calls them. */
const NAMES: Readonly<Record<string, ColumnType>> = {
  text: 'text',
  jsonb: 'json',
  bigint: 'integer',
  'double precision': 'number',
  boolean: 'boolean',
  'timestamp with time zone': 'time',
};

export class PostgresDelivery {
  readonly place: string;
  readonly #target: TableTarget;
  readonly #pool: pg.Pool;
  /** Tables that are known to have these columns. */
  readonly #fitted = new Map<string, string>();

  constructor(target: TableTarget, poolMax: number) {
    this.place = target.name;
    this.#target = target;
    this.#pool = new pg.Pool({
      connectionString: target.url,
      max: Math.min(poolMax, AT_ONCE_MAX),
      connectionTimeoutMillis: CONNECT_MS,
      statement_timeout: STATEMENT_MS,
      application_name: 'sluice delivery',
    });
    // A connection that is lost while idle is no harm: the next batch takes another.
    this.#pool.on('error', () => {});
  }

  async write(batch: PostgresBatch, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    try {
      await this.#write(batch);
    } catch (error) {
      throw this.#told(error);
    }
  }

  async close(): Promise<void> {
    if (!this.#pool.ended) await this.#pool.end();
  }

  async #write(batch: PostgresBatch): Promise<void> {
    const client = await this.#pool.connect();
    // Where it is lost, the statement says so as well.
    const lost = () => {};
    client.on('error', lost);
    let broken: Error | undefined;
    try {
      await client.query('BEGIN');
      if (batch.key === undefined || (await isNew(client, this.#tableOf(batch), batch))) {
        await this.#fit(client, batch);
        await this.#take(client, batch);
      }
      await client.query('COMMIT');
    } catch (error) {
      broken = error as Error;
      this.#fitted.clear();
      throw error;
    } finally {
      client.off('error', lost);
      client.release(broken);
    }
  }

  async #take(client: pg.PoolClient, batch: PostgresBatch): Promise<void> {
    const { columns, rows, key = [ID.name] } = batch;
    const all = [ID, ...columns];
    const names = all.map(({ name }) => pg.escapeIdentifier(name));
    const types = all.map(({ type }) => type);
    const table = this.#tableOf(batch);
    await client.query(
      `CREATE TEMP TABLE sluice_batch (${all.map(made).join(', ')}, sluice_order serial)
       ON COMMIT DROP`,
    );
    const copy = client.query(copyFrom(`COPY sluice_batch (${names.join(', ')}) FROM STDIN`));
    const lines = rows.map(({ id, values }) => copyLine([id, ...(values as string[])], types));
    await pipeline(Readable.from([Buffer.from(`${lines.join('\n')}\n`)]), copy);
    const by = key.map((name) => pg.escapeIdentifier(name)).join(', ');
    const others = names.filter((_, at) => !key.includes(all[at]?.name ?? ''));
    const put = others.map((name) => `${name} = excluded.${name}`).join(', ');
    const found = await typesOf(client, table);
    const from = all.map((column) => valueAs(column, found.get(column.name)));
    const versioned = columns.some(({ name }) => name === VERSION);
    const order = versioned
      ? `${VERSION} COLLATE "C" DESC, sluice_order DESC`
      : 'sluice_order DESC';
    const later = `coalesce(t.${VERSION} COLLATE "C" <= excluded.${VERSION}, true)`;
    const update = `DO UPDATE SET ${put}${versioned ? ` WHERE ${later}` : ''}`;
    await client.query(
      `INSERT INTO ${table} AS t (${names.join(', ')})
       SELECT ${from.join(', ')} FROM (
         SELECT *, row_number() OVER (PARTITION BY ${by} ORDER BY ${order}) AS sluice_last
         FROM sluice_batch
       ) b WHERE sluice_last = 1 OR (${by}) IS NULL ORDER BY sluice_order
       ON CONFLICT (${by}) ${put === '' ? 'DO NOTHING' : update}`,
    );
  }

  /** Makes the table hold the batch's columns. */
  async #fit(client: pg.PoolClient, batch: PostgresBatch): Promise<void> {
    const { columns, key = [ID.name] } = batch;
    const table = this.#tableOf(batch);
    const shape = JSON.stringify(columns);
    if (this.#fitted.get(table) === shape) return;
    const missing = key.find((name) => ![ID, ...columns].some((column) => column.name === name));
    if (missing !== undefined) throw this.#refusal(`records have no column ${missing} for the key`);
    const by = key.map((name) => pg.escapeIdentifier(name)).join(', ');
    const all = [ID, ...columns];
    await client.query(
      `CREATE TABLE IF NOT EXISTS ${table} (${all.map(made).join(', ')}, UNIQUE (${by}))`,
    );
    const found = await typesOf(client, table);
    for (const column of all) {
      const { name, type } = column;
      const there = found.get(name);
      const id = pg.escapeIdentifier(name);
      if (there === undefined) {
        await client.query(`ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS ${made(column)}`);
        continue;
      }
      const has = NAMES[there];
      const as = has === undefined ? undefined : commonType(has, type);
      if (as === undefined || as === has) continue;
      const using = as === 'json' ? `to_jsonb(${id})` : `${id}::${COLUMN_TYPES[as]}`;
      await client.query(
        `ALTER TABLE ${table} ALTER COLUMN ${id} TYPE ${COLUMN_TYPES[as]} USING ${using}`,
      );
    }
    this.#fitted.set(table, shape);
  }

  #tableOf({ table }: PostgresBatch): string {
    const named = this.#target.table.length > 0 ? this.#target.table : [table];
    return named.map((part) => pg.escapeIdentifier(part)).join('.');
  }

  #refusal(detail: string): SluiceError {
    return new SluiceError('sink.refused', { place: this.place, detail });
  }

  #told(error: unknown): unknown {
    if (error instanceof SluiceError) return error;
    const { place } = this;
    const code = systemCode(error);
    const detail = messageOf(error) || (code ?? 'without a word');
    const options = { cause: error };
    if (code === '53100') return new SluiceError('sink.full', { place }, options);
    if (isLost(error) || remedyOf(error) === 'again' || /^5[37]/.test(code ?? '')) {
      return new SluiceError('sink.unavailable', { place, detail }, options);
    }
    return code === undefined ? error : new SluiceError('sink.refused', { place, detail }, options);
  }
}

function made({ name, type }: TableColumn): string {
  return `${pg.escapeIdentifier(name)} ${COLUMN_TYPES[type]}`;
}

/** Types of columns by name, as the catalogue calls them. */
async function typesOf(client: pg.PoolClient, table: string): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<{ name: string; type: string }>(
    `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped`,
    [table],
  );
  return new Map(rows.map(({ name, type }) => [name, type]));
}

/** SQL for a staged value as one of the column that it goes to. */
function valueAs({ name, type }: TableColumn, there: string | undefined): string {
  const id = pg.escapeIdentifier(name);
  if (there === undefined || there === COLUMN_TYPES[type] || NAMES[there] === type) return id;
  return there === 'jsonb' ? `to_jsonb(${id})` : `${id}::${there}`;
}

/** Whether the batch is not the last one of its job that is there already. */
async function isNew(
  client: pg.PoolClient,
  table: string,
  { jobId, id }: PostgresBatch,
): Promise<boolean> {
  await client.query(
    `CREATE TABLE IF NOT EXISTS sluice_batches (
       job text, target text, batch text NOT NULL, PRIMARY KEY (job, target))`,
  );
  const { rowCount } = await client.query(
    `INSERT INTO sluice_batches AS b VALUES ($1, $2, $3)
     ON CONFLICT (job, target) DO UPDATE SET batch = excluded.batch WHERE b.batch <> $3`,
    [jobId, table, id],
  );
  return rowCount === 1;
}
