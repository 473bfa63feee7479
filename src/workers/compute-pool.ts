/**
 * Compute on worker threads. Threads start on first use and take calls from the least loaded one;
 * a call that outlives its time limit or crashes its thread costs that call (and is named): the
 * thread is replaced and the calls queued behind it are sent again.
 */
import { Worker } from 'node:worker_threads';
import { AbortCause } from '../base/abort.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { ErrorCode } from '../base/error-table.ts';
import { ERROR_TABLE } from '../base/error-table.ts';
import { SluiceError } from '../base/errors.ts';
import { moduleUrl } from '../base/module-url.ts';
import type { Compute, ComputeCall } from './compute.ts';
import type { ThreadAnswer, ThreadCall, ThreadError } from './compute-thread.ts';

export interface ComputePoolOptions {
  readonly threads: number;
  readonly clock: Clock;
  /** Longest run of one call, ms. */
  readonly callTimeoutMs: number;
  /** Heap of one thread, MB. */
  readonly heapMbMax: number;
}

interface Pending {
  readonly id: number;
  readonly call: ComputeCall;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

interface Thread {
  readonly worker: Worker;
  /** In the order they were sent: the first is the one that runs. */
  readonly pending: Map<number, Pending>;
  timer: Timer | undefined;
  /** Whether it has begun to run: its start is not a call's time. */
  online: boolean;
}

export class ComputePool implements Compute {
  readonly #options: ComputePoolOptions;
  readonly #threads: Thread[] = [];
  #nextId = 1;
  #closed = false;

  constructor(options: ComputePoolOptions) {
    this.#options = options;
  }

  run(call: ComputeCall, signal?: AbortSignal): Promise<unknown> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#closed) {
      return Promise.reject(new SluiceError('internal.bug', { detail: 'compute after close' }));
    }
    return new Promise((resolve, reject) => {
      // A thread cannot be called off: the call runs on, and nobody waits for it.
      const onAbort = () => reject(signal?.reason);
      const pending: Pending = {
        id: this.#nextId++,
        call,
        resolve: (value) => {
          signal?.removeEventListener('abort', onAbort);
          resolve(value);
        },
        reject: (error) => {
          signal?.removeEventListener('abort', onAbort);
          reject(error);
        },
      };
      this.#send(this.#leastLoaded(), pending);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(
      this.#threads.splice(0).map((thread) => {
        thread.timer?.cancel();
        for (const pending of thread.pending.values()) {
          pending.reject(new AbortCause('abort', 'the threads were closed'));
        }
        return thread.worker.terminate();
      }),
    );
  }

  #leastLoaded(): Thread {
    let best: Thread | undefined;
    for (const thread of this.#threads) {
      if (!best || thread.pending.size < best.pending.size) best = thread;
    }
    if (best && (best.pending.size === 0 || this.#threads.length >= this.#options.threads)) {
      return best;
    }
    return this.#start();
  }

  #start(): Thread {
    const worker = new Worker(moduleUrl(import.meta.url, './compute-thread.ts'), {
      resourceLimits: { maxOldGenerationSizeMb: this.#options.heapMbMax },
    });
    worker.unref();
    const thread: Thread = { worker, pending: new Map(), timer: undefined, online: false };
    worker.on('online', () => {
      thread.online = true;
      this.#arm(thread);
    });
    worker.on('message', (answer: ThreadAnswer) => this.#onAnswer(thread, answer));
    worker.on('error', (error) => this.#onLoss(thread, 'compute.crashed', error.message));
    worker.on('exit', (code) => this.#onLoss(thread, 'compute.crashed', `exit code ${code}`));
    this.#threads.push(thread);
    return thread;
  }

  #send(thread: Thread, pending: Pending): void {
    const { module, name, args, transfer } = pending.call;
    const message: ThreadCall = { id: pending.id, href: module.href, name, args };
    try {
      thread.worker.postMessage(message, transfer as ArrayBuffer[] | undefined);
    } catch (error) {
      // Not plain data: it never left.
      pending.reject(error);
      return;
    }
    thread.pending.set(pending.id, pending);
    if (thread.pending.size === 1) this.#arm(thread);
    thread.worker.ref();
  }

  #arm(thread: Thread): void {
    thread.timer?.cancel();
    thread.timer = undefined;
    if (thread.pending.size === 0) {
      thread.worker.unref();
      return;
    }
    if (!thread.online) return;
    const limitMs = this.#options.callTimeoutMs;
    thread.timer = this.#options.clock.after(limitMs, () => {
      this.#onLoss(thread, 'compute.timeout', `${limitMs} ms`);
    });
  }

  #onAnswer(thread: Thread, answer: ThreadAnswer): void {
    const pending = thread.pending.get(answer.id);
    if (!pending) return;
    thread.pending.delete(answer.id);
    this.#arm(thread);
    if ('error' in answer) pending.reject(revive(answer.error));
    else pending.resolve(answer.result);
  }

  /** The running call pays; those behind it had not begun and go to another thread. */
  #onLoss(thread: Thread, code: ErrorCode, detail: string): void {
    const at = this.#threads.indexOf(thread);
    if (at < 0) return;
    this.#threads.splice(at, 1);
    thread.timer?.cancel();
    void thread.worker.terminate();
    const [running, ...behind] = thread.pending.values();
    thread.pending.clear();
    running?.reject(new SluiceError(code, { name: running.call.name, detail }));
    for (const pending of behind) {
      const moved = (pending.call.transfer ?? []).some((buffer) => buffer.byteLength === 0);
      if (moved || this.#closed)
        pending.reject(new SluiceError(code, { name: pending.call.name, detail }));
      else this.#send(this.#leastLoaded(), pending);
    }
  }
}

function revive(error: ThreadError): Error {
  if (error.code !== undefined && error.code in ERROR_TABLE) {
    return new SluiceError(error.code as ErrorCode, error.params);
  }
  const revived = new Error(error.message);
  if (error.stack !== undefined) revived.stack = error.stack;
  return revived;
}
