/** An attempt that waits holds nothing, and stopping ends every wait. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Collector } from '../../src/collectors/collector.ts';
import { finished, setUp, spec } from '../fakes/engine-rig.ts';
import { ScriptedFetcher } from '../fakes/scripted-fetcher.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

const LIMITS = {
  nodeSlots: 10,
  jobsMax: 0,
  jobSlots: 10,
  lookAhead: 1_000,
  attemptTimeoutMs: 60_000,
  throttledMaxMs: 0,
  resultTtlMs: 0,
  lane: () => ({ concurrency: 1, rate: 'none', breaker: false }) as const,
};

const FETCH = {
  userAgent: 'Sluice',
  timeoutMs: 1_000,
  deadlineMs: 2_000,
  bodyBytesMax: 10_000,
  redirectsMax: 5,
  robots: true,
  crawlDelayMaxMs: 5_000,
};

describe('an attempt that waits for the robots.txt another one fetches', () => {
  it('gives back the start that the other one needs', async () => {
    const clock = new VirtualClock();
    const fetcher = new ScriptedFetcher(clock, () => ({ body: 'ok', delayMs: 10 }));
    const collector: Collector = {
      name: 'test',
      lanes: (input) => ((input as { n: string }).n === '1' ? ['host:a.test'] : []),
      async collect(_input, ctx) {
        await clock.sleep(ctx.seq === 1 ? 20 : 10);
        const page = await ctx.fetch('http://a.test/');
        return { records: [page.status] };
      },
    };
    const { engine } = setUp(collector, 2, { fetcher, fetch: FETCH, limits: LIMITS }, clock);
    await engine.submit(spec('j1', clock));
    const job = await finished(engine, clock, 'j1');
    assert.equal(job.counters.completed, 2);
    assert.ok(clock.monoMs() < 1_000, `took ${clock.monoMs()} ms`);
    await engine.close();
  });
});

describe('stopping', () => {
  it('ends although it is asked for twice', async () => {
    const collector: Collector = {
      name: 'test',
      async collect() {
        await new Promise(() => {});
        return { records: [] };
      },
    };
    const { engine, clock } = setUp(collector, 5);
    await engine.submit(spec('j1', clock));
    await clock.run(() => engine.running('j1') === 5);
    const drained = engine.drain();
    const settled = finished(engine, clock, 'j1');
    await engine.abort();
    await drained;
    assert.equal((await settled).counters.completed, 0);
    await engine.close();
  });

  it('lets attempts that wait in a lane end while it drains', async () => {
    let begun = 0;
    const clock = new VirtualClock();
    const fetcher = new ScriptedFetcher(clock, () => ({ body: 'ok', delayMs: 100 }));
    const collector: Collector = {
      name: 'test',
      async collect(_input, ctx) {
        begun += 1;
        const page = await ctx.fetch('http://a.test/', { robots: false });
        return { records: [page.status] };
      },
    };
    const { engine } = setUp(collector, 8, { fetcher, fetch: FETCH, limits: LIMITS }, clock);
    await engine.submit(spec('j1', clock));
    await clock.run(() => fetcher.running > 0 && begun > 1);
    const started = begun;
    const drained = engine.drain();
    const job = await finished(engine, clock, 'j1');
    await drained;
    assert.ok(started > 1);
    assert.ok(job.counters.completed >= started, `${job.counters.completed} of ${started}`);
    await engine.close();
  });
});
