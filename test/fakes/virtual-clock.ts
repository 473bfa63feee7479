/**
 * Time that moves only when told to. `run` plays all due timers in order, letting every promise
 * settle between two of them, so a simulated day takes as long as its events.
 */
import { type Clock, sleepOn, type Timer } from '../../src/base/clock.ts';
import { Heap } from '../../src/base/heap.ts';

interface Entry {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
  cancelled: boolean;
  fired: boolean;
}

const START_WALL_MS = Date.UTC(2026, 0, 1);

export class VirtualClock implements Clock {
  #nowMs = 0;
  #order = 0;
  #live = 0;
  readonly #timers = new Heap<Entry>(
    (a, b) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order),
  );

  /** Timers that are set, for tests of what is left behind. */
  get pending(): number {
    return this.#live;
  }

  wallMs(): number {
    return START_WALL_MS + Math.floor(this.#nowMs);
  }

  monoMs(): number {
    return this.#nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }

  after(ms: number, callback: () => void): Timer {
    this.#order += 1;
    const entry: Entry = {
      atMs: this.#nowMs + Math.max(0, ms),
      order: this.#order,
      callback,
      cancelled: false,
      fired: false,
    };
    this.#timers.push(entry);
    this.#live += 1;
    return {
      cancel: () => {
        if (entry.cancelled || entry.fired) return;
        entry.cancelled = true;
        this.#live -= 1;
      },
    };
  }

  /**
   * Plays until `done()`, until nothing is left to happen, or until `limitMs`; returns whether it
   * was done. At a limit the time is that limit.
   */
  async run(done: () => boolean, limitMs = Number.POSITIVE_INFINITY): Promise<boolean> {
    for (;;) {
      await settle();
      if (done()) return true;
      while (this.#timers.peek()?.cancelled) this.#timers.pop();
      const next = this.#timers.peek();
      if (!next || next.atMs > limitMs) {
        if (Number.isFinite(limitMs)) this.#nowMs = Math.max(this.#nowMs, limitMs);
        return false;
      }
      this.#timers.pop();
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.fired = true;
      this.#live -= 1;
      next.callback();
    }
  }
}

/** Lets promise chains run dry: a macrotask comes after all microtasks. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
