/** The thread's side: opens the store and answers calls until it is told to close. */
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../../base/assert.ts';
import type { PackedCommits } from '../packed-commits.ts';
import { openSqliteStore, type SqliteStoreOptions } from '../sqlite/open-sqlite-store.ts';
import type { SqliteStore } from '../sqlite/sqlite-store.ts';
import type { Store } from '../store.ts';
import { OPENING, plainError, type StoreAnswer, type StoreCall, type StoreMethod } from './call.ts';
import { type PackedRows, packTasks, unpackRows } from './packed.ts';

const port = parentPort;
assert(port !== null, 'the store thread is started as a worker');

/** What crosses packed; everything else crosses as it is. */
type Packed = Partial<Record<StoreMethod, (store: SqliteStore, args: never) => Promise<unknown>>>;
const PACKED: Packed = {
  commit: (store, [batch]: [PackedCommits]) => store.commitPacked(batch),
  addRows: (store, [jobId, firstSeq, rows, nowMs]: [string, number, PackedRows, number]) =>
    store.addRows(jobId, firstSeq, unpackRows(rows), nowMs),
  pending: async (store, args: Parameters<Store['pending']>) =>
    packTasks(await store.pending(...args)),
  pendingInLane: async (store, args: Parameters<Store['pendingInLane']>) =>
    packTasks(await store.pendingInLane(...args)),
  takeDue: async (store, args: Parameters<Store['takeDue']>) =>
    packTasks(await store.takeDue(...args)),
};

function invoke(store: SqliteStore, { method, args }: StoreCall): Promise<unknown> {
  const packed = PACKED[method];
  if (packed) return packed(store, args as never);
  const plain = store[method] as (...args: readonly unknown[]) => Promise<unknown>;
  return plain.apply(store, [...args]);
}

async function answer(store: SqliteStore, call: StoreCall): Promise<StoreAnswer> {
  try {
    return { id: call.id, value: await invoke(store, call) };
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
