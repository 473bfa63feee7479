/**
 * Three tenants with a job each want all the slots, and a fourth comes later. The engine is the real
 * one with its database; a row holds its slot for some milliseconds and does nothing else. Who holds
 * how many slots is counted where the rows run.
 */

import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/log.ts';
import { systemRandom } from '../../src/base/random.ts';
import type { Collector, Source } from '../../src/collectors/collector.ts';
import { Engine } from '../../src/engine/engine.ts';
import { defaultLaneLimits } from '../../src/engine/lane-book.ts';
import type { JobSpec } from '../../src/model/job.ts';
import { openThreadStore } from '../../src/store/thread/thread-store.ts';
import { createInlineCompute } from '../../src/workers/compute-inline.ts';

export interface SharesInput {
  readonly dataDir: string;
  readonly slots: number;
  readonly rowMs: number;
  readonly rows: number;
  readonly weights: Readonly<Record<string, number>>;
  /** When the newcomer's ten rows come, ms after the start. */
  readonly newcomerAtMs: number;
}

export interface SharesResult {
  /** Share of the slot time while all were busy, by tenant. */
  readonly shares: Readonly<Record<string, number>>;
  /** Share of the slots that were busy in that time. */
  readonly busy: number;
  /** From the newcomer's submission to its first row, ms. */
  readonly newcomerMs: number;
  readonly measuredMs: number;
}

const NEWCOMER = 'newcomer';
const NEWCOMER_ROWS = 10;

/** Slot time, integrated at every change. */
class Meter {
  readonly #active = new Map<string, number>();
  readonly #heldMs = new Map<string, number>();
  #fromMs: number | undefined;
  #atMs = 0;
  /** Measured from the moment when all of these hold a slot. */
  readonly #all: readonly string[];

  constructor(all: readonly string[]) {
    this.#all = all;
  }

  change(tenant: string, by: 1 | -1): void {
    this.settle();
    this.#active.set(tenant, (this.#active.get(tenant) ?? 0) + by);
    if (this.#all.every((each) => (this.#active.get(each) ?? 0) > 0)) this.#fromMs ??= this.#atMs;
  }

  settle(): void {
    const nowMs = performance.now();
    if (this.#fromMs !== undefined) {
      for (const [tenant, active] of this.#active) {
        const beforeMs = this.#heldMs.get(tenant) ?? 0;
        this.#heldMs.set(tenant, beforeMs + active * (nowMs - this.#atMs));
      }
    }
    this.#atMs = nowMs;
  }

  heldMs(tenant: string): number {
    return this.#heldMs.get(tenant) ?? 0;
  }

  get measuredMs(): number {
    return this.#atMs - (this.#fromMs ?? this.#atMs);
  }
}

async function main(input: SharesInput): Promise<SharesResult> {
  const { slots, weights, rowMs } = input;
  const tenants = Object.keys(weights);
  const meter = new Meter(tenants);
  const left = new Map(tenants.map((tenant) => [tenant, input.rows]));
  let ended = () => {};
  const firstDone = new Promise<void>((resolve) => {
    ended = resolve;
  });
  let submittedMs = 0;
  let newcomerMs = Number.NaN;
  const collector: Collector = {
    name: 'hold',
    async collect(_row, { tenant }) {
      if (tenant === NEWCOMER && Number.isNaN(newcomerMs)) {
        newcomerMs = performance.now() - submittedMs;
      }
      meter.change(tenant, 1);
      await new Promise((resolve) => setTimeout(resolve, rowMs));
      meter.change(tenant, -1);
      const open = (left.get(tenant) ?? NEWCOMER_ROWS) - 1;
      left.set(tenant, open);
      // From here on not all of them want more than they get.
      if (open === slots) ended();
      return { records: [] };
    },
  };
  const store = await openThreadStore({ path: input.dataDir, mode: 'owner' });
  const engine = new Engine({
    store,
    fetcher: { exchange: () => Promise.reject(new Error('no network here')), async close() {} },
    compute: createInlineCompute(),
    clock: systemClock,
    random: systemRandom,
    log: silentLogger,
    collectorOf: async () => collector,
    openSource: async ({ tenant }) => rowsOf(tenant === NEWCOMER ? NEWCOMER_ROWS : input.rows),
    epoch: 1,
    limits: {
      nodeSlots: slots,
      jobsMax: 0,
      jobSlots: slots,
      lookAhead: 8_000,
      attemptTimeoutMs: 60_000,
      throttledMaxMs: 0,
      resultTtlMs: 0,
      tenant: (name) => ({ weight: weights[name] ?? 1, concurrency: slots }),
      lane: defaultLaneLimits({ concurrency: 0, rate: 'learned' }),
    },
    fetch: {
      userAgent: 'bench',
      timeoutMs: 1_000,
      deadlineMs: 1_000,
      bodyBytesMax: 1_000,
      redirectsMax: 0,
      robots: false,
      crawlDelayMaxMs: 0,
    },
  });
  for (const tenant of tenants) await engine.submit(jobOf(tenant));
  setTimeout(() => {
    submittedMs = performance.now();
    void engine.submit(jobOf(NEWCOMER));
  }, input.newcomerAtMs);
  await firstDone;
  meter.settle();
  const { measuredMs } = meter;
  const held = tenants.map((tenant) => meter.heldMs(tenant));
  const sum = held.reduce((total, each) => total + each);
  const busy = (sum + meter.heldMs(NEWCOMER)) / (slots * measuredMs);
  const shares = Object.fromEntries(tenants.map((tenant, at) => [tenant, (held[at] ?? 0) / sum]));
  await engine.close();
  await store.close();
  return { shares, busy, newcomerMs, measuredMs };
}

function rowsOf(count: number): Source {
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

function jobOf(tenant: string): JobSpec {
  return {
    id: `j-${tenant}`,
    tenant,
    collector: 'hold',
    options: {},
    input: { path: '', name: 'numbers', format: 'none', dialect: {} },
    weight: 1,
    concurrency: 0,
    retries: 0,
    idempotencyKey: undefined,
    createdMs: Date.now(),
  };
}

const result = await main(JSON.parse(process.argv.at(-1) ?? '') as SharesInput);
process.stdout.write(`${JSON.stringify(result)}\n`);
