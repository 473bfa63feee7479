/** An engine over memory and virtual time, with one collector: for tests of what it does. */
import assert from 'node:assert/strict';
import { silentLogger } from '../../src/base/log.ts';
import { seededRandom } from '../../src/base/random.ts';
import type { Collector } from '../../src/collectors/collector.ts';
import { Engine } from '../../src/engine/engine.ts';
import type { EngineOptions } from '../../src/engine/engine-options.ts';
import { defaultLaneLimits } from '../../src/engine/lane-book.ts';
import type { JobSpec } from '../../src/model/job.ts';
import type { Source } from '../../src/model/source.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { createInlineCompute } from '../../src/workers/compute-inline.ts';
import { VirtualClock } from './virtual-clock.ts';

const NO_FETCHER = {
  exchange: () => Promise.reject(new Error('no network here')),
  async close() {},
};

export function numbers(count: number): Source {
  return {
    columns: ['n'],
    column: undefined,
    async *rows() {
      for (let n = 0; n < count; n += 1) {
        yield { line: n + 2, cells: [String(n)], fields: { n: String(n) } };
      }
    },
  };
}

export const LIMITS: EngineOptions['limits'] = {
  nodeSlots: 10,
  jobsMax: 0,
  jobSlots: 10,
  lookAhead: 1_000,
  attemptTimeoutMs: 60_000,
  throttledMaxMs: 0,
  resultTtlMs: 0,
  lane: defaultLaneLimits({ concurrency: 0, rate: 'learned' }),
};

export function spec(id: string, clock: VirtualClock, collector = 'test'): JobSpec {
  return {
    id,
    tenant: 't',
    collector,
    options: {},
    input: { path: '', name: 'numbers', format: 'none', dialect: {} },
    weight: 1,
    concurrency: 0,
    retries: 3,
    idempotencyKey: undefined,
    createdMs: clock.wallMs(),
  };
}

export function setUp(
  collector: Collector,
  rows: number,
  over: Partial<EngineOptions> = {},
  clock = new VirtualClock(),
) {
  const store = new MemoryStore();
  const engine = new Engine({
    store,
    fetcher: NO_FETCHER,
    compute: createInlineCompute(),
    clock,
    random: seededRandom(1),
    log: silentLogger,
    collectorOf: async () => collector,
    openSource: async () => numbers(rows),
    epoch: 1,
    limits: LIMITS,
    fetch: {
      userAgent: 'test',
      timeoutMs: 1_000,
      deadlineMs: 2_000,
      bodyBytesMax: 1_000,
      redirectsMax: 5,
      robots: false,
      crawlDelayMaxMs: 1_000,
    },
    ...over,
  });
  return { clock, store, engine };
}

/** Plays until the job no longer runs; fails where nothing more happens before. */
export async function finished(
  engine: Engine,
  clock: VirtualClock,
  jobId: string,
  limitMs = Number.POSITIVE_INFINITY,
) {
  let done = false;
  const settled = engine.settled(jobId).finally(() => {
    done = true;
  });
  assert.ok(await clock.run(() => done, limitMs), 'the job hangs');
  return settled;
}
