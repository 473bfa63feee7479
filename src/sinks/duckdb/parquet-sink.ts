/**
 * Records as Parquet files, one a batch: into a folder, or into S3-compatible storage. The name of
 * a file is the batch's id, so the same batch again is the same file again. DuckDB writes them, on
 * threads of its own.
 *
 * A file gets its name when it is whole and durable. What it was called before is made of the
 * batch's id as well: what a killed process leaves is taken up by the next, and not left behind.
 */
import { open, readFile, rename, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { makeDirectory } from '../../base/make-directory.ts';
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
/**
 * Of files of records. Wide rows fill the memory of a group of the usual size. A dictionary is
 * given up as soon as it is plain that a column is none of few values, and the least pressing
 * makes no larger file than the usual one: both take a tenth of the time away.
 */
const FILE_OPTIONS = 'ROW_GROUP_SIZE 20480, DICTIONARY_SIZE_LIMIT 1000, COMPRESSION_LEVEL 1';

/** One file at a time is made ready ahead, by all sinks that share this: it takes memory. */
export class AheadRoom {
  /** With one processor nothing is gained. */
  taken = availableParallelism() === 1;
}

interface Ahead {
  readonly batch: string;
  readonly part: string;
  readonly encoded: Promise<void>;
}

export class ParquetSink implements DeliverySink {
  readonly place: string;
  /** Many small files are slow to read. */
  readonly pace: BatchPace = { rowsMax: 20_000, charsMax: 8 * 2 ** 20, lingerMs: 30_000 };
  readonly #folder: string;
  readonly #openBlobs: (() => Promise<BlobStore>) | undefined;
  #blobs: BlobStore | undefined;
  readonly #room: AheadRoom;
  #duckdb: DuckDBInstance | undefined;
  #ahead: Ahead | undefined;

  /** @param openBlobs - where the files go instead of into the folder that the place names */
  constructor(
    { place, path }: ParquetPlace,
    room: AheadRoom,
    openBlobs?: () => Promise<BlobStore>,
  ) {
    this.place = place;
    this.#folder = path;
    this.#room = room;
    this.#openBlobs = openBlobs;
  }

  write(batch: DeliveryBatch, signal: AbortSignal): Promise<void> {
    return this.#write(batch, signal);
  }

  writeFile(batch: FileBatch, signal: AbortSignal): Promise<void> {
    return this.#write(batch, signal);
  }

  prepareFile(batch: FileBatch): void {
    if (this.#ahead !== undefined || this.#room.taken) return;
    this.#room.taken = true;
    const encoded = this.#encodeAhead(batch);
    // Whoever sends it then makes it anew, and is told.
    encoded.catch(() => {});
    this.#ahead = { batch: JSON.stringify(batch), part: this.#partOf(batch), encoded };
  }

  async #write(batch: Batch, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const ahead = this.#takeAhead(batch);
    try {
      makeDirectory(dirname(this.#partOf(batch)));
      // Also what is made of another batch's columns: it is in the same place.
      const isMade = await ahead?.encoded.then(
        () => true,
        () => false,
      );
      const isReady = isMade === true && ahead?.batch === JSON.stringify(batch);
      if (!isReady) await this.#encode(batch);
      await (this.#openBlobs === undefined ? this.#putFile(batch) : this.#upload(batch));
    } catch (error) {
      throw duckdbError(error, this.place);
    } finally {
      if (this.#openBlobs !== undefined) await rm(this.#partOf(batch), { force: true });
    }
  }

  async close(): Promise<void> {
    this.#closeDuckdb();
    const ahead = this.#ahead;
    if (ahead === undefined) return;
    await ahead.encoded.catch(() => {});
    if (this.#ahead !== ahead) return;
    this.#leaveAhead();
    await rm(ahead.part, { force: true });
  }

  #takeAhead(batch: Batch): Ahead | undefined {
    const ahead = this.#ahead;
    if (ahead?.part !== this.#partOf(batch)) return undefined;
    this.#leaveAhead();
    return ahead;
  }

  #leaveAhead(): void {
    this.#ahead = undefined;
    this.#room.taken = false;
  }

  #partOf({ table, id }: Batch): string {
    if (this.#openBlobs !== undefined) return join(tmpdir(), `sluice-${id}.part`);
    return join(this.#folder, table, `.${id}.part`);
  }

  async #putFile(batch: Batch): Promise<void> {
    const part = this.#partOf(batch);
    const handle = await open(part, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    const folder = dirname(part);
    await rename(part, join(folder, `${batch.id}.parquet`));
    await syncDirectory(folder);
  }

  async #upload(batch: Batch): Promise<void> {
    this.#blobs ??= await this.#openBlobs?.();
    const bytes = await readFile(this.#partOf(batch));
    const path = `${batch.table}/${batch.id}.parquet`;
    await this.#blobs?.write({ path, bytes, contentType: CONTENT_TYPE });
  }

  async #encode(batch: Batch): Promise<void> {
    this.#duckdb ??= await DuckDBInstance.create(':memory:', OPTIONS);
    try {
      await encode(this.#duckdb, batch, this.#partOf(batch));
    } finally {
      // Of a file it keeps much memory for the next one.
      if ('file' in batch) this.#closeDuckdb();
    }
  }

  /** By a DuckDB of its own, which has its own thread. */
  async #encodeAhead(batch: FileBatch): Promise<void> {
    const part = this.#partOf(batch);
    makeDirectory(dirname(part));
    const duckdb = await DuckDBInstance.create(':memory:', OPTIONS);
    try {
      await encode(duckdb, batch, part);
    } finally {
      duckdb.closeSync();
    }
  }

  #closeDuckdb(): void {
    this.#duckdb?.closeSync();
    this.#duckdb = undefined;
  }
}

async function encode(duckdb: DuckDBInstance, batch: Batch, path: string): Promise<void> {
  const connection = await duckdb.connect();
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
  const options = 'file' in batch ? `, ${FILE_OPTIONS}` : '';
  const named = columns.map((column) => {
    // As text: files where a column was text before are then read beside those where it is JSON.
    const value = column.type === 'json' ? quoted(column.name) : staged(column);
    return `${value} AS ${quoted(column.name)}`;
  });
  const copied = await connection.runAndReadAll(
    `COPY (SELECT ${[ID_COLUMN, ...named].join(', ')} FROM ${STAGE} ${order})
     TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd${options})`,
  );
  return Number(copied.getRows()[0]?.[0]);
}
