/**
 * What several nodes share beside the jobs: who is there, who works on what, who owns which lanes.
 * The truth of the cluster; messages between nodes are hints that may be lost, late or doubled.
 *
 * One number fences everything: `join` gives a node a number larger than any before, and whatever
 * the node holds (shards, slices of lanes, leads of jobs, roles, seats of caps, loans) it holds
 * under that number. Renewing the one lease renews all of it. When the lease has passed, `sweep`
 * ends the number: all that was held under it is free in the same transaction, and nothing can be
 * written under it any more.
 *
 * Invariants that every implementation keeps, and that `test/conformance/cluster-store.ts` checks:
 * - A number that has ended writes nothing: each method that takes a fence rejects with
 *   `cluster.fenced`, and so do `commit`, `addRows`, `finishPlan`, `moveJob` and `addActive` of
 *   `storeOf(fence)`.
 * - A shard, a slice, a lead, a role has one holder at most. The seats of a cap that are held never
 *   exceed it. A shard is held only by who holds its slice.
 * - Leases are judged by one clock, the store's own, whatever the clocks of the nodes show.
 *
 * All arguments and results are plain data. Methods reject with `store.unavailable` where the store
 * cannot be reached.
 */
import type { Job, JobCounters, JobSpec } from '../model/job.ts';
import type { LaneFeedback, LaneKey, LaneLimits } from '../model/lane.ts';
import type { Task } from '../model/task.ts';
import type { JobBaggage, PlannedRow, Store } from './store.ts';

/** The number under which a node holds what it holds. */
export type Fence = number;

export interface ClusterStore {
  /** Everything of the `Store` port, without a fence: for reading, and for requests of users. */
  readonly store: Store;
  /** The same, where what a node writes in its work goes through its fence. */
  storeOf(fence: Fence): Store;

  // Nodes
  join(node: NodeIntro, leaseMs: number): Promise<Fence>;
  /** Also publishes `status` (JSON text) where it is given. */
  renew(fence: Fence, leaseMs: number, status?: string): Promise<Renewal>;
  /**
   * Gives back everything at once; nothing happens where the number has ended. Slices that are held
   * until then count as lost: nobody said what their next owner must know.
   */
  leave(fence: Fence): Promise<void>;
  /** Ends the numbers whose lease has passed. Where it is one alone, its shards count as lost. */
  sweep(): Promise<Swept>;
  /** Drops what nobody needs any more: told events, ends of loans, files that were never whole. */
  prune(): Promise<void>;
  /** Those whose number has not ended, oldest first. A process that joins again ends its last. */
  nodes(): Promise<readonly NodeRow[]>;
  /** Asks a node to drain, told by its next renewal; false where there is no such node. */
  askDrain(id: string): Promise<boolean>;

  // Jobs that somebody has to plan and to end, and what only one node does at a time
  /**
   * `createJob` and `lead` at once. Not led (a job that was there already may be led by another
   * node, the number may have ended), it is stored all the same. Where it is stored now, what comes
   * along is stored with it.
   */
  createJob(fence: Fence, spec: JobSpec, along?: LedBaggage): Promise<CreatedJob>;
  /** Leads the job where it is running and nobody else leads it; true where it is led now. */
  lead(fence: Fence, jobId: string): Promise<boolean>;
  unlead(fence: Fence, jobId: string): Promise<void>;
  /** Running jobs that nobody leads, oldest first. */
  leaderless(limit: number): Promise<readonly string[]>;
  /** Takes a role where nobody has it; true where it is held now. */
  takeRole(fence: Fence, role: string): Promise<boolean>;
  giveRole(fence: Fence, role: string): Promise<void>;

  // Work
  /**
   * `addRows` of the `Store` port. The first of the new shards stays with the node as if it had
   * claimed it, where its tasks have no lane and are no more than `keep`, and the job is running.
   */
  addRows(fence: Fence, rows: NewRows, keep: number): Promise<AddedRows>;
  /**
   * Takes shards of running jobs in fair order, of at least one task and about `tasks` in all.
   * Those of a slice that another node holds are passed over; a slice that nobody holds is taken
   * with them. A shard that was taken gets no further rows.
   */
  claim(fence: Fence, ask: ClaimAsk): Promise<Claim>;
  /**
   * The node begins with these shards, which were lost before: it waits for this before it starts
   * the first of their tasks. Where fewer are open than when one was last begun, its losses start
   * anew.
   */
  beginShards(fence: Fence, shards: readonly BegunShard[]): Promise<void>;
  /** All tasks of these shards have ended. One with a task that was opened anew is free instead. */
  finishShards(fence: Fence, shards: readonly ShardName[]): Promise<void>;
  /**
   * Gives shards back. The tasks named in `keep` (which are under way) stay with the node; all
   * others get a shard of their own, which anybody may take.
   */
  releaseShards(fence: Fence, shards: readonly ReleasedShard[]): Promise<void>;
  /** `takeDue` of the `Store` port among the shards that are held; counters move with it. */
  takeDue(fence: Fence, jobId: string, nowMs: number, limit: number): Promise<readonly DueTask[]>;
  /** When the next waiting task of the job among the shards that are held is due, wall ms. */
  nextDueMs(fence: Fence, jobId: string): Promise<number | undefined>;

