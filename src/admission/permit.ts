import type { LaneFeedback, LaneKey } from '../model/lane.ts';
import type { Job } from './job.ts';
import type { Lane } from './lane.ts';

/**
 * What a started unit holds, all of it or nothing: a seat (one slot of node, tenant and job) and a
 * leaf (one start of each leaf lane). Each is given back once; giving back again does nothing.
 */
export interface Permit {
  /** Its leaf lanes. */
  readonly lanes: readonly LaneKey[];
  /** Monotonic time of its start, ms. */
  readonly startedMs: number;
  readonly seatHeld: boolean;
  readonly leafHeld: boolean;
  /** Ends the use of the leaf lanes and feeds their rate, breaker and adaptive control once. */
  settleLeaf(feedback: LaneFeedback, nowMs: number): void;
  /** Gives the leaf back as never used: the start does not count against a rate. */
  refundLeaf(nowMs: number): void;
  /** Gives the seat back; the verdict feeds a job's learned concurrency. */
  releaseSeat(feedback: LaneFeedback, nowMs: number): void;
}

/** Where permits are given back. */
export interface PermitDesk<T> {
  leafEnded(permit: HeldPermit<T>, feedback: LaneFeedback | undefined, nowMs: number): void;
  seatReleased(permit: HeldPermit<T>, job: Job<T>, feedback: LaneFeedback, nowMs: number): void;
}

/** A permit as the admission itself sees it. */
export class HeldPermit<T> implements Permit {
  readonly lanes: readonly LaneKey[];
  readonly startedMs: number;
  /** Seat time charged at the start, ms. */
  readonly chargedMs: number;
  readonly leaves: readonly Lane<T>[];
  /** Whether another tenant, or another job of the tenant, wanted the seat at its start. */
  wantedByTenants = false;
  wantedByJobs = false;
  readonly #desk: PermitDesk<T>;
  #job: Job<T> | undefined;
  #leafHeld: boolean;

  constructor(
    desk: PermitDesk<T>,
    job: Job<T> | undefined,
    lanes: readonly LaneKey[],
    leaves: readonly Lane<T>[],
    nowMs: number,
  ) {
    this.#desk = desk;
    this.#job = job;
    this.lanes = lanes;
    this.leaves = leaves;
    this.startedMs = nowMs;
    this.chargedMs = job === undefined ? 0 : job.seatTime.meanMs;
    this.#leafHeld = leaves.length > 0;
  }

  get seatHeld(): boolean {
    return this.#job !== undefined;
  }

  get leafHeld(): boolean {
    return this.#leafHeld;
  }

  settleLeaf(feedback: LaneFeedback, nowMs: number): void {
    if (!this.#leafHeld) return;
    this.#leafHeld = false;
    this.#desk.leafEnded(this, feedback, nowMs);
  }

  refundLeaf(nowMs: number): void {
    if (!this.#leafHeld) return;
    this.#leafHeld = false;
    this.#desk.leafEnded(this, undefined, nowMs);
  }

  releaseSeat(feedback: LaneFeedback, nowMs: number): void {
    const job = this.#job;
    if (job === undefined) return;
    this.#job = undefined;
    this.#desk.seatReleased(this, job, feedback, nowMs);
  }
}
