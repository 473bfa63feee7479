/**
 * Records into a table of a DuckDB file. A batch is one transaction, with a row that says which
 * batch of the job was the last: the same again changes nothing. Columns are added and widened with
 * the batch that brings them.
 *
 * DuckDB lets one process write at a time, and nobody read beside it, so the file is open only
 * while there is something to write.
 */
import { dirname } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { SluiceError } from '../../base/errors.ts';
import { makeDirectory } from '../../base/make-directory.ts';
import { type ColumnType, commonType, type TableColumn } from '../../model/table.ts';
import {
  type BatchPace,
  type DeliveryBatch,
  type DeliverySink,
  type FileBatch,
  ID_COLUMN,
  VERSION_COLUMN,
} from '../delivery-sink.ts';
import { duckdbError } from './duckdb-error.ts';
import { checkCount, viewFile } from './duckdb-file.ts';
import type { DuckdbPlace } from './duckdb-place.ts';
import { DUCKDB_TYPES, fillStage, ORDER, quoted, STAGE, staged } from './duckdb-stage.ts';

/** Which batch of a job came last. */
const BATCHES = 'sluice_batches';
const WIDER = 'sluice_wider';
const OPTIONS = { threads: '2', memory_limit: '512MB', temp_directory: '' };

type Batch = DeliveryBatch | FileBatch;

interface Found {
  readonly name: string;
  /** undefined: one that is none of ours, filled as far as DuckDB can. */
  readonly type: ColumnType | undefined;
}

interface OpenFile {
  instance?: DuckDBInstance;
  /** The last piece of work. */
  last: Promise<unknown>;
  readonly holders: Set<object>;
}

/** Sinks of one process that write to the same file share what is open, one batch at a time. */
export class DuckdbFiles {
  readonly #open = new Map<string, OpenFile>();

  /** The file stays open until whoever holds it lets go. */
  write(
    path: string,
    holder: object,
    work: (connection: DuckDBConnection) => Promise<void>,
  ): Promise<void> {
    const file: OpenFile = this.#open.get(path) ?? { last: Promise.resolve(), holders: new Set() };
    this.#open.set(path, file);
    file.holders.add(holder);
    const turn = file.last.then(async () => {
      file.instance ??= await openFile(path);
      const connection = await file.instance.connect();
      try {
        await work(connection);
      } finally {
        connection.closeSync();
      }
    });
    file.last = turn.catch(() => {});
    return turn;
  }

  /** Whoever comes while it is being closed waits for that: no file is open twice in a process. */
  async letGo(path: string, holder: object): Promise<void> {
    const file = this.#open.get(path);
    if (file === undefined) return;
    file.holders.delete(holder);
    const turn = file.last.then(async () => {
      if (file.holders.size > 0) return;
      const { instance } = file;
      delete file.instance;
      await instance
        ?.connect()
        .then(closeFile)
        .catch(() => {});
      instance?.closeSync();
      if (file.holders.size === 0) this.#open.delete(path);
    });
    file.last = turn.catch(() => {});
    await file.last;
  }
}

/** What is in the log goes into the file: others may copy it, or look at it as it is. */
async function closeFile(connection: DuckDBConnection): Promise<void> {
  try {
    await connection.run('CHECKPOINT');
  } finally {
    connection.closeSync();
  }
}

async function openFile(path: string): Promise<DuckDBInstance> {
  makeDirectory(dirname(path));
  return DuckDBInstance.create(path, OPTIONS);
}

export class DuckdbSink implements DeliverySink {
  readonly place: string;
  readonly pace: BatchPace = { rowsMax: 20_000, charsMax: 8 * 2 ** 20, lingerMs: 5_000 };
  readonly #target: DuckdbPlace;
  readonly #files: DuckdbFiles;

  constructor(target: DuckdbPlace, files: DuckdbFiles) {
    this.place = target.place;
    this.#target = target;
    this.#files = files;
  }

  write(batch: DeliveryBatch, signal: AbortSignal): Promise<void> {
    return this.#send(batch, signal);
  }

  writeFile(batch: FileBatch, signal: AbortSignal): Promise<void> {
    return this.#send(batch, signal);
  }

