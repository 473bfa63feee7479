/**
 * How much of each lane the intake holds in memory. A lane starts with a few tasks and gets twice
 * as many whenever it runs dry quickly, so a fast lane is never short of work and a slow one,
 * however long, never fills the look-ahead. What does not fit stays in the store and is fetched
 * later by its lane: `spilledFrom` is the first row that was passed over.
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
  readonly #windows = new Map<LaneKey, Window>();
  readonly #hungry = new Set<LaneKey>();

  /** Lanes in memory, for tests of its bound. */
  get size(): number {
    return this.#windows.size;
  }

  /** Takes the task into its lane's window, or leaves it in the store for later. */
  admit(lane: LaneKey, seq: number, nowMs: number): boolean {
    let window = this.#windows.get(lane);
    if (!window) {
      window = emptyWindow(nowMs);
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
    else this.#windows.set(lane, { ...emptyWindow(nowMs), held: 1 });
  }

  /** A task of the lane has left memory. */
  release(lane: LaneKey): void {
    const window = this.#windows.get(lane);
    if (!window) return;
    window.held -= 1;
    if (window.spilledFrom !== undefined) {
      if (window.held <= window.cap / 2) this.#hungry.add(lane);
    } else if (window.held <= 0) {
      this.#windows.delete(lane);
    }
  }

  get hungry(): boolean {
    return this.#hungry.size > 0;
  }

  /** The next lane that wants tasks from the store, if any. */
  nextHungry(nowMs: number): { lane: LaneKey; fromSeq: number; limit: number } | undefined {
    for (const lane of this.#hungry) {
      this.#hungry.delete(lane);
      const window = this.#windows.get(lane);
      if (window?.spilledFrom === undefined) continue;
      const sinceMs = nowMs - window.filledMs;
      if (sinceMs < QUICK_MS) window.cap = Math.min(CAP_MAX, window.cap * 2);
      else if (sinceMs > SLOW_MS) window.cap = Math.max(CAP_MIN, window.cap / 2);
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
}

function emptyWindow(nowMs: number): Window {
  return { held: 0, cap: CAP_MIN, spilledFrom: undefined, spilled: 0, filledMs: nowMs };
}
