/** The nodes of a simulated cluster: started, started again after they died, and brought to rest. */
import { silentLogger } from '../../src/base/log.ts';
import { randomInt, seededRandom } from '../../src/base/random.ts';
import type { Collector, Source } from '../../src/collectors/collector.ts';
import { ClusterEngine } from '../../src/engine/cluster-engine.ts';
import { hostLane } from '../../src/model/lane.ts';
import { createInlineCompute } from '../../src/workers/compute-inline.ts';
import { CLOCK_RATE_ERROR } from './cluster-internet.ts';
import type { SimRow, World } from './cluster-simulate.ts';
import { SimMachine } from './sim-machine.ts';
import { StoreLink } from './sim-store-link.ts';

export interface SimNode {
  readonly machine: SimMachine;
  readonly link: StoreLink;
  /** undefined while it is being opened. */
  engine: ClusterEngine | undefined;
  /** It is leaving, or has left. */
  leaving: boolean;
}

export class SimNodes {
  /** Attempts begun. */
  attempts = 0;
  readonly #world: Omit<World, 'nodes'> & { readonly calm: boolean };
  readonly #all: SimNode[] = [];
  #started = 0;

  constructor(world: Omit<World, 'nodes'> & { readonly calm: boolean }) {
    this.#world = world;
  }

  /** Those that are there and stay. */
  *up(): Iterable<SimNode> {
    for (const node of this.#all) {
      if (node.machine.alive && !node.leaving && node.engine) yield node;
    }
  }

  *alive(): Iterable<SimNode> {
    for (const node of this.#all) if (node.machine.alive) yield node;
  }

  calls(): ReadonlyMap<string, number> {
    const all = new Map<string, number>();
    for (const { link } of this.#all) {
      for (const [name, count] of link.calls) all.set(name, (all.get(name) ?? 0) + count);
    }
    return all;
  }

  start(): SimNode {
    const { clock, random, faults, troubles, calm } = this.#world;
    this.#started += 1;
    const minutes = random.next() < 0.2 ? 60 : 1;
    const error = calm
      ? { skewMs: 0, rate: 1 }
      : {
          skewMs: randomInt(random, -2_000, 2_000) * minutes,
          rate: 1 + CLOCK_RATE_ERROR * (2 * random.next() - 1),
        };
    const machine = new SimMachine(`n${this.#started}`, clock, error, random);
    const died = () => this.#died(machine);
    const broken = (what: string) => void this.#world.watch.broken.push(what);
    const link = new StoreLink(machine, clock, random, faults, troubles, died, broken);
    const node: SimNode = { machine, link, engine: undefined, leaving: false };
    this.#all.push(node);
    const watchAll = this.#started % 2 === 0;
    this.#open(node, watchAll).then(
      (engine) => {
        node.engine = engine;
        this.#world.watch.follow(machine.name, engine.feed, watchAll);
      },
      // The store is away: a process that cannot join ends, and is started again.
      () => this.kill(node),
    );
    return node;
  }

  kill(node: SimNode): void {
    if (!node.machine.alive) return;
    node.machine.kill();
    this.#died(node.machine);
  }

  freeze(node: SimNode, ms: number, asleep: boolean): void {
    const { clock, internet, faults, leaseMs } = this.#world;
    const { machine } = node;
    if (machine.frozen || !machine.alive) return;
    faults.freezes += 1;
    if (ms > leaseMs) faults.freezesBeyondLease += 1;
    if (asleep) faults.sleeps += 1;
    machine.freeze(asleep);
    const untilMs = clock.monoMs() + ms;
    const leaseMsLeft = machine.leaseEndMs - clock.monoMs();
    if (leaseMsLeft < ms) clock.after(leaseMsLeft, () => internet.gone(machine));
    clock.after(Math.max(0, untilMs - clock.monoMs()), () => machine.thaw());
  }

  /** Lets a node finish what it does and go. */
  drain(node: SimNode): void {
    const { faults } = this.#world;
    const { engine } = node;
    if (node.leaving || !engine) return;
    faults.drains += 1;
    node.leaving = true;
    void this.#leave(node, engine);
  }

