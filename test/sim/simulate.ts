/**
 * One simulated life: tenants and jobs over tempered hosts, a slow store, and a process that dies at
 * commits and is started again until everything is done. All of it follows from the seed.
 */
import assert from 'node:assert/strict';
import { silentLogger } from '../../src/base/log.ts';
import { pick, randomInt, seededRandom } from '../../src/base/random.ts';
import type { Collector } from '../../src/collectors/collector.ts';
import { Engine } from '../../src/engine/engine.ts';
import { type Job, openTasks } from '../../src/model/job.ts';
import { hostLane, type LaneLimits } from '../../src/model/lane.ts';
import type { Source } from '../../src/model/source.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { createInlineCompute } from '../../src/workers/compute-inline.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';
import { SimInternet } from './sim-internet.ts';
import { CrashPlan, SimProcess } from './sim-process.ts';

const NODE_SLOTS = 12;
const HOST_SLOTS = 3;
const DAY_MS = 86_400_000;

interface SimInput {
  readonly host: string;
  readonly pages: number;
}

export interface SimResult {
  readonly jobs: readonly Job[];
  readonly deaths: number;
  readonly virtualMs: number;
  readonly throttled: number;
  readonly requests: number;
}

export async function simulate(seed: number): Promise<SimResult> {
  const random = seededRandom(seed);
  const clock = new VirtualClock();
  const disk = new MemoryStore();
  const internet = new SimInternet(clock, random, randomInt(random, 2, 20));
  const crash = new CrashPlan(random, randomInt(random, 0, 5));
  const inputs = planInputs(random, internet.hostNames);
  const world = { random, clock, disk, internet, crash, inputs };
  let engine = start(world);
  for (const [i, rows] of inputs.entries()) {
    await engine.engine.submit({
      id: `j${i}`,
      tenant: `t${i % 3}`,
      collector: 'sim',
      options: {},
      input: { path: String(i), name: `${rows.length} rows`, format: 'none', dialect: {} },
      weight: 1 + (i % 2),
      concurrency: 0,
      retries: 8,
      idempotencyKey: undefined,
      createdMs: clock.wallMs(),
    });
  }
  crash.armed = true;
  let deaths = 0;
  for (;;) {
    const dead = () => !engine.process.alive;
    const done = await allDone(world, dead);
    if (done) break;
    assert.ok(dead(), `seed ${seed}: nothing more happens, but jobs are open`);
    deaths += 1;
    internet.onDeath();
    engine = start(world);
    void engine.engine.resumeAll();
  }
  await check(seed, world, engine.engine);
  const jobs = await disk.jobs({ limit: 100 });
  const { throttled, requests } = internet.manners;
  return { jobs, deaths, virtualMs: clock.monoMs(), throttled, requests };
}

interface World {
  readonly random: ReturnType<typeof seededRandom>;
  readonly clock: VirtualClock;
  readonly disk: MemoryStore;
  readonly internet: SimInternet;
  readonly crash: CrashPlan;
  readonly inputs: readonly (readonly SimInput[])[];
}

function planInputs(random: World['random'], hosts: readonly string[]): SimInput[][] {
  return Array.from({ length: randomInt(random, 1, 4) }, () => {
    const sorted = random.next() < 0.3;
    const rows = Array.from({ length: randomInt(random, 1, pick(random, [20, 120, 300])) }, () => ({
      host: pick(random, hosts),
      pages: randomInt(random, 0, 4),
    }));
    return sorted ? rows.sort((a, b) => a.host.localeCompare(b.host)) : rows;
  });
}

function start(world: World) {
  const process = new SimProcess(world.clock);
  const store = process.store(world.disk, world.random, world.crash);
  const forHosts: LaneLimits = { concurrency: HOST_SLOTS, rate: 'learned', breaker: false };
  const engine = new Engine({
    store,
    fetcher: process.fetcher(world.internet),
    compute: createInlineCompute(),
    clock: process.clock,
    random: world.random,
    log: silentLogger,
    collectorOf: async () => simCollector,
    openSource: async (job) => sourceOf(world.inputs[Number(job.input.path)] ?? []),
    epoch: 1,
    limits: {
      nodeSlots: NODE_SLOTS,
      jobsMax: 0,
      jobSlots: NODE_SLOTS,
      lookAhead: 100,
      attemptTimeoutMs: 120_000,
      throttledMaxMs: 0,
      resultTtlMs: 0,
      lane: () => forHosts,
    },
    fetch: {
      userAgent: 'sim',
      timeoutMs: 2_000,
      deadlineMs: 5_000,
      bodyBytesMax: 1_000_000,
      redirectsMax: 3,
      robots: false,
      crawlDelayMaxMs: 0,
    },
  });
  return { process, engine };
}

