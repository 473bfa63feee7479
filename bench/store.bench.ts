/**
 * The store beside a bare better-sqlite3 loop that writes the same rows, in one run: absolute
 * figures move with the machine, the ratios are what to keep.
 *
 * `node bench/store.bench.ts [items, default 100000] [--json]`
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { JobSpec } from '../src/model/job.ts';
import { openSqliteStore } from '../src/store/sqlite/open-sqlite-store.ts';
import type { Commit, PlannedRow, Store } from '../src/store/store.ts';
import { openThreadStore } from '../src/store/thread/thread-store.ts';

const ITEMS = Number(process.argv.find((word) => /^\d+$/.test(word)) ?? 100_000);
const JSON_LINES = process.argv.includes('--json');
const BATCH = 500;
const PLAN_CHUNK = 1_000;
const RECORD = JSON.stringify({ text: 'x'.repeat(489) });
const ROUNDS = 3;

const spec: JobSpec = {
  id: 'j_bench',
  tenant: 'bench',
  collector: 'noop',
  options: {},
  input: { path: '', name: '', format: 'none', dialect: {} },
  weight: 1,
  concurrency: 0,
  retries: 0,
  idempotencyKey: undefined,
  createdMs: Date.now(),
};

type Open = (path: string) => Promise<Store>;
const OPEN: Readonly<Record<string, Open>> = {
  'in process': (path) => openSqliteStore({ path, mode: 'owner' }),
  'on a thread': (path) => openThreadStore({ path, mode: 'owner' }),
};

async function inDirectory<T>(body: (path: string) => Promise<T> | T): Promise<T> {
  const path = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  try {
    return await body(path);
  } finally {
    rmSync(path, { recursive: true });
  }
}

function rowAt(n: number, keyed: boolean): PlannedRow {
  // A multiplicative hash: hosts come in no order, as in a list of websites.
  const host = `www.${((n * 2_654_435_761) >>> 0).toString(36)}.example`;
  const input = JSON.stringify({ website: `https://${host}/`, name: `Company ${n}` });
  return keyed
    ? { kind: 'task', input, lane: `host:${host}`, key: host }
    : { kind: 'task', input, lane: '' };
}

async function plan(store: Store, rows: number, keyed: boolean): Promise<number> {
  const start = performance.now();
  for (let from = 0; from < rows; from += PLAN_CHUNK) {
    const chunk = Array.from({ length: PLAN_CHUNK }, (_, i) => rowAt(from + i, keyed));
    await store.addRows(spec.id, from, chunk, Date.now());
  }
  return rows / (performance.now() - start);
}

/** One item: a row into a table of results, a row into a table of states. */
function bareLoop(path: string): number {
  const db = new Database(join(path, 'bare.db'));
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec(`
    CREATE TABLE outcomes (seq INTEGER PRIMARY KEY, state INTEGER, attempt INTEGER, at REAL);
    CREATE TABLE results (seq INTEGER PRIMARY KEY, json TEXT);
  `);
  const outcome = db.prepare('INSERT INTO outcomes VALUES (?, 1, 1, ?)');
  const result = db.prepare('INSERT INTO results VALUES (?, ?)');
  const start = performance.now();
  for (let from = 0; from < ITEMS; from += BATCH) {
    db.exec('BEGIN IMMEDIATE');
    for (let seq = from; seq < from + BATCH; seq += 1) {
      outcome.run(seq, Date.now());
      result.run(seq, RECORD);
    }
    db.exec('COMMIT');
  }
  const rate = ITEMS / (performance.now() - start);
  db.close();
  return rate;
}

async function commitAll(store: Store): Promise<number> {
  await store.createJob(spec);
  await plan(store, ITEMS, false);
  const start = performance.now();
  for (let from = 0; from < ITEMS; from += BATCH) {
    const batch: Commit[] = Array.from({ length: BATCH }, (_, i) => ({
      jobId: spec.id,
      seq: from + i,
      attemptNo: 1,
      records: [RECORD],
      recordsFrom: 0,
      end: { kind: 'completed', durationMs: 1 },
      nowMs: Date.now(),
    }));
    await store.commit(batch);
  }
  return ITEMS / (performance.now() - start);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

function tell(metric: string, value: number, unit: string, ratio?: number): void {
  const line = { scenario: 'store', metric, value: Number(value.toPrecision(4)), unit, ratio };
  if (JSON_LINES) console.log(JSON.stringify(line));
  else {
    const beside = ratio === undefined ? '' : `${ratio.toFixed(2)} × bare`;
    console.log(`${metric.padEnd(44)} ${line.value.toString().padStart(8)} ${unit}  ${beside}`);
  }
}

async function commits(): Promise<void> {
  const bare: number[] = [];
  const rates = new Map(Object.keys(OPEN).map((name) => [name, [] as number[]]));
  for (let round = 0; round < ROUNDS; round += 1) {
    bare.push(await inDirectory(bareLoop));
    for (const [name, open] of Object.entries(OPEN)) {
      const rate = await inDirectory(async (path) => {
        const store = await open(path);
        const found = await commitAll(store);
        await store.close();
        return found;
      });
      rates.get(name)?.push(rate);
    }
  }
  const base = median(bare);
  tell('commit: bare loop', base, 'k items/s', 1);
  for (const [name, found] of rates) {
    tell(`commit: ${name}`, median(found), 'k items/s', median(found) / base);
  }
}

async function plans(keyed: boolean): Promise<void> {
  const what = keyed ? 'plan with keys and lanes' : 'plan';
  await inDirectory(async (path) => {
    const store = await openThreadStore({ path, mode: 'owner' });
    await store.createJob(spec);
    const before = process.memoryUsage.rss();
    tell(`${what}: rows`, await plan(store, ITEMS * 5, keyed), 'k rows/s');
    const grown = (process.memoryUsage.rss() - before) / 2 ** 20;
    tell(`${what}: memory grown`, grown, 'MiB');
    const bytes = statSync(join(path, 'sluice.db')).size / (ITEMS * 5);
    tell(`${what}: bytes a row`, bytes, 'B');
    if (keyed) await walks(store);
    const start = performance.now();
    await store.deleteJob(spec.id);
    tell(`delete: rows`, (ITEMS * 5) / (performance.now() - start), 'k rows/s');
    await store.close();
  });
}

/** Nine tenths are done: what does the intake pay for the rest? */
async function walks(store: Store): Promise<void> {
  const rows = ITEMS * 5;
  const done = rows * 0.9;
  for (let from = 0; from < done; from += 5_000) {
    const batch: Commit[] = Array.from({ length: 5_000 }, (_, i) => ({
      jobId: spec.id,
      seq: from + i,
      attemptNo: 1,
      records: [],
      recordsFrom: 0,
      end: { kind: 'completed', durationMs: 1 },
      nowMs: Date.now(),
    }));
    await store.commit(batch);
  }
  const timed = async (metric: string, body: () => Promise<unknown>) => {
    const start = performance.now();
    await body();
    tell(metric, performance.now() - start, 'ms');
  };
  await timed('pending: 1,000 from where work stands', () => store.pending(spec.id, done, 1_000));
  await timed('pending: 1,000 past all that is done', () => store.pending(spec.id, 0, 1_000));
  const row = rowAt(rows - 1, true);
  if (row.kind === 'task' && row.lane !== '') {
    const lane = row.lane;
    await timed('pending in a lane, from the start', () =>
      store.pendingInLane(spec.id, lane, 0, 9),
    );
  }
}

await commits();
await plans(false);
await plans(true);
