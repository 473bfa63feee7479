/**
 * One simulated life of a cluster: several nodes over one store, jobs of several tenants over hosts
 * with limits, and whatever can go wrong between them. All of it follows from the seed.
 */
import assert from 'node:assert/strict';
import { pick, type Random, randomInt, seededRandom } from '../../src/base/random.ts';
import type { Job } from '../../src/model/job.ts';
import { MemoryCluster } from '../../src/store/memory-cluster.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';
import { checkJobs, checkLeftovers, StateWatch } from './cluster-checks.ts';
import { playFaults } from './cluster-faults.ts';
import { ClusterInternet } from './cluster-internet.ts';
import { type SimNode, SimNodes } from './sim-nodes.ts';
import { SimSignals } from './sim-signals.ts';
import { type Faults, type LinkTroubles, noFaults } from './sim-store-link.ts';

const LIMIT_MS = 7_200_000;
const QUIET_MS = 5_000;

export interface SimRow {
  readonly host: string;
  readonly pages: number;
  /** Asked in between, where there is one. */
  readonly shared: string | undefined;
  /** Work on a page that needs no host, ms. */
  readonly workMs: number;
}

export interface SimJob {
  readonly id: string;
  readonly tenant: string;
  readonly weight: number;
  readonly concurrency: number;
  readonly rows: readonly SimRow[];
}

export interface SimTenant {
  readonly weight: number;
  readonly concurrency: number;
}

export interface World {
  readonly seed: number;
  readonly random: Random;
  readonly clock: VirtualClock;
  readonly cluster: MemoryCluster;
  readonly internet: ClusterInternet;
  readonly signals: SimSignals;
  readonly faults: Faults;
  readonly troubles: LinkTroubles;
  readonly jobs: readonly SimJob[];
  readonly tenants: ReadonlyMap<string, SimTenant>;
  readonly nodes: SimNodes;
  readonly watch: StateWatch;
  readonly leaseMs: number;
}

export interface ClusterSimResult {
  readonly faults: Faults;
  readonly tasks: number;
  readonly attempts: number;
  readonly requests: number;
  readonly throttled: number;
  readonly served: number;
  readonly repeated: number;
  readonly virtualMs: number;
  readonly calls: ReadonlyMap<string, number>;
  readonly jobs: readonly Job[];
}

export interface SimOptions {
  /** Nothing goes wrong. */
  readonly calm?: boolean;
}

export async function simulateCluster(
  seed: number,
  { calm = false }: SimOptions = {},
): Promise<ClusterSimResult> {
  const world = makeWorld(seed, calm);
  const { clock, random, nodes, internet } = world;
  const startNodes = randomInt(random, 2, 5);
  for (let i = 0; i < startNodes; i += 1) nodes.start();
  await clock.run(() => [...nodes.up()].length === startNodes, 60_000);
  for (const job of world.jobs) {
    clock.after(randomInt(random, 0, 10_000), () => void submit(world, job));
  }
  const faults = calm ? { over: true } : playFaults(world);
  let states: readonly Job[] = [];
  let asked = false;
  let tidy = () => false;
  let looks = 0;
  const done = () => {
    // Asked now and then only: its answer is a promise, the clock's question is not.
    looks += 1;
    if (!asked && looks % 20 === 0) {
      asked = true;
      void world.cluster.store.jobs({ limit: 100 }).then((jobs) => {
        states = jobs;
        asked = false;
      });
    }
    const ended = states.every(({ state }) => state === 'completed' || state === 'cancelled');
    return faults.over && states.length === world.jobs.length && ended && tidy();
  };
  // A job that ends may be made to run again: only what stays ended for a while has ended.
  let quietSinceMs: number | undefined;
  tidy = () => {
    quietSinceMs ??= clock.monoMs();
    return clock.monoMs() - quietSinceMs >= QUIET_MS;
  };
  const over = () => {
    const is = done();
    if (!states.every(({ state }) => state === 'completed' || state === 'cancelled')) {
      quietSinceMs = undefined;
    }
    return is;
  };
  const ended = await clock.run(over, LIMIT_MS);
  const where = `seed ${seed}`;
  assert.ok(ended, `${where}: the jobs hang: ${await describe(world, states)}`);
  const virtualMs = clock.monoMs();
  assert.deepEqual(internet.broken, [], `${where}: promises to hosts and caps`);
  for (const { machine } of nodes.up()) world.watch.atEnd(machine.name, states);
  assert.deepEqual(world.watch.broken, [], `${where}: states as told`);
  const tasks = await checkJobs(world);
  await checkLeftovers(world);
  return {
    faults: world.faults,
    tasks,
    attempts: nodes.attempts,
    requests: internet.requests,
    throttled: internet.throttled,
    served: internet.served,
    repeated: internet.repeated,
    virtualMs,
    calls: nodes.calls(),
    jobs: await world.cluster.store.jobs({ limit: 100 }),
  };
}