  // Lanes
  /** Takes slices that nobody holds; answers who holds each of them now. */
  takeSlices(fence: Fence, slices: readonly number[]): Promise<readonly SliceHeld[]>;
  /** Gives slices back of which no shard is held, with what their next owner must know. */
  releaseSlices(fence: Fence, slices: readonly SliceGiven[]): Promise<void>;

  // Caps over the whole cluster (of tenants, of jobs)
  /** Says how many seats the node has in use and wants; answers how many it holds from now on. */
  shareCaps(fence: Fence, asks: readonly CapAsk[]): Promise<readonly CapShare[]>;

  // Starts of lanes that another node owns
  /** Asks the owners for a start of each lane; returns the loans' ids in the same order. */
  askLoans(fence: Fence, asks: readonly LoanAsk[]): Promise<readonly number[]>;
  /**
   * What concerns this node: loans asked of slices that it holds, answers to those it asked for,
   * ends of those that it granted (also where the borrower's number has ended).
   */
  loans(fence: Fence): Promise<LoanNews>;
  grantLoans(fence: Fence, grants: readonly LoanGrant[]): Promise<void>;
  /** The borrower has used a loan, or does not want it any more (no feedback). */
  endLoans(fence: Fence, ends: readonly LoanEnd[]): Promise<void>;
  /** The owner has taken note of the ends of these loans. */
  forgetLoans(fence: Fence, ids: readonly number[]): Promise<void>;

  // Files that any node may need: inputs of jobs
  /** Adds the next piece; `no` counts from 0. Writing one twice keeps the first. */
  writeFile(path: string, no: number, bytes: Uint8Array): Promise<void>;
  /** Says how many pieces the file has: from now on it is there. */
  finishFile(path: string, pieces: number): Promise<void>;
  /** Number of pieces; undefined = no such file, or not whole. */
  filePieces(path: string): Promise<number | undefined>;
  readFile(path: string, no: number): Promise<Uint8Array>;
  removeFile(path: string): Promise<void>;

  // What is told to who looks on elsewhere (failures of tasks); kept for a few minutes
  tell(fence: Fence, events: readonly string[]): Promise<void>;
  /** Events told by other nodes since, JSON texts, and where to go on; `since` -1 = from now on. */
  told(fence: Fence, since: number): Promise<{ readonly events: readonly string[]; next: number }>;

  close(): Promise<void>;
}

export interface Swept {
  readonly ended: readonly Fence[];
  /** Until the first of the other leases ends unless renewed, ms; undefined: there is none. */
  readonly nextMs: number | undefined;
}

export interface NodeIntro {
  /** Of the process, new at each start. */
  readonly id: string;
  /** For people: the machine's name. */
  readonly name: string;
  readonly version: string;
  readonly kind: 'serve' | 'worker' | 'run';
}

export interface NodeRow extends NodeIntro {
  readonly fence: Fence;
  /** Time since the number was given, ms. */
  readonly ageMs: number;
  /** Time until its lease ends, ms; negative = it is about to be swept. */
  readonly leaseMs: number;
  readonly draining: boolean;
  readonly shards: number;
  readonly slices: number;
  readonly leads: number;
  readonly roles: readonly string[];
  /** As last published, JSON text. */
  readonly status: string | undefined;
}

export interface Renewal {
  /** Whether the node is asked to drain. */
  readonly drain: boolean;
  /** The store's wall clock, ms. */
  readonly storeMs: number;
}

export interface CreatedJob {
  readonly job: Job;
  readonly created: boolean;
  readonly led: boolean;
  /** Shards of its first rows that stay, as with `addRows`; none where the job is not led. */
  readonly kept: readonly ClaimedShard[];
}

