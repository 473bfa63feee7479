import type { LaneFeedback, LaneKey, LaneLimits } from '../model/lane.ts';
import type { Group } from './group.ts';
import { IndexedHeap } from './indexed-heap.ts';
import type { Lane, LaneCarry, LaneStatus } from './lane.ts';
import { LaneTable, type LaneTableOptions } from './lane-table.ts';
import type { HeldPermit } from './permit.ts';
import { WaitList } from './wait-list.ts';

/** A lane that another process goes on with. */
export interface GivenLane {
  readonly carry: LaneCarry | undefined;
  readonly status: LaneStatus;
}

const NO_LANES: readonly never[] = [];

/**
 * Where blocked groups wait, and what wakes them. A group is parked on the one lane that blocks it.
 * The lane is looked at again when its time has come (a heap of timers) or when something of it was
 * given back; then it wakes as many groups as it has room for, in fair order, and grants each a
 * place that nobody else takes meanwhile.
 *
 * Invariant, after `wake(now)`: a lane with waiters has no room beyond its grants. So whatever can
 * start is among the ready groups, and no group is looked at without a cause.
 *
 * A group whose job or tenant has no seat cannot use a grant: it is made ready without one and the
 * next in line is woken. When it gets its seat it is tried, and may have to park again.
 */
export class Parking<T> {
  readonly #table: LaneTable<T>;
  readonly #onWake: (group: Group<T>, nowMs: number) => void;
  readonly #timers = new IndexedHeap<Lane<T>>((a, b) => a.wakeAtMs < b.wakeAtMs);
  /** Lanes whose state changed since they were last looked at. */
  #dirty: Lane<T>[] = [];

  constructor(options: LaneTableOptions, onWake: (group: Group<T>, nowMs: number) => void) {
    this.#table = new LaneTable(options);
    this.#onWake = onWake;
  }

  get lanes(): LaneTable<T> {
    return this.#table;
  }

  /** When time alone will open a lane that has waiters; Infinity = not. */
  get wakeAtMs(): number {
    return this.#timers.peek()?.wakeAtMs ?? Infinity;
  }

  /**
   * The first lane that keeps the group from starting now. A group with a grant is not held up by
   * the grants of others at its further lanes: two that each hold what the other needs would give
   * way to each other for ever.
   */
  blocker(group: Group<T>, nowMs: number): Lane<T> | undefined {
    for (const lane of this.leavesOf(group)) {
      const spoken = group.grant === undefined ? lane.granted : 0;
      if (lane.room(nowMs) <= spoken) return lane;
    }
    return undefined;
  }

  /**
   * A group gets its first units: the lane where it has to queue, or undefined when it is the first
   * at all its lanes. A lane has one such untried group at most, so that a thousand groups for one
   * open lane are not all tried in vain when the first of them has filled it.
   */
  crowdedLane(group: Group<T>): Lane<T> | undefined {
    for (const key of group.lanes) {
      const lane = this.#table.peek(key);
      if (lane?.crowded) return lane;
    }
    for (const lane of this.leavesOf(group)) {
      lane.untried += 1;
      this.#table.note(lane, -Infinity);
    }
    group.untried = true;
    return undefined;
  }

  /** The group is tried for the first time, or taken out before. */
  onTried(group: Group<T>, nowMs: number): void {
    if (!group.untried) return;
    group.untried = false;
    for (const lane of this.leavesOf(group)) {
      lane.untried -= 1;
      this.#table.note(lane, nowMs);
    }
  }

  /** The leaf lanes, if each has room and nobody waits at any. */
  vacant(keys: readonly LaneKey[], nowMs: number): boolean {
    for (const key of keys) {
      const lane = this.#table.get(key);
      if (lane.queued > 0 || lane.room(nowMs) - lane.granted <= 0) return false;
    }
    return true;
  }

  /** The group's lanes; looked up once, as long as they are not forgotten. */
  leavesOf(group: Group<T>): readonly Lane<T>[] {
    const { leaves } = group;
    if (leaves !== undefined && !anyGone(leaves)) return leaves;
    group.leaves = this.lanesOf(group.lanes);
    return group.leaves;
  }

  lanesOf(keys: readonly LaneKey[]): readonly Lane<T>[] {
    return keys.length === 0 ? NO_LANES : keys.map((key) => this.#table.get(key));
  }

  /** One start of each lane, by `taker`. */
  take(lanes: readonly Lane<T>[], taker: object, nowMs: number): void {
    for (const lane of lanes) {
      lane.take(taker, nowMs);
      this.#changed(lane, nowMs);
    }
  }

  /** Ends the use of a permit's leaf lanes; without feedback they were never used. */
  giveBack(permit: HeldPermit<T>, feedback: LaneFeedback | undefined, nowMs: number): void {
    for (const lane of permit.leaves) {
      if (feedback !== undefined) lane.settle(feedback, permit.startedMs, nowMs);
      else lane.refund(permit, permit.startedMs, nowMs);
      this.#changed(lane, nowMs);
    }
  }

  /**
   * Time between two starts at the slowest of the group's lanes, ms; undefined = not known. Slots
   * alone make a pace only where a group had to wait for them.
   */
  intervalMs(group: Group<T>): number | undefined {
    const { leaves } = group;
    if (leaves?.length === 1 && leaves[0]?.gone === false) return paceOf(leaves[0], group);
    let intervalMs: number | undefined;
    for (const key of group.lanes) {
      const lane = this.#table.peek(key);
      const paceMs = lane && paceOf(lane, group);
      if (paceMs !== undefined) intervalMs = Math.max(intervalMs ?? 0, paceMs);
    }
    return intervalMs;
  }

  /** Other limits for a lane that exists already. */
  setLimits(key: LaneKey, limits: LaneLimits, nowMs: number): void {
    const lane = this.#table.peek(key);
    if (lane === undefined) return;
    lane.setLimits(limits, nowMs);
    this.#changed(lane, nowMs);
  }

  /** Nothing starts in a lane before a time, however soon it was to open before. */
  closeUntil(key: LaneKey, untilMs: number, nowMs: number): void {
    const lane = this.#table.get(key);
    lane.closeUntil(untilMs);
    this.#changed(lane, nowMs);
  }

  /** Forgets a lane that is not in use; undefined where it is, and where there is none. */
  giveUp(key: LaneKey, nowMs: number): GivenLane | undefined {
    const lane = this.#table.peek(key);
    if (lane === undefined) return undefined;
    const given = { carry: lane.carry(nowMs), status: lane.status(nowMs) };
    return this.#table.drop(lane) ? given : undefined;
  }

  /** Something of a lane was taken or given back. */
  #changed(lane: Lane<T>, nowMs: number): void {
    if (lane.queued > 0) this.#mark(lane);
    else this.#table.note(lane, nowMs);
  }

