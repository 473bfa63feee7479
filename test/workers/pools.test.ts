import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { AbortCause } from '../../src/base/abort.ts';
import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/log.ts';
import type { MachineReadings } from '../../src/base/machine.ts';
import { pooledKind } from '../../src/engine/outbox/pooled-kind.ts';
import type { DeliverySink, SinkKind } from '../../src/sinks/delivery-sink.ts';
import { InlinePool } from '../../src/workers/inline-pool.ts';
import { PoolBook } from '../../src/workers/pool-book.ts';
import { threadRunner } from '../../src/workers/thread-runner.ts';
import { WorkPools, type WorkPoolsOptions } from '../../src/workers/work-pools.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

const module = new URL('../fixtures/compute-fixture.ts', import.meta.url);
const MB = 2 ** 20;

function makePools(test: TestContext, options: Partial<WorkPoolsOptions> = {}) {
  const book = new PoolBook(systemClock);
  const pools = new WorkPools({
    threads: [
      { kind: 'general', min: 0, max: 1, start: 1, timeoutMs: 5_000 },
      { kind: 'analytics', min: 0, max: 3, start: 1, timeoutMs: 5_000 },
    ],
    inline: [{ kind: 'upload', max: 2, timeoutMs: 5_000 }],
    workersMax: 4,
    idleMs: 60_000,
    lookMs: 50,
    workerBytes: 64 * MB,
    start: threadRunner(64),
    book,
    clock: systemClock,
    log: silentLogger,
    readings: () => ({}),
    onClose: () => {},
    ...options,
  });
  test.after(() => pools.close());
  const shown = (kind: string) => {
    const found = book.read().pools.find((pool) => pool.kind === kind);
    assert.ok(found);
    return found;
  };
  return { pools, book, shown };
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const limitMs = performance.now() + 60_000;
  while (!holds()) {
    assert.ok(performance.now() < limitMs, what);
    await systemClock.sleep(5);
  }
}

describe('pools of threads', () => {
  it('run each kind of work in its own, and count it', async (test) => {
    const { pools, book, shown } = makePools(test);
    const flag = new Int32Array(new SharedArrayBuffer(8));
    const long = pools.run({
      module,
      name: 'held',
      args: [flag],
      pool: 'analytics',
      label: 'long',
      timeoutMs: 60_000,
    });
    await until('it runs', () => Atomics.load(flag, 1) === 1);
    assert.equal(shown('analytics').active, 1);
    assert.equal(await pools.run({ module, name: 'double', args: [2] }), 4, 'beside the long one');
    const [task] = book.read().tasks;
    assert.deepEqual([task?.kind, task?.label, task?.state], ['analytics', 'long', 'running']);
    await systemClock.sleep(300);
    Atomics.store(flag, 0, 1);
    Atomics.notify(flag, 0);
    await long;
    await assert.rejects(pools.run({ module, name: 'refuse', args: [] }), /no such luck/);
    const general = shown('general');
    assert.deepEqual([general.completed, general.failed, general.successRate], [1, 1, 0.5]);
    assert.equal(general.runner, 'thread');
    const analytics = shown('analytics');
    assert.ok(analytics.meanMs >= 300 && analytics.p95Ms >= 300, `${analytics.meanMs}`);
    book.clear();
    assert.equal(shown('general').completed, 0);
    assert.equal(shown('general').successRate, null);
    assert.equal(book.meter('general')?.totals.completed, 1, 'the sum stays');
  });

  it('grow while work waits and the machine has room, and shrink when it has not', async (test) => {
    let readings: MachineReadings = { cpuShare: 0.2 };
    const { pools, shown } = makePools(test, { readings: () => readings });
    const call = { module, name: 'busy', args: [250], pool: 'analytics' };
    let on = true;
    const stream = async () => {
      while (on) await pools.run(call);
    };
    const streams = Array.from({ length: 12 }, stream);
    await until('it grows to its bound', () => shown('analytics').size === 3);
    readings = { cpuShare: 0.2, memoryBytes: 95, memoryBytesMax: 100 };
    await until('it shrinks', () => shown('analytics').size === 1);
    on = false;
    await Promise.all(streams);
  });

  it('keep one bound together, but each has one', async (test) => {
    const { pools, shown } = makePools(test, { workersMax: 1 });
    const call = { module, name: 'busy', args: [100] };
    const calls = [
      pools.run(call),
      ...[1, 2, 3].map(() => pools.run({ ...call, pool: 'analytics' })),
    ];
    await Promise.all(calls);
    assert.deepEqual([shown('general').size, shown('analytics').size], [1, 1]);
  });

  it('work here where none can start, and in threads again when one can', async (test) => {
    let works = false;
    const start = threadRunner(64);
    const { pools, book, shown } = makePools(test, {
      start: (events) => {
        if (!works) throw new Error('no more threads');
        return start(events);
      },
    });
    assert.equal(await pools.run({ module, name: 'double', args: [2] }), 4);
    await assert.rejects(pools.run({ module, name: 'refuse', args: [] }), /no such luck/);
    const shownNow = shown('general');
    assert.deepEqual(
      [shownNow.runner, shownNow.size, shownNow.completed, shownNow.failed],
      ['inline', 0, 1, 1],
    );
    assert.equal(book.meter('general')?.degraded, 2);
    works = true;
    assert.equal(await pools.run({ module, name: 'double', args: [3] }), 6);
    assert.deepEqual([shown('general').runner, shown('general').size], ['thread', 1]);
  });
});