export interface LedBaggage extends JobBaggage {
  /** As with `addRows`. Default: nothing stays. */
  readonly keep?: number;
}

/** See `Store.addRows`. */
export interface NewRows {
  readonly jobId: string;
  readonly firstSeq: number;
  readonly rows: readonly PlannedRow[];
  readonly nowMs: number;
}

export interface AddedRows {
  readonly counters: JobCounters;
  /** Those that stay: one at most. */
  readonly kept: readonly ClaimedShard[];
}

export interface ClaimAsk {
  /** Tasks wanted. */
  readonly tasks: number;
  /** Only of this job. */
  readonly jobId?: string;
  /** Not of these jobs: the node has all of them that it can use. */
  readonly notJobs: readonly string[];
  /** Not of these tenants: a full node takes one shard only of those that it has nothing of. */
  readonly notTenants: readonly string[];
  /** Given: tasks with lanes only, and of none of these slices, of which the node has enough. */
  readonly notSlices?: readonly number[];
}

export interface ShardName {
  readonly jobId: string;
  readonly no: number;
}

export interface BegunShard extends ShardName {
  /** Tasks that are open. */
  readonly open: number;
}

export interface ClaimedShard extends ShardName {
  /** undefined: its tasks have no lane. */
  readonly slice: number | undefined;
  /** Open tasks that may start now, in order. */
  readonly tasks: readonly Task[];
  /** Open tasks that wait for a time. */
  readonly waiting: number;
  /** When the first of them is due, wall ms. */
  readonly nextDueMs: number | undefined;
  /**
   * How many nodes in a row ended with it before any of its tasks did, from the second on only
   * those that had begun it: a shard that ends its nodes should not go round for ever.
   */
  readonly losses: number;
}

export interface Claim {
  readonly shards: readonly ClaimedShard[];
  /** Slices that came with them and were not held before. */
  readonly slices: readonly SliceHeld[];
}

export interface DueTask {
  readonly task: Task;
  /** Of its shard. */
  readonly no: number;
}

export interface ReleasedShard extends ShardName {
  readonly keep: readonly number[];
}

export interface SliceHeld {
  readonly slice: number;
  readonly holder: Fence;
  /**
   * What the last owner gave along, where this call took the slice. Where that one ended without
   * a word (`lost`), what it was given itself.
   */
  readonly carry: string | undefined;
  /** Where this call took the slice: its last owner ended without giving it back. */
  readonly lost: boolean;
}

export interface SliceGiven {
  readonly slice: number;
  /** JSON text; undefined = nothing of its lanes needs to be known. */
  readonly carry: string | undefined;
}

export interface CapAsk {
  /** `tenant:acme`, `job:j_…`. */
  readonly cap: LaneKey;
  /** Seats over all nodes. */
  readonly seats: number;
  readonly inUse: number;
  /** In use and wanted; 0 = the node is done with it. */
  readonly want: number;
}

export interface CapShare {
  readonly cap: LaneKey;
  /** What the node holds. */
  readonly seats: number;
  /** Fewer where it is to give some back: it starts nothing more while it uses as many. */
  readonly part: number;
}

export interface LoanAsk {
  readonly lane: LaneKey;
  /** For whom: what the owner's fair choice goes by. */
  readonly tenant: string;
  /** What the lane allows as the borrower knows it: the owner may have no job that says so. */
  readonly limits: LaneLimits;
}

export interface LoanNews {
  readonly asked: readonly (LoanAsk & { readonly id: number; readonly borrower: Fence })[];
  /** Granted to this node. */
  readonly granted: readonly LoanGrant[];
  /**
   * Loans that this node asked for and that nobody can grant: their slice has no owner any more.
   * They are gone.
   */
  readonly void: readonly number[];
  /**
   * Granted by this node, or by an owner before it, and ended. Also those that the borrower gave up
   * before it knew of a grant: the two may have happened at the same moment.
   */
  readonly ended: readonly LoanEnd[];
  /** Granted and not ended, of slices that this node holds: in use, whoever granted them. */
  readonly outstanding: readonly (LoanAsk & { readonly id: number; readonly borrower: Fence })[];
}

export interface LoanGrant {
  readonly id: number;
  /** For how long further starts may follow the first, one at a time, ms; 0 = none. */
  readonly termMs: number;
}

export interface LoanEnd {
  readonly id: number;
  /** undefined: never used. `sentMs` is wall time here. */
  readonly feedback: LaneFeedback | undefined;
}