  async #leave(node: SimNode, engine: ClusterEngine): Promise<void> {
    await engine.drain();
    await engine.close();
    // What a process still waits for when it exits nobody hears of.
    if (node.machine.timers > 0) {
      this.#world.watch.broken.push(`${node.machine.name} left ${node.machine.timers} timers`);
    }
    node.machine.alive = false;
  }

  /** Somebody sees to it that there are nodes. */
  #died(machine: SimMachine): void {
    const { clock, random, internet } = this.#world;
    internet.gone(machine);
    clock.after(randomInt(random, 500, 4_000), () => this.start());
  }

  #open({ machine, link }: SimNode, watchAll: boolean): Promise<ClusterEngine> {
    const { seed, internet, cluster, signals, leaseMs, tenants, jobs } = this.#world;
    const rowsOf = new Map(jobs.map(({ id, rows }) => [id, rows]));
    const node: { engine?: ClusterEngine } = {};
    const opened = ClusterEngine.open({
      cluster: link.of(cluster),
      signals: signals.of(machine),
      intro: { id: machine.name, name: machine.name, version: '1', kind: 'serve' },
      leaseMs,
      leads: true,
      ownOnly: false,
      watchAll,
      onDrain: () => {
        const asked = this.#all.find((each) => each.machine === machine);
        if (asked) this.drain(asked);
      },
      onNotice: () => {},
      engine: {
        fetcher: internet.fetcher(machine),
        compute: createInlineCompute(),
        clock: machine.clock,
        random: seededRandom(seed * 1_000 + this.#started),
        log: silentLogger,
        collectorOf: async () => this.#collector(machine),
        openSource: async (job) => sourceOf(rowsOf.get(job.id) ?? []),
        epoch: 1,
        limits: {
          nodeSlots: 6 + (seed % 7),
          jobsMax: seed % 5 === 0 ? 2 : 0,
          jobSlots: 0,
          lookAhead: 40 + (seed % 3) * 80,
          attemptTimeoutMs: 120_000,
          throttledMaxMs: 0,
          resultTtlMs: 0,
          tenant: (name) => tenants.get(name) ?? { weight: 1, concurrency: 0 },
          lane: (lane) => internet.limitsOf(lane),
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
      },
    });
    return opened.then((engine) => {
      node.engine = engine;
      return engine;
    });
  }

  /** Each page is a request or a piece of work and two records; a task takes up at its cursor. */
  #collector(machine: SimMachine): Collector {
    const { internet, jobs } = this.#world;
    const tenantOf = new Map(jobs.map(({ id, tenant }) => [id, tenant]));
    const begun = () => {
      this.attempts += 1;
    };
    return {
      name: 'sim',
      lanes: (input) => {
        const { host } = input as SimRow;
        return host === '' ? [] : [hostLane(host)];
      },
      async *collect(raw, ctx) {
        const { host, pages, shared, workMs } = raw as SimRow;
        begun();
        const tenant = tenantOf.get(ctx.jobId) as string;
        const path = `${tenant}/${ctx.jobId}/${ctx.seq}`;
        for (let page = (ctx.cursor as number | undefined) ?? 0; page < pages; page += 1) {
          if (host !== '')
            await ctx.fetch(`http://${host}/${path}/${page}${shared ? '?both' : ''}`);
          if (shared && page === 0) await ctx.fetch(`http://${shared}/${path}/${page}`);
          if (workMs > 0) await internet.work(machine, ctx.jobId, tenant, workMs, ctx.signal);
          const records = [0, 1].map((n) => `${ctx.jobId}/${ctx.seq}/${page}/${n}`);
          yield { records, cursor: page + 1, done: page + 1 === pages && page % 2 === 0 };
        }
      },
    };
  }
}

function sourceOf(rows: readonly SimRow[]): Source {
  return {
    columns: [],
    column: undefined,
    async *rows() {
      for (const [i, row] of rows.entries()) yield { line: i + 1, cells: [], fields: { ...row } };
    },
  };
}
