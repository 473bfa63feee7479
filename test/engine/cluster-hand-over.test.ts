/** What a dead node had is taken up by others soon after its lease, whatever they are busy with. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { silentLogger } from '../../src/base/log.ts';
import type { Collector } from '../../src/collectors/collector.ts';
import type { ClusterEngine } from '../../src/engine/cluster-engine.ts';
import { RoleKeeper } from '../../src/engine/role-keeper.ts';
import type { ClusterStore } from '../../src/store/cluster-store.ts';
import { ClusterRig } from '../fakes/cluster-engine-rig.ts';
import { LIMITS, numbers, spec } from '../fakes/engine-rig.ts';

const LEASE_MS = 3_000;
const LANES = 9;
const ROWS_OF_LANE = 300;
const TAKES_MS = 400;
/** Full with three shards, each of which is all of a lane. */
const LOOK_AHEAD = 700;

class Nodes {
  readonly rig: ClusterRig;
  engines: readonly ClusterEngine[] = [];
  /** Who has started a task of a lane last. */
  readonly lastOf = new Map<number, string>();
  readonly #dead = new Set<string>();

  constructor() {
    this.rig = new ClusterRig(this.#collector(''), numbers(LANES * ROWS_OF_LANE));
  }

  start(id: string): Promise<ClusterEngine> {
    const limits = { ...LIMITS, jobSlots: 0, lookAhead: LOOK_AHEAD };
    return this.rig.node(id, {
      cluster: this.#deadly(id),
      engine: { limits, collectorOf: async () => this.#collector(id) },
    });
  }

  /** As `kill -9` does: nothing that it would do reaches anybody. */
  kill(id: string): void {
    this.#dead.add(id);
  }

  lanesOf(id: string): readonly number[] {
    return [...this.lastOf].filter(([, who]) => who === id).map(([lane]) => lane);
  }

  /** Passes time until it holds; returns how much, ms. */
  async until(holds: () => boolean, atMostMs: number): Promise<number> {
    const { clock } = this.rig;
    const fromMs = clock.monoMs();
    await clock.run(holds, fromMs + atMostMs);
    return holds() ? clock.monoMs() - fromMs : Number.POSITIVE_INFINITY;
  }

  #collector(id: string): Collector {
    return {
      name: 'test',
      lanes: (input) => [`thing:${laneOf(input)}`],
      limits: () => ({ concurrency: 1, rate: 'none', breaker: false }),
      collect: async (input, { signal }) => {
        if (!this.#dead.has(id)) this.lastOf.set(laneOf(input), id);
        await this.rig.clock.sleep(TAKES_MS, signal);
        return { records: [], done: true };
      },
    };
  }

  #deadly(id: string): ClusterStore {
    const through = (store: object): object =>
      new Proxy(store, {
        get: (target, name) => {
          const value: unknown = Reflect.get(target, name, target);
          if (name === 'store') return through(value as object);
          if (typeof value !== 'function') return value;
          if (name === 'storeOf') return (fence: number) => through(value.call(target, fence));
          return (...args: unknown[]) =>
            this.#dead.has(id) ? new Promise(() => {}) : value.apply(target, args);
        },
      });
    return through(this.rig.cluster) as ClusterStore;
  }
}

function laneOf(input: unknown): number {
  return Number((input as { n: string }).n) % LANES;
}

async function working(): Promise<Nodes> {
  const nodes = new Nodes();
  const { rig } = nodes;
  nodes.engines = await Promise.all(['a', 'b', 'c'].map((id) => nodes.start(id)));
  await nodes.engines[0]?.submit(spec('j1', rig.clock));
  await nodes.until(() => nodes.lastOf.size === LANES, 3_000);
  assert.equal(nodes.lastOf.size, LANES, 'some lanes are not worked on');
  return nodes;
}

describe('the work of nodes that have died', () => {
  for (const [words, dead] of [
    ['one node', ['b']],
    ['two nodes at once', ['b', 'c']],
    ['who leads the job', ['a']],
  ] as const) {
    it(`goes on within a second of the lease: of ${words}`, async () => {
      const nodes = await working();
      const lanes = dead.flatMap((id) => nodes.lanesOf(id));
      assert.ok(lanes.length > 0, 'nothing to hand over');
      for (const id of dead) nodes.kill(id);
      const isElsewhere = (lane: number) =>
        !(dead as readonly string[]).includes(nodes.lastOf.get(lane) ?? '');
      const tookMs = await nodes.until(() => lanes.every(isElsewhere), 60_000);
      assert.ok(tookMs <= LEASE_MS + 1_000, `${tookMs} ms, ${lanes.length} lanes`);
    });
  }

  it('goes on at once where a node drains, however full the others are', async () => {
    const nodes = await working();
    const [, drained] = nodes.engines;
    const lanes = nodes.lanesOf('b');
    assert.ok(lanes.length > 0, 'nothing to hand over');
    let over = false;
    drained?.drain().then(() => {
      over = true;
    });
    await nodes.until(() => over, 10_000);
    const isElsewhere = (lane: number) => nodes.lastOf.get(lane) !== 'b';
    const tookMs = await nodes.until(() => lanes.every(isElsewhere), 60_000);
    assert.ok(tookMs <= 200, `${tookMs} ms after its end, ${lanes.length} lanes`);
  });

  it('is led, and done for all, within a moment of the lease', async () => {
    for (let afterMs = 0; afterMs < 1_000; afterMs += 130) {
      const nodes = new Nodes();
      const { rig } = nodes;
      const engines = [await nodes.start('a'), await nodes.start('b')] as const;
      const keepers = engines.map(
        (engine) =>
          new RoleKeeper({
            cluster: rig.cluster,
            engine,
            clock: rig.clock,
            log: silentLogger,
            role: 'watch',
            begin: async () => {},
            end: async () => {},
          }),
      );
      for (const keeper of keepers) await keeper.start();
      await engines[0].submit(spec('j1', rig.clock));
      await nodes.until(() => nodes.lastOf.size > 0, 3_000);
      await nodes.until(() => false, afterMs);
      assert.equal(engines[1].holdings.leads, 0);
      nodes.kill('a');
      const isLed = () => engines[1].holdings.leads === 1 && keepers[1]?.holds() === true;
      const tookMs = await nodes.until(isLed, 60_000);
      assert.ok(tookMs <= LEASE_MS + 500, `${tookMs} ms`);
    }
  });
});
