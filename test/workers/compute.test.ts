import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/base/clock.ts';
import type { Compute } from '../../src/workers/compute.ts';
import { createInlineCompute } from '../../src/workers/compute-inline.ts';
import { processRunner } from '../../src/workers/process-runner.ts';
import type { Runner, StartRunner } from '../../src/workers/runner.ts';
import { threadRunner } from '../../src/workers/thread-runner.ts';
import { WorkerPool, type WorkerPoolOptions } from '../../src/workers/worker-pool.ts';

const module = new URL('../fixtures/compute-fixture.ts', import.meta.url);
const threads = threadRunner(64);
const repeating = threadRunner(64, { repeatable: true });
const processes = processRunner({ memoryMbMax: 160, clock: systemClock });

function makePool(start: StartRunner, options: Partial<WorkerPoolOptions> = {}): WorkerPool {
  return new WorkerPool({
    start,
    min: 0,
    max: 2,
    clock: systemClock,
    callTimeoutMs: 5_000,
    idleMs: 1_000,
    ...options,
  });
}

function exerciseCompute(name: string, make: () => Compute) {
  describe(`compute: ${name}`, () => {
    const compute = make();
    after(() => compute.close());

    it('returns what the function returns', async () => {
      const calls = Array.from({ length: 20 }, (_, n) =>
        compute.run({ module, name: 'double', args: [n] }),
      );
      assert.deepEqual(
        await Promise.all(calls),
        Array.from({ length: 20 }, (_, n) => n * 2),
      );
    });

    it('passes the function’s error on', async () => {
      await assert.rejects(compute.run({ module, name: 'refuse', args: [] }), /no such luck/);
    });

    it('says which function is missing', async () => {
      await assert.rejects(compute.run({ module, name: 'nothing', args: [] }), /nothing/);
    });

    it('rejects at once when already aborted', async () => {
      const signal = AbortSignal.abort(new Error('stop'));
      await assert.rejects(compute.run({ module, name: 'double', args: [1] }, signal), /stop/);
    });
  });
}

exerciseCompute('inline', createInlineCompute);
exerciseCompute('threads', () => makePool(threads));
exerciseCompute('threads whose answers come together', () => makePool(repeating));
exerciseCompute('processes', () => makePool(processes));

function exerciseTrouble(name: string, start: StartRunner) {
  describe(`${name} in trouble`, () => {
    it('ends a call that takes too long and runs those behind it elsewhere', async () => {
      const compute = makePool(start, { max: 1 });
      assert.equal(await compute.run({ module, name: 'double', args: [1] }), 2);
      const stuck = compute.run({ module, name: 'spin', args: [], timeoutMs: 300 });
      const behind = compute.run({ module, name: 'double', args: [21] });
      await assert.rejects(stuck, { code: 'compute.timeout' });
      assert.equal(await behind, 42);
      await compute.close();
    });

    it('names one that left and goes on with another', async () => {
      const compute = makePool(start);
      await assert.rejects(compute.run({ module, name: 'leave', args: [] }), {
        code: 'compute.crashed',
        message: /exit code 7/,
      });
      assert.equal(await compute.run({ module, name: 'double', args: [2] }), 4);
      await compute.close();
    });

    it('ends one that fills its memory, and no other', async () => {
      const compute = makePool(start, { callTimeoutMs: 20_000 });
      const beside = compute.run({ module, name: 'busy', args: [300] });
      await assert.rejects(compute.run({ module, name: 'fill', args: [] }), {
        code: 'compute.memory',
      });
      assert.equal(await beside, 300);
      assert.equal(await compute.run({ module, name: 'double', args: [2] }), 4);
      await compute.close();
    });

    it('refuses what cannot be sent, either way, and keeps the runner', async () => {
      const compute = makePool(start, { max: 1, callTimeoutMs: 60_000 });
      assert.equal(await compute.run({ module, name: 'double', args: [1] }), 2);
      const sent = performance.now();
      await assert.rejects(compute.run({ module, name: 'double', args: [() => 1] }), /cloned/);
      await assert.rejects(compute.run({ module, name: 'unsendable', args: [] }), /cloned/);
      assert.equal(await compute.run({ module, name: 'double', args: [2] }), 4);
      assert.ok(performance.now() - sent < 30_000, 'not by running into the limit');
      await compute.close();
    });

    it('does not keep those waiting who were called off', async () => {
      const compute = makePool(start, { max: 1 });
      assert.equal(await compute.run({ module, name: 'double', args: [1] }), 2);
      const stop = new AbortController();
      const called = compute.run({ module, name: 'busy', args: [1_000] }, stop.signal);
      let over = false;
      const behind = compute.run({ module, name: 'double', args: [2] }).then(() => {
        over = true;
      });
      stop.abort(new Error('stop'));
      await assert.rejects(called, /stop/);
      assert.equal(over, false, 'at once, not when the call has ended');
      await behind;
      const left = assert.rejects(compute.run({ module, name: 'double', args: [1] }), /closed/);
      await compute.close();
      await left;
    });

    it('ends a call that is called off, where it was asked to', async () => {
      const compute = makePool(start, { max: 1 });
      const stop = new AbortController();
      const call = { module, name: 'spin', args: [], endOnAbort: true };
      const called = compute.run(call, stop.signal);
      while (compute.status.busy === 0) await systemClock.sleep(5);
      stop.abort(new Error('stop'));
      await assert.rejects(called, /stop/);
      assert.equal(await compute.run({ module, name: 'double', args: [2] }), 4);
      await compute.close();
    });
  });
}

