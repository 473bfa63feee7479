/** Pause, resume, cancel and retry at any moment: no task is lost, none waits for ever. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Collector } from '../../src/collectors/collector.ts';
import type { Source } from '../../src/model/source.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { Store } from '../../src/store/store.ts';
import { finished, LIMITS, setUp, spec } from '../fakes/engine-rig.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

const HOUR_MS = 3_600_000;

/** Plays until the promise has settled; fails where that does not happen. */
async function played<T>(clock: VirtualClock, promise: Promise<T>): Promise<T> {
  let over = false;
  const end = () => {
    over = true;
  };
  promise.then(end, end);
  assert.ok(await clock.run(() => over, clock.monoMs() + HOUR_MS), 'it hangs');
  return promise;
}

function seconds(clock: VirtualClock): Collector {
  return {
    name: 'test',
    async collect(_input, ctx) {
      await clock.sleep(1_000, ctx.signal);
      return { records: [ctx.seq] };
    },
  };
}

/** Every call takes a while to get there and a while to come back; calls stay in order. */
function slowStore(clock: VirtualClock, delayMs: number): Store {
  return new Proxy(new MemoryStore(), {
    get(target, name: keyof Store) {
      const method = target[name] as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        await clock.sleep(delayMs / 2);
        const result = await method.apply(target, args);
        await clock.sleep(delayMs / 2);
        return result;
      };
    },
  });
}

describe('jobs under control', () => {
  it('go on when they are resumed while they are still pausing', async () => {
    const clock = new VirtualClock();
    const { engine } = setUp(seconds(clock), 100, {}, clock);
    await engine.submit(spec('j1', clock));
    await clock.run(() => clock.monoMs() > 2_500);
    const pausing = engine.pause('j1');
    const resuming = engine.resume('j1');
    await played(clock, Promise.all([pausing, resuming]));
    const job = await finished(engine, clock, 'j1');
    assert.equal(job.state, 'completed');
    assert.equal(job.counters.completed, 100);
    assert.equal(job.counters.records, 100);
    await engine.close();
  });

  it('stay paused where that was asked for while their collector was being loaded', async () => {
    for (const action of ['pause', 'cancel'] as const) {
      const clock = new VirtualClock();
      let ran = 0;
      const collector: Collector = {
        name: 'test',
        async collect() {
          ran += 1;
          return { records: [] };
        },
      };
      const collectorOf = async () => {
        await clock.sleep(1_000);
        return collector;
      };
      const { engine, store } = setUp(collector, 10, { collectorOf }, clock);
      const submitted = engine.submit(spec('j1', clock));
      await clock.run(() => clock.monoMs() >= 0, 500);
      await played(clock, engine[action]('j1'));
      await played(clock, submitted);
      await clock.run(() => false, 10_000);
      assert.equal(ran, 0, action);
      assert.equal((await store.job('j1'))?.counters.tasks, 0, action);
      await engine.close();
    }
  });

  it('run what is retried in the moment in which they end', async () => {
    for (let atMs = 990; atMs < 1_080; atMs += 5) {
      const clock = new VirtualClock();
      let broken = true;
      const collector: Collector = {
        name: 'test',
        async collect(_input, ctx) {
          if (ctx.seq === 0 && broken) throw new TypeError('no');
          await clock.sleep(1_000 - clock.monoMs());
          return { records: [ctx.seq] };
        },
      };
      const store = slowStore(clock, 20);
      const { engine } = setUp(collector, 3, { store }, clock);
      await played(clock, engine.submit({ ...spec('j1', clock), retries: 0 }));
      await clock.run(() => false, atMs);
      broken = false;
      assert.equal(await played(clock, engine.retryDiscarded('j1')), 1);
      await clock.run(() => false, clock.monoMs() + 60_000);
      const job = await played(clock, store.job('j1'));
      assert.equal(job?.state, 'completed', `at ${atMs}`);
      assert.equal(job?.counters.waiting, 0, `at ${atMs}: a task waits for ever`);
      assert.equal(job?.counters.completed, 3, `at ${atMs}`);
      await played(clock, engine.close());
    }
  });

  it('that wait for their turn settle when the engine drains', async () => {
    const clock = new VirtualClock();
    const { engine } = setUp(seconds(clock), 20, { limits: { ...LIMITS, jobsMax: 1 } }, clock);
    await engine.submit(spec('j1', clock));
    await engine.submit(spec('j2', clock));
    const settled = engine.settled('j2');
    await clock.run(() => clock.monoMs() > 500);
    await played(clock, engine.drain());
    assert.equal((await played(clock, settled)).state, 'running');
    assert.equal((await played(clock, engine.settled('j1'))).state, 'running');
    await engine.close();
  });

  it('are paused and cancelled at once', async () => {
    const clock = new VirtualClock();
    const { engine, store } = setUp(seconds(clock), 100, {}, clock);
    await engine.submit(spec('j1', clock));
    await clock.run(() => clock.monoMs() > 2_500);
    await played(clock, Promise.all([engine.pause('j1'), engine.cancel('j1')]));
    const job = await store.job('j1');
    assert.equal(job?.state, 'cancelled');
    assert.equal((job?.counters.completed ?? 0) + (job?.counters.cancelled ?? 0), 100);
    await engine.close();
  });

  it('stop although their plan hangs', async () => {
    for (const action of ['pause', 'cancel', 'close'] as const) {
      const clock = new VirtualClock();
      const collector: Collector = {
        ...seconds(clock),
        async *plan() {
          yield { input: 1 };
          await new Promise(() => {});
        },
      };
      const { engine } = setUp(collector, 0, {}, clock);
      await engine.submit(spec('j1', clock));
      await clock.run(() => clock.monoMs() > 500, 1_000);
      await played<unknown>(clock, action === 'close' ? engine.close() : engine[action]('j1'));
      await engine.close();
    }
  });

  it('stop although their input never opens', async () => {
    const clock = new VirtualClock();
    const openSource = () => new Promise<Source>(() => {});
    const { engine } = setUp(seconds(clock), 0, { openSource }, clock);
    await engine.submit(spec('j1', clock));
    await played(clock, engine.cancel('j1'));
    await engine.close();
  });

  it('leave no timer behind', async () => {
    const clock = new VirtualClock();
    const { engine } = setUp(seconds(clock), 100, {}, clock);
    await engine.submit(spec('j1', clock));
    await clock.run(() => clock.monoMs() > 2_500);
    const closed = engine.close();
    await played(clock, closed);
    assert.equal(clock.pending, 0);
  });

  it('go on after a plan that threw midway, once it is put right', async () => {
    const clock = new VirtualClock();
    let broken = true;
    const collector: Collector = {
      ...seconds(clock),
      async *plan() {
        for (let n = 0; n < 1_200; n += 1) {
          if (n === 1_000 && broken) throw new Error('the input broke off');
          yield { input: n };
        }
      },
    };
    const { engine } = setUp(collector, 0, {}, clock);
    await engine.submit(spec('j1', clock));
    assert.equal((await finished(engine, clock, 'j1')).state, 'failed');
    broken = false;
    await played(clock, engine.resume('j1'));
    const job = await finished(engine, clock, 'j1');
    assert.equal(job.counters.completed, 1_200);
    assert.equal(job.counters.records, 1_200);
    await engine.close();
  });

  it('end at once where there is nothing to do', async () => {
    const clock = new VirtualClock();
    const { engine } = setUp(seconds(clock), 0, {}, clock);
    await engine.submit(spec('j1', clock));
    assert.equal((await finished(engine, clock, 'j1')).state, 'completed');
    await engine.close();
  });
});
