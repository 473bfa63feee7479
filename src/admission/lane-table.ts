import type { LaneKey, LaneLimits } from '../model/lane.ts';
import { Lane, type LaneCarry, type LaneMemory, type LaneWorld } from './lane.ts';

export interface LaneTableOptions extends LaneWorld {
  limitsOf(lane: LaneKey): LaneLimits;
  /** What was learned of a lane before, if anything; asked at its first use. */
  remembered(lane: LaneKey): LaneMemory | undefined;
  /** What its last owner gave along, where it had another one; asked at its first use. */
  carried?(lane: LaneKey): LaneCarry | undefined;
  /** Monotonic time, ms, for what is carried. */
  nowMs?(): number;
  /** Told what was learned of a lane when it is forgotten. */
  onForget(lane: LaneKey, memory: LaneMemory): void;
  /** Idle lanes that are kept. */
  idleLanesMax: number;
}

/** Idle lanes looked at whenever one lane falls idle: two, so that the table can shrink. */
const LOOKS = 2;

/**
 * The lanes in use and the idle ones worth keeping. A lane is made at its first use. An idle one is
 * forgotten, least recently used first, once there are too many; but only when it is at rest, for
 * until then it still forbids something.
 *
 * Invariant: a lane with something in use, waiting or granted is never forgotten.
 */
export class LaneTable<T> {
  readonly #options: LaneTableOptions;
  readonly #lanes = new Map<LaneKey, Lane<T>>();
  #oldest: Lane<T> | undefined;
  #newest: Lane<T> | undefined;
  #idleCount = 0;

  constructor(options: LaneTableOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#lanes.size;
  }

  peek(key: LaneKey): Lane<T> | undefined {
    return this.#lanes.get(key);
  }

  get(key: LaneKey): Lane<T> {
    const known = this.#lanes.get(key);
    if (known !== undefined) return known;
    const { limitsOf, remembered, carried } = this.#options;
    const lane = new Lane<T>(key, limitsOf(key), this.#options, remembered(key));
    const carry = carried?.(key);
    if (carry !== undefined) lane.adopt(carry, this.#options.nowMs?.() ?? 0);
    this.#lanes.set(key, lane);
    this.#link(lane);
    return lane;
  }

  values(): Iterable<Lane<T>> {
    return this.#lanes.values();
  }

  /** A lane came into use, or fell out of it. */
  note(lane: Lane<T>, nowMs: number): void {
    const { unused } = lane;
    if (unused === lane.idle) return;
    if (!unused) {
      this.#unlink(lane);
      return;
    }
    lane.waiters = undefined;
    this.#link(lane);
    for (let looks = 0; looks < LOOKS && this.#idleCount > this.#options.idleLanesMax; looks += 1) {
      this.#look(this.#oldest as Lane<T>, nowMs);
    }
  }

  /** Forgets an unused lane at once, whatever it still forbids; false where it is in use. */
  drop(lane: Lane<T>): boolean {
    if (!lane.unused) return false;
    if (lane.idle) this.#unlink(lane);
    this.#forget(lane);
    return true;
  }

  #look(lane: Lane<T>, nowMs: number): void {
    this.#unlink(lane);
    if (!lane.atRest(nowMs)) {
      this.#link(lane);
      return;
    }
    this.#forget(lane);
    const { memory } = lane;
    if (memory !== undefined) this.#options.onForget(lane.key, memory);
  }

  #forget(lane: Lane<T>): void {
    this.#lanes.delete(lane.key);
    lane.gone = true;
  }

  #link(lane: Lane<T>): void {
    lane.idle = true;
    lane.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = lane;
    else this.#newest.newer = lane;
    this.#newest = lane;
    this.#idleCount += 1;
  }

  #unlink(lane: Lane<T>): void {
    lane.idle = false;
    if (lane.older === undefined) this.#oldest = lane.newer;
    else lane.older.newer = lane.newer;
    if (lane.newer === undefined) this.#newest = lane.older;
    else lane.newer.older = lane.older;
    lane.older = undefined;
    lane.newer = undefined;
    this.#idleCount -= 1;
  }
}
