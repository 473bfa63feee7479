/**
 * The store in Postgres beside a bare loop of the same inserts, in one run on one server: absolute
 * figures move with the machine, the ratios are what to keep. The server is started for it, with
 * the settings that it is shipped with (`fsync` on).
 *
 * `node bench/postgres-store.bench.ts [items, default 100000] [--json]`
 */
import pg from 'pg';
import type { JobSpec } from '../src/model/job.ts';
import { openPostgresStore } from '../src/store/postgres/open-postgres-store.ts';
import type { Commit, PlannedRow, Store } from '../src/store/store.ts';
import { PostgresRig } from '../test/fakes/postgres-rig.ts';

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

const postgres = new PostgresRig();

async function withStore<T>(body: (store: Store, url: string) => Promise<T>): Promise<T> {
  const url = await postgres.databaseUrl();
  const { store } = await openPostgresStore({ url });
  try {
    return await body(store, url);
  } finally {
    await store.close();
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

/** A row into a table of ends for each item, with its record, a batch a statement and a commit. */
async function bareLoop(): Promise<number> {
  const client = new pg.Client({ connectionString: await postgres.databaseUrl() });
  await client.connect();
  await client.query(`CREATE TABLE bare (job_no int, seq int, state smallint, attempt_no int,
    finished_ms float8, duration_ms float8, records text, PRIMARY KEY (job_no, seq))`);
  const text = `INSERT INTO bare SELECT 1, seq, 1, 1, at, 1, record
    FROM unnest($1::int[], $2::float8[], string_to_array($3, chr(31))) AS b(seq, at, record)`;
  const start = performance.now();
  for (let from = 0; from < ITEMS; from += BATCH) {
    const seqs = Array.from({ length: BATCH }, (_, i) => from + i);
    const times = seqs.map(() => Date.now());
    const records = seqs.map(() => RECORD).join('\u001f');
    const values = [`{${seqs}}`, `{${times}}`, records];
    await client.query({ name: 'bare', text, values });
  }
  const rate = ITEMS / (performance.now() - start);
  await client.end();
  return rate;
}

function batchFrom(from: number, size: number, records: readonly string[]): Commit[] {
  return Array.from({ length: size }, (_, i) => ({
    jobId: spec.id,
    seq: from + i,
    attemptNo: 1,
    records,
    recordsFrom: 0,
    end: { kind: 'completed', durationMs: 1 },
    nowMs: Date.now(),
  }));
}

async function commitAll(store: Store): Promise<number> {
  await store.createJob(spec);
  await plan(store, ITEMS, false);
  const start = performance.now();
  for (let from = 0; from < ITEMS; from += BATCH) {
    await store.commit(batchFrom(from, BATCH, [RECORD]));
  }
  return ITEMS / (performance.now() - start);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

function tell(metric: string, value: number, unit: string, ratio?: number): void {
  const scenario = 'postgres store';
  const line = { scenario, metric, value: Number(value.toPrecision(4)), unit, ratio };
  if (JSON_LINES) console.log(JSON.stringify(line));
  else {
    const beside = ratio === undefined ? '' : `${ratio.toFixed(2)} × bare`;
    console.log(`${metric.padEnd(44)} ${line.value.toString().padStart(8)} ${unit}  ${beside}`);
  }
}

async function commits(): Promise<void> {
  const bare: number[] = [];
  const stored: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    bare.push(await bareLoop());
    stored.push(await withStore(commitAll));
  }
  tell('commit: bare loop', median(bare), 'k items/s', 1);
  tell('commit: store', median(stored), 'k items/s', median(stored) / median(bare));
}

async function plans(keyed: boolean): Promise<void> {
  const what = keyed ? 'plan with keys and lanes' : 'plan';
  const rows = ITEMS * 5;
  await withStore(async (store, url) => {
    await store.createJob(spec);
    tell(`${what}: rows`, await plan(store, rows, keyed), 'k rows/s');
    const [size] = await postgres.query(url, 'SELECT pg_database_size(current_database()) AS n');
    tell(`${what}: bytes a row`, Number((size as { n: string }).n) / rows, 'B');
    if (keyed) await walks(store, rows);
    const start = performance.now();
    await store.deleteJob(spec.id);
    tell('delete: rows', rows / (performance.now() - start), 'k rows/s');
  });
}

/** Nine tenths are done: what does the intake pay for the rest? */
async function walks(store: Store, rows: number): Promise<void> {
  const done = rows * 0.9;
  for (let from = 0; from < done; from += 5_000) await store.commit(batchFrom(from, 5_000, []));
  const timed = async (metric: string, body: () => Promise<unknown>) => {
    const start = performance.now();
    await body();
    tell(metric, performance.now() - start, 'ms');
  };
  await timed('pending: 1,000 from where work stands', () => store.pending(spec.id, done, 1_000));
  await timed('pending: 1,000 past all that is done', () => store.pending(spec.id, 0, 1_000));
  await timed('first open row', () => store.firstOpen(spec.id, 0));
  await timed('first open row, once more', () => store.firstOpen(spec.id, 0));
  const row = rowAt(rows - 1, true);
  if (row.kind === 'task' && row.lane !== '') {
    const lane = row.lane;
    await timed('pending in a lane, from the start', () =>
      store.pendingInLane(spec.id, lane, 0, 9),
    );
  }
}

await postgres.start();
try {
  await commits();
  await plans(false);
  await plans(true);
} finally {
  await postgres.end();
}
