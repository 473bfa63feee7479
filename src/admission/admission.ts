import { assert } from '../base/assert.ts';
import type { Random } from '../base/random.ts';
import type { Blockage, LaneFeedback, LaneKey, LaneLimits } from '../model/lane.ts';
import { busiestLanes, explain } from './explain.ts';
import { Group } from './group.ts';
import { Job, type Tenant } from './job.ts';
import type { Lane, LaneCarry, LaneMemory, LaneStatus } from './lane.ts';
import { type GivenLane, Parking } from './parking.ts';
import { HeldPermit, type Permit, type PermitDesk } from './permit.ts';
import { type JobShare, Shares } from './shares.ts';
import type { Unit } from './unit.ts';

export type { LaneCarry, LaneMemory, LaneStatus } from './lane.ts';
export type { GivenLane } from './parking.ts';
export type { Permit } from './permit.ts';
export type { JobShare } from './shares.ts';
export type { Unit } from './unit.ts';

export interface AdmissionOptions {
  /** What a leaf lane allows; asked at its first use. */
  limitsOf(lane: LaneKey): LaneLimits;
  /** What was learned of a leaf lane before, if anything; asked at its first use. */
  remembered(lane: LaneKey): LaneMemory | undefined;
  /** What the last owner of a leaf lane gave along; asked at its first use. Default: nothing. */
  carried?(lane: LaneKey): LaneCarry | undefined;
  /** Monotonic time, ms; needed with `carried`. */
  nowMs?(): number;
  /** Told what was learned of an idle leaf lane when it is forgotten. */
  onForget(lane: LaneKey, memory: LaneMemory): void;
  /** Idle leaf lanes that are kept, at least as many as a unit may name. */
  readonly idleLanesMax: number;
  /** Monotonic time of a wall time, ms. */
  toMonoMs(wallMs: number): number;
  readonly random: Random;
}

/**
 * The scheduler's heart: which waiting unit may start now. Pure and synchronous: time is an
 * argument, nothing here waits.
 *
 * A unit starts when node, tenant, job and all its leaf lanes have room, in one step or not at all.
 * Until then it holds nothing. Of those that may start, the fair next one does: tenants by weight,
 * then jobs by weight, then the group that decides when the job ends.
 *
 * Invariants: no lane is ever above its limit; if any unit may start, `next` finds one; each step
 * costs O(log n) in tenants, jobs, lanes and units, amortised.
 */
export class Admission<T> implements PermitDesk<T> {
  readonly #shares = new Shares<T>();
  readonly #parking: Parking<T>;
  readonly #limitsOf: (lane: LaneKey) => LaneLimits;
  /**
   * How many groups with units name a leaf lane: those that lack a seat wait nowhere else. Kept
   * where lanes are given away only.
   */
  readonly #named: Map<LaneKey, number> | undefined;
  /** The latest time told; for changes that come without one. */
  #nowMs = 0;

  constructor(options: AdmissionOptions) {
    this.#limitsOf = (lane) => options.limitsOf(lane);
    if (options.carried) this.#named = new Map();
    this.#parking = new Parking<T>(options, (group, nowMs) => this.#makeReady(group, nowMs));
  }

  /** Sets a tenant's share and cap. A tenant is set before its jobs. */
  setTenant(
    tenant: string,
    limits: { readonly weight: number; readonly concurrency: number },
  ): void {
    this.#returnGrants(this.#shares.setTenant(tenant, limits.weight, limits.concurrency));
  }

  /** Forgets a tenant; false, and nothing is done, while it has jobs. */
  removeTenant(tenant: string): boolean {
    return this.#shares.removeTenant(tenant);
  }

  /** Sets a job's share and cap. A job is set before its units. */
  setJob(jobId: string, share: JobShare): void {
    this.#returnGrants(this.#shares.setJob(jobId, share));
  }

