/**
 * The slices of lanes that this node owns: which lanes are here, what their last owners gave along,
 * and how they are given away again.
 *
 * A slice is given away once nothing of it is in use. What its lanes still forbid (a rest that was
 * asked for, a rate that has run ahead) goes along in the store's time; what was learned of them is
 * remembered by the store as ever.
 */
import type { Admission, LaneCarry, LaneStatus } from '../admission/admission.ts';
import type { LaneKey } from '../model/lane.ts';
import { sliceOf } from '../model/slice.ts';
import type { SliceGiven, SliceHeld } from '../store/cluster-store.ts';
import type { Startable } from './seat.ts';

interface Held {
  /** Lanes that were used here. */
  readonly lanes: Set<LaneKey>;
  /** Of lanes that were not used here yet. */
  readonly carried: Map<LaneKey, LaneCarry>;
  readonly lostMs: number | undefined;
  /** Shards that are held of it, and whatever else needs it. */
  uses: number;
  idleSinceMs: number;
}

/** The store's time and the node's. */
export interface StoreTime {
  toStoreMs(monoMs: number): number;
  toMonoMs(storeMs: number): number;
}

/** Times of what is carried, in the store's wall time. */
type CarryText = Readonly<Record<LaneKey, LaneCarry>>;

export class SliceBook {
  readonly #slices = new Map<number, Held>();

  get size(): number {
    return this.#slices.size;
  }

  isHere(lane: LaneKey): boolean {
    return this.#slices.has(sliceOf(lane));
  }

  has(slice: number): boolean {
    return this.#slices.has(slice);
  }

  gained({ slice, carry, lost }: SliceHeld, time: StoreTime, nowMs: number): void {
    if (this.#slices.has(slice)) return;
    const carried = new Map<LaneKey, LaneCarry>();
    const told = carry === undefined ? {} : (JSON.parse(carry) as CarryText);
    for (const [lane, times] of Object.entries(told)) {
      carried.set(
        lane as LaneKey,
        inOtherTime(times, (ms) => time.toMonoMs(ms)),
      );
    }
    this.#slices.set(slice, {
      lanes: new Set(),
      carried,
      lostMs: lost ? nowMs : undefined,
      uses: 0,
      idleSinceMs: nowMs,
    });
  }

  /** What the last owner gave along of a lane that is about to be used here. */
  carried(lane: LaneKey): LaneCarry | undefined {
    const held = this.#slices.get(sliceOf(lane));
    if (held === undefined) return undefined;
    held.lanes.add(lane);
    const carry = held.carried.get(lane);
    held.carried.delete(lane);
    if (held.lostMs === undefined) return carry;
    return { ...carry, lostMs: held.lostMs };
  }

  /** Somebody is about to use lanes of these. */
  touch(slices: Iterable<number>, nowMs: number): void {
    for (const slice of slices) this.use(slice, 0, nowMs);
  }

  /** A shard of the slice is held from now on, or not any more. */
  use(slice: number | undefined, change: 1 | 0 | -1, nowMs: number): void {
    const held = slice === undefined ? undefined : this.#slices.get(slice);
    if (held === undefined) return;
    held.uses += change;
    held.idleSinceMs = nowMs;
  }

  /** Slices of which shards are held. */
  get used(): readonly number[] {
    return [...this.#slices].filter(([, { uses }]) => uses > 0).map(([slice]) => slice);
  }

  /** Slices that nothing has needed for so long. */
  idle(nowMs: number, idleMs: number): readonly number[] {
    const idle: number[] = [];
    for (const [slice, held] of this.#slices) {
      if (held.uses === 0 && held.idleSinceMs <= nowMs - idleMs) idle.push(slice);
    }
    return idle;
  }

  /**
   * Takes a slice out: its lanes are not here any more from this instant. Undefined, and nothing
   * happens, while one of them is in use.
   */
  giveAway(
    slice: number,
    admission: Admission<Startable>,
    time: StoreTime,
    nowMs: number,
  ): { readonly given: SliceGiven; readonly statuses: readonly LaneStatus[] } | undefined {
    const held = this.#slices.get(slice);
    if (held === undefined) return undefined;
    for (const lane of held.lanes) if (admission.laneInUse(lane)) return undefined;
    const statuses: LaneStatus[] = [];
    for (const lane of held.lanes) {
      const given = admission.giveUp(lane, nowMs);
      if (given?.carry !== undefined) held.carried.set(lane, given.carry);
      if (given !== undefined) statuses.push(given.status);
    }
    this.#slices.delete(slice);
    const texts: [LaneKey, LaneCarry][] = [];
    for (const [lane, carry] of held.carried) {
      texts.push([lane, inOtherTime(carry, (ms) => time.toStoreMs(ms))]);
    }
    const carry = texts.length === 0 ? undefined : JSON.stringify(Object.fromEntries(texts));
    return { given: { slice, carry }, statuses };
  }
}

function inOtherTime({ opensMs, tatMs, lostMs }: LaneCarry, turn: (ms: number) => number) {
  return {
    ...(opensMs !== undefined && { opensMs: turn(opensMs) }),
    ...(tatMs !== undefined && { tatMs: turn(tatMs) }),
    ...(lostMs !== undefined && { lostMs: turn(lostMs) }),
  };
}
