/** How long a job has been active: the sum of its runs, however they end and whoever runs it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Collector } from '../../src/collectors/collector.ts';
import type { ClusterEngine } from '../../src/engine/cluster-engine.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { Store } from '../../src/store/store.ts';
import { ClusterRig } from '../fakes/cluster-engine-rig.ts';
import { finished, numbers, setUp, spec } from '../fakes/engine-rig.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

/** What a crash may lose, and a moment. */
const FRESH_MS = 3_500;

/** Ten at a time, half a second each: rows of 20 a second. */
function halfSeconds(clock: () => VirtualClock): Collector {
  return {
    name: 'test',
    async collect(_input, ctx) {
      await clock().sleep(500, ctx.signal);
      return { records: [ctx.seq] };
    },
  };
}

/** The store, with a count of what is written for the time alone. */
function counted(store: Store) {
  const written = { count: 0 };
  const counting = new Proxy(store, {
    get(target, name: keyof Store) {
      if (name === 'addActive') written.count += 1;
      const method = target[name] as (...args: unknown[]) => Promise<unknown>;
      return method.bind(target);
    },
  });
  return { store: counting, written };
}

function oneEngine(rows: number, store: Store, clock: VirtualClock) {
  return setUp(
    halfSeconds(() => clock),
    rows,
    { store },
    clock,
  ).engine;
}

async function played<T>(clock: VirtualClock, promise: Promise<T>): Promise<T> {
  let over = false;
  const end = () => {
    over = true;
  };
  promise.then(end, end);
  assert.ok(await clock.run(() => over, clock.monoMs() + 60_000), 'it hangs');
  return promise;
}

const upTo = (clock: VirtualClock, ms: number) => clock.run(() => clock.monoMs() >= ms, ms);

function near(actual: number | undefined, wanted: number, shortMs = 0): void {
  assert.ok(actual !== undefined && actual <= wanted + 1, `${actual} ms, more than ${wanted}`);
  assert.ok(actual >= wanted - shortMs - 1, `${actual} ms of ${wanted}`);
}

