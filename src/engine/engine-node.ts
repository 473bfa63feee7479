/** What an engine asks of the cluster's node that it works for. An engine alone has none. */
import type { LaneCarry, Permit } from '../admission/admission.ts';
import type { LaneKey, LaneLimits } from '../model/lane.ts';
import type { Task } from '../model/task.ts';
import type { Store } from '../store/store.ts';
import type { LeaseHolders } from './lease-holders.ts';
import type { IntakeOptions, TaskIntake } from './task-intake.ts';

export interface EngineNode {
  /** Whether the node's lease holds at this instant; nothing may start without it. */
  holds(nowMs: number): boolean;
  /** Whether the node leads the job from now on: plans it and sees to its end. */
  lead(jobId: string): Promise<boolean>;
  /** `addRows` of the `Store` port; some of the rows may be worked on here at once. */
  readonly addRows: Store['addRows'];
  /** Hands out the tasks of a job's shards. */
  intake(options: IntakeOptions): TaskIntake;
  /** To be waited for before the task starts; undefined = nothing is. */
  begin(task: Task): Promise<void> | undefined;
  /** A job does not run here any more, and nothing of it is under way. */
  left(jobId: string): Promise<void>;
  /** Seats that this node has at present of a cap over all nodes. */
  seats(cap: LaneKey): number;
  /** Attempts of a job that are active on the other nodes, as far as it is known. */
  elsewhere(jobId: string): number;
  /** Something may start, but nothing is here to be started. */
  onIdle(): void;
  readonly lanes: LaneHome;
  readonly holders: LeaseHolders;
}

/** Which lanes are owned here, and how a start is had of those that are not. */
export interface LaneHome {
  isHere(lane: LaneKey): boolean;
  /** What a lane's last owner gave along; asked at its first use here. */
  carried(lane: LaneKey): LaneCarry | undefined;
  /**
   * A start of a lane that is owned elsewhere; undefined = it is owned here by now. Its leaf is the
   * caller's to settle. Rejects with the signal's reason.
   */
  borrow(ask: Borrowing, signal: AbortSignal): Promise<Permit | undefined>;
}

export interface Borrowing {
  readonly lane: LaneKey;
  readonly tenant: string;
  readonly limits: LaneLimits;
}
