/**
 * How much of each lane the intake holds in memory, from the start of a task to its durable end: at
 * least as many again as may run at once, so that no slot of a lane waits for the store. Beyond
 * that a lane starts with a few and gets twice as many whenever it runs dry quickly, so a fast lane
 * is never short of work and a slow one, however long, never fills the look-ahead. What does not
 * fit stays in the store and is fetched later by its lane: `spilledFrom` is the first row that was
 * passed over.
 *
 * Invariant: the tasks of a lane are handed out in order, each once: a row below `spilledFrom` has
 * been handed out or was never this lane's.
 */
import type { LaneKey } from '../model/lane.ts';

const CAP_MIN = 8;
const CAP_MAX = 2_048;
/** A refill sooner than this after the last one means that the lane is fast. */
const QUICK_MS = 1_000;
const SLOW_MS = 5_000;

interface Window {
  held: number;
  cap: number;
  spilledFrom: number | undefined;
  /** Tasks that were passed over and not fetched since. */
  spilled: number;
  filledMs: number;
}

export class LaneWindows {
  readonly #slotsOf: (lane: LaneKey) => number;
  readonly #windows = new Map<LaneKey, Window>();
  readonly #hungry = new Set<LaneKey>();

  /** @param slotsOf - tasks of a lane that may run at once, now */
  constructor(slotsOf: (lane: LaneKey) => number) {
    this.#slotsOf = slotsOf;
  }

  /** Lanes in memory, for tests of its bound. */
  get size(): number {
    return this.#windows.size;
  }

  /**
   * Takes the task into its lane's window, or leaves it in the store for later. Where it is crowded
   * a lane that comes new gets no more than keeps its slots busy.
   */
  admit(lane: LaneKey, seq: number, nowMs: number, crowded = false): boolean {
    let window = this.#windows.get(lane);
    if (!window) {
      window = this.#emptyWindow(lane, nowMs, crowded);
      this.#windows.set(lane, window);
    }
    if (window.spilledFrom === undefined && window.held < window.cap) {
      window.held += 1;
      return true;
    }
    window.spilledFrom ??= seq;
    window.spilled += 1;
    return false;
  }

  /** Tasks of the lane that were passed over so far and wait in the store. */
  spilled(lane: LaneKey): number {
    return this.#windows.get(lane)?.spilled ?? 0;
  }

  /** A task that comes from outside the order (a retry that is due) counts, whatever the cap. */
  hold(lane: LaneKey, nowMs: number): void {
    const window = this.#windows.get(lane);
    if (window) window.held += 1;
    else this.#windows.set(lane, { ...this.#emptyWindow(lane, nowMs, false), held: 1 });
  }

  /** A task of the lane has left memory. */
  release(lane: LaneKey): void {
    const window = this.#windows.get(lane);
    if (!window) return;
    window.held -= 1;
    if (window.spilledFrom !== undefined) {
      const few = window.held <= window.cap / 2 || window.held <= this.#slotsOf(lane);
      if (few) this.#hungry.add(lane);
    } else if (window.held <= 0) {
      this.#windows.delete(lane);
    }
  }

  get hungry(): boolean {
    return this.#hungry.size > 0;
  }

  /** The next lane that wants tasks from the store, if any. */
  nextHungry(
    nowMs: number,
    crowded = false,
  ): { lane: LaneKey; fromSeq: number; limit: number } | undefined {
    for (const lane of this.#hungry) {
      this.#hungry.delete(lane);
      const window = this.#windows.get(lane);
      if (window?.spilledFrom === undefined) continue;
      const sinceMs = nowMs - window.filledMs;
      if (sinceMs < QUICK_MS) window.cap = Math.min(CAP_MAX, window.cap * 2);
      else if (sinceMs > SLOW_MS) window.cap = Math.floor(window.cap / 2);
      window.cap = Math.max(window.cap, this.#capMin(lane, crowded));
      window.filledMs = nowMs;
      const limit = window.cap - window.held;
      if (limit > 0) return { lane, fromSeq: window.spilledFrom, limit };
    }
    return undefined;
  }

  /** `count` tasks were handed out; what is left begins at `spilledFrom`, undefined = nothing. */
  refilled(lane: LaneKey, count: number, spilledFrom: number | undefined): void {
    const window = this.#windows.get(lane);
    if (!window) return;
    window.held += count;
    window.spilledFrom = spilledFrom;
    window.spilled = spilledFrom === undefined ? 0 : window.spilled - count;
    if (spilledFrom === undefined && window.held <= 0) this.#windows.delete(lane);
  }

  clear(): void {
    this.#windows.clear();
    this.#hungry.clear();
  }

  #emptyWindow(lane: LaneKey, nowMs: number, crowded: boolean): Window {
    const cap = this.#capMin(lane, crowded);
    return { held: 0, cap, spilledFrom: undefined, spilled: 0, filledMs: nowMs };
  }

  #capMin(lane: LaneKey, crowded: boolean): number {
    return Math.min(CAP_MAX, Math.max(crowded ? 1 : CAP_MIN, 2 * this.#slotsOf(lane)));
  }
}
