/**
 * What nodes ask of the store of a cluster on Postgres, on a job of many tasks: claims by one node,
 * by a hundred that hold all slices, by many at once; what is waiting, done, swept. The server is
 * started for it, with the settings that it is shipped with (`fsync` on).
 *
 * `node bench/cluster-store.bench.ts [tasks, default 1000000] [--json]`
 */
import { SLICES } from '../src/model/slice.ts';
import type { Task } from '../src/model/task.ts';
import type { Claim, Fence } from '../src/store/cluster-store.ts';
import { openPostgresCluster } from '../src/store/postgres/open-postgres-cluster.ts';
import { PostgresRig } from '../test/fakes/postgres-rig.ts';

const TASKS = Number(process.argv.find((word) => /^\d+$/.test(word)) ?? 1_000_000);
const JSON_LINES = process.argv.includes('--json');
const CHUNK = 1_000;
const NODES = 100;
const LEASE_MS = 3_600_000;
const WANTED = 500;

const postgres = new PostgresRig();
await postgres.start();
const url = await postgres.databaseUrl();
const cluster = await openPostgresCluster({ url, poolMax: 20 });

const spec = {
  tenant: 'bench',
  collector: 'noop',
  options: {},
  input: { path: '', name: '', format: 'none', dialect: {} },
  weight: 1,
  concurrency: 0,
  retries: 0,
  idempotencyKey: undefined,
  createdMs: Date.now(),
} as const;

async function plan(id: string, rows: number, lanes: boolean): Promise<void> {
  await cluster.store.createJob({ ...spec, id });
  for (let from = 0; from < rows; from += CHUNK) {
    const chunk = Array.from({ length: CHUNK }, (_, i) => {
      // A multiplicative hash: hosts come in no order, as in a list of websites.
      const host = `${(((from + i) * 2_654_435_761) >>> 0).toString(36)}.example`;
      const input = JSON.stringify({ website: `https://${host}/`, name: `Company ${from + i}` });
      return {
        kind: 'task',
        input,
        lane: lanes ? (`host:${host}` as const) : ('' as const),
      } as const;
    });
    await cluster.store.addRows(id, from, chunk, Date.now());
  }
}

const times = new Map<string, number[]>();

async function timed<T>(what: string, body: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await body();
  times.set(what, [...(times.get(what) ?? []), performance.now() - start]);
  return result;
}

function report(): void {
  for (const [what, all] of times) {
    const sorted = all.toSorted((a, b) => a - b);
    const at = (part: number) => sorted[Math.floor(part * (sorted.length - 1))] as number;
    const [p50, p95, max] = [at(0.5), at(0.95), at(1)].map((ms) => Math.round(ms * 10) / 10);
    const line = { what, count: all.length, p50, p95, max };
    const text = `${what.padEnd(44)} ${all.length} × p50 ${p50} ms, p95 ${p95} ms, max ${max} ms\n`;
    process.stdout.write(JSON_LINES ? `${JSON.stringify(line)}\n` : text);
  }
}

const join = (id: string) => cluster.join({ id, name: id, version: '1', kind: 'worker' }, LEASE_MS);
const claim = (what: string, fence: Fence) =>
  timed(what, () => cluster.claim(fence, { tasks: WANTED, notJobs: [], notTenants: [] }));
async function wait(tasks: readonly Task[], fence: Fence): Promise<void> {
  const failure = { class: 'transient', code: 'http.503', message: 'later' } as const;
  for (let from = 0; from < tasks.length; from += CHUNK) {
    const batch = tasks.slice(from, from + CHUNK).map(({ jobId, seq }, i) => {
      const end = { kind: 'waiting', atMs: 1e12 + from + i, failure } as const;
      return { jobId, seq, attemptNo: 1, records: [], recordsFrom: 0, nowMs: Date.now(), end };
    });
    await cluster.storeOf(fence).commit(batch);
  }
}
const finish = ({ shards }: Claim, fence: Fence) =>
  timed('finish what was claimed', () => cluster.finishShards(fence, shards));

try {
  await timed('plan, tasks with lanes', () => plan('j_lanes', TASKS, true));
  const one = await join('one');
  const held: Task[] = [];
  for (let i = 0; i < 40; i += 1) {
    const { shards } = await claim('claim 500, one node, nothing held before', one);
    held.push(...shards.flatMap(({ tasks }) => tasks));
  }
  for (let i = 0; i < 200; i += 1) await timed('renew', () => cluster.renew(one, LEASE_MS));
  for (const waiting of [0, 400, 5_000]) {
    await wait(held.slice(0, waiting), one);
    for (let i = 0; i < 20; i += 1) {
      const what = `next due, 20,000 tasks held, ${waiting} of them wait`;
      await timed(what, () => cluster.nextDueMs(one, 'j_lanes'));
    }
  }
  for (let i = 0; i < 20; i += 1) {
    const late = Number.MAX_SAFE_INTEGER;
    await timed('take 10 due', () => cluster.takeDue(one, 'j_lanes', late, 10));
  }
  await timed('leave, 40 shards held', () => cluster.leave(one));

  const fences: Fence[] = [];
  for (let i = 0; i < NODES; i += 1) {
    const fence = await join(`n${i}`);
    const slices = Array.from({ length: SLICES }, (_, no) => no).filter((no) => no % NODES === i);
    await timed('take ten slices', () => cluster.takeSlices(fence, slices));
    fences.push(fence);
  }
  for (let round = 1; round <= 3; round += 1) {
    for (const fence of fences.slice(0, 50)) {
      const taken = await claim(`claim 500, ${NODES} nodes hold all slices, round ${round}`, fence);
      if (round === 3) await finish(taken, fence);
    }
  }
  await plan('j_rows', 100_000, false);
  for (let round = 0; round < 3; round += 1) {
    await Promise.all(
      fences.slice(50, 70).map((fence) => claim('claim 500, twenty nodes at once', fence)),
    );
  }
  await postgres.query(url, "UPDATE sluice.nodes SET lease_until = now() - interval '1 s'");
  await timed(`sweep ${NODES} nodes`, () => cluster.sweep());
  report();
} finally {
  await cluster.close();
  await postgres.end();
}