exerciseTrouble('threads', threads);
exerciseTrouble('threads whose answers come together', repeating);
exerciseTrouble('processes', processes);

describe('answers that come together', () => {
  /** Quick calls, so that the next ones are sent ahead of their turn. */
  async function quickPool(options: Partial<WorkerPoolOptions> = {}): Promise<WorkerPool> {
    const compute = makePool(repeating, { max: 1, ...options });
    for (let n = 0; n < 30; n += 1) await compute.run({ module, name: 'double', args: [n] });
    return compute;
  }
  const many = (compute: Compute, count: number) =>
    Array.from({ length: count }, (_, n) => compute.run({ module, name: 'double', args: [n] }));

  for (const [trouble, code] of [
    ['spin', 'compute.timeout'],
    ['leave', 'compute.crashed'],
  ] as const) {
    it(`are not lost where a later call ends their thread: ${trouble}`, async () => {
      const compute = await quickPool({ callTimeoutMs: 1_500 });
      const before = many(compute, 5);
      const bad = compute.run({ module, name: trouble, args: [] });
      const behind = many(compute, 5);
      await assert.rejects(bad, { code, message: new RegExp(trouble) });
      assert.deepEqual(await Promise.all([...before, ...behind]), [0, 2, 4, 6, 8, 0, 2, 4, 6, 8]);
      await compute.close();
    });
  }

  it('do not wait for a call of another function', async () => {
    const compute = await quickPool();
    let over = false;
    const before = many(compute, 5);
    const long = compute.run({ module, name: 'busy', args: [2_000] }).then(() => {
      over = true;
    });
    await Promise.all(before);
    assert.equal(over, false, 'answered before it has ended');
    await long;
    await compute.close();
  });

  it('blame the call that takes long, not those that were quick before it', async () => {
    const compute = await quickPool({ callTimeoutMs: 4_000 });
    const calls = Array.from({ length: 8 }, () =>
      compute.run({ module, name: 'busy', args: [600] }),
    );
    assert.deepEqual(await Promise.all(calls), Array(8).fill(600), 'together longer than a limit');
    await compute.close();
  });
});

describe('workers that cannot start', () => {
  const call = { module, name: 'double', args: [1] };
  const never: Runner = { send: () => {}, hold: () => {}, stop: async () => {} };

  it('refuse what waits, at once', async () => {
    const compute = makePool(() => {
      throw new Error('no more threads');
    });
    const expected = { code: 'compute.unavailable', message: /no more threads/ };
    await assert.rejects(compute.run(call), expected);
    await compute.close();
  });

  it('are tried three times where they end before they run', async () => {
    let starts = 0;
    const compute = makePool(({ onLost }) => {
      starts += 1;
      systemClock.after(1, () => onLost('compute.crashed', 'exit code 1'));
      return never;
    });
    await assert.rejects(compute.run(call), { code: 'compute.unavailable' });
    assert.equal(starts, 3);
    await compute.close();
  });
});

describe('the number of threads', () => {
  it('grows with what waits, and falls when it is idle', async () => {
    const compute = makePool(threads, { max: 3, min: 1, idleMs: 50 });
    const calls = Array.from({ length: 6 }, () =>
      compute.run({ module, name: 'busy', args: [500] }),
    );
    while (compute.status.busy < 3) await systemClock.sleep(5);
    assert.equal(compute.status.runners, 3);
    await Promise.all(calls);
    while (compute.status.runners > 1) await systemClock.sleep(5);
    await systemClock.sleep(120);
    assert.equal(compute.status.runners, 1, 'no fewer than asked for');
    await compute.close();
  });

  it('does not grow while the machine is short of something', async () => {
    const compute = makePool(threads, { max: 3, crowded: () => true });
    const calls = Array.from({ length: 4 }, (_, n) =>
      compute.run({ module, name: 'double', args: [n] }),
    );
    assert.deepEqual(await Promise.all(calls), [0, 2, 4, 6]);
    assert.equal(compute.status.runners, 1);
    await compute.close();
  });

  it('moves transferred buffers', async () => {
    const compute = makePool(threads);
    const bytes = new Uint8Array(1_000);
    const transfer = [bytes.buffer];
    assert.equal(await compute.run({ module, name: 'lengthOf', args: [bytes], transfer }), 1_000);
    assert.equal(bytes.byteLength, 0);
    await compute.close();
  });
});

it('a process in an endless loop ends with a parent that is killed', async () => {
  const file = fileURLToPath(new URL('../fixtures/looping-parent.ts', import.meta.url));
  const parent = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = (await once(parent.stdout, 'data')) as [Buffer];
  const child = Number(said.toString());
  assert.ok(child > 0, said.toString());
  const isThere = () => {
    try {
      // One that has ended may be waiting for somebody to ask how.
      return !/\) Z/.test(readFileSync(`/proc/${child}/stat`, 'utf8'));
    } catch {
      return false;
    }
  };
  try {
    assert.ok(isThere());
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    const patience = performance.now() + 60_000;
    while (isThere() && performance.now() < patience) await systemClock.sleep(50);
    assert.equal(isThere(), false);
  } finally {
    if (isThere()) process.kill(child, 'SIGKILL');
  }
});
