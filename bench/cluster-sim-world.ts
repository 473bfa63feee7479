/** What `cluster-sim.ts` lets run: nodes, tenants and their tasks, in one process. */
import { silentLogger } from '../src/base/log.ts';
import { pick, type Random, randomInt, seededRandom } from '../src/base/random.ts';
import { LocalHub } from '../src/cluster/local-signals.ts';
import type { Collector, Source } from '../src/collectors/collector.ts';
import { ClusterEngine } from '../src/engine/cluster-engine.ts';
import type { LaneKey } from '../src/model/lane.ts';
import { MemoryCluster } from '../src/store/memory-cluster.ts';
import type { FetchReply } from '../src/transport/fetcher.ts';
import { createInlineCompute } from '../src/workers/compute-inline.ts';
import { VirtualClock } from '../test/fakes/virtual-clock.ts';
import { StoreCounter } from './cluster-sim-counter.ts';

export const SEATS = 20;
const LOOK_AHEAD = 400;
const LEASE_MS = 10_000;
const LANES = 5_000;
const LANE_CONCURRENCY = 2;
/** Of the tasks with a lane: that many ask a second one in between, wherever its owner is. */
const SECOND_LANE_PART = 0.02;
/** One of so many nodes is a server: it leads jobs and watches all of them. */
const NODES_PER_SERVER = 10;

export interface SimTenant {
  readonly name: string;
  readonly weight: number;
  readonly concurrency: number;
  readonly tasks: number;
  readonly lanes: boolean;
}

export interface Row {
  readonly ms: number;
  readonly lane: string;
  readonly second: string;
}

/** Nodes over one store, and what their tasks do. */
export class SimWorld {
  readonly clock = new VirtualClock();
  readonly cluster = new MemoryCluster(this.clock);
  readonly counter = new StoreCounter(this.clock);
  readonly tenants: readonly SimTenant[];
  readonly engines: ClusterEngine[] = [];
  /** Attempts at work now, by tenant. */
  readonly active = new Map<string, number>();
  /** Task time that was worked off, ms. */
  workedMs = 0;
  ended = 0;
  readonly #random: Random = seededRandom(7);
  readonly #hub = new LocalHub({ clock: this.clock, random: seededRandom(8) });
  readonly #byName: ReadonlyMap<string, SimTenant>;

  constructor(tenants: readonly SimTenant[]) {
    this.tenants = tenants;
    this.#byName = new Map(tenants.map((tenant) => [tenant.name, tenant]));
  }

  get tasks(): number {
    return this.tenants.reduce((sum, { tasks }) => sum + tasks, 0);
  }

