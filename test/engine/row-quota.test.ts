/** Rows a day of a tenant: what is beyond waits for the next day, visibly, and is never lost. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Collector } from '../../src/collectors/collector.ts';
import { finished, LIMITS, setUp, spec } from '../fakes/engine-rig.ts';

const DAY_MS = 86_400_000;
const echo: Collector = { name: 'test', collect: async (input) => ({ records: [input] }) };

describe('rows a day', () => {
  it('spreads a job over days', async () => {
    const limits = { ...LIMITS, rowsPerDay: () => 100 };
    const { clock, store, engine } = setUp(echo, 250, { limits });
    await engine.submit(spec('j', clock));
    const startMs = clock.wallMs();
    await clock.run(() => false, 60_000);
    assert.equal((await store.job('j'))?.counters.completed, 100);
    const [blocked] = engine.explain('j');
    assert.equal(blocked?.lane, 'rows-per-day:t');
    const midnight = (Math.floor(startMs / DAY_MS) + 1) * DAY_MS;
    assert.equal(clock.wallMs() + (blocked?.wakeAtMs ?? 0) - clock.monoMs(), midnight);
    const job = await finished(engine, clock, 'j');
    assert.equal(job.state, 'completed');
    assert.equal(job.counters.completed, 250);
    assert.equal(Math.floor(clock.wallMs() / DAY_MS), Math.floor(startMs / DAY_MS) + 2);
    assert.deepEqual(engine.explain('j'), []);
  });

  it('shares the day between the jobs of a tenant, and nobody else', async () => {
    const limits = { ...LIMITS, rowsPerDay: (name: string) => (name === 't' ? 300 : 0) };
    const { clock, store, engine } = setUp(echo, 250, { limits });
    await engine.submit(spec('j1', clock));
    await engine.submit(spec('j2', clock));
    await engine.submit({ ...spec('j3', clock), tenant: 'other' });
    await clock.run(() => false, 60_000);
    const done = async (id: string) => (await store.job(id))?.counters.completed ?? 0;
    assert.equal((await done('j1')) + (await done('j2')), 300);
    assert.equal(await done('j3'), 250);
  });

  it('goes on at once when the share is raised, and can be paused meanwhile', async () => {
    let rowsPerDay = 100;
    const limits = { ...LIMITS, rowsPerDay: () => rowsPerDay };
    const { clock, store, engine } = setUp(echo, 250, { limits });
    await engine.submit(spec('j', clock));
    await clock.run(() => false, 60_000);
    await engine.pause('j');
    assert.equal((await store.job('j'))?.state, 'paused');
    await engine.resume('j');
    await clock.run(() => false, 60_000);
    assert.equal((await store.job('j'))?.counters.completed, 100);
    rowsPerDay = 0;
    engine.tenantChanged('t');
    const job = await finished(engine, clock, 'j', 60_000);
    assert.equal(job.counters.completed, 250);
  });

  it('holds no turn while nothing else is to be done, and waits for it anew', async () => {
    const rows = (name: string) => (name === 't' ? 100 : 0);
    const collector: Collector = {
      name: 'test',
      async collect(input, ctx) {
        if (ctx.seq % 50 === 0) await ctx.sleep(30_000);
        return { records: [input] };
      },
    };
    const limits = { ...LIMITS, jobsMax: 1, rowsPerDay: rows };
    const { clock, store, engine } = setUp(collector, 250, { limits });
    const done = async (id: string) => (await store.job(id))?.counters.completed ?? 0;
    await engine.submit(spec('j1', clock));
    await engine.submit({ ...spec('j2', clock), tenant: 'other' });
    await clock.run(() => false, 20_000);
    assert.deepEqual([await done('j1'), await done('j2')], [98, 0], 'its last rows go on');
    await clock.run(() => false, 120_000);
    assert.deepEqual([await done('j1'), await done('j2')], [100, 250]);
    assert.equal(engine.explain('j1')[0]?.lane, 'rows-per-day:t');
    const midnightMs = (Math.floor(clock.wallMs() / DAY_MS) + 1) * DAY_MS;
    const toMidnightMs = clock.monoMs() + midnightMs - clock.wallMs();
    await clock.run(() => false, toMidnightMs - 5_000);
    await engine.submit({ ...spec('j3', clock), tenant: 'other' });
    await clock.run(() => false, toMidnightMs + 5_000);
    assert.equal(engine.explain('j1')[0]?.lane, 'turn:jobs');
    assert.equal(await done('j1'), 100);
    await clock.run(() => false, toMidnightMs + 120_000);
    assert.deepEqual([await done('j1'), await done('j3')], [200, 250]);
    await engine.pause('j1');
    await engine.submit({ ...spec('j4', clock), tenant: 'other' });
    await clock.run(() => false, toMidnightMs + 240_000);
    assert.equal(await done('j4'), 250);
    await engine.resume('j1');
    const job = await finished(engine, clock, 'j1', toMidnightMs + 2 * DAY_MS);
    assert.equal(job.counters.completed, 250);
    await engine.close();
  });
});
