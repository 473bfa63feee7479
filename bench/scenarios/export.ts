/**
 * Records out of the store into Parquet files, beside DuckDB's own reader of CSV, which has nothing
 * to keep: no ids, no log, no batches that are durable one by one. And whether memory grows.
 */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DuckdbCopied, DuckdbCopy } from '../contenders/duckdb-copy.ts';
import type { DeliverJob, DeliverJobDone } from '../contenders/sluice-deliver.ts';
import type { SluiceJob, SluiceJobDone } from '../contenders/sluice-job.ts';
import { figure } from '../harness/figures.ts';
import { writeNumberedRows } from '../harness/numbered-rows.ts';
import type { BenchContext, Figure, Scenario } from '../harness/scenario.ts';

const MANY = 1_000_000;
const SEEN = '2026-01-02T03:04:05Z';

export const scenario: Scenario = {
  name: 'export',
  what: '1,000,000 records of a job into Parquet files, beside DuckDB making Parquet of their CSV',
  must: [{ metric: 'peak memory MB', text: '≤ 1.3×', holds: ({ ratio }) => ratio <= 1.3 }],
  run: measure,
};

async function measure(ctx: BenchContext): Promise<readonly Figure[]> {
  const many = ctx.quick ? MANY / 10 : MANY;
  const few = many / 5;
  const dirs = { many: join(ctx.directory, 'many'), few: join(ctx.directory, 'few') };
  for (const [name, rows] of [
    ['many', many],
    ['few', few],
  ] as const) {
    const input = join(ctx.directory, `${name}.csv`);
    await writeNumberedRows(input, rows);
    const job: SluiceJob = {
      dataDir: dirs[name],
      collector: fileURLToPath(new URL('../collectors/one-record.ts', import.meta.url)),
      input,
    };
    const file = new URL('../contenders/sluice-job.ts', import.meta.url);
    const { value } = await ctx.child<SluiceJobDone>({ file, input: job });
    ctx.note(`${rows} records collected in ${Math.round(value.wallMs / 1_000)} s`);
  }
  const deliver = async (name: 'many' | 'few', rows: number, round: number) => {
    const to = join(ctx.directory, `${name}-${round}`);
    const file = new URL('../contenders/sluice-deliver.ts', import.meta.url);
    const input: DeliverJob = { dataDir: dirs[name], to: `parquet:${to}` };
    const { value, peakBytes } = await ctx.child<DeliverJobDone>({ file, input });
    if (value.delivered !== rows) throw new Error(`only ${value.delivered} of ${rows}`);
    return { ...value, peakMb: peakBytes / 2 ** 20, rows };
  };
  const from = join(ctx.directory, 'records.csv');
  await writeRecords(from, many);
  const copy = async (round: number) => {
    const file = new URL('../contenders/duckdb-copy.ts', import.meta.url);
    const input: DuckdbCopy = { from, to: join(ctx.directory, `copy-${round}.parquet`) };
    const { value, peakBytes } = await ctx.child<DuckdbCopied>({ file, input });
    return { ...value, peakMb: peakBytes / 2 ** 20, rows: many };
  };
  const runs = await ctx.repeat({
    many: (round) => deliver('many', many, round),
    few: (round) => deliver('few', few, round),
    copy,
  });
  const perSecond = (run: { rows: number; wallMs: number }) => run.rows / (run.wallMs / 1_000);
  const perCpuSecond = (run: { rows: number; cpuMs: number }) => run.rows / (run.cpuMs / 1_000);
  const beside = 'DuckDB, CSV to Parquet';
  return [
    figure('export', 'records/s', runs.many.map(perSecond), runs.copy.map(perSecond), beside),
    figure(
      'export',
      'records/s of processor',
      runs.many.map(perCpuSecond),
      runs.copy.map(perCpuSecond),
      beside,
    ),
    figure(
      'export',
      'peak memory MB',
      runs.many.map(({ peakMb }) => peakMb),
      runs.few.map(({ peakMb }) => peakMb),
      'Sluice with a fifth',
    ),
  ];
}

/** The same records as CSV. */
async function writeRecords(to: string, rows: number): Promise<void> {
  const file = createWriteStream(to);
  file.write('id,name,email,score,active,seen\n');
  for (let n = 0; n < rows; n += 1) {
    const cells = [n, `Company ${n}`, `info@company-${n}.example`, n / 7, n % 2 === 0, SEEN];
    if (!file.write(`${cells.join()}\n`)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
}
