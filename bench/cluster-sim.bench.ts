/**
 * A cluster of many nodes and tenants in virtual time: the real engine, claimer, lease, slices,
 * caps and loans over the store in memory. It tells what the nodes ask of the store, how large
 * claims are, how even tenants get on, and how full the seats are. Times of the store are not real
 * ones: what a statement costs on Postgres is measured elsewhere.
 *
 * `node bench/cluster-sim.bench.ts [nodes] [tenants] [tasks a tenant] [ms a task] [--json]`
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { silentLogger } from '../src/base/log.ts';
import { seededRandom } from '../src/base/random.ts';
import { LocalHub } from '../src/cluster/local-signals.ts';
import type { Signals } from '../src/cluster/signals.ts';
import type { Collector, Source } from '../src/collectors/collector.ts';
import { ClusterEngine } from '../src/engine/cluster-engine.ts';
import type { Job } from '../src/model/job.ts';
import type { ClusterStore } from '../src/store/cluster-store.ts';
import { MemoryCluster } from '../src/store/memory-cluster.ts';
import type { Store } from '../src/store/store.ts';
import { createInlineCompute } from '../src/workers/compute-inline.ts';
import { VirtualClock } from '../test/fakes/virtual-clock.ts';

const numbers = process.argv.filter((word) => /^\d+$/.test(word)).map(Number);
const [NODES = 10, TENANTS = 1_000, TASKS = 50, TASK_MS = 1_000] = numbers;
const SEATS = 32;
const LEASE_MS = 15_000;
/** Of ten tasks so many go to hosts that rows share; of a hundred so many borrow a lane. */
const LANED = 5;
const BORROWING = 1;
/** Every so many tenants one is capped, at so many seats. */
const CAPPED = 10;
const CAP = 3;
const HOSTS = 5_000;
/** The middle of the run is looked at. */
const FROM = 0.2;
const TO = 0.8;

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;
const heap = () => {
  gc();
  return process.memoryUsage().heapUsed;
};

const clock = new VirtualClock();
const cluster = new MemoryCluster(clock);
const random = seededRandom(1);
const hub = new LocalHub({ clock, random, faults: { lose: 0, double: 0, delayMs: 5 } });
const calls = new Map<string, { calls: number; rows: number }>();
const claims: number[] = [];
let counting = false;
let ended = 0;
let busy = 0;
let busyMs = 0;
let lastMs = 0;
const endedOf = new Map<string, number>();

function count(name: string, rows: number): void {
  if (!counting) return;
  const known = calls.get(name) ?? { calls: 0, rows: 0 };
  calls.set(name, { calls: known.calls + 1, rows: known.rows + rows });
}

/** What of a call, or of its answer, has a row each. */
function rowsOf(args: readonly unknown[], result: unknown): number {
  const list = args.find((arg) => Array.isArray(arg)) as readonly unknown[] | undefined;
  if (list) return list.length;
  if (Array.isArray(result)) return result.length;
  const shards = (result as { shards?: readonly unknown[] } | undefined)?.shards;
  return shards?.length ?? 1;
}

function counted<S extends Store | ClusterStore>(target: S, own: object = {}): S {
  return new Proxy(target, {
    get(_, name: string) {
      const mine = (own as Record<string, unknown>)[name];
      if (mine !== undefined) return mine;
      if (name === 'close') return async () => {};
      const method = target[name as keyof S] as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        await clock.sleep(1 + 2 * random.next());
        const result = await method.apply(target, args);
        count(name, rowsOf(args, result));
        if (counting && name === 'claim') {
          const { shards } = result as { shards: { tasks: unknown[] }[] };
          if (shards.length > 0) claims.push(shards.reduce((n, { tasks }) => n + tasks.length, 0));
        }
        return result;
      };
    },
  });
}

