/** Jobs where only so many may run at once: whose turn it is, and what is said meanwhile. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Collector } from '../../src/collectors/collector.ts';
import { clockTime, standstill, utcTime } from '../../src/engine/job-words.ts';
import type { JobSpec } from '../../src/model/job.ts';
import { finished, LIMITS, setUp, spec } from '../fakes/engine-rig.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

function bench(jobsMax: number, weights: Readonly<Record<string, number>> = {}) {
  const clock = new VirtualClock();
  const order: string[] = [];
  const collector: Collector = {
    name: 'test',
    async collect(_input, ctx) {
      if (ctx.seq === 0) order.push(ctx.jobId);
      await clock.sleep(1_000, ctx.signal);
      return { records: [] };
    },
  };
  const tenant = (name: string) => ({ weight: weights[name] ?? 1, concurrency: 0 });
  const limits = { ...LIMITS, jobsMax, tenant };
  const { engine, store } = setUp(collector, 3, { limits }, clock);
  const submit = (id: string, tenantName = 't', wishes: Partial<JobSpec> = {}) =>
    engine.submit({ ...spec(id, clock), tenant: tenantName, ...wishes });
  const pass = (ms: number) => clock.run(() => false, clock.monoMs() + ms);
  return { clock, engine, store, order, submit, pass };
}

describe('jobs that wait for their turn', () => {
  it('are those of the tenant that has had least, not those that came first', async () => {
    const { clock, engine, order, submit } = bench(1);
    for (let i = 1; i <= 6; i += 1) await submit(`big${i}`, 'big');
    await submit('small1', 'small');
    await submit('small2', 'small');
    await finished(engine, clock, 'big6');
    assert.deepEqual(order.slice(0, 5), ['big1', 'small1', 'big2', 'small2', 'big3']);
    assert.equal(order.length, 8);
    await engine.close();
  });

  it('run more often where the tenant weighs more', async () => {
    const { clock, engine, order, submit } = bench(1, { heavy: 3 });
    for (let i = 1; i <= 12; i += 1) {
      await submit(`light${i}`, 'light');
      await submit(`heavy${i}`, 'heavy');
    }
    await finished(engine, clock, 'heavy12');
    const first = order.slice(0, 12).filter((id) => id.startsWith('heavy')).length;
    assert.equal(first, 9, order.join(' '));
    await engine.close();
  });

  it('say so, until they run or are taken back', async () => {
    const { clock, engine, submit, pass } = bench(2);
    for (const id of ['j1', 'j2', 'j3', 'j4']) await submit(id);
    await pass(100);
    const [wait] = engine.explain('j3');
    assert.equal(wait?.lane, 'turn:jobs');
    const counters = (await engine.cancel('j4')).counters;
    assert.deepEqual(engine.explain('j4'), []);
    const progress = { running: 0, counters };
    const nowMs = clock.monoMs();
    const standing = { progress, nowMs, wallMs: clock.wallMs(), nextDueMs: undefined };
    assert.equal(
      standstill({ ...standing, blockages: engine.explain('j3') }, clockTime),
      'Waiting for its turn: 2 of at most 2 jobs run',
    );
    assert.deepEqual(engine.explain('j1'), []);
    await finished(engine, clock, 'j3');
    assert.deepEqual(engine.explain('j3'), []);
    await engine.close();
  });

  it('are passed by while they are paused, and keep no turn then', async () => {
    const { clock, engine, order, submit, pass } = bench(1);
    for (const id of ['j1', 'j2', 'j3']) await submit(id);
    await pass(100);
    await engine.pause('j2');
    await engine.pause('j1');
    await finished(engine, clock, 'j3');
    assert.deepEqual(order, ['j1', 'j3']);
    await engine.resume('j2');
    await finished(engine, clock, 'j2');
    await engine.resume('j1');
    assert.equal((await finished(engine, clock, 'j1')).state, 'completed');
    await engine.close();
  });

  it('do not keep one waiting for which somebody waits', async () => {
    const { clock, engine, order, submit } = bench(1);
    for (const id of ['j1', 'j2']) await submit(id);
    await submit('now', 't', { callerWaitsMs: 60_000 });
    await finished(engine, clock, 'now');
    assert.deepEqual(order.slice(0, 2), ['j1', 'now']);
    assert.equal((await finished(engine, clock, 'j2')).state, 'completed');
    assert.equal(clock.monoMs(), 2_000, 'it took nobody’s turn');
    await engine.close();
  });
});

describe('a moment that is waited for', () => {
  it('is told to the second, though clocks are read one after the other', () => {
    const midnightMs = Date.UTC(2026, 10, 25);
    assert.equal(utcTime(midnightMs + 0.7), '00:00:00 UTC');
    assert.equal(utcTime(midnightMs + 1.4), '00:00:00 UTC');
    assert.equal(utcTime(midnightMs + 400), '00:00:01 UTC');
    assert.equal(utcTime(midnightMs - 400), '00:00:00 UTC');
  });
});
