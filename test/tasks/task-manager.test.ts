import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { createTaskManager, type TaskContext, type TaskEnd, uploadFiles } from '../../src/index.ts';

const fixture = new URL('../fixtures/compute-fixture.ts', import.meta.url);
const double = { module: fixture, name: 'double' };
const sleep = (ms: number, signal?: AbortSignal) => systemClock.sleep(ms, signal);

/** A function that says how many of it ran at once at most. */
function gauge(ms = 5) {
  let now = 0;
  const seen = { most: 0, calls: 0 };
  const work = async (): Promise<void> => {
    now += 1;
    seen.calls += 1;
    seen.most = Math.max(seen.most, now);
    await sleep(ms);
    now -= 1;
  };
  return { seen, work };
}

describe('a task manager', () => {
  it('runs functions and gives their results', async () => {
    await using tasks = createTaskManager();
    const handle = tasks.submit((a: number, b: number) => a + b, [1, 2]);
    assert.equal(await handle.result, 3);
    assert.equal(handle.state, 'completed');
    assert.equal(await tasks.run(async (text: string) => text.toUpperCase(), ['a']), 'A');
    await assert.rejects(
      tasks.run(() => {
        throw new RangeError('no such luck');
      }, []),
      /no such luck/,
    );
  });

  it('keeps the limits of kinds, lanes and all', async () => {
    await using tasks = createTaskManager({
      workers: 5,
      kinds: { ai: { workers: 2 } },
      lane: () => ({ concurrency: 3, rate: 'none', breaker: false }),
    });
    const ai = gauge();
    const lane = gauge();
    const all = gauge();
    await Promise.all([
      ...Array.from({ length: 12 }, () => tasks.run(ai.work, [], { kind: 'ai' })),
      ...Array.from({ length: 12 }, () => tasks.run(lane.work, [], { lanes: ['host:a'] })),
    ]);
    await Promise.all(Array.from({ length: 20 }, () => tasks.run(all.work, [])));
    assert.deepEqual([ai.seen.most, lane.seen.most, all.seen.most], [2, 3, 5]);
  });

  it('takes limits from the environment, and says what it cannot use', async () => {
    const env = { AI_PROCESSING_WORKERS: '3', MAX_THREAD_WORKERS: '7' };
    await using tasks = createTaskManager({ env });
    assert.equal(tasks.plan.workers, 7);
    assert.equal(tasks.plan.kinds.get('ai')?.workers, 3);
    assert.equal(tasks.plan.kinds.get('upload')?.timeoutMs, 120_000);
    const wrong = { code: 'task.option' };
    assert.throws(() => createTaskManager({ env: { DATABASE_WORKERS: 'many' } }), wrong);
    assert.throws(() => createTaskManager({ workers: 0 }), wrong);
    assert.throws(() => tasks.submit(() => 1, [], { kind: 'tea' }), wrong);
    assert.throws(() => tasks.submit(() => 1, [], { isolation: 'thread' }), wrong);
    const slip = { retires: 2 } as object;
    const told = { ...wrong, message: /retires: did you mean retries/ };
    assert.throws(() => tasks.submit(() => 1, [], slip), told);
    assert.throws(() => tasks.map([1], () => 1, { batchSize: 2 } as object), wrong);
    const upload = { to: 's3://bucket', partBites: 1 };
    assert.throws(() => uploadFiles(tasks, ['a'], upload), { message: /did you mean partBytes/ });
  });

  it('shares what there is between tenants, whatever one of them submits', async () => {
    await using tasks = createTaskManager({ workers: 2 });
    const order: string[] = [];
    const work = (tenant: string) => async () => {
      await sleep(2);
      order.push(tenant);
    };
    const flood = Array.from({ length: 60 }, () => tasks.run(work('big'), [], { tenant: 'big' }));
    const few = Array.from({ length: 6 }, () => tasks.run(work('small'), [], { tenant: 'small' }));
    await Promise.all([...flood, ...few]);
    assert.ok(
      order.lastIndexOf('small') < 24,
      `the small one ended at ${order.lastIndexOf('small')}`,
    );
  });

  it('runs the highest priority first', async () => {
    await using tasks = createTaskManager({ workers: 1 });
    const order: number[] = [];
    const priorities = [0, -1, 5, 0, 9];
    await Promise.all(
      priorities.map((priority) => tasks.run(() => order.push(priority), [], { priority })),
    );
    assert.deepEqual(order, [9, 5, 0, 0, -1]);
  });

  it('tries again what fails, with a wait in which it holds nothing', async () => {
    await using tasks = createTaskManager({ workers: 1, random: { next: () => 0.05 } });
    let calls = 0;
    const flaky = tasks.submit(
      (ctx: TaskContext) => {
        calls += 1;
        if (ctx.attemptNo < 3) throw new Error('not yet');
        return 'at last';
      },
      [],
      { retries: 3 },
    );
    assert.equal(await tasks.run(() => 'beside', []), 'beside');
    assert.equal(await flaky.result, 'at last');
    assert.equal(calls, 3);
    assert.equal(tasks.metrics().retried, 2);
    await assert.rejects(
      tasks.run(() => Promise.reject(new Error('never')), []),
      /never/,
    );
  });

  it('ends what takes too long, and what comes too late', async () => {
    await using tasks = createTaskManager({ workers: 1 });
    const seen: unknown[] = [];
    const slow = tasks.submit(
      async (ctx: TaskContext) => {
        await sleep(60_000, ctx.signal).catch((error) => seen.push(error));
      },
      [],
      { timeoutMs: 80 },
    );
    const late = tasks.submit(() => 1, [], { deadlineMs: Date.now() + 20 });
    await assert.rejects(late.result, { code: 'task.deadline' });
    await assert.rejects(slow.result, { code: 'task.timeout' });
    assert.equal(await tasks.run(() => 'goes on', []), 'goes on');
    assert.equal(seen.length, 1, 'its signal was aborted');
  });

  it('cancels what waits and what runs', async () => {
    await using tasks = createTaskManager({ workers: 1 });
    const stop = new AbortController();
    const running = tasks.submit((ctx: TaskContext) => sleep(60_000, ctx.signal), [], {
      signal: stop.signal,
    });
    const waiting = tasks.submit(() => 1, []);
    assert.equal(waiting.cancel('changed my mind'), true);
    await assert.rejects(waiting.result, { code: 'task.cancelled', message: /changed my mind/ });
    while (running.state !== 'running') await sleep(1);
    stop.abort(new Error('enough'));
    await assert.rejects(running.result, { code: 'task.cancelled', message: /enough/ });
    assert.equal(running.cancel(), false);
    assert.equal(tasks.metrics().cancelled, 2);
  });

  it('runs functions of modules in threads and processes', async () => {
    await using tasks = createTaskManager({ threads: 2 });
    assert.equal(await tasks.run(double, [4]), 8);
    assert.equal(await tasks.run(double, [5], { isolation: 'process' }), 10);
    assert.equal(await tasks.run(double, [6], { isolation: 'inline' }), 12);
    const spin = tasks.submit({ module: fixture, name: 'spin' }, [], { timeoutMs: 200 });
    await assert.rejects(spin.result, { code: 'task.timeout' });
    await assert.rejects(tasks.run({ module: fixture, name: 'leave' }, []), {
      code: 'compute.crashed',
    });
    assert.deepEqual(await tasks.map([1, 2, 3], double), [2, 4, 6]);
  });

  it('tells progress, counts, and clears', async () => {
    const ends: TaskEnd[] = [];
    await using tasks = createTaskManager({ onEnd: (end) => void ends.push(end) });
    const handle = tasks.submit(
      async (ctx: TaskContext) => {
        ctx.progress(1, 2, 'half');
        await sleep(10);
      },
      [],
      { kind: 'upload' },
    );
    while (handle.progress === undefined) await sleep(1);
    assert.deepEqual(handle.progress, { done: 1, total: 2, note: 'half' });
    await handle.result;
    await tasks.run(() => Promise.reject(new Error('no')), []).catch(() => {});
    const { completed, failed, successRate, kinds, averageMs, p99Ms } = tasks.metrics();
    assert.deepEqual([completed, failed, successRate], [1, 1, 0.5]);
    assert.ok(averageMs > 2 && p99Ms >= averageMs);
    assert.equal(kinds.upload?.completed, 1);
    assert.deepEqual(
      ends.map(({ kind, state }) => `${kind} ${state}`),
      ['upload completed', 'general failed'],
    );
    tasks.clear();
    assert.equal(tasks.metrics().completed, 0);
    assert.equal(tasks.metrics().successRate, undefined);
  });

  it('refuses more than it has room for, and everything once closed', async () => {
    const tasks = createTaskManager({ workers: 1, waitingMax: 2 });
    const running = tasks.submit((ctx: TaskContext) => sleep(60_000, ctx.signal), []);
    while (running.state !== 'running') await sleep(1);
    const waiting = [tasks.submit(() => 1, []), tasks.submit(() => 2, [])];
    assert.throws(() => tasks.submit(() => 3, []), { code: 'task.full' });
    const closed = tasks.close({ graceMs: 10 });
    for (const { result } of [running, ...waiting]) {
      await assert.rejects(result as Promise<unknown>, { code: 'task.cancelled' });
    }
    await closed;
    assert.throws(() => tasks.submit(() => 3, []), { code: 'task.closed' });
  });

  it('lets what runs end before it closes', async () => {
    const tasks = createTaskManager();
    const handle = tasks.submit(async () => {
      await sleep(30);
      return 'whole';
    }, []);
    while (handle.state !== 'running') await sleep(1);
    await tasks.close();
    assert.equal(await handle.result, 'whole');
  });
});