/** Signals that are told apart in the counts. */
function signals(): Signals {
  const below = hub.node();
  return {
    hint: (...hint) => {
      count('hint', 1);
      return below.hint(...hint);
    },
    post: (notice) => {
      count(`post ${notice.kind}`, 1);
      return below.post(notice);
    },
    listen: (ears) => below.listen(ears),
    idle: (idle) => below.idle(idle),
    close: () => below.close(),
  };
}

function move(change: 1 | -1): void {
  const nowMs = clock.monoMs();
  if (counting) busyMs += busy * (nowMs - lastMs);
  lastMs = nowMs;
  busy += change;
}

const collector: Collector = {
  name: 'bench',
  lanes: (input) => {
    const { lane } = input as { lane: string };
    return lane === '' ? [] : [`host:${lane}`];
  },
  limits: () => ({ concurrency: 4, rate: 'none', breaker: false }),
  async collect(input, ctx) {
    const { borrows } = input as { borrows: number };
    move(1);
    await clock.sleep(TASK_MS * (0.5 + random.next()), ctx.signal);
    move(-1);
    if (borrows >= 0) await ctx.fetch(`http://m${borrows}.test/`, { lane: `model:${borrows}` });
    ended += 1;
    endedOf.set(ctx.tenant, (endedOf.get(ctx.tenant) ?? 0) + 1);
    return { records: [{ ok: true }], done: true };
  },
};

function source(jobNo: number): Source {
  return {
    columns: [],
    column: undefined,
    async *rows() {
      for (let n = 0; n < TASKS; n += 1) {
        const at = (jobNo * TASKS + n) * 2_654_435_761;
        const lane = n % 10 < LANED ? `h${(at >>> 0) % HOSTS}.test` : '';
        const borrows = n % 100 < BORROWING ? n % 7 : -1;
        yield { line: n + 1, cells: [], fields: { lane, borrows } };
      }
    },
  };
}

function node(no: number): Promise<ClusterEngine> {
  return ClusterEngine.open({
    cluster: counted(cluster, {
      store: counted(cluster.store),
      storeOf: (fence: number) => counted(cluster.storeOf(fence)),
    }),
    signals: signals(),
    intro: { id: `n${no}`, name: `n${no}`, version: '1', kind: no === 0 ? 'serve' : 'worker' },
    leaseMs: LEASE_MS,
    leads: true,
    ownOnly: false,
    watchAll: no === 0,
    onDrain: () => {},
    onNotice: () => {},
    engine: {
      fetcher: {
        async exchange(request) {
          await clock.sleep(200);
          const sizes = { sentMs: 0, headersMs: 200, totalMs: 200, wireBytes: 0 };
          return { url: request.url.href, status: 200, headers: {}, body: Buffer.of(), ...sizes };
        },
        async close() {},
      },
      compute: createInlineCompute(),
      clock,
      random: seededRandom(no),
      log: silentLogger,
      collectorOf: async () => collector,
      openSource: async (job) => source(Number(job.id.slice(1))),
      epoch: 1,
      limits: {
        nodeSlots: SEATS,
        jobsMax: 0,
        jobSlots: 0,
        lookAhead: 2_000,
        attemptTimeoutMs: 60_000,
        throttledMaxMs: 0,
        resultTtlMs: 0,
        tenant: (name) => {
          const capped = Number(name.slice(1)) % CAPPED === 0;
          return { weight: 1, concurrency: capped ? CAP : 0 };
        },
        lane: () => ({ concurrency: 4, rate: 'none', breaker: false }),
      },
      fetch: {
        userAgent: 'bench',
        timeoutMs: 5_000,
        deadlineMs: 10_000,
        bodyBytesMax: 1_000,
        redirectsMax: 0,
        robots: false,
        crawlDelayMaxMs: 0,
      },
    },
  });
}