  async start(nodes: number): Promise<void> {
    for (let i = 0; i < nodes; i += 1) {
      let opened = false;
      const opening = this.#open(`n${i}`, i % NODES_PER_SERVER === 0, i).then((engine) => {
        this.engines.push(engine);
        opened = true;
      });
      await this.clock.run(() => opened, this.clock.monoMs() + 60_000);
      await opening;
    }
  }

  /** One job for each tenant, given to the servers in turn. */
  async submit(): Promise<void> {
    const { store } = this.cluster;
    const nowMs = this.clock.wallMs();
    await store.writeDocuments(
      this.tenants.map(({ name, weight }) => {
        const json = JSON.stringify({ weight });
        return { op: 'put', kind: 'tenant', id: name, tenant: name, json } as const;
      }),
      nowMs,
    );
    const servers = this.engines.filter((_, i) => i % NODES_PER_SERVER === 0);
    for (const [i, { name }] of this.tenants.entries()) {
      const server = servers[i % servers.length] as ClusterEngine;
      void server.submit({
        id: `j_${name}`,
        tenant: name,
        collector: 'sim',
        options: {},
        input: { path: name, name, format: 'none', dialect: {} },
        weight: 1,
        concurrency: 0,
        retries: 3,
        idempotencyKey: undefined,
        createdMs: nowMs,
      });
    }
  }

  async close(): Promise<void> {
    let closed = false;
    const closing = Promise.all(this.engines.map((engine) => engine.close())).then(() => {
      closed = true;
    });
    await this.clock.run(() => closed, this.clock.monoMs() + 60_000);
    await closing;
  }

  #open(id: string, server: boolean, seed: number): Promise<ClusterEngine> {
    const { clock } = this;
    return ClusterEngine.open({
      cluster: this.counter.of(this.cluster),
      signals: this.#hub.node(),
      intro: { id, name: id, version: '1', kind: server ? 'serve' : 'worker' },
      leaseMs: LEASE_MS,
      leads: server,
      ownOnly: false,
      watchAll: server,
      onDrain: () => {},
      onNotice: () => {},
      engine: {
        fetcher: {
          exchange: async ({ url }) => {
            await clock.sleep(50);
            return reply(url.href);
          },
          async close() {},
        },
        compute: createInlineCompute(),
        clock,
        random: seededRandom(100 + seed),
        log: silentLogger,
        collectorOf: async () => this.#collector,
        openSource: async (job) => this.#source(job.tenant),
        epoch: 1,
        limits: {
          nodeSlots: SEATS,
          jobsMax: 0,
          jobSlots: 0,
          lookAhead: LOOK_AHEAD,
          attemptTimeoutMs: 600_000,
          throttledMaxMs: 0,
          resultTtlMs: 0,
          lane: () => ({ concurrency: LANE_CONCURRENCY, rate: 'none', breaker: false }),
          tenant: (name) => this.#byName.get(name) ?? { weight: 1, concurrency: 0 },
        },
        fetch: {
          userAgent: 'sim',
          timeoutMs: 1_000,
          deadlineMs: 600_000,
          bodyBytesMax: 1_000,
          redirectsMax: 1,
          robots: false,
          crawlDelayMaxMs: 0,
        },
      },
    });
  }

  readonly #collector: Collector = {
    name: 'sim',
    lanes: (input) => laneOf((input as Row).lane),
    limits: () => ({ concurrency: LANE_CONCURRENCY, rate: 'none', breaker: false }),
    collect: async (input, ctx) => {
      const { ms, second } = input as Row;
      if (second !== '') {
        const lane = `thing:${second}` as const;
        await ctx.fetch('http://second.example/', { lane });
      }
      const { tenant } = ctx;
      this.active.set(tenant, (this.active.get(tenant) ?? 0) + 1);
      try {
        // Not by `ctx.sleep`, which would lend the seat.
        await this.clock.sleep(ms, ctx.signal);
      } finally {
        this.active.set(tenant, (this.active.get(tenant) ?? 1) - 1);
      }
      this.workedMs += ms;
      this.ended += 1;
      return { records: [], done: true };
    },
  };

  #source(tenant: string): Source {
    const { tasks, lanes } = this.#byName.get(tenant) as SimTenant;
    const random = this.#random;
    const name = () => String(randomInt(random, 0, LANES - 1));
    return {
      columns: [],
      column: undefined,
      async *rows() {
        for (let n = 0; n < tasks; n += 1) {
          const lane = lanes ? name() : '';
          const second = lanes && random.next() < SECOND_LANE_PART ? name() : '';
          const fields: Row = { ms: randomInt(random, 100, 2_000), lane, second };
          yield { line: n + 1, cells: [], fields: { ...fields } as never };
        }
      },
    };
  }
}

/** Short jobs of many tenants: weights 1, 2 and 4, one in ten with a cap, half of them with lanes. */
export function manyTenants(count: number): readonly SimTenant[] {
  const random = seededRandom(count);
  return Array.from({ length: count }, (_, i) => ({
    name: `t${i}`,
    weight: pick(random, [1, 1, 2, 4]),
    concurrency: i % 10 === 0 ? randomInt(random, 5, 20) : 0,
    tasks: randomInt(random, 25, 200),
    lanes: i % 2 === 0,
  }));
}

/** A few that want everything all the time, with as much to do as they weigh. */
export function greedyTenants(tasks: number): readonly SimTenant[] {
  const weights = [1, 1, 2, 2, 4, 8];
  const sum = weights.reduce((a, b) => a + b);
  return weights.map((weight, i) => ({
    name: `g${i}`,
    weight,
    concurrency: 0,
    tasks: Math.round((tasks * weight) / sum),
    lanes: false,
  }));
}

function laneOf(lane: string): readonly LaneKey[] {
  return lane === '' ? [] : [`thing:${lane}`];
}

function reply(url: string): FetchReply {
  const sizes = { sentMs: 0, headersMs: 50, totalMs: 50, wireBytes: 0 };
  return { url, status: 200, headers: {}, body: Buffer.alloc(0), ...sizes };
}