  /** A lane of these where others wait, so that a group has to queue again for its next start. */
  queuedLane(lanes: readonly Lane<T>[]): Lane<T> | undefined {
    for (const lane of lanes) if (lane.queued > 0) return lane;
    return undefined;
  }

  park(group: Group<T>, lane: Lane<T>, nowMs: number): void {
    this.returnGrant(group, nowMs);
    lane.waiters ??= new WaitList(lane);
    lane.waiters.add(group);
    lane.waiting += group.units.size;
    group.parkedOn = lane;
    this.#table.note(lane, nowMs);
    this.#mark(lane);
  }

  /** Takes a parked group out of its wait list: it has no units any more. */
  unpark(group: Group<T>, nowMs: number): void {
    const lane = group.parkedOn as Lane<T>;
    lane.waiters?.remove(group);
    lane.waiting -= group.units.size;
    group.parkedOn = undefined;
    if (lane.queued === 0) this.#disarm(lane);
    this.#table.note(lane, nowMs);
  }

  /** A woken group started: its grant has become a use of the lane. Before `take`. */
  useGrant(group: Group<T>): void {
    const { grant } = group;
    if (grant === undefined) return;
    this.#endGrant(group, grant.lane);
    grant.lane.waiters?.settle(grant);
  }

  /** A woken group cannot use its grant: the next in line may have it. */
  returnGrant(group: Group<T>, nowMs: number): void {
    const { grant } = group;
    if (grant === undefined) return;
    this.#endGrant(group, grant.lane);
    grant.lane.waiters?.refund(grant);
    this.#changed(grant.lane, nowMs);
  }

  /** Looks at every lane whose time has come or whose state has changed, and wakes who may go. */
  wake(nowMs: number): void {
    for (;;) {
      const lane = this.#timers.peek();
      if (lane === undefined || lane.wakeAtMs > nowMs) break;
      this.#disarm(lane);
      this.#mark(lane);
    }
    while (this.#dirty.length > 0) {
      const dirty = this.#dirty;
      this.#dirty = [];
      for (const lane of dirty) {
        lane.dirty = false;
        this.#look(lane, nowMs);
      }
    }
  }

  #look(lane: Lane<T>, nowMs: number): void {
    const { waiters } = lane;
    if (waiters === undefined) return;
    let free = waiters.size > 0 ? lane.room(nowMs) - lane.granted : 0;
    while (free > 0) {
      const group = waiters.peek();
      if (group === undefined) break;
      if (group.job.asleep) {
        waiters.remove(group);
      } else {
        group.grant = waiters.grant(group);
        group.job.granted.add(group);
        group.job.tenant.granted.add(group);
        lane.granted += 1;
        free -= 1;
      }
      lane.waiting -= group.units.size;
      group.parkedOn = undefined;
      this.#onWake(group, nowMs);
    }
    this.#arm(lane, nowMs);
    this.#table.note(lane, nowMs);
  }

  #arm(lane: Lane<T>, nowMs: number): void {
    const opensMs = lane.queued > 0 ? lane.opensMs(nowMs) : Infinity;
    if (opensMs === Infinity || opensMs <= nowMs) {
      this.#disarm(lane);
      return;
    }
    lane.wakeAtMs = opensMs;
    if (lane.heapAt >= 0) this.#timers.update(lane);
    else this.#timers.push(lane);
  }

  #disarm(lane: Lane<T>): void {
    if (lane.heapAt >= 0) this.#timers.remove(lane);
  }

  #mark(lane: Lane<T>): void {
    if (lane.dirty) return;
    lane.dirty = true;
    this.#dirty.push(lane);
  }

  #endGrant(group: Group<T>, lane: Lane<T>): void {
    group.grant = undefined;
    group.job.granted.delete(group);
    group.job.tenant.granted.delete(group);
    lane.granted -= 1;
  }
}

function anyGone<T>(lanes: readonly Lane<T>[]): boolean {
  for (const lane of lanes) if (lane.gone) return true;
  return false;
}

function paceOf<T>(lane: Lane<T>, group: Group<T>): number | undefined {
  return lane.perSecond === undefined && !group.contended ? undefined : lane.intervalMs;
}
