/** DuckDB alone: a CSV into a Parquet file. Its argument is a `DuckdbCopy`. */
import { DuckDBInstance } from '@duckdb/node-api';

export interface DuckdbCopy {
  readonly from: string;
  readonly to: string;
}

export interface DuckdbCopied {
  readonly wallMs: number;
  readonly cpuMs: number;
}

const { from, to } = JSON.parse(process.argv.at(-1) ?? '') as DuckdbCopy;
const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
const connection = await instance.connect();
const startedMs = performance.now();
const before = process.cpuUsage();
await connection.run(
  `COPY (SELECT * FROM read_csv('${from}')) TO '${to}' (FORMAT parquet, COMPRESSION zstd)`,
);
const { user, system } = process.cpuUsage(before);
const done: DuckdbCopied = {
  wallMs: performance.now() - startedMs,
  cpuMs: (user + system) / 1_000,
};
connection.closeSync();
instance.closeSync();
process.stdout.write(`${JSON.stringify(done)}\n`);
