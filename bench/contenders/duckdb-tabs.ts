/**
 * DuckDB alone: an export of a dialler, which it may have to fetch first, into a Parquet file. The
 * export has been made fit for it: all of it is UTF-8, and no row is wider than the header. Its
 * argument is a `DuckdbTabs`.
 */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DuckDBInstance } from '@duckdb/node-api';

export interface DuckdbTabs {
  /** undefined = it is there. */
  readonly url?: string;
  readonly from: string;
  readonly to: string;
}

export interface DuckdbTabsDone {
  readonly rows: number;
  readonly wallMs: number;
  readonly cpuMs: number;
}

const { url, from, to } = JSON.parse(process.argv.at(-1) ?? '') as DuckdbTabs;
const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
const connection = await instance.connect();
const startedMs = performance.now();
const before = process.cpuUsage();
if (url !== undefined) {
  const { body } = await fetch(url);
  if (body === null) throw new Error('there is no body');
  await pipeline(Readable.fromWeb(body), createWriteStream(from));
}
const copied = await connection.runAndReadAll(
  `COPY (SELECT * FROM read_csv('${from}', delim = '\t', quote = '', header = true,
     null_padding = true)) TO '${to}' (FORMAT parquet, COMPRESSION zstd)`,
);
const { user, system } = process.cpuUsage(before);
const done: DuckdbTabsDone = {
  rows: Number(copied.getRows()[0]?.[0]),
  wallMs: performance.now() - startedMs,
  cpuMs: (user + system) / 1_000,
};
connection.closeSync();
instance.closeSync();
process.stdout.write(`${JSON.stringify(done)}\n`);
