/**
 * The store on a thread of its own behind the same port: SQL, the wait for the disk and the parsing
 * of rows never hold up the event loop, and use the second core. Calls are answered in order; when
 * the thread is lost, every open call and every later one rejects with `store.lost`.
 */
import type { Worker } from 'node:worker_threads';
import { assert } from '../../base/assert.ts';
import { messageOf, SluiceError } from '../../base/errors.ts';
import { type Placed, Slab } from '../../base/slab.ts';
import type { Task } from '../../model/task.ts';
import { packCommits } from '../packed-commits.ts';
import type { Store } from '../store.ts';
import {
  OPENING,
  type OpenOptions,
  revivedError,
  type StoreAnswer,
  type StoreCall,
  type StoreMethod,
} from './call.ts';
import { type PackedTasks, packRows, unpackTasks } from './packed.ts';
import { takeThread } from './spare-thread.ts';

interface OpenCall extends Placed {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Rejects as `openSqliteStore` does. */
export async function openThreadStore({ path, mode }: OpenOptions): Promise<Store> {
  const worker = takeThread();
  const store = new ThreadStore(worker, path);
  worker.postMessage({ path, mode } satisfies OpenOptions);
  await store.opened;
  return store;
}

class ThreadStore implements Store {
  readonly opened: Promise<unknown>;
  readonly #worker: Worker;
  readonly #path: string;
  readonly #exited: Promise<void>;
  /** The place of a call is its id. */
  readonly #open = new Slab<OpenCall>();
  #closing: Promise<void> | undefined;
  #lost: unknown;

  constructor(worker: Worker, path: string) {
    this.#worker = worker;
    this.#path = path;
    this.opened = new Promise((resolve, reject) => {
      const opening = { place: -1, resolve, reject };
      this.#open.add(opening);
      assert(opening.place === OPENING, 'the first call is that to open');
    });
    this.#exited = new Promise((resolve) => worker.once('exit', () => resolve()));
    worker.on('message', (answer: StoreAnswer) => this.#settle(answer));
    // Answers may still be on their way when it fails; the exit comes behind the last of them.
    let why = 'it stopped by itself';
    worker.on('error', (error) => {
      why = messageOf(error);
    });
    worker.on('messageerror', (error) => {
      why = messageOf(error);
      void worker.terminate();
    });
    worker.on('exit', () => this.#lose(why));
  }

  createJob = this.#method('createJob');
  job = this.#method('job');
  jobs = this.#method('jobs');
  moveJob = this.#method('moveJob');
  addActive = this.#method('addActive');
  deleteJob = this.#method('deleteJob');
  rowCount = this.#method('rowCount');
  finishPlan = this.#method('finishPlan');
  nextDueMs = this.#method('nextDueMs');
  cancelOpen = this.#method('cancelOpen');
  retryDiscarded = this.#method('retryDiscarded');
  results = this.#method('results');
  records = this.#method('records');
  loggedRecords = this.#method('loggedRecords');
  failureGroups = this.#method('failureGroups');
  cached = this.#method('cached');
  laneMemory = this.#method('laneMemory');
  rememberLanes = this.#method('rememberLanes');
  entries = this.#method('entries');
  entryCount = this.#method('entryCount');
  collections = this.#method('collections');
  document = this.#method('document');
  documents = this.#method('documents');
  writeDocuments = this.#method('writeDocuments');
  nextEpoch = this.#method('nextEpoch');
  tasks = this.#method('tasks');
  attempts = this.#method('attempts');
  jobAttempts = this.#method('jobAttempts');
  firstOpen = this.#method('firstOpen');
  backup = this.#method('backup');

  addRows: Store['addRows'] = (jobId, firstSeq, rows, nowMs) =>
    this.#ask('addRows', [jobId, firstSeq, packRows(rows), nowMs]) as ReturnType<Store['addRows']>;
  pending: Store['pending'] = (...args) => this.#askTasks('pending', args);
  pendingInLane: Store['pendingInLane'] = (...args) => this.#askTasks('pendingInLane', args);
  takeDue: Store['takeDue'] = (...args) => this.#askTasks('takeDue', args);
  commit: Store['commit'] = (batch) =>
    this.#ask('commit', [packCommits(batch)]) as ReturnType<Store['commit']>;

  /** Resolves when the database is closed and the thread has ended; again is harmless. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#lost === undefined) await this.#call('close', []);
    await this.#exited;
  }

  #method<Name extends StoreMethod>(name: Name): Store[Name] {
    const call = (...args: readonly unknown[]) => this.#ask(name, args);
    return call as Store[Name];
  }

  async #askTasks(method: StoreMethod, args: readonly unknown[]): Promise<readonly Task[]> {
    return unpackTasks((await this.#ask(method, args)) as PackedTasks);
  }

  async #ask(method: StoreMethod, args: readonly unknown[]): Promise<unknown> {
    assert(this.#closing === undefined, 'the store is closed');
    return this.#call(method, args);
  }

  #call(method: StoreMethod, args: readonly unknown[]): Promise<unknown> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    return new Promise((resolve, reject) => {
      const open = { place: -1, resolve, reject };
      this.#open.add(open);
      try {
        this.#worker.postMessage({ id: open.place, method, args } satisfies StoreCall);
      } catch (error) {
        this.#open.delete(open);
        throw error;
      }
    });
  }

  #settle(answer: StoreAnswer): void {
    const call = this.#open.at(answer.id);
    if (call === undefined) return;
    this.#open.delete(call);
    if ('error' in answer) call.reject(revivedError(answer.error));
    else call.resolve(answer.value);
  }

  #lose(why: string): void {
    this.#lost ??= new SluiceError('store.lost', { path: this.#path, detail: why });
    for (const call of this.#open) {
      this.#open.delete(call);
      call.reject(this.#lost);
    }
  }
}