  async #send(batch: Batch, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    try {
      await this.#files.write(this.#target.path, this, (connection) =>
        this.#write(connection, batch),
      );
    } catch (error) {
      throw duckdbError(error, this.place);
    }
  }

  async close(): Promise<void> {
    await this.#files.letGo(this.#target.path, this);
  }

  async #write(connection: DuckDBConnection, batch: Batch): Promise<void> {
    await connection.run("SET TimeZone = 'UTC'");
    await connection.run('BEGIN');
    try {
      if (await this.#isThere(connection, batch)) {
        await connection.run('ROLLBACK');
        return;
      }
      await this.#take(connection, batch);
      await connection.run('COMMIT');
    } catch (error) {
      await connection.run('ROLLBACK').catch(() => {});
      throw error;
    }
  }

  async #isThere(connection: DuckDBConnection, { jobId, id }: Batch): Promise<boolean> {
    await connection.run(
      `CREATE TABLE IF NOT EXISTS ${BATCHES} (job VARCHAR, place VARCHAR, batch VARCHAR)`,
    );
    const found = await connection.runAndReadAll(
      `SELECT batch FROM ${BATCHES} WHERE job = $1 AND place = $2`,
      [jobId, this.place],
    );
    return found.getRows()[0]?.[0] === id;
  }

  async #take(connection: DuckDBConnection, batch: Batch): Promise<void> {
    const { columns, jobId, id, key = [ID_COLUMN] } = batch;
    const table = quoted(this.#target.table || batch.table);
    const types = await this.#fitTable(connection, table, columns);
    const missing = key.find((name) => name !== ID_COLUMN && !types.has(name));
    if (missing !== undefined) {
      const detail = `records have no column ${missing} for the key`;
      throw new SluiceError('sink.refused', { place: this.place, detail });
    }
    if ('file' in batch) await viewFile(connection, batch);
    else await fillStage(connection, batch);
    const same = key.map((name) => `t.${quoted(name)} = s.${quoted(name)}`).join(' AND ');
    const versioned = columns.some(({ name }) => name === VERSION_COLUMN);
    const later = versioned
      ? ` AND coalesce(t.${VERSION_COLUMN} <= s.${VERSION_COLUMN}, true)`
      : '';
    await connection.run(`DELETE FROM ${table} t USING ${STAGE} s WHERE ${same}${later}`);
    const into = [ID_COLUMN, ...columns.map(({ name }) => quoted(name))];
    const from = [ID_COLUMN, ...columns.map((column) => staged(column, types.get(column.name)))];
    const last = key.map(quoted).join(', ');
    const keyless = key.map((name) => `${quoted(name)} IS NULL`).join(' OR ');
    const order = `${versioned ? `${VERSION_COLUMN} DESC, ` : ''}${ORDER} DESC`;
    const { rowsChanged } = await connection.run(
      `INSERT INTO ${table} (${into.join(', ')}) SELECT ${from.join(', ')} FROM ${STAGE} s
       ${versioned ? `WHERE NOT EXISTS (SELECT 1 FROM ${table} t WHERE ${same})` : ''}
       ${batch.key === undefined ? '' : `QUALIFY row_number() OVER (PARTITION BY ${last} ORDER BY ${order}) = 1 OR ${keyless}`}
       ${'file' in batch ? '' : `ORDER BY ${ORDER}`}`,
    );
    if (!('file' in batch)) await connection.run(`DROP TABLE ${STAGE}`);
    else {
      if (batch.key === undefined) checkCount(batch, rowsChanged);
      await connection.run(`DROP VIEW ${STAGE}`);
    }
    await connection.run(`DELETE FROM ${BATCHES} WHERE job = $1 AND place = $2`, [
      jobId,
      this.place,
    ]);
    await connection.run(`INSERT INTO ${BATCHES} VALUES ($1, $2, $3)`, [jobId, this.place, id]);
  }

  /** Makes the table hold the columns; answers what is to be written into each. */
  async #fitTable(
    connection: DuckDBConnection,
    table: string,
    columns: readonly TableColumn[],
  ): Promise<ReadonlyMap<string, ColumnType>> {
    await connection.run(`CREATE TABLE IF NOT EXISTS ${table} (${ID_COLUMN} VARCHAR)`);
    const info = await connection.runAndReadAll(`DESCRIBE ${table}`);
    const found = new Map<string, Found>();
    for (const [name, type] of info.getRows()) {
      found.set(String(name).toLowerCase(), { name: String(name), type: typeNamed(String(type)) });
    }
    if (!found.has(ID_COLUMN)) {
      await connection.run(`ALTER TABLE ${table} ADD COLUMN ${ID_COLUMN} VARCHAR`);
    }
    const types = new Map<string, ColumnType>();
    const widened: [string, ColumnType][] = [];
    for (const { name, type } of columns) {
      const there = found.get(name.toLowerCase());
      if (there === undefined) {
        await connection.run(
          `ALTER TABLE ${table} ADD COLUMN ${quoted(name)} ${DUCKDB_TYPES[type]}`,
        );
      }
      const as = there?.type === undefined ? type : commonType(there.type, type);
      types.set(name, as);
      if (there?.type === undefined || there.type === as) continue;
      widened.push([there.name, as]);
    }
    if (widened.length > 0) await widen(connection, table, widened);
    return types;
  }
}

/**
 * The table anew, with wider columns. Not by ALTER: DuckDB 1.5 writes the change into its log with
 * a function that it cannot find when it replays the log after a crash.
 */
async function widen(
  connection: DuckDBConnection,
  table: string,
  columns: readonly (readonly [string, ColumnType])[],
): Promise<void> {
  const changed = columns.map(([name, as]) => {
    const wider =
      as === 'json' ? `to_json(${quoted(name)})` : `${quoted(name)}::${DUCKDB_TYPES[as]}`;
    return `${wider} AS ${quoted(name)}`;
  });
  await connection.run(
    `CREATE TABLE ${WIDER} AS SELECT * REPLACE (${changed.join(', ')}) FROM ${table}`,
  );
  await connection.run(`DROP TABLE ${table}`);
  await connection.run(`ALTER TABLE ${WIDER} RENAME TO ${table}`);
}

function typeNamed(name: string): ColumnType | undefined {
  const found = Object.entries(DUCKDB_TYPES).find(([, type]) => type === name);
  return found?.[0] as ColumnType | undefined;
}
