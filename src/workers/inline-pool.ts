/**
 * So many at once of work that needs no worker of its own, since it mostly waits for others:
 * uploads, databases. What waits does so in the order in which it came.
 */
import { AbortCause, orAborted } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { Deque } from '../base/deque.ts';
import { formatDuration } from '../base/duration.ts';
import { SluiceError } from '../base/errors.ts';
import type { MeteredTask, PoolMeter } from './pool-meter.ts';

export interface InlinePoolOptions {
  readonly meter: PoolMeter;
  readonly max: number;
  /** Longest run of one, ms. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

interface Waiter {
  readonly begin: () => void;
  /** Its turn has come. */
  begun: boolean;
  left: boolean;
}

export class InlinePool {
  readonly #options: InlinePoolOptions;
  readonly #queue = new Deque<Waiter>();
  #active = 0;

  constructor(options: InlinePoolOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#options.max;
  }

  /**
   * Resolves with what the work does; rejects with its error, with `pool.timeout`, or with the
   * signal's reason. The work's own signal aborts where nobody waits for it any more.
   */
  async run<T>(
    label: string,
    work: (signal: AbortSignal) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    signal?.throwIfAborted();
    const metered = this.#options.meter.begin(label);
    try {
      await this.#turn(signal);
    } catch (error) {
      metered.ended(undefined);
      throw error;
    }
    metered.started();
    try {
      return await this.#within(label, work, signal, metered);
    } finally {
      this.#active -= 1;
      this.#next();
    }
  }

  async #within<T>(
    label: string,
    work: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal | undefined,
    metered: MeteredTask,
  ): Promise<T> {
    const { clock, timeoutMs } = this.#options;
    const stop = new AbortController();
    const timer = clock.after(timeoutMs, () => {
      const detail = formatDuration(timeoutMs);
      stop.abort(new SluiceError('pool.timeout', { name: label, detail }));
    });
    const all = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]);
    try {
      const result = await orAborted(work(all), all);
      metered.ended(true);
      return result;
    } catch (error) {
      metered.ended(error instanceof AbortCause || signal?.aborted ? undefined : false);
      throw error;
    } finally {
      timer.cancel();
    }
  }

  async #turn(signal: AbortSignal | undefined): Promise<void> {
    if (this.#active < this.#options.max) {
      this.#active += 1;
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiter: Waiter = { begin: resolve, begun: false, left: false };
    this.#queue.push(waiter);
    if (signal === undefined) return promise;
    try {
      await orAborted(promise, signal);
    } catch (error) {
      waiter.left = true;
      if (waiter.begun) {
        this.#active -= 1;
        this.#next();
      }
      throw error;
    }
  }

  #next(): void {
    while (this.#active < this.#options.max) {
      const waiter = this.#queue.shift();
      if (waiter === undefined) return;
      if (waiter.left) continue;
      this.#active += 1;
      waiter.begun = true;
      waiter.begin();
    }
  }
}
