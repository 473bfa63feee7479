import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Collector } from '../../src/collectors/collector.ts';
import { finished, setUp, spec } from '../fakes/engine-rig.ts';

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
});
