import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Deque } from '../base/deque.ts';
import type { ComputeCall } from './compute.ts';
import { HelpingHand } from './helping-hand.ts';
import type { Pending } from './pending-call.ts';
import type { RunnerCall, RunnerEvents, StartRunner } from './runner.ts';
import { WorkerPool } from './worker-pool.ts';

const module = new URL('../../test/fixtures/compute-fixture.ts', import.meta.url);

/** Turns of a loop that are taken by hand; a call takes no time. */
class Turns {
  readonly #due: (() => void)[] = [];

  monoMs(): number {
    return 0;
  }

  wallMs(): number {
    return 0;
  }

  async sleep(): Promise<void> {}

  after(_ms: number, callback: () => void) {
    this.#due.push(callback);
    return { cancel: () => {} };
  }

  /** Everything that is due now, and what follows of it without another turn. */
  async take(): Promise<number> {
    const due = this.#due.splice(0);
    for (const callback of due) callback();
    await new Promise((resolve) => setImmediate(resolve));
    return due.length;
  }
}

function pending(queue: Deque<Pending>, call: Partial<ComputeCall>): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const whole = { module, name: 'double', args: [21], short: true, ...call };
  queue.push({ id: 1, call: whole, left: false, metered: undefined, resolve, reject });
  return promise;
}

describe('a helping hand', () => {
  it('makes one short call a turn', async () => {
    const queue = new Deque<Pending>();
    const turns = new Turns();
    const hand = new HelpingHand(turns, queue);
    const results = [pending(queue, {}), pending(queue, { args: [4] })];
    hand.lend();
    hand.lend();
    assert.equal(queue.size, 2);
    await import(module.href);
    assert.equal(await turns.take(), 1);
    assert.equal(queue.size, 1);
    assert.equal(await turns.take(), 1);
    assert.deepEqual(await Promise.all(results), [42, 8]);
    assert.equal(await turns.take(), 0);
  });

  it('leaves a call that may take long to the workers, and what waits behind it', async () => {
    const queue = new Deque<Pending>();
    const turns = new Turns();
    const hand = new HelpingHand(turns, queue);
    const first = pending(queue, {});
    void pending(queue, { short: false });
    void pending(queue, {});
    hand.lend();
    await turns.take();
    assert.equal(await first, 42);
    assert.equal(await turns.take(), 0);
    assert.equal(queue.size, 2);
  });

  it('makes none that nobody waits for, and passes errors on', async () => {
    const queue = new Deque<Pending>();
    const turns = new Turns();
    const hand = new HelpingHand(turns, queue);
    void pending(queue, { name: 'nothing' });
    (queue.peek() as Pending).left = true;
    const refused = assert.rejects(pending(queue, { name: 'refuse' }), /no such luck/);
    hand.lend();
    await turns.take();
    await turns.take();
    await refused;
    assert.equal(queue.size, 0);
  });
});

describe('a pool whose worker has enough to do', () => {
  /** Answers its first call at once and none after it. */
  function slowWorker(sent: RunnerCall[]): StartRunner {
    return ({ onOnline, onAnswers }: RunnerEvents) => {
      queueMicrotask(onOnline);
      return {
        send(calls) {
          if (sent.length === 0 && calls[0] !== undefined) {
            const { id } = calls[0];
            queueMicrotask(() => onAnswers([{ id, tookMs: 0.3, result: 'quick' }]));
          }
          sent.push(...calls);
        },
        hold: () => {},
        stop: async () => {},
      };
    };
  }

  for (const short of [true, false]) {
    it(`${short ? 'is' : 'is not'} helped with calls that are ${short ? '' : 'not '}short`, async () => {
      const sent: RunnerCall[] = [];
      const turns = new Turns();
      const pool = new WorkerPool({
        start: slowWorker(sent),
        min: 1,
        max: 1,
        clock: turns,
        callTimeoutMs: 1_000,
        idleMs: 1_000,
      });
      const call = { module, name: 'double', short };
      assert.equal(await pool.run({ ...call, args: [0] }), 'quick');
      let made = 0;
      for (let n = 1; n <= 100; n += 1) {
        pool.run({ ...call, args: [n] }).then(
          (result) => {
            assert.equal(result, 2 * n);
            made += 1;
          },
          () => {},
        );
      }
      for (let turn = 0; turn < 200; turn += 1) await turns.take();
      assert.equal(made, short ? 101 - sent.length : 0);
      assert.ok(sent.length < 100);
      await pool.close();
    });
  }
});
