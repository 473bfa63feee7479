/**
 * Records as Parquet files, one a batch: into a folder, or into S3-compatible storage. The name of
 * a file is the batch's id, so the same batch again is the same file again. DuckDB writes them, on
 * threads of its own.
 *
 * A file gets its name when it is whole and durable. What it was called before is made of the
 * batch's id as well: what a killed process leaves is taken up by the next, and not left behind.
 */
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { BlobStore } from '../blob-store.ts';
import {
  type BatchPace,
  type DeliveryBatch,
  type DeliverySink,
  type FileBatch,
  ID_COLUMN,
} from '../delivery-sink.ts';
import { syncDirectory } from '../durable-file.ts';
import { duckdbError } from './duckdb-error.ts';
import { checkCount, viewFile } from './duckdb-file.ts';
import type { ParquetPlace } from './duckdb-place.ts';
import { fillStage, literal, ORDER, quoted, STAGE, staged } from './duckdb-stage.ts';

type Batch = DeliveryBatch | FileBatch;

const CONTENT_TYPE = 'application/vnd.apache.parquet';
/** A second thread costs up to half as much processor again, and as much memory. */
const OPTIONS = { threads: '1', memory_limit: '512MB' };
/** Wide rows fill the memory of a group of the usual size. */
const FILE_GROUP_ROWS = 20_480;

export class ParquetSink implements DeliverySink {
  readonly place: string;
  /** Many small files are slow to read. */
  readonly pace: BatchPace = { rowsMax: 20_000, charsMax: 8 * 2 ** 20, lingerMs: 30_000 };
  readonly #folder: string;
  readonly #openBlobs: (() => Promise<BlobStore>) | undefined;
  #blobs: BlobStore | undefined;
  #duckdb: DuckDBInstance | undefined;

  /** @param openBlobs - where the files go instead of into the folder that the place names */
  constructor({ place, path }: ParquetPlace, openBlobs?: () => Promise<BlobStore>) {
    this.place = place;
    this.#folder = path;
    this.#openBlobs = openBlobs;
  }

  write(batch: DeliveryBatch, signal: AbortSignal): Promise<void> {
    return this.#write(batch, signal);
  }

  writeFile(batch: FileBatch, signal: AbortSignal): Promise<void> {
    return this.#write(batch, signal);
  }

  async #write(batch: Batch, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    try {
      await (this.#openBlobs === undefined ? this.#writeFile(batch) : this.#upload(batch));
    } catch (error) {
      throw duckdbError(error, this.place);
    }
  }

  async close(): Promise<void> {
    this.#duckdb?.closeSync();
    this.#duckdb = undefined;
  }

  async #writeFile(batch: Batch): Promise<void> {
    const folder = join(this.#folder, batch.table);
    await mkdir(folder, { recursive: true });
    const part = join(folder, `.${batch.id}.part`);
    await this.#encode(batch, part);
    const handle = await open(part, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, join(folder, `${batch.id}.parquet`));
    await syncDirectory(folder);
  }

  async #upload(batch: Batch): Promise<void> {
    this.#blobs ??= await this.#openBlobs?.();
    const part = join(tmpdir(), `sluice-${batch.id}.part`);
    try {
      await this.#encode(batch, part);
      const bytes = await readFile(part);
      const path = `${batch.table}/${batch.id}.parquet`;
      await this.#blobs?.write({ path, bytes, contentType: CONTENT_TYPE });
    } finally {
      await rm(part, { force: true });
    }
  }

  async #encode(batch: Batch, path: string): Promise<void> {
    this.#duckdb ??= await DuckDBInstance.create(':memory:', OPTIONS);
    const connection = await this.#duckdb.connect();
    try {
      await connection.run("SET TimeZone = 'UTC'");
      if (!('file' in batch)) {
        await fillStage(connection, batch);
        await copyStage(connection, batch, path);
        await connection.run(`DROP TABLE ${STAGE}`);
      } else {
        await viewFile(connection, batch);
        // The reader keeps the order of the lines.
        checkCount(batch, await copyStage(connection, batch, path));
        await connection.run(`DROP VIEW ${STAGE}`);
      }
    } finally {
      connection.closeSync();
      // Of a file it keeps much memory for the next one.
      if ('file' in batch) await this.close();
    }
  }
}

/** Answers how many rows there were. */
async function copyStage(
  connection: DuckDBConnection,
  batch: Batch,
  path: string,
): Promise<number> {
  const { columns } = batch;
  const order = 'file' in batch ? '' : `ORDER BY ${ORDER}`;
  const group = 'file' in batch ? `, ROW_GROUP_SIZE ${FILE_GROUP_ROWS}` : '';
  const named = columns.map((column) => {
    // As text: files where a column was text before are then read beside those where it is JSON.
    const value = column.type === 'json' ? quoted(column.name) : staged(column);
    return `${value} AS ${quoted(column.name)}`;
  });
  const copied = await connection.runAndReadAll(
    `COPY (SELECT ${[ID_COLUMN, ...named].join(', ')} FROM ${STAGE} ${order})
     TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd${group})`,
  );
  return Number(copied.getRows()[0]?.[0]);
}
