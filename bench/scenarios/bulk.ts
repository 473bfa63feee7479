/**
 * A large export of a dialler into Parquet, as a user gets it: the whole program from its start to
 * its end, beside DuckDB's own reader of CSV. That one has the export made fit for it (UTF-8, all
 * columns named), and nothing else to do: no ids, no crash to survive, no row to judge. The dialler
 * is a process of its own, which nobody counts.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { DuckdbTabs, DuckdbTabsDone } from '../contenders/duckdb-tabs.ts';
import { figure } from '../harness/figures.ts';
import type { BenchContext, Figure, Scenario } from '../harness/scenario.ts';

const MANY = 1_000_000;
const BIN = new URL('../../bin/sluice.js', import.meta.url);
const REPLAY = fileURLToPath(new URL('../contenders/export-replay.ts', import.meta.url));
const TABS = new URL('../contenders/duckdb-tabs.ts', import.meta.url);
const ALONE = 'DuckDB, of a file';

export const scenario: Scenario = {
  name: 'bulk',
  what: 'an export of 1,000,000 calls into Parquet, beside DuckDB reading it by itself',
  must: [
    {
      metric: 'calls/s of processor',
      peerName: ALONE,
      text: '≥ 0.5×',
      holds: ({ ratio }) => ratio >= 0.5,
    },
    { metric: 'peak memory MB', text: '≤ 1.2×', holds: ({ ratio }) => ratio <= 1.2 },
  ],
  run: measure,
};

interface Export {
  readonly rows: number;
  /** As the dialler sends it. */
  readonly file: string;
  /** The same, fit for DuckDB. */
  readonly tidy: string;
}

interface Run {
  readonly rows: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakMb: number;
}

async function measure(ctx: BenchContext): Promise<readonly Figure[]> {
  const rows = ctx.quick ? MANY / 20 : MANY;
  const many = await makeExport(ctx, 'many', rows);
  const few = await makeExport(ctx, 'few', rows / 5);
  const runs = await ctx.repeat({
    many: (round) => sluice(ctx, many, `many-${round}`),
    alone: (round) => duckdb(ctx, many, `alone-${round}`),
    fetched: (round) => serving(many.tidy, (url) => duckdb(ctx, many, `fetched-${round}`, url)),
    few: (round) => sluice(ctx, few, `few-${round}`),
  });
  const perSecond = (all: readonly Run[]) => all.map((run) => run.rows / (run.wallMs / 1_000));
  const perCpu = (all: readonly Run[]) => all.map((run) => run.rows / (run.cpuMs / 1_000));
  const memory = (all: readonly Run[]) => all.map(({ peakMb }) => peakMb);
  const fetched = 'fetched, then DuckDB';
  return [
    figure('bulk', 'calls/s of processor', perCpu(runs.many), perCpu(runs.alone), ALONE),
    figure('bulk', 'calls/s of processor', perCpu(runs.many), perCpu(runs.fetched), fetched),
    figure('bulk', 'calls/s', perSecond(runs.many), perSecond(runs.fetched), fetched),
    figure('bulk', 'peak memory MB', memory(runs.many), memory(runs.few), 'Sluice with a fifth'),
  ];
}

/** The whole program: start, export, commit, Parquet, end. */
async function sluice(ctx: BenchContext, { rows, file }: Export, name: string): Promise<Run> {
  const cwd = join(ctx.directory, name);
  await mkdir(cwd);
  return serving(file, async (url) => {
    const list = 'campaign,client,url,user,password,in_groups\n';
    await writeFile(join(cwd, 'list.csv'), `${list}bench,one,${url}/vicidial,u,p,none\n`);
    const options = ['from=2026-11-20', 'bulk=true', 'inbound=false', 'rowsMax=9000000'];
    const run = await ctx.child({
      file: BIN,
      args: [
        ...['campaigns', 'collect', 'list.csv', '--single', '--deliver', 'parquet:lake'],
        ...options.flatMap((option) => ['--opt', option]),
        ...['--json', '--progress', 'none'],
      ],
      cwd,
      env: { SLUICE_ALLOW_HOSTS: '127.0.0.1', SLUICE_DATA_DIR: 'data' },
      answer: 'json',
    });
    const { records } = run.value as { readonly records: number };
    if (records !== rows) throw new Error(`only ${records} of ${rows}`);
    const { wallMs, cpuMs, peakBytes } = run;
    return { rows, wallMs, cpuMs, peakMb: peakBytes / 2 ** 20 };
  });
}

