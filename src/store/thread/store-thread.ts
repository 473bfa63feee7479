/** The thread's side: opens the store and answers calls until it is told to close. */
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../../base/assert.ts';
import { openSqliteStore, type SqliteStoreOptions } from '../sqlite/open-sqlite-store.ts';
import type { Store } from '../store.ts';
import { plainError, type StoreAnswer, type StoreCall } from './call.ts';

const port = parentPort;
assert(port !== null, 'the store thread is started as a worker');

/** The answer to no call: the store is open, or why it is not. */
const OPENING = 0;

async function answer(store: Store, call: StoreCall): Promise<StoreAnswer> {
  try {
    const method = store[call.method] as (...args: readonly unknown[]) => Promise<unknown>;
    return { id: call.id, value: await method.apply(store, [...call.args]) };
  } catch (error) {
    return { id: call.id, error: plainError(error) };
  }
}

try {
  const store = await openSqliteStore(workerData as SqliteStoreOptions);
  port.on('message', async (call: StoreCall) => {
    port.postMessage(await answer(store, call));
    if (call.method === 'close') port.close();
  });
  port.postMessage({ id: OPENING, value: undefined });
} catch (error) {
  port.postMessage({ id: OPENING, error: plainError(error) });
  port.close();
}
