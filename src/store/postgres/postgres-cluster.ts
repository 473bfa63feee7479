/** The store of a cluster on Postgres. Leases are judged by the clock of the database alone. */
import type { JobSpec } from '../../model/job.ts';
import type {
  AddedRows,
  BegunShard,
  CapAsk,
  CapShare,
  Claim,
  ClaimAsk,
  ClusterStore,
  CreatedJob,
  DueTask,
  Fence,
  LedBaggage,
  LoanAsk,
  LoanEnd,
  LoanGrant,
  LoanNews,
  NewRows,
  NodeIntro,
  NodeRow,
  ReleasedShard,
  Renewal,
  ShardName,
  SliceGiven,
  SliceHeld,
  Swept,
} from '../cluster-store.ts';
import type { Store } from '../store.ts';
import { ClusterCaps } from './cluster-caps.ts';
import { ClusterClaim } from './cluster-claim.ts';
import { ClusterFiles, ClusterTold } from './cluster-files.ts';
import { ClusterLoans } from './cluster-loans.ts';
import { ClusterNodes } from './cluster-nodes.ts';
import { ClusterRoles } from './cluster-roles.ts';
import { ClusterShards } from './cluster-shards.ts';
import { ClusterSlices } from './cluster-slices.ts';
import { storeJob } from './new-job.ts';
import type { PostgresStores } from './open-postgres-store.ts';
import { addRows } from './plan-writer.ts';

export class PostgresCluster implements ClusterStore {
  readonly store: Store;
  readonly #stores: PostgresStores;
  readonly #nodes: ClusterNodes;
  readonly #roles: ClusterRoles;
  readonly #claims: ClusterClaim;
  readonly #shards: ClusterShards;
  readonly #slices: ClusterSlices;
  readonly #caps: ClusterCaps;
  readonly #loans: ClusterLoans;
  readonly #files: ClusterFiles;
  readonly #told: ClusterTold;

  /** @param stores - of jobs, on the same database; closed with this */
  constructor(stores: PostgresStores) {
    const { database, store } = stores;
    this.#stores = stores;
    this.store = store;
    this.#nodes = new ClusterNodes(database);
    this.#roles = new ClusterRoles(database);
    this.#claims = new ClusterClaim(database);
    this.#shards = new ClusterShards(database);
    this.#slices = new ClusterSlices(database);
    this.#caps = new ClusterCaps(database);
    this.#loans = new ClusterLoans(database);
    this.#files = new ClusterFiles(database);
    this.#told = new ClusterTold(database);
  }

  storeOf(fence: Fence): Store {
    return this.#stores.storeOf(fence);
  }

  join(node: NodeIntro, leaseMs: number): Promise<Fence> {
    return this.#nodes.join(node, leaseMs);
  }

  renew(fence: Fence, leaseMs: number, status?: string): Promise<Renewal> {
    return this.#nodes.renew(fence, leaseMs, status);
  }

  leave(fence: Fence): Promise<void> {
    return this.#nodes.leave(fence);
  }

  async prune(): Promise<void> {
    await this.#nodes.prune();
    await this.#stores.database.forgetWriters();
  }

  sweep(): Promise<Swept> {
    return this.#nodes.sweep();
  }

  nodes(): Promise<readonly NodeRow[]> {
    return this.#nodes.list();
  }

  askDrain(id: string): Promise<boolean> {
    return this.#nodes.askDrain(id);
  }

  createJob(fence: Fence, spec: JobSpec, along?: LedBaggage): Promise<CreatedJob> {
    return this.#stores.database.write((tx) => storeJob(tx, spec, along, fence));
  }

  lead(fence: Fence, jobId: string): Promise<boolean> {
    return this.#roles.lead(fence, jobId);
  }

  unlead(fence: Fence, jobId: string): Promise<void> {
    return this.#roles.unlead(fence, jobId);
  }

  leaderless(limit: number): Promise<readonly string[]> {
    return this.#roles.leaderless(limit);
  }

  takeRole(fence: Fence, role: string): Promise<boolean> {
    return this.#roles.take(fence, role);
  }

  giveRole(fence: Fence, role: string): Promise<void> {
    return this.#roles.give(fence, role);
  }

  addRows(fence: Fence, rows: NewRows, keep: number): Promise<AddedRows> {
    const { database, packMin } = this.#stores;
    const planner = { holder: fence, keep, packMin };
    return database.write((tx) => addRows(tx, planner, rows), fence);
  }

  claim(fence: Fence, ask: ClaimAsk): Promise<Claim> {
    return this.#claims.claim(fence, ask);
  }

  beginShards(fence: Fence, shards: readonly BegunShard[]): Promise<void> {
    return this.#shards.begin(fence, shards);
  }

  finishShards(fence: Fence, shards: readonly ShardName[]): Promise<void> {
    return this.#shards.finish(fence, shards);
  }

  releaseShards(fence: Fence, shards: readonly ReleasedShard[]): Promise<void> {
    return this.#shards.release(fence, shards);
  }

  takeDue(fence: Fence, jobId: string, nowMs: number, limit: number): Promise<readonly DueTask[]> {
    return this.#shards.takeDue(fence, jobId, nowMs, limit);
  }

  nextDueMs(fence: Fence, jobId: string): Promise<number | undefined> {
    return this.#shards.nextDueMs(fence, jobId);
  }

  takeSlices(fence: Fence, slices: readonly number[]): Promise<readonly SliceHeld[]> {
    return this.#slices.take(fence, slices);
  }

  releaseSlices(fence: Fence, slices: readonly SliceGiven[]): Promise<void> {
    return this.#slices.release(fence, slices);
  }

  shareCaps(fence: Fence, asks: readonly CapAsk[]): Promise<readonly CapShare[]> {
    return this.#caps.share(fence, asks);
  }

  askLoans(fence: Fence, asks: readonly LoanAsk[]): Promise<readonly number[]> {
    return this.#loans.ask(fence, asks);
  }

  loans(fence: Fence): Promise<LoanNews> {
    return this.#loans.news(fence);
  }

  grantLoans(fence: Fence, grants: readonly LoanGrant[]): Promise<void> {
    return this.#loans.grant(fence, grants);
  }

  endLoans(fence: Fence, ends: readonly LoanEnd[]): Promise<void> {
    return this.#loans.end(fence, ends);
  }

  forgetLoans(fence: Fence, ids: readonly number[]): Promise<void> {
    return this.#loans.forget(fence, ids);
  }

  writeFile(path: string, no: number, bytes: Uint8Array): Promise<void> {
    return this.#files.write(path, no, bytes);
  }

  finishFile(path: string, pieces: number): Promise<void> {
    return this.#files.finish(path, pieces);
  }

  filePieces(path: string): Promise<number | undefined> {
    return this.#files.pieces(path);
  }

  readFile(path: string, no: number): Promise<Uint8Array> {
    return this.#files.read(path, no);
  }

  removeFile(path: string): Promise<void> {
    return this.#files.remove(path);
  }

  tell(fence: Fence, events: readonly string[]): Promise<void> {
    return this.#told.tell(fence, events);
  }

  told(fence: Fence, since: number): Promise<{ events: readonly string[]; next: number }> {
    return this.#told.told(fence, since);
  }

  /** For how long nothing that was asked has been answered, ms. */
  get silentMs(): number {
    return this.#stores.database.silentMs;
  }

  /** Asks nothing more: what waits, and what comes, rejects with `store.unavailable` at once. */
  giveUp(): void {
    this.#stores.database.giveUp();
  }

  close(): Promise<void> {
    return this.store.close();
  }
}
