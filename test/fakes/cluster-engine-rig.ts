/** Several nodes in one process over one store in memory and virtual time. */
import { silentLogger } from '../../src/base/log.ts';
import { seededRandom } from '../../src/base/random.ts';
import type { Notice, SignalEars, Signals } from '../../src/cluster/signals.ts';
import type { Collector, Source } from '../../src/collectors/collector.ts';
import { ClusterEngine } from '../../src/engine/cluster-engine.ts';
import type { EngineOptions } from '../../src/engine/engine-options.ts';
import type { ClusterEngineOptions } from '../../src/engine/membership-options.ts';
import type { ClusterStore } from '../../src/store/cluster-store.ts';
import { MemoryCluster } from '../../src/store/memory-cluster.ts';
import { createInlineCompute } from '../../src/workers/compute-inline.ts';
import { LIMITS } from './engine-rig.ts';
import { VirtualClock } from './virtual-clock.ts';

/** Carries everything at once. */
export class DirectSignals {
  readonly #ears = new Set<SignalEars>();

  signals(): Signals {
    let mine: SignalEars | undefined;
    return {
      hint: async (jobId) => {
        for (const ears of this.#ears) queueMicrotask(() => ears.onHint(jobId));
      },
      post: async (notice: Notice) => {
        for (const ears of this.#ears) queueMicrotask(() => ears.onNotice(notice));
      },
      listen: async (ears) => {
        mine = ears;
        this.#ears.add(ears);
      },
      idle: () => {},
      close: async () => {
        if (mine) this.#ears.delete(mine);
      },
    };
  }
}

export class ClusterRig {
  readonly clock: VirtualClock;
  readonly cluster: MemoryCluster;
  readonly hub = new DirectSignals();
  readonly #collector: Collector;
  readonly #source: Source;

  constructor(collector: Collector, source: Source) {
    this.clock = new VirtualClock();
    this.cluster = new MemoryCluster(this.clock);
    this.#collector = collector;
    this.#source = source;
  }

  node(
    id: string,
    over: Partial<Omit<ClusterEngineOptions, 'engine'>> & {
      readonly engine?: Partial<EngineOptions>;
      readonly cluster?: ClusterStore;
    } = {},
  ): Promise<ClusterEngine> {
    const { engine, ...rest } = over;
    return ClusterEngine.open({
      cluster: this.cluster,
      signals: this.hub.signals(),
      intro: { id, name: id, version: '1', kind: 'serve' },
      leaseMs: 3_000,
      leads: true,
      ownOnly: false,
      watchAll: true,
      onDrain: () => {},
      onNotice: () => {},
      engine: {
        fetcher: { exchange: () => Promise.reject(new Error('no network')), async close() {} },
        compute: createInlineCompute(),
        clock: this.clock,
        random: seededRandom(1),
        log: silentLogger,
        collectorOf: async () => this.#collector,
        openSource: async () => this.#source,
        epoch: 1,
        limits: { ...LIMITS, jobSlots: 0 },
        fetch: {
          userAgent: 'test',
          timeoutMs: 1_000,
          deadlineMs: 2_000,
          bodyBytesMax: 1_000,
          redirectsMax: 5,
          robots: false,
          crawlDelayMaxMs: 1_000,
        },
        ...engine,
      },
      ...rest,
    });
  }
}
