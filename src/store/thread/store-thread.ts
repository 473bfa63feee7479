/** The thread's side: opens the store it is told to and answers calls until told to close. */
import { parentPort } from 'node:worker_threads';
import { assert } from '../../base/assert.ts';
import type { PackedCommits } from '../packed-commits.ts';
import { openSqliteStore } from '../sqlite/open-sqlite-store.ts';
import type { SqliteStore } from '../sqlite/sqlite-store.ts';
import type { Store } from '../store.ts';
import {
  OPENING,
  type OpenOptions,
  plainError,
  type StoreAnswer,
  type StoreCall,
  type StoreMethod,
} from './call.ts';
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

let store: SqliteStore | undefined;

const open = async (options: OpenOptions): Promise<void> => {
  try {
    store = await openSqliteStore(options);
    port.postMessage({ id: OPENING, value: undefined });
  } catch (error) {
    port.postMessage({ id: OPENING, error: plainError(error) });
    port.close();
  }
};

port.on('message', async (message: OpenOptions | StoreCall) => {
  if ('path' in message) return open(message);
  assert(store !== undefined, 'calls come when the store is open');
  port.postMessage(await answer(store, message));
  if (message.method === 'close') port.close();
});