function makeWorld(seed: number, calm: boolean): World {
  const random = seededRandom(seed);
  const clock = new VirtualClock();
  const cluster = new MemoryCluster(clock, { finishes: seed % 2 === 1 });
  const faults = noFaults();
  const slow = calm ? 0 : pick(random, [0, 0.02, 0.1, 0.3]);
  const troubles = { slow, deathAtCall: 0, deathAtCommit: 0 };
  const tenants = new Map(
    Array.from({ length: randomInt(random, 1, 4) }, (_, i) => [
      `t${i}`,
      { weight: 1 + (i % 2), concurrency: random.next() < 0.4 ? randomInt(random, 1, 8) : 0 },
    ]),
  );
  const capOfJob = new Map<string, number>();
  const caps = {
    tenant: (name: string) => tenants.get(name)?.concurrency ?? 0,
    job: (id: string) => capOfJob.get(id) ?? 0,
  };
  const hosts = randomInt(random, 3, 25);
  const internet = new ClusterInternet(clock, random, caps, hosts, randomInt(random, 0, 3));
  const jobs = planJobs(random, internet, [...tenants.keys()]);
  for (const { id, concurrency } of jobs) capOfJob.set(id, concurrency);
  const noise = calm ? 0 : random.next() < 0.5 ? 0 : 0.3 * random.next();
  const signals = new SimSignals(clock, random, faults, {
    lost: noise,
    late: noise,
    doubled: noise / 2,
  });
  const leaseMs = pick(random, [3_000, 6_000]);
  const watch = new StateWatch();
  const parts = { seed, random, clock, cluster, internet, signals, faults, troubles };
  const world = { ...parts, jobs, tenants, watch, leaseMs, calm };
  return { ...world, nodes: new SimNodes(world) };
}

function planJobs(
  random: Random,
  internet: ClusterInternet,
  tenants: readonly string[],
): readonly SimJob[] {
  const shared = internet.names(true);
  const sharing = pick(random, [0.1, 0.1, 0.6]);
  return Array.from({ length: randomInt(random, 1, 5) }, (_, i) => {
    const count = randomInt(random, 1, pick(random, [20, 60, 200]));
    const long = random.next() < 0.15;
    const rows = Array.from({ length: count }, () => ({
      host: random.next() < 0.2 ? '' : pick(random, internet.names(false)),
      pages: randomInt(random, 0, 3),
      shared: shared.length > 0 && random.next() < sharing ? pick(random, shared) : undefined,
      workMs: random.next() < 0.5 ? 0 : randomInt(random, 0, long ? 8_000 : 300),
    }));
    if (random.next() < 0.3) rows.sort((a, b) => a.host.localeCompare(b.host));
    return {
      id: `j${i}`,
      tenant: pick(random, tenants),
      weight: 1 + (i % 2),
      concurrency: random.next() < 0.3 ? randomInt(random, 1, 6) : 0,
      rows,
    };
  });
}

/** Asks one node after the other until one has taken the job: the same id again is the same job. */
async function submit(world: World, { id, tenant, weight, concurrency, rows }: SimJob) {
  const { clock, random, nodes, cluster } = world;
  while ((await cluster.store.job(id)) === undefined) {
    const up: readonly SimNode[] = [...nodes.up()];
    const node = up.length === 0 ? undefined : pick(random, up);
    node?.engine
      ?.submit({
        id,
        tenant,
        collector: 'sim',
        options: {},
        input: { path: id, name: `${rows.length} rows`, format: 'none', dialect: {} },
        weight,
        concurrency,
        retries: 5,
        idempotencyKey: undefined,
        createdMs: node.machine.clock.wallMs(),
      })
      .catch(() => {});
    await clock.sleep(2_000);
  }
}

async function describe(world: World, states: readonly Job[]): Promise<string> {
  const jobs = states.map(({ id, state, counters, planned }) => ({ id, state, planned, counters }));
  const rows = await world.cluster.nodes();
  const nodes = rows.map(({ status: _, ...node }) => node);
  const busy = [...world.nodes.alive()].map(({ machine, engine }) => ({
    name: machine.name,
    lanes: engine?.lanes(100).filter(({ inUse, waiting }) => inUse + waiting > 0),
    waits: states.map(({ id }) => engine?.explain(id)),
    here: [...(engine?.membership?.engine.runs.all() ?? [])].map((run) => ({
      id: run.job.id,
      leads: run.leads,
      planned: run.planned,
      stopped: run.stopped,
      attempts: run.attempts.size,
      counters: run.counters,
    })),
    led: [...(engine?.membership?.led ?? [])],
    fence: engine?.membership?.lease.fence,
  }));
  const held = world.cluster.held();
  return JSON.stringify({ jobs, nodes, busy, held, broken: world.internet.broken });
}