describe('a pool of work that only waits', () => {
  function makeInline(clock = new VirtualClock()) {
    const book = new PoolBook(clock);
    const meter = book.add('upload', () => ({ runner: 'inline', size: 2, min: 2, max: 2 }));
    return { clock, meter, pool: new InlinePool({ meter, max: 2, timeoutMs: 1_000, clock }) };
  }

  it('does so many at once, in order', async () => {
    const { pool, meter, clock } = makeInline();
    const begun: number[] = [];
    let most = 0;
    const all = Promise.all(
      [1, 2, 3, 4, 5].map((n) =>
        pool.run(`${n}`, async () => {
          begun.push(n);
          most = Math.max(most, meter.active);
          await clock.sleep(100);
          return n;
        }),
      ),
    );
    let done: readonly number[] | undefined;
    void all.then((numbers) => {
      done = numbers;
    });
    await clock.run(() => done !== undefined);
    assert.deepEqual(done, [1, 2, 3, 4, 5]);
    assert.deepEqual([begun, most], [[1, 2, 3, 4, 5], 2]);
    assert.deepEqual([meter.completed, meter.active, meter.waiting], [5, 0, 0]);
  });

  it('gives up what takes too long, and tells it', async () => {
    const { pool, meter, clock } = makeInline();
    let told: unknown;
    const run = pool.run('slow', async (signal) => {
      signal.addEventListener('abort', () => {
        told = signal.reason;
      });
      await clock.sleep(60_000);
    });
    let failed: unknown;
    run.catch((error: unknown) => {
      failed = error;
    });
    await clock.run(() => failed !== undefined, 5_000);
    assert.equal((failed as { code?: string }).code, 'pool.timeout');
    assert.equal(told, failed);
    assert.equal(meter.failed, 1);
  });

  it('loses no place to those who leave, whenever they do', async () => {
    const { pool, meter, clock } = makeInline();
    const hold = () => pool.run('held', () => clock.sleep(100));
    const first = [hold(), hold()];
    const stop = new AbortController();
    const left = pool.run('left', async () => {}, stop.signal);
    stop.abort(new AbortCause('cancel'));
    await assert.rejects(left, { kind: 'cancel' });
    // Its turn comes, and it is called off before it knows.
    const late = new AbortController();
    const called = pool.run('late', async () => {}, late.signal);
    const gone = called.catch((error: unknown) => error);
    let over = false;
    void Promise.race(first).then(() => {
      late.abort(new AbortCause('cancel'));
      over = true;
    });
    await clock.run(() => over);
    await gone;
    let done = 0;
    const count = () => {
      done += 1;
    };
    const last = [1, 2, 3].map(() => pool.run('after', async () => {}));
    for (const each of [...first, ...last]) void each.then(count);
    assert.ok(await clock.run(() => done === 5));
    assert.deepEqual([meter.active, meter.waiting], [0, 0]);
  });

  it('is passed by the batches of a destination, which go on without one', async () => {
    const { pool, meter } = makeInline();
    const written: string[] = [];
    const sink: DeliverySink = {
      place: 'somewhere',
      async write(batch) {
        written.push(`${batch.id} ${meter.active}`);
      },
      async close() {},
    };
    const kind: SinkKind = {
      schemes: ['some:'],
      example: 'some:where',
      local: false,
      keyed: true,
      check: () => ({ place: 'somewhere' }),
      open: async () => sink,
    };
    const batch = { id: 'b', jobId: 'j', table: 't', columns: [], rows: [] };
    const { signal } = new AbortController();
    for (const through of [pool, undefined]) {
      await (await pooledKind(kind, () => through).open('some:where')).write(batch, signal);
    }
    assert.deepEqual(written, ['b 1', 'b 0']);
    assert.equal(meter.completed, 1);
  });
});