describe('the time in which a job is active', () => {
  for (const how of ['drain', 'abort'] as const) {
    it(`is kept when its engine ends (${how}), and goes on when it is resumed`, async () => {
      const clock = new VirtualClock();
      const store = new MemoryStore();
      const first = oneEngine(200, store, clock);
      await played(clock, first.submit(spec('j1', clock)));
      const begunMs = clock.monoMs();
      await upTo(clock, begunMs + 2_200);
      await played(clock, first[how]());
      const firstMs = clock.monoMs() - begunMs;
      near((await store.job('j1'))?.activeMs, firstMs);
      await upTo(clock, clock.monoMs() + 60_000);
      await played(clock, first.close());
      near((await store.job('j1'))?.activeMs, firstMs);

      const second = oneEngine(200, store, clock);
      const resumedMs = clock.monoMs();
      await second.resumeAll();
      const job = await finished(second, clock, 'j1');
      assert.equal(job.state, 'completed');
      near(job.activeMs, firstMs + clock.monoMs() - resumedMs);
      assert.ok(job.activeMs >= 10_000, 'all rows took so long');
      await played(clock, second.close());
    });
  }

  it('is told up to a few seconds while it runs, for a transaction now and then', async () => {
    const clock = new VirtualClock();
    const { store, written } = counted(new MemoryStore());
    const engine = oneEngine(1_200, store, clock);
    for (const id of ['j1', 'j2', 'j3']) await played(clock, engine.submit(spec(id, clock)));
    for (let ms = 1_000; ms <= 60_000; ms += 1_000) {
      await upTo(clock, ms);
      for (const id of ['j1', 'j2', 'j3']) near((await store.job(id))?.activeMs, ms, FRESH_MS);
    }
    assert.ok(written.count >= 15 && written.count <= 20, `${written.count} in a minute`);
    await played(clock, engine.close());
  });

  it('costs a short job nothing', async () => {
    const clock = new VirtualClock();
    const { store, written } = counted(new MemoryStore());
    const engine = oneEngine(40, store, clock);
    for (const id of ['j1', 'j2', 'j3']) {
      const begunMs = clock.monoMs();
      await played(clock, engine.submit(spec(id, clock)));
      near((await finished(engine, clock, id)).activeMs, clock.monoMs() - begunMs, 50);
    }
    assert.equal(written.count, 0);
    await played(clock, engine.close());
    assert.equal(written.count, 0);
  });

  it('leaves out the time in which it is paused', async () => {
    const clock = new VirtualClock();
    const store = new MemoryStore();
    const engine = oneEngine(200, store, clock);
    await played(clock, engine.submit(spec('j1', clock)));
    await upTo(clock, 4_200);
    near((await played(clock, engine.pause('j1'))).activeMs, 4_200);
    await upTo(clock, 50_000);
    near((await store.job('j1'))?.activeMs, 4_200);
    await engine.resume('j1');
    const job = await finished(engine, clock, 'j1');
    near(job.activeMs, 4_200 + clock.monoMs() - 50_000, 50);
    await played(clock, engine.close());
  });

  it('is counted where it was, when a move is refused', async () => {
    const clock = new VirtualClock();
    const memory = new MemoryStore();
    let refuse = true;
    const store = new Proxy(memory, {
      get(target, name: keyof Store) {
        if (name !== 'moveJob' || !refuse) return (target[name] as () => void).bind(target);
        return async () => {
          throw new Error('not now');
        };
      },
    });
    const engine = oneEngine(200, store, clock);
    await played(clock, engine.submit(spec('j1', clock)));
    await upTo(clock, 2_000);
    await assert.rejects(engine.pause('j1'), /not now/);
    refuse = false;
    near((await played(clock, engine.pause('j1'))).activeMs, 2_000);
    await played(clock, engine.close());
  });
});

describe('the time in which several nodes work on a job', () => {
  let clock: VirtualClock;
  async function nodes(ids: readonly string[], rows: number) {
    const rig = new ClusterRig(
      halfSeconds(() => clock),
      numbers(rows),
    );
    clock = rig.clock;
    const engines = await played(clock, Promise.all(ids.map((id) => rig.node(id))));
    return { rig, engines: engines as [ClusterEngine, ClusterEngine] };
  }

  it('is that of one, also where another one pauses it', async () => {
    const { rig, engines } = await nodes(['a', 'b'], 2_000);
    const [first, second] = engines;
    const begunMs = clock.monoMs();
    await played(clock, first.submit(spec('j1', clock)));
    for (let ms = 2_000; ms <= 20_000; ms += 2_000) {
      await upTo(clock, begunMs + ms);
      near((await rig.cluster.store.job('j1'))?.activeMs, ms, FRESH_MS);
    }
    assert.ok(first.running('j1') > 10, 'both work on it');
    await played(clock, second.pause('j1'));
    await upTo(clock, clock.monoMs() + 10_000);
    near((await rig.cluster.store.job('j1'))?.activeMs, 20_500, 500);
    await played(clock, Promise.all(engines.map((engine) => engine.close())));
  });

  it('goes on where the one that leads it drains', async () => {
    const { engines } = await nodes(['a', 'b'], 1_000);
    const [first, second] = engines;
    const begunMs = clock.monoMs();
    await played(clock, first.submit(spec('j1', clock)));
    await upTo(clock, begunMs + 8_000);
    await played(clock, first.drain());
    const job = await played(clock, second.settled('j1'));
    assert.equal(job.state, 'completed');
    // Until the other one leads it a moment may pass.
    near(job.activeMs, clock.monoMs() - begunMs, 2_000);
    assert.ok(job.activeMs >= 24_000, 'more than half of it took one node');
    await played(clock, Promise.all(engines.map((engine) => engine.close())));
  });
});