/** Each page is one request and two records; a task takes up at its cursor. */
const simCollector: Collector = {
  name: 'sim',
  lanes: (input) => [hostLane((input as SimInput).host)],
  async *collect(raw, ctx) {
    const input = raw as SimInput;
    for (let page = (ctx.cursor as number | undefined) ?? 0; page < input.pages; page += 1) {
      await ctx.fetch(`http://${input.host}/${ctx.jobId}/${ctx.seq}/${page}`);
      const records = [0, 1].map((n) => `${ctx.jobId}/${ctx.seq}/${page}/${n}`);
      yield { records, cursor: page + 1, done: page + 1 === input.pages && page % 2 === 0 };
    }
  },
};

function sourceOf(rows: readonly SimInput[]): Source {
  return {
    columns: [],
    column: undefined,
    async *rows() {
      for (const [i, row] of rows.entries()) yield { line: i + 1, cells: [], fields: { ...row } };
    },
  };
}

async function allDone(world: World, dead: () => boolean): Promise<boolean> {
  let states: readonly Job[] = [];
  let asked = false;
  // The store is asked now and then only: its answer is a promise, the clock's question is not.
  const done = () => {
    if (!asked) {
      asked = true;
      void world.disk.jobs({ limit: 100 }).then((jobs) => {
        states = jobs;
        asked = false;
      });
    }
    return dead() || (states.length > 0 && states.every((job) => job.state === 'completed'));
  };
  await world.clock.run(done, world.clock.monoMs() + DAY_MS);
  return !dead() && states.every((job) => job.state === 'completed');
}

async function check(seed: number, world: World, engine: Engine): Promise<void> {
  const where = `seed ${seed}`;
  for (const [i, rows] of world.inputs.entries()) {
    const job = (await world.disk.job(`j${i}`)) as Job;
    const results = await world.disk.results(job.id, 0, 10_000);
    const counted = { completed: 0, discarded: 0, records: 0 };
    assert.equal(results.length, rows.length, `${where}: every row has a result`);
    for (const [seq, result] of results.entries()) {
      const pages = rows[seq]?.pages ?? 0;
      const wanted = Array.from({ length: pages * 2 }, (_, n) =>
        JSON.stringify(`${job.id}/${seq}/${n >> 1}/${n % 2}`),
      );
      if (result.state === 'completed') {
        assert.deepEqual(result.records, wanted, `${where}: row ${seq} has each record once`);
        counted.completed += 1;
      } else {
        assert.equal(result.state, 'discarded', `${where}: row ${seq} has ended`);
        assert.deepEqual(result.records, wanted.slice(0, result.records.length), where);
        counted.discarded += 1;
      }
      counted.records += result.records.length;
    }
    const { completed, discarded, records } = job.counters;
    assert.deepEqual({ completed, discarded, records }, counted, `${where}: counters equal states`);
    assert.equal(openTasks(job.counters), 0, where);
    assert.equal(job.counters.waiting, 0, where);
  }
  const { manners } = world.internet;
  assert.ok(manners.activeMax <= HOST_SLOTS, `${where}: ${manners.activeMax} at once to a host`);
  assert.equal(manners.repeated, 0, `${where}: pages fetched twice within one life`);
  assert.equal(manners.early, 0, `${where}: requests before Retry-After had passed`);
  for (const lane of engine.lanes(1_000)) {
    assert.equal(lane.inUse, 0, `${where}: ${lane.lane} holds slots that nobody uses`);
    assert.equal(lane.waiting, 0, `${where}: ${lane.lane} has waiters`);
  }
}