  /** Ends a job and hands out its waiting units. Its permits stay valid until given back. */
  removeJob(jobId: string): readonly Unit<T>[] {
    const job = this.#shares.job(jobId);
    if (job === undefined) return [];
    const units = [...this.#drain(job, 'resume'), ...this.#drain(job, 'task')];
    this.#shares.removeJob(job);
    return units;
  }

  /** Takes out all tasks of a job that wait; what has begun may go on. */
  withdrawTasks(jobId: string): void {
    const job = this.#shares.job(jobId);
    if (job !== undefined) this.#drain(job, 'task');
  }

  /** How many seats the node has. Fewer than in use is fine: nothing starts until it fits. */
  setNodeSlots(slots: number): void {
    this.#shares.setSlots(slots);
  }

  /** Gives a leaf lane that is in use already the limits that `limitsOf` names now. */
  refreshLimits(lane: LaneKey, nowMs: number): void {
    this.#nowMs = nowMs;
    this.#parking.setLimits(lane, this.#limitsOf(lane), nowMs);
  }

  /** Nothing starts in a leaf lane before a time (`nowMs` = it may), whatever was said before. */
  closeLane(lane: LaneKey, untilMs: number, nowMs: number): void {
    this.#nowMs = nowMs;
    this.#parking.closeUntil(lane, untilMs, nowMs);
  }

  enqueue(unit: Unit<T>): void {
    const job = this.#shares.job(unit.jobId);
    assert(job && job.tenant.name === unit.tenant, 'a unit is of a job that was set');
    job.waiting += 1;
    const groups = job.groups(unit.kind);
    const key = groupKey(unit.lanes);
    const group = groups.get(key);
    if (group === undefined) {
      const created = new Group<T>(job, unit, key);
      groups.set(key, created);
      this.#name(created, 1);
      this.#enter(created);
      return;
    }
    group.units.push(unit);
    if (group.units.size === 1) {
      group.renumber();
      this.#name(group, 1);
      this.#enter(group);
    } else {
      if (group.parkedOn !== undefined) group.parkedOn.waiting += 1;
      if (group.units.peek() === unit) this.#reorder(group);
    }
  }

  /** Takes a waiting unit out; false when it does not wait here. */
  withdraw(unit: Unit<T>): boolean {
    const job = this.#shares.job(unit.jobId);
    const group = job?.groups(unit.kind).get(groupKey(unit.lanes));
    if (job === undefined || group === undefined) return false;
    const first = group.units.peek() === unit;
    if (first && group.units.size === 1) {
      this.#takeOut(group);
      group.units.withdraw(unit);
      this.#name(group, -1);
      this.#drop(group);
      this.#shares.place(job);
    } else {
      if (!group.units.withdraw(unit)) return false;
      if (group.parkedOn !== undefined) group.parkedOn.waiting -= 1;
      if (first) this.#reorder(group);
    }
    job.waiting -= 1;
    return true;
  }

  /** Starts the fair next unit whose lanes are all open; undefined = nothing may start now. */
  next(nowMs: number): { readonly unit: Unit<T>; readonly permit: Permit } | undefined {
    this.#nowMs = nowMs;
    if (this.#shares.full) return undefined;
    for (;;) {
      this.#parking.wake(nowMs);
      const job = this.#shares.next();
      if (job === undefined) return undefined;
      const group = job.ready.peek() as Group<T>;
      const lane = this.#parking.blocker(group, nowMs);
      this.#parking.onTried(group, nowMs);
      if (lane === undefined) return this.#start(group, nowMs);
      job.ready.remove(group);
      this.#park(group, lane);
      this.#shares.place(job);
    }
  }

  /**
   * Leaf lanes for an attempt that holds its seat already: a permit without a seat, if all have
   * room and nobody waits at any of them.
   */
  tryLeaf(lanes: readonly LaneKey[], nowMs: number): Permit | undefined {
    this.#nowMs = nowMs;
    const keys = lanes.length > 1 ? [...new Set(lanes)] : lanes;
    this.#parking.wake(nowMs);
    return this.#parking.vacant(keys, nowMs) ? this.#takeLeaf(keys, nowMs) : undefined;
  }

  /**
   * Leaf lanes that are in use already by what another process has granted: counted here from now
   * on, whether there is room or not.
   */
  takeLeaf(lanes: readonly LaneKey[], nowMs: number): Permit {
    this.#nowMs = nowMs;
    return this.#takeLeaf(lanes, nowMs);
  }

  #takeLeaf(keys: readonly LaneKey[], nowMs: number): Permit {
    const leaves = this.#parking.lanesOf(keys);
    const permit = new HeldPermit<T>(this, undefined, keys, leaves, nowMs);
    this.#parking.take(leaves, permit, nowMs);
    return permit;
  }

  /**
   * The earliest monotonic time, ms, at which `next` may give something although nothing is
   * enqueued or given back until then; `nowMs` = it may right now; undefined = no such time.
   */
  nextWakeMs(nowMs: number): number | undefined {
    this.#nowMs = nowMs;
    if (this.#shares.full) return undefined;
    this.#parking.wake(nowMs);
    if (this.#shares.anyReady) return nowMs;
    const { wakeAtMs } = this.#parking;
    return wakeAtMs === Infinity ? undefined : wakeAtMs;
  }

  /** Units of the job that wait. */
  waiting(jobId: string): number {
    return this.#shares.job(jobId)?.waiting ?? 0;
  }

  /** Seats that the job holds. */
  running(jobId: string): number {
    return this.#shares.job(jobId)?.running ?? 0;
  }

  /** Seats that a tenant's jobs hold. */
  tenantRunning(tenant: string): number {
    return this.#shares.tenantRunning(tenant);
  }

  /** Seats that are free although everything that may start has started. */
  get idleSeats(): number {
    return this.#shares.anyReady ? 0 : Math.max(0, this.#shares.slots - this.#shares.running);
  }

  /** Whether a job or its tenant has no seat left, while units of it wait. */
  isFull(jobId: string): boolean {
    const job = this.#shares.job(jobId);
    return job !== undefined && job.waiting > 0 && job.asleep;
  }

  /** Whether something uses a leaf lane, waits for it or is about to. */
  laneInUse(lane: LaneKey): boolean {
    return this.#named?.has(lane) === true || this.#parking.lanes.peek(lane)?.unused === false;
  }

  /** How many starts of a leaf lane may be under way at once, now. */
  slotsOf(lane: LaneKey): number {
    const known = this.#parking.lanes.peek(lane);
    if (known !== undefined) return known.slots;
    const { concurrency } = this.#limitsOf(lane);
    return typeof concurrency === 'number' ? concurrency : concurrency.start;
  }

  /** Gives a leaf lane away: what its next owner must know. Undefined where it is in use. */
  giveUp(lane: LaneKey, nowMs: number): GivenLane | undefined {
    return this.#parking.giveUp(lane, nowMs);
  }

  /** What the job's waiting units are blocked by, most waiting first, at most `limit`. */
  explain(jobId: string, nowMs: number, limit: number): readonly Blockage[] {
    const job = this.#shares.job(jobId);
    return job === undefined ? [] : explain(job, this.#shares, nowMs, limit);
  }

  /** The leaf lanes known at present, busiest first, at most `limit`. */
  lanes(limit: number): readonly LaneStatus[] {
    return busiestLanes(this.#parking.lanes.values(), this.#nowMs, limit);
  }

  /** Called by a permit. */
  leafEnded(permit: HeldPermit<T>, feedback: LaneFeedback | undefined, nowMs: number): void {
    this.#nowMs = nowMs;
    this.#parking.giveBack(permit, feedback, nowMs);
  }

  /** Called by a permit. */
  seatReleased(permit: HeldPermit<T>, job: Job<T>, feedback: LaneFeedback, nowMs: number): void {
    this.#nowMs = nowMs;
    this.#shares.release(job, permit, feedback, nowMs);
    this.#returnGrants(job);
  }

  #drain(job: Job<T>, kind: Unit<T>['kind']): readonly Unit<T>[] {
    const groups = job.groups(kind);
    const units: Unit<T>[] = [];
    for (const group of groups.values()) {
      if (group.units.size > 0) {
        this.#takeOut(group);
        this.#name(group, -1);
      }
      for (const unit of group.units.drain()) units.push(unit);
    }
    groups.clear();
    job.waiting -= units.length;
    this.#shares.place(job);
    return units;
  }

  #start(group: Group<T>, nowMs: number): { readonly unit: Unit<T>; readonly permit: Permit } {
    const { job, units, lanes } = group;
    const leaves = this.#parking.leavesOf(group);
    const permit = new HeldPermit<T>(this, job, lanes, leaves, nowMs);
    if (group.grant !== undefined) this.#parking.useGrant(group);
    this.#parking.take(leaves, permit, nowMs);
    const queued = units.size === 1 ? undefined : this.#parking.queuedLane(leaves);
    if (units.size === 1 || queued !== undefined) job.ready.remove(group);
    const unit = units.shift() as Unit<T>;
    job.waiting -= 1;
    group.renumber();
    if (units.size === 0) {
      this.#name(group, -1);
      this.#drop(group);
    } else if (queued !== undefined) this.#park(group, queued);
    else if (leaves.length === 0) job.ready.update(group);
    else job.ready.weigh(group, this.#parking.intervalMs(group), nowMs);
    if (unit.kind === 'task') job.ready.onStart();
    this.#shares.start(job, permit, nowMs);
    this.#shares.place(job);
    this.#returnGrants(job);
    return { unit, permit };
  }

  /** A group gets its first units, or has lost its last. */
  #name(group: Group<T>, change: 1 | -1): void {
    if (this.#named === undefined) return;
    for (const lane of group.lanes) {
      const count = (this.#named.get(lane) ?? 0) + change;
      if (count === 0) this.#named.delete(lane);
      else this.#named.set(lane, count);
    }
  }

  /** A group without a place gets one: parked where it cannot start anyway, else ready. */
  #enter(group: Group<T>): void {
    const lane = this.#parking.crowdedLane(group);
    if (lane === undefined) this.#makeReady(group, this.#nowMs);
    else this.#park(group, lane);
  }

  #makeReady(group: Group<T>, nowMs: number): void {
    group.weigh(this.#parking.intervalMs(group), nowMs);
    group.job.ready.add(group);
    this.#shares.place(group.job);
  }

  #park(group: Group<T>, lane: Lane<T>): void {
    group.contended = true;
    group.weigh(this.#parking.intervalMs(group), this.#nowMs);
    this.#parking.park(group, lane, this.#nowMs);
  }

  /** Takes a group with units out of wherever it is. */
  #takeOut(group: Group<T>): void {
    if (group.parkedOn !== undefined) {
      this.#parking.unpark(group, this.#nowMs);
      return;
    }
    group.job.ready.remove(group);
    this.#parking.onTried(group, this.#nowMs);
    this.#parking.returnGrant(group, this.#nowMs);
  }

  /** Forgets a group without units. The one without lanes is kept: nearly every job has it. */
  #drop(group: Group<T>): void {
    if (group.lanes.length > 0) group.job.groups(group.kind).delete(group.key);
  }

  /** The first unit of a queued group has changed. */
  #reorder(group: Group<T>): void {
    group.renumber();
    if (group.parkedOn === undefined) group.job.ready.update(group);
    else group.parkedOn.waiters?.update(group);
  }

  /** What has no seat to go with a granted place must not keep it from others. */
  #returnGrants(share: Job<T> | Tenant<T>): void {
    this.#returnGrantsOf(share);
    if (share instanceof Job) this.#returnGrantsOf(share.tenant);
  }

  #returnGrantsOf(share: Job<T> | Tenant<T>): void {
    if (share.granted.size === 0 || !share.full) return;
    for (const group of share.granted) this.#parking.returnGrant(group, this.#nowMs);
  }
}

/** Equal for units with the same leaf lanes in the same order. */
function groupKey(lanes: readonly LaneKey[]): string {
  if (lanes.length < 2) return lanes[0] ?? '';
  return JSON.stringify(lanes);
}