describe('a map', () => {
  it('reads items only as fast as they are worked on', async () => {
    await using tasks = createTaskManager({ workers: 4 });
    let read = 0;
    let done = 0;
    let most = 0;
    async function* items() {
      for (let n = 0; n < 300; n += 1) {
        read += 1;
        most = Math.max(most, read - done);
        yield n;
      }
    }
    const results = await tasks.map(
      items(),
      async (n) => {
        await sleep(0);
        done += 1;
        return n;
      },
      { concurrency: 3 },
    );
    assert.deepEqual(results, [...Array(300).keys()]);
    assert.ok(most <= 8, `${most} were read ahead`);
  });

  it('gives each end as it comes, failures too', async () => {
    await using tasks = createTaskManager();
    const map = tasks.map([30, 1, 15], async (ms) => {
      await sleep(ms);
      if (ms === 15) throw new Error('no');
      return ms;
    });
    const seen: string[] = [];
    for await (const end of map) {
      seen.push('result' in end ? `${end.index}: ${end.result}` : `${end.index} failed`);
    }
    assert.deepEqual(seen.toSorted(), ['0: 30', '1: 1', '2 failed']);
    assert.deepEqual(map.progress, { completed: 2, failed: 1, total: 3, allRead: true });
  });

  it('stops at the first failure, or goes on where it was asked to', async () => {
    await using tasks = createTaskManager({ workers: 2 });
    const calls: number[] = [];
    const work = (n: number) => {
      calls.push(n);
      if (n === 1) throw new Error('one is bad');
      return n;
    };
    const many = [...Array(100).keys()];
    await assert.rejects(async () => tasks.map(many, work, { concurrency: 1 }), /one is bad/);
    assert.ok(calls.length < 20, `${calls.length} were called`);
    calls.length = 0;
    await assert.rejects(async () => tasks.map(many, work, { goOn: true }), /one is bad/);
    assert.equal(calls.length, 100);
  });

  it('passes on what goes wrong with the items', async () => {
    await using tasks = createTaskManager();
    function* items() {
      yield 1;
      throw new Error('no more');
    }
    await assert.rejects(async () => tasks.map(items(), (n) => n), /no more/);
  });

  it('works in batches', async () => {
    await using tasks = createTaskManager();
    const sums = await tasks.batch([1, 2, 3, 4, 5], (part) => part.length, { batchSize: 2 });
    assert.deepEqual(sums, [2, 2, 1]);
    assert.throws(() => tasks.batch([1], () => 1, { batchSize: 0 }), { code: 'task.option' });
  });
});