const bareBytes = heap();
const nodes: ClusterEngine[] = [];
let open = 0;
for (let no = 0; no < NODES; no += 1) {
  void node(no).then((engine) => {
    nodes[no] = engine;
    open += 1;
  });
}
await clock.run(() => open === NODES, 60_000);
const nodeBytes = (heap() - bareBytes) / NODES;

const startedMs = performance.now();
const total = TENANTS * TASKS;
for (let no = 0; no < TENANTS; no += 1) {
  const spec = {
    id: `j${no}`,
    tenant: `t${no}`,
    collector: 'bench',
    options: {},
    input: { path: '', name: '', format: 'none', dialect: {} },
    weight: 1,
    concurrency: 0,
    retries: 3,
    idempotencyKey: undefined,
    createdMs: clock.wallMs(),
  } as const;
  void (nodes[no % NODES] as ClusterEngine).submit(spec);
}
let fromMs = 0;
let toMs = 0;
let spread: readonly number[] = [];
let heldMax = 0;
let runBytes = 0;
const play = (done: () => boolean) => clock.run(done, clock.monoMs() + 24 * 3_600_000);
await play(() => ended >= FROM * total);
counting = true;
fromMs = clock.monoMs();
lastMs = fromMs;
await play(() => ended >= 0.5 * total);
spread = Array.from({ length: TENANTS }, (_, no) => endedOf.get(`t${no}`) ?? 0);
heldMax = nodes.reduce((sum, { membership }) => sum + (membership?.held ?? 0), 0) / NODES;
await play(() => ended >= TO * total);
move(1);
busy -= 1;
counting = false;
toMs = clock.monoMs();
runBytes = heap();
let states: readonly Job[] = [];
let asking = false;
let looks = 0;
await play(() => {
  looks += 1;
  if (!asking && looks % 5_000 === 0 && ended >= total) {
    asking = true;
    void cluster.store.jobs({ states: ['running'], limit: 1 }).then((jobs) => {
      states = jobs;
      asking = states.length === 0;
    });
  }
  return asking && ended >= total && states.length === 0 && looks % 5_000 === 2_500;
});
const seconds = (toMs - fromMs) / 1_000;
const uncapped = spread.filter((_, no) => no % CAPPED !== 0).sort((a, b) => a - b);
const part = (list: readonly number[], at: number) =>
  list[Math.min(list.length - 1, Math.floor(at * list.length))] ?? 0;
claims.sort((a, b) => a - b);
const byKind = [...calls].sort((a, b) => b[1].calls - a[1].calls);
const all = byKind.reduce((sum, [, each]) => sum + each.calls, 0);
const report = {
  nodes: NODES,
  tenants: TENANTS,
  tasks: total,
  taskMs: TASK_MS,
  virtualSeconds: clock.monoMs() / 1_000,
  realSeconds: (performance.now() - startedMs) / 1_000,
  tasksPerSecond: ((TO - FROM) * total) / seconds,
  utilisation: busyMs / 1_000 / (seconds * NODES * SEATS),
  statementsPerSecond: all / seconds,
  statementsPerNodeSecond: all / seconds / NODES,
  statementsPerTask: all / ((TO - FROM) * total),
  byKind: Object.fromEntries(
    byKind.map(([name, each]) => [
      name,
      { perSecond: each.calls / seconds, rows: each.rows / Math.max(1, each.calls) },
    ]),
  ),
  claimTasks: { p10: part(claims, 0.1), p50: part(claims, 0.5), p90: part(claims, 0.9) },
  tenantsAtHalf: {
    min: uncapped[0],
    p10: part(uncapped, 0.1),
    p50: part(uncapped, 0.5),
    p90: part(uncapped, 0.9),
    max: uncapped.at(-1),
  },
  heldPerNode: heldMax,
  idleNodeBytes: nodeBytes,
  heapBytes: runBytes,
};
process.stdout.write(
  `${JSON.stringify(
    report,
    (_, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(4)) : value),
    process.argv.includes('--json') ? undefined : 2,
  )}\n`,
);
process.exit(0);
