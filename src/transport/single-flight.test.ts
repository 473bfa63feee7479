import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AbortCause } from '../base/abort.ts';
import { SingleFlight } from './single-flight.ts';

/** Work whose end the test decides. */
function pendingWork() {
  const calls: {
    signal: AbortSignal;
    resolve: (value: string) => void;
    reject: (e: unknown) => void;
  }[] = [];
  const work = (signal: AbortSignal) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    signal.addEventListener('abort', () => reject(signal.reason));
    calls.push({ signal, resolve, reject });
    return promise;
  };
  return { calls, work };
}

describe('single flight', () => {
  test('equal keys share one run, others do not, and a later one runs anew', async () => {
    const flights = new SingleFlight<string>();
    const { calls, work } = pendingWork();
    const { signal } = new AbortController();
    const asked = ['a', 'a', 'b'].map((key) => flights.run(key, signal, work));
    assert.equal(calls.length, 2);
    calls[0]?.resolve('A');
    calls[1]?.resolve('B');
    assert.deepEqual(await Promise.all(asked), ['A', 'A', 'B']);
    assert.equal(flights.size, 0);
    void flights.run('a', signal, work);
    assert.equal(calls.length, 3);
  });

  test('a failure reaches everybody', async () => {
    const flights = new SingleFlight<string>();
    const { calls, work } = pendingWork();
    const { signal } = new AbortController();
    const asked = ['a', 'a'].map((key) => flights.run(key, signal, work));
    const settled = Promise.allSettled(asked);
    const error = new Error('no');
    calls[0]?.reject(error);
    for (const each of await settled) assert.equal((each as PromiseRejectedResult).reason, error);
  });

  test('one who leaves leaves alone; the last one ends the work', async () => {
    const flights = new SingleFlight<string>();
    const { calls, work } = pendingWork();
    const [first, second, third] = [1, 2, 3].map(() => new AbortController());
    const one = flights.run('a', first!.signal, work);
    const two = flights.run('a', second!.signal, work);
    const cause = new AbortCause('cancel');
    first!.abort(cause);
    await assert.rejects(one, (error) => error === cause);
    assert.equal(calls[0]?.signal.aborted, false);
    const last = new AbortCause('drain');
    second!.abort(last);
    await assert.rejects(two, (error) => error === last);
    assert.equal(calls[0]?.signal.reason, last);
    // Whoever comes now must not join work that is being ended.
    const three = flights.run('a', third!.signal, work);
    assert.equal(calls.length, 2);
    calls[1]?.resolve('fresh');
    assert.equal(await three, 'fresh');
  });

  test('an aborted signal starts nothing', async () => {
    const flights = new SingleFlight<string>();
    const { calls, work } = pendingWork();
    const controller = new AbortController();
    controller.abort(new AbortCause('abort'));
    await assert.rejects(flights.run('a', controller.signal, work), AbortCause);
    assert.equal(calls.length, 0);
  });
});