async function duckdb(ctx: BenchContext, from: Export, name: string, url?: string): Promise<Run> {
  const place = join(ctx.directory, name);
  const get = url && `${url}/call_report_export.php?run_export=1`;
  const input: DuckdbTabs = {
    from: get === undefined ? from.tidy : `${place}.txt`,
    to: `${place}.parquet`,
    ...(get !== undefined && { url: get }),
  };
  const { value, peakBytes } = await ctx.child<DuckdbTabsDone>({ file: TABS, input });
  if (value.rows !== from.rows) throw new Error(`DuckDB took ${value.rows} of ${from.rows}`);
  return { ...value, peakMb: peakBytes / 2 ** 20 };
}

/** With a dialler of its own, which sends this file. */
async function serving<T>(file: string, work: (url: string) => Promise<T>): Promise<T> {
  const child = spawn(process.execPath, [REPLAY, file], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const [port] = await once(createInterface({ input: child.stdout }), 'line');
    return await work(`http://127.0.0.1:${port}`);
  } finally {
    child.stdin.end();
    await once(child, 'exit');
  }
}

/** The sandbox's calls of one hour, as its dialler sends them. */
async function makeExport(ctx: BenchContext, name: string, rows: number): Promise<Export> {
  const dir = join(ctx.directory, `dialler-${name}`);
  const sizes = ['--campaigns', '1', '--clients', '1', '--calls', '0', '--big-rows', String(rows)];
  const farm = await ctx.farm('vicidial', ['--dir', dir, ...sizes]);
  const [, line = ''] = (await readFile(join(dir, 'credentials.csv'), 'utf8')).split('\n');
  const [, , place, user, password] = line.split(',');
  const query = new URLSearchParams({
    ...{ run_export: '1', query_date: '2026-11-20', end_date: '2026-11-20' },
    ...{ 'campaign[]': '---ALL---', header_row: 'YES', custom_fields: 'YES' },
    export_fields: 'EXTENDED',
  });
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const reply = await fetch(`${place}/call_report_export.php?${query}`, {
    headers: { authorization },
  });
  const made = { rows, file: join(ctx.directory, `${name}.txt`), tidy: `${dir}.txt` };
  const file = createWriteStream(made.file);
  for await (const piece of reply.body ?? []) {
    if (!file.write(piece)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
  await farm.close();
  await tidy(made);
  ctx.note(`${rows} calls exported by the stand-in`);
  return made;
}

/** Recoded, with names for the lists' own fields. */
async function tidy({ file, tidy }: Export): Promise<void> {
  const old = new TextDecoder('windows-1252');
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  const out = createWriteStream(tidy);
  let held = Buffer.alloc(0);
  let header = true;
  for await (const piece of createReadStream(file, { highWaterMark: 2 ** 20 })) {
    held = Buffer.concat([held, piece as Buffer]);
    let text = '';
    let start = 0;
    for (let end = held.indexOf('\r\n'); end >= 0; end = held.indexOf('\r\n', start)) {
      const line = held.subarray(start, end);
      let row: string;
      try {
        row = utf8.decode(line);
      } catch {
        row = old.decode(line);
      }
      text += header ? `${row}\tcustom_2\tcustom_3\r\n` : `${row}\r\n`;
      header = false;
      start = end + 2;
    }
    held = held.subarray(start);
    if (!out.write(text)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
}
