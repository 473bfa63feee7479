import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import type { Compute } from '../../src/workers/compute.ts';
import { createInlineCompute } from '../../src/workers/compute-inline.ts';
import { ComputePool } from '../../src/workers/compute-pool.ts';

const module = new URL('../fixtures/compute-fixture.ts', import.meta.url);
const pool = () =>
  new ComputePool({ threads: 2, clock: systemClock, callTimeoutMs: 5_000, heapMbMax: 128 });

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
exerciseCompute('threads', pool);

describe('compute threads in trouble', () => {
  it('ends a call that takes too long and runs those behind it elsewhere', async () => {
    const compute = new ComputePool({
      threads: 1,
      clock: systemClock,
      callTimeoutMs: 300,
      heapMbMax: 128,
    });
    const stuck = compute.run({ module, name: 'spin', args: [] });
    const behind = compute.run({ module, name: 'double', args: [21] });
    await assert.rejects(stuck, { code: 'compute.timeout' });
    assert.equal(await behind, 42);
    await compute.close();
  });

  it('names a thread that left and goes on with another', async () => {
    const compute = pool();
    await assert.rejects(compute.run({ module, name: 'leave', args: [] }), {
      code: 'compute.crashed',
    });
    assert.equal(await compute.run({ module, name: 'double', args: [2] }), 4);
    await compute.close();
  });

  it('moves transferred buffers', async () => {
    const compute = pool();
    const bytes = new Uint8Array(1_000);
    const transfer = [bytes.buffer];
    assert.equal(await compute.run({ module, name: 'lengthOf', args: [bytes], transfer }), 1_000);
    assert.equal(bytes.byteLength, 0);
    await compute.close();
  });

  it('refuses what cannot be sent, either way, and keeps the thread', async () => {
    const compute = new ComputePool({
      threads: 1,
      clock: systemClock,
      callTimeoutMs: 5_000,
      heapMbMax: 128,
    });
    assert.equal(await compute.run({ module, name: 'double', args: [1] }), 2);
    const sent = performance.now();
    await assert.rejects(compute.run({ module, name: 'double', args: [() => 1] }), /cloned/);
    await assert.rejects(compute.run({ module, name: 'unsendable', args: [] }), /cloned/);
    assert.equal(await compute.run({ module, name: 'double', args: [2] }), 4);
    assert.ok(performance.now() - sent < 4_000, 'not by running into the limit');
    await compute.close();
  });

  it('does not keep those waiting who were called off', async () => {
    const compute = new ComputePool({
      threads: 1,
      clock: systemClock,
      callTimeoutMs: 5_000,
      heapMbMax: 128,
    });
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
});
