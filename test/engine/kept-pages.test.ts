/** Pages that are at hand and fresh are no requests: not for a rate, a lane or a host's health. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Collector } from '../../src/collectors/collector.ts';
import { defaultLaneLimits } from '../../src/engine/lane-book.ts';
import { hostLane } from '../../src/model/lane.ts';
import { withHttpCache } from '../../src/transport/http-cache.ts';
import { createMemoryHttpCache } from '../../src/transport/memory-http-cache.ts';
import { finished, LIMITS, setUp, spec } from '../fakes/engine-rig.ts';
import { type AnswerScript, ScriptedFetcher } from '../fakes/scripted-fetcher.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

const FRESH = { 'cache-control': 'max-age=3600' };

interface Lab {
  readonly script: AnswerScript;
  readonly rows: number;
  readonly perSecond: number;
  /** What a row of a job fetches, one after another. */
  readonly paths: (jobId: string, seq: number) => readonly string[];
}

function rig({ script, rows, perSecond, paths }: Lab) {
  const clock = new VirtualClock();
  const network = new ScriptedFetcher(clock, script);
  const collector: Collector = {
    name: 'test',
    lanes: () => [hostLane('a.test')],
    async collect(_input, ctx) {
      const records: { text: string }[] = [];
      for (const path of paths(ctx.jobId, ctx.seq)) {
        records.push({ text: (await ctx.fetch(`http://a.test${path}`)).text() });
      }
      return { records };
    },
  };
  const { engine, store } = setUp(
    collector,
    rows,
    {
      fetcher: withHttpCache(network, createMemoryHttpCache(1e6), clock),
      limits: { ...LIMITS, lane: defaultLaneLimits({ concurrency: 0, rate: perSecond }) },
    },
    clock,
  );
  const run = async (jobId: string) => {
    const [fromMs, fromExchange] = [clock.monoMs(), network.exchanges.length];
    await engine.submit(spec(jobId, clock));
    const job = await finished(engine, clock, jobId);
    const records = await store.records(jobId, undefined, 1_000);
    const exchanges = network.exchanges.slice(fromExchange);
    return { job, records, exchanges, tookMs: clock.monoMs() - fromMs, fromMs };
  };
  return { engine, clock, run };
}

describe('fresh pages at hand', () => {
  it('wait for no lane', async () => {
    const { engine, run } = rig({
      rows: 3,
      perSecond: 1,
      paths: (_jobId, seq) => [0, 1, 2, 3, 4].map((n) => `/${seq}/${n}`),
      script: ({ url }) => ({ headers: FRESH, body: url.pathname, delayMs: 20 }),
    });
    const first = await run('j1');
    assert.equal(first.exchanges.length, 15);
    assert.ok(first.tookMs >= 14_000, `${first.tookMs} ms`);
    const second = await run('j2');
    assert.equal(second.exchanges.length, 0);
    assert.equal(second.job.counters.completed, 3);
    assert.deepEqual(
      second.records.map(({ json }) => json).sort(),
      first.records.map(({ json }) => json).sort(),
    );
    assert.ok(second.tookMs <= 3_000, `${second.tookMs} ms`);
    await engine.close();
  });

  it('leave the start that a row was admitted with to the next', async () => {
    const { engine, clock, run } = rig({
      rows: 2,
      perSecond: 0.1,
      paths: (jobId, seq) => (jobId === 'j1' || seq === 0 ? ['/kept'] : ['/asked']),
      script: ({ url }) => ({ headers: url.pathname === '/kept' ? FRESH : {}, body: 'ok' }),
    });
    await run('j1');
    await clock.run(() => false, 60_000);
    const { exchanges, fromMs } = await run('j2');
    assert.deepEqual(
      exchanges.map(({ url }) => url),
      ['http://a.test/asked'],
    );
    const waitedMs = (exchanges[0]?.startMs ?? 0) - fromMs;
    assert.ok(waitedMs < 100, `it waited ${waitedMs} ms behind a row that asked nothing`);
    await engine.close();
  });

  it('serve where the host is dead, and bring it no closer to life', async () => {
    let dead = false;
    const { engine, run } = rig({
      rows: 6,
      perSecond: 100,
      paths: (jobId, seq) => (jobId === 'j1' || seq % 2 === 0 ? ['/kept'] : ['/asked']),
      script: () => (dead ? { fails: 'fetch.refused' } : { headers: FRESH, body: 'ok' }),
    });
    await run('j1');
    dead = true;
    const { job } = await run('j2');
    assert.equal(job.counters.completed, 3);
    assert.equal(job.counters.discarded, 3);
    await engine.close();
  });

  it('once stale are asked about at the pace of the host', async () => {
    const { engine, clock, run } = rig({
      rows: 4,
      perSecond: 1,
      paths: (_jobId, seq) => [`/${seq}`],
      script: ({ headers }) =>
        headers['if-none-match'] === '"1"'
          ? { status: 304, delayMs: 5 }
          : { headers: { ...FRESH, etag: '"1"' }, body: 'ok', delayMs: 500 },
    });
    const first = await run('j1');
    await clock.run(() => false, 3_700_000);
    const { exchanges, job, records } = await run('j2');
    assert.equal(job.counters.completed, 4);
    assert.deepEqual(
      records.map(({ json }) => json),
      first.records.map(({ json }) => json),
    );
    const starts = exchanges.map(({ startMs }) => startMs);
    assert.equal(starts.length, 4);
    for (const [i, startMs] of starts.slice(1).entries()) {
      assert.ok(startMs - (starts[i] as number) >= 999, `starts at ${starts.join(', ')}`);
    }
    await engine.close();
  });
});
