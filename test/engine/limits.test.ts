import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { silentLogger } from '../../src/base/log.ts';
import { seededRandom } from '../../src/base/random.ts';
import type { Collector } from '../../src/collectors/collector.ts';
import { Engine } from '../../src/engine/engine.ts';
import type { EngineLimits } from '../../src/engine/engine-options.ts';
import { defaultLaneLimits } from '../../src/engine/lane-book.ts';
import { longestLimit } from '../../src/engine/progress.ts';
import type { JobSpec } from '../../src/model/job.ts';
import { hostLane } from '../../src/model/lane.ts';
import type { Source } from '../../src/model/source.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { createInlineCompute } from '../../src/workers/compute-inline.ts';
import { type AnswerScript, ScriptedFetcher } from '../fakes/scripted-fetcher.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

function numbers(count: number): Source {
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

function spec(id: string, tenant: string): JobSpec {
  return {
    id,
    tenant,
    collector: 'test',
    options: {},
    input: { path: '', name: 'numbers', format: 'none', dialect: {} },
    weight: 1,
    concurrency: 0,
    retries: 0,
    idempotencyKey: undefined,
    createdMs: 0,
  };
}

function setUp(
  collector: Collector,
  rows: number,
  limits: Partial<EngineLimits> = {},
  script: AnswerScript = () => ({}),
) {
  const clock = new VirtualClock();
  const fetcher = new ScriptedFetcher(clock, script);
  const engine = new Engine({
    store: new MemoryStore(),
    fetcher,
    compute: createInlineCompute(),
    clock,
    random: seededRandom(1),
    log: silentLogger,
    collectorOf: async () => collector,
    openSource: async () => numbers(rows),
    epoch: 1,
    limits: {
      nodeSlots: 16,
      jobsMax: 0,
      jobSlots: 16,
      lookAhead: 1_000,
      attemptTimeoutMs: 60_000,
      throttledMaxMs: 0,
      resultTtlMs: 0,
      lane: defaultLaneLimits({ concurrency: 4, rate: 'learned' }),
      ...limits,
    },
    fetch: {
      userAgent: 'test',
      timeoutMs: 10_000,
      deadlineMs: 20_000,
      bodyBytesMax: 10_000,
      redirectsMax: 5,
      robots: true,
      crawlDelayMaxMs: 60_000,
    },
  });
  return { clock, engine, fetcher };
}

async function finish(engine: Engine, clock: VirtualClock, jobId: string): Promise<void> {
  let done = false;
  void engine.settled(jobId).finally(() => {
    done = true;
  });
  assert.ok(await clock.run(() => done), 'the job hangs');
}

const asking: Collector = {
  name: 'test',
  lanes: () => [hostLane('slow.example')],
  async collect(_input, ctx) {
    await ctx.fetch(`http://slow.example/${ctx.seq}`);
    return { records: [] };
  },
};

describe('limits in the engine', () => {
  it('obeys a crawl-delay from the first page on', async () => {
    const { engine, clock, fetcher } = setUp(asking, 8, {}, ({ url }) =>
      url.pathname === '/robots.txt'
        ? { body: 'User-agent: *\nCrawl-delay: 3\n', delayMs: 40 }
        : { delayMs: 40 },
    );
    await engine.submit(spec('j', 't'));
    await finish(engine, clock, 'j');
    const starts = fetcher.exchanges.map((each) => each.startMs);
    assert.equal(starts.length, 9);
    const gaps = starts.slice(1).map((startMs, at) => startMs - (starts[at] ?? 0));
    assert.ok(Math.min(...gaps) >= 3_000, `gaps of ${gaps.join(', ')} ms`);
    await engine.close();
  });

  it('gives tenants their shares, and a collector its own limits with its options parsed', async () => {
    let most = 0;
    const active = new Map<string, number>();
    const heldMs = new Map<string, number>();
    const collector: Collector<unknown, { slots: number }> = {
      name: 'test',
      options: z.object({ slots: z.number().default(8) }),
      lanes: () => ['kind:shared'],
      limits: (_lane, { slots }) => ({ concurrency: slots, rate: 'none', breaker: false }),
      async collect(_input, ctx) {
        active.set(ctx.tenant, (active.get(ctx.tenant) ?? 0) + 1);
        most = Math.max(
          most,
          [...active.values()].reduce((a, b) => a + b),
        );
        await clock.sleep(100);
        active.set(ctx.tenant, (active.get(ctx.tenant) ?? 0) - 1);
        heldMs.set(ctx.tenant, (heldMs.get(ctx.tenant) ?? 0) + 100);
        return { records: [] };
      },
    };
    const weights: Record<string, number> = { a: 1, b: 2, c: 5 };
    const { engine, clock } = setUp(collector as Collector, 5_000, {
      tenant: (name) => ({ weight: weights[name] ?? 1, concurrency: 16 }),
    });
    for (const tenant of ['a', 'b', 'c']) await engine.submit(spec(`j-${tenant}`, tenant));
    await clock.run(() => (heldMs.get('c') ?? 0) >= 300_000);
    assert.equal(most, 8);
    const sum = [...heldMs.values()].reduce((a, b) => a + b);
    for (const [tenant, weight] of Object.entries(weights)) {
      const share = (heldMs.get(tenant) ?? 0) / sum;
      assert.ok(Math.abs(share / (weight / 8) - 1) < 0.02, `${tenant} has ${share}`);
    }
    let closed = false;
    void engine.close().then(() => {
      closed = true;
    });
    assert.ok(await clock.run(() => closed));
  });

  it('asks every job of a collector by its own options, also where a fetch names the lane', async () => {
    const startsMs: Record<string, number[]> = {};
    const own: Collector<unknown, { name: string; rate: number }> = {
      name: 'test',
      options: z.object({ name: z.string(), rate: z.number() }),
      limits: (lane, { rate }) =>
        lane.startsWith('api:')
          ? { concurrency: 10, rate: { perSecond: rate, burst: 1 }, breaker: false }
          : undefined,
      async collect(_input, ctx) {
        const { name } = ctx.options;
        const init = { lane: `api:${name}`, robots: false } as const;
        await ctx.fetch(`http://api.example/${name}`, init);
        return { records: [] };
      },
    };
    const { engine, clock } = setUp(own as Collector, 30, {}, ({ url }) => {
      const name = url.pathname.slice(1);
      (startsMs[name] ??= []).push(clock.monoMs());
      return { delayMs: 10 };
    });
    for (const [name, rate] of Object.entries({ slow: 1, quick: 10, middle: 5 })) {
      await engine.submit({ ...spec(name, 't'), options: { name, rate } });
    }
    for (const name of ['slow', 'quick', 'middle']) await finish(engine, clock, name);
    const took = (name: string) => {
      const starts = startsMs[name] ?? [];
      return Math.round(((starts.at(-1) ?? 0) - (starts[0] ?? 0)) / 100) / 10;
    };
    assert.deepEqual(['slow', 'quick', 'middle'].map(took), [29, 2.9, 5.8]);
    await engine.close();
  });

  it('knows how many wait for a slow lane, also of those that are not in memory', async () => {
    const slow: Collector = {
      name: 'test',
      lanes: () => ['own:slow'],
      limits: () => ({ concurrency: 5, rate: { perSecond: 1, burst: 1 }, breaker: false }),
      collect: async () => ({ records: [] }),
    };
    const { engine, clock } = setUp(slow, 500);
    await engine.submit(spec('j', 't'));
    await clock.run(() => false, clock.monoMs() + 100_500);
    const [blocked] = engine.explain('j');
    assert.deepEqual([blocked?.lane, blocked?.reason, blocked?.waiting], ['own:slow', 'rate', 399]);
    const limit = longestLimit(engine.explain('j'), clock.monoMs());
    assert.ok(Math.abs((limit?.leastMs ?? 0) - 399_000) < 1_000, `${limit?.leastMs} ms`);
    const startMs = clock.monoMs();
    await finish(engine, clock, 'j');
    assert.ok(clock.monoMs() - startMs >= (limit?.leastMs ?? 0));
    await engine.close();
  });
});
