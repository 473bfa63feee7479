/** Equal work is done once: within a moment by one leader, within a day by what is kept. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Collector } from '../../src/collectors/collector.ts';
import type { MemoryStore } from '../../src/store/memory-store.ts';
import { finished, setUp, spec } from '../fakes/engine-rig.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

const LIMITS = {
  nodeSlots: 10,
  jobsMax: 0,
  jobSlots: 10,
  lookAhead: 1_000,
  attemptTimeoutMs: 60_000,
  throttledMaxMs: 0,
  resultTtlMs: 60_000,
  lane: () => ({ concurrency: 10, rate: 'none', breaker: false }) as const,
};

interface Lab {
  readonly clock?: VirtualClock;
  readonly store?: MemoryStore;
  readonly reuseResults?: boolean;
}

function lab(over: Partial<Collector> = {}, { clock = new VirtualClock(), ...rest }: Lab = {}) {
  const runs: string[] = [];
  const collector: Collector = {
    name: 'test',
    cacheKey: (input) => String(Number((input as { n: string }).n) % 5),
    async collect(input, ctx) {
      const key = String(Number((input as { n: string }).n) % 5);
      runs.push(key);
      await clock.sleep(100, ctx.signal);
      return { records: [{ key }] };
    },
    ...over,
  };
  const { store, reuseResults = true } = rest;
  const options = { limits: { ...LIMITS, reuseResults }, ...(store && { store }) };
  return { ...setUp(collector, 100, options, clock), ...(store && { store }), runs };
}

describe('equal work', () => {
  it('is done once within a job', async () => {
    const { engine, store, clock, runs } = lab();
    await engine.submit(spec('j1', clock));
    const job = await finished(engine, clock, 'j1');
    assert.equal(job.counters.completed, 100);
    assert.equal(job.counters.records, 100);
    assert.deepEqual(runs.sort(), ['0', '1', '2', '3', '4']);
    const results = await store.results('j1', 0, 100);
    for (const { seq, records } of results) {
      assert.deepEqual(records, [JSON.stringify({ key: String(seq % 5) })]);
    }
    await engine.close();
  });

  it('is done once for two jobs at the same time, and later from what is kept', async () => {
    const { engine, clock, runs } = lab();
    await engine.submit(spec('j1', clock));
    await engine.submit(spec('j2', clock));
    await finished(engine, clock, 'j1');
    await finished(engine, clock, 'j2');
    assert.equal(runs.length, 5);
    await engine.submit(spec('j3', clock));
    const job = await finished(engine, clock, 'j3');
    assert.equal(job.counters.completed, 100);
    assert.equal(runs.length, 5);
    await engine.close();
  });

  it('is done once a tenant: nobody learns what another one has asked for', async () => {
    const { engine, clock, runs } = lab();
    await engine.submit(spec('j1', clock));
    await finished(engine, clock, 'j1');
    await engine.submit({ ...spec('j2', clock), tenant: 'another' });
    await finished(engine, clock, 'j2');
    assert.equal(runs.length, 10);
    await engine.close();
  });

  it('is done anew, once, where nothing of before is to be used; what it finds is kept', async () => {
    const { store, clock, engine, runs } = lab();
    await engine.submit(spec('j1', clock));
    await finished(engine, clock, 'j1');
    await engine.close();
    const anew = lab({}, { clock, store, reuseResults: false });
    await anew.engine.submit(spec('j2', clock));
    await finished(anew.engine, clock, 'j2');
    assert.equal(anew.runs.length, 5);
    await anew.engine.close();
    const again = lab({}, { clock, store });
    await again.engine.submit(spec('j3', clock));
    await finished(again.engine, clock, 'j3');
    assert.deepEqual([runs.length, again.runs.length], [5, 0]);
    await again.engine.close();
  });

  it('is done anew once what was kept has expired', async () => {
    const { engine, clock, runs } = lab();
    await engine.submit(spec('j1', clock));
    await finished(engine, clock, 'j1');
    await clock.run(() => false, clock.monoMs() + 61_000);
    clock.after(61_000, () => {});
    await clock.run(() => false);
    await engine.submit(spec('j2', clock));
    await finished(engine, clock, 'j2');
    assert.equal(runs.length, 10);
    await engine.close();
  });

  it('passes on to another where the leader fails', async () => {
    let failures = 0;
    const { engine, clock } = lab({
      collect: async () => {
        failures += 1;
        if (failures <= 5) throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
        return { records: [1] };
      },
    });
    await engine.submit({ ...spec('j1', clock), retries: 0 });
    const job = await finished(engine, clock, 'j1');
    assert.equal(job.counters.completed, 95);
    assert.equal(job.counters.discarded, 5);
    await engine.close();
  });

  for (const [how, takesMs] of [
    ['at once', 0],
    ['after a while', 100],
  ] as const) {
    it(`costs no more a row where it fails ${how}, however many rows share it`, async () => {
      let looks = 0;
      let attempts = 0;
      const { engine, store, clock } = lab({
        cacheKey: () => {
          looks += 1;
          return 'one';
        },
        async collect(_input, ctx) {
          attempts += 1;
          if (takesMs > 0) await clock.sleep(takesMs, ctx.signal);
          throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
        },
      });
      let asked = 0;
      const cached = store.cached.bind(store);
      store.cached = (keys, nowMs) => {
        asked += keys.length;
        return cached(keys, nowMs);
      };
      for (const id of ['j1', 'j2', 'j3']) await engine.submit({ ...spec(id, clock), retries: 0 });
      for (const id of ['j1', 'j2', 'j3']) {
        assert.equal((await finished(engine, clock, id)).counters.discarded, 100);
      }
      assert.equal(attempts, 300);
      // Once at first, and once for each time that one of its job may lead: as often as three lead.
      assert.ok(looks <= 5 * 300, `${looks} looks at the key of 300 rows`);
      assert.ok(asked <= 5 * 300, `${asked} questions for the answer`);
      await engine.close();
    });
  }

  it('goes on in other jobs where the one that is to lead is paused', async () => {
    let attempts = 0;
    const { engine, clock } = lab({
      cacheKey: () => 'one',
      async collect(_input, ctx) {
        attempts += 1;
        await clock.sleep(100, ctx.signal);
        throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
      },
    });
    for (const id of ['j1', 'j2']) await engine.submit({ ...spec(id, clock), retries: 0 });
    await clock.run(() => attempts === 7);
    void engine.pause('j1');
    const job = await finished(engine, clock, 'j2');
    assert.equal(job.counters.discarded, 100);
    await engine.resume('j1');
    assert.equal((await finished(engine, clock, 'j1')).counters.discarded, 100);
    await engine.close();
  });

  it('is done once although the others start only after it has ended', async () => {
    const { engine, clock, runs } = lab();
    await engine.submit({ ...spec('j1', clock), concurrency: 1 });
    await engine.submit({ ...spec('j2', clock), concurrency: 1 });
    const job = await finished(engine, clock, 'j1');
    assert.equal(job.counters.completed, 100);
    assert.equal((await finished(engine, clock, 'j2')).counters.records, 100);
    assert.equal(runs.length, 5);
    await engine.close();
  });

  it('waits neither for a job that is paused nor for a retry', async () => {
    let leaders = 0;
    const { engine, clock } = lab({
      cacheKey: () => 'one',
      async collect(_input, ctx) {
        leaders += 1;
        if (ctx.jobId === 'j2') return { records: [1] };
        await clock.sleep(600_000, ctx.signal);
        return { records: [1] };
      },
    });
    await engine.submit(spec('j1', clock));
    await clock.run(() => engine.running('j1') === 1);
    await engine.submit(spec('j2', clock));
    await clock.run(() => false, clock.monoMs() + 1_000);
    assert.equal(leaders, 1);
    void engine.pause('j1');
    const job = await finished(engine, clock, 'j2', clock.monoMs() + 10_000);
    assert.equal(job.counters.completed, 100);
    assert.equal(leaders, 2);
    await engine.close();
  });

  it('is not taken from another collector of the same name', async () => {
    const { engine, clock, runs } = lab();
    await engine.submit(spec('j1', clock, '/a/test.ts'));
    await finished(engine, clock, 'j1');
    await engine.submit(spec('j2', clock, '/b/test.ts'));
    await finished(engine, clock, 'j2');
    assert.equal(runs.length, 10);
    await engine.close();
  });
});
