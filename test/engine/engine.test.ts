import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Collector } from '../../src/collectors/collector.ts';
import { finished, LIMITS, setUp, spec } from '../fakes/engine-rig.ts';

describe('engine', () => {
  it('runs every row once and ends', async () => {
    const seen: number[] = [];
    const collector: Collector = {
      name: 'test',
      async *collect(input, ctx) {
        seen.push(ctx.seq);
        yield { records: [input], done: true };
      },
    };
    const { engine, store, clock } = setUp(collector, 2_500);
    await engine.submit(spec('j1', clock));
    const job = await finished(engine, clock, 'j1');
    assert.equal(job.state, 'completed');
    assert.equal(job.counters.completed, 2_500);
    assert.equal(job.counters.records, 2_500);
    assert.equal(new Set(seen).size, 2_500);
    assert.equal((await store.records('j1', undefined, 10_000)).length, 2_500);
    await engine.close();
  });

  it('keeps ten slots busy and no more', async () => {
    let active = 0;
    let most = 0;
    const collector: Collector = {
      name: 'test',
      async collect(_input, ctx) {
        active += 1;
        most = Math.max(most, active);
        await clock.sleep(100 + 900 * ctx.random.next());
        active -= 1;
        return { records: [] };
      },
    };
    const { engine, clock } = setUp(collector, 500);
    await engine.submit(spec('j1', clock));
    await finished(engine, clock, 'j1');
    assert.equal(most, 10);
    assert.ok(clock.monoMs() < 1.1 * 500 * 55, `took ${clock.monoMs()}`);
    await engine.close();
  });

  it('retries what passes, sets aside what does not, and counts both', async () => {
    const collector: Collector = {
      name: 'test',
      async collect(_input, ctx) {
        if (ctx.seq % 10 === 0 && ctx.attemptNo < 3) {
          throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
        }
        if (ctx.seq % 10 === 1) throw new TypeError('x is not a function');
        return { records: [ctx.seq] };
      },
    };
    const { engine, store, clock } = setUp(collector, 100);
    await engine.submit(spec('j1', clock));
    const job = await finished(engine, clock, 'j1');
    assert.equal(job.counters.completed, 90);
    assert.equal(job.counters.discarded, 10);
    assert.equal(job.counters.waiting, 0);
    assert.equal(job.counters.records, 90);
    const groups = await store.failureGroups('j1');
    assert.deepEqual(
      groups.map((group) => [group.count, group.sample.class]),
      [[10, 'bug']],
    );
    await engine.close();
  });

  it('commits each page and goes on at the cursor', async () => {
    let crashed = false;
    const collector: Collector = {
      name: 'test',
      async *collect(_input, ctx) {
        for (let page = (ctx.cursor as number | undefined) ?? 0; page < 5; page += 1) {
          if (page === 3 && !crashed) {
            crashed = true;
            throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
          }
          yield { records: [page], cursor: page + 1 };
        }
      },
    };
    const { engine, store, clock } = setUp(collector, 1);
    await engine.submit(spec('j1', clock));
    await finished(engine, clock, 'j1');
    const records = await store.records('j1', undefined, 100);
    assert.deepEqual(
      records.map((record) => record.json),
      ['0', '1', '2', '3', '4'],
    );
    await engine.close();
  });

  it('ends a collector that hangs and ignores its signal', async () => {
    const collector: Collector = {
      name: 'test',
      collect: (_input, ctx) =>
        ctx.seq === 1 ? new Promise(() => {}) : Promise.resolve({ records: [] }),
    };
    const { engine, clock, store } = setUp(collector, 3);
    await engine.submit({ ...spec('j1', clock), retries: 0 });
    const job = await finished(engine, clock, 'j1');
    assert.equal(job.counters.completed, 2);
    assert.equal(job.counters.discarded, 1);
    assert.equal((await store.failureGroups('j1'))[0]?.sample.code, 'attempt.timeout');
    await engine.close();
  });

  it('pauses and resumes without losing or doubling', async () => {
    const collector: Collector = {
      name: 'test',
      async collect(_input, ctx) {
        await clock.sleep(1_000, ctx.signal);
        return { records: [1] };
      },
    };
    const { engine, clock, store } = setUp(collector, 400);
    await engine.submit(spec('j1', clock));
    await clock.run(() => clock.monoMs() > 10_000);
    let paused = false;
    void engine.pause('j1').then(() => {
      paused = true;
    });
    assert.ok(await clock.run(() => paused));
    assert.equal((await store.job('j1'))?.state, 'paused');
    await engine.resume('j1');
    const job = await finished(engine, clock, 'j1');
    assert.equal(job.counters.completed, 400);
    assert.equal(job.counters.records, 400);
    assert.ok(clock.monoMs() >= 40_000);
    await engine.close();
  });

  it('lends the slot of a sleeping task', async () => {
    const collector: Collector = {
      name: 'test',
      async collect(_input, ctx) {
        await ctx.sleep(1_000);
        return { records: [1] };
      },
    };
    const { engine, clock } = setUp(collector, 100);
    await engine.submit(spec('j1', clock));
    await finished(engine, clock, 'j1');
    assert.ok(clock.monoMs() < 2_000, `took ${clock.monoMs()}`);
    await engine.close();
  });

  it('cancels what has no outcome yet', async () => {
    const collector: Collector = {
      name: 'test',
      async collect(_input, ctx) {
        await clock.sleep(1_000, ctx.signal);
        return { records: [1] };
      },
    };
    const { engine, clock, store } = setUp(collector, 100);
    await engine.submit(spec('j1', clock));
    await clock.run(() => clock.monoMs() > 2_500);
    let cancelled = false;
    void engine.cancel('j1').then(() => {
      cancelled = true;
    });
    assert.ok(await clock.run(() => cancelled));
    const job = await store.job('j1');
    assert.equal(job?.state, 'cancelled');
    assert.equal((job?.counters.completed ?? 0) + (job?.counters.cancelled ?? 0), 100);
    assert.ok((job?.counters.cancelled ?? 0) >= 70);
    await engine.close();
  });

  it('lets attempts that wait in a lane come to their end when it drains', async () => {
    const collector: Collector = {
      name: 'test',
      async collect(_input, ctx) {
        await ctx.sleep(5_000);
        return { records: [ctx.seq] };
      },
    };
    const { engine, clock, store } = setUp(collector, 30);
    await engine.submit({ ...spec('j1', clock), concurrency: 2 });
    await clock.run(() => clock.monoMs() > 1_000);
    let drained = 0;
    for (const stop of [engine.drain(), engine.drain()]) {
      void stop.then(() => {
        drained += 1;
      });
    }
    let settled: string | undefined;
    void engine.settled('j1').then(({ state }) => {
      settled = state;
    });
    assert.ok(await clock.run(() => drained === 2));
    const job = await store.job('j1');
    assert.equal(job?.counters.completed, 30);
    assert.equal(job?.state, 'completed', 'nothing is left to resume');
    assert.equal(settled, 'completed');
    await engine.close();
  });

  it('ends a drain by an abort, and loses no attempt', async () => {
    const collector: Collector = {
      name: 'test',
      async collect(_input, ctx) {
        await clock.sleep(3_600_000, ctx.signal);
        return { records: [1] };
      },
    };
    const { engine, clock, store } = setUp(collector, 30);
    await engine.submit(spec('j1', clock));
    await clock.run(() => clock.monoMs() > 1_000);
    let left = false;
    void engine.settled('j1').then(() => {
      left = true;
    });
    void engine.drain();
    void engine.abort();
    assert.ok(await clock.run(() => left, clock.monoMs() + 60_000));
    const results = await store.results('j1', 0, 100);
    assert.ok(results.every(({ attemptNo, state }) => attemptNo === 0 && state === 'available'));
    await engine.close();
  });

  it('refuses the rows for which a collector cannot name a lane, and goes on', async () => {
    const collector: Collector = {
      name: 'test',
      lanes(input) {
        const n = Number((input as { n: string }).n);
        if (n === 3) throw new TypeError('no lane for three');
        return [`host:h${n}`];
      },
      cacheKey() {
        throw new TypeError('no key at all');
      },
      collect: async () => ({ records: [1] }),
    };
    const { engine, clock, store } = setUp(collector, 10);
    await engine.submit(spec('j1', clock));
    const job = await finished(engine, clock, 'j1');
    assert.equal(job.counters.completed, 9);
    assert.match((await store.failureGroups('j1'))[0]?.sample.message ?? '', /no lane for three/);
    await engine.close();
  });

  it('runs so many jobs at once, the others in turn', async () => {
    let active = 0;
    let most = 0;
    const collector: Collector = {
      name: 'test',
      defaults: { concurrency: 1 },
      async collect() {
        active += 1;
        most = Math.max(most, active);
        await clock.sleep(10);
        active -= 1;
        return { records: [] };
      },
    };
    const { clock, engine } = setUp(collector, 5, { limits: { ...LIMITS, jobsMax: 2 } });
    for (const id of ['j1', 'j2', 'j3', 'j4', 'j5']) await engine.submit(spec(id, clock));
    for (const id of ['j1', 'j2', 'j3', 'j4', 'j5']) {
      assert.equal((await finished(engine, clock, id)).counters.completed, 5);
    }
    assert.equal(most, 2);
    await engine.close();
  });
});
