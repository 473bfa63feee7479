/**
 * The store of a cluster without a disk, for tests and simulation: several nodes in one process
 * share one of it. Everything runs at once and in order; its clock is the argument.
 */
import { assert } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import type { JobSpec } from '../model/job.ts';
import { DEFAULT_QUOTA } from '../model/tenant.ts';
import { fenced } from './cluster-rules.ts';
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
} from './cluster-store.ts';
import { MemoryCaps } from './memory-caps.ts';
import { proxyOf, viewOf } from './memory-cluster-view.ts';
import { MemoryFiles } from './memory-files.ts';
import { MemoryLoans } from './memory-loans.ts';
import { MemoryShards } from './memory-shards.ts';
import { MemorySlices } from './memory-slices.ts';
import { MemoryStore } from './memory-store.ts';
import { MemoryTold } from './memory-told.ts';
import type { Commit, CommitResult, Store } from './store.ts';

interface Node extends NodeIntro {
  readonly fence: Fence;
  readonly joinedMs: number;
  leaseEndMs: number;
  draining: boolean;
  status: string | undefined;
}

export class MemoryCluster implements ClusterStore {
  readonly store: Store;
  readonly #clock: Pick<Clock, 'wallMs'>;
  readonly #finishes: boolean;
  readonly #base = new MemoryStore((path, bytes) => this.#keepFile(path, bytes));
  readonly #nodes = new Map<Fence, Node>();
  readonly #leads = new Map<string, Fence>();
  readonly #roles = new Map<string, Fence>();
  readonly #slices = new MemorySlices();
  readonly #shards: MemoryShards;
  readonly #caps = new MemoryCaps();
  readonly #loans = new MemoryLoans((slice) => this.#slices.holderOf(slice));
  readonly #files = new MemoryFiles();
  readonly #told = new MemoryTold();
  #lastFence = 0;
  #closed = false;

  /**
   * @param clock - the store's own: what leases are judged by
   * @param finishes - whether commits finish shards
   */
  constructor(clock: Pick<Clock, 'wallMs'>, { finishes = false } = {}) {
    this.#clock = clock;
    this.#finishes = finishes;
    this.#shards = new MemoryShards((tenant) => this.#weightOf(tenant));
    this.store = viewOf(this.#base, this.#shards, (jobId) => this.#leads.delete(jobId));
  }

  storeOf(fence: Fence): Store {
    const { store } = this;
    return proxyOf(store, {
      commit: async (batch) => this.#as(fence, () => this.#commit(fence, batch)),
      addRows: async (...of) => this.#as(fence, () => store.addRows(...of)),
      finishPlan: async (...of) => this.#as(fence, () => store.finishPlan(...of)),
      moveJob: async (...of) => this.#as(fence, () => store.moveJob(...of)),
      addActive: async (...of) => this.#as(fence, () => store.addActive(...of)),
    });
  }

  /** Finishes shards where tasks that got through with one page were their last. */
  async #commit(fence: Fence, batch: readonly Commit[]): Promise<CommitResult> {
    const result = await this.store.commit(batch);
    if (!this.#finishes) return result;
    const finished = batch.flatMap(({ jobId, seq, end, recordsFrom, cursor }) => {
      if (end?.kind !== 'completed' || recordsFrom !== 0 || cursor !== undefined) return [];
      const no = this.#shards.finishEnded(fence, jobId, seq);
      return no === undefined ? [] : [{ jobId, no }];
    });
    return finished.length === 0 ? result : { ...result, finished };
  }

  async join(intro: NodeIntro, leaseMs: number): Promise<Fence> {
    assert(!this.#closed, 'the store is closed');
    const last = [...this.#nodes.values()].find((node) => node.id === intro.id);
    if (last !== undefined) this.#end([last.fence], false);
    this.#lastFence += 1;
    const joinedMs = this.#clock.wallMs();
    const { id, name, version, kind } = intro;
    const state = { joinedMs, leaseEndMs: joinedMs + leaseMs, draining: false, status: undefined };
    this.#nodes.set(this.#lastFence, { id, name, version, kind, fence: this.#lastFence, ...state });
    return this.#lastFence;
  }

  async renew(fence: Fence, leaseMs: number, status?: string): Promise<Renewal> {
    const node = this.#node(fence);
    const storeMs = this.#clock.wallMs();
    node.leaseEndMs = storeMs + leaseMs;
    if (status !== undefined) node.status = status;
    return { drain: node.draining, storeMs };
  }

  async leave(fence: Fence): Promise<void> {
    assert(!this.#closed, 'the store is closed');
    if (this.#nodes.has(fence)) this.#end([fence], false);
  }

  async sweep(): Promise<Swept> {
    assert(!this.#closed, 'the store is closed');
    const nowMs = this.#clock.wallMs();
    const ended = [...this.#nodes.values()].filter(({ leaseEndMs }) => leaseEndMs < nowMs);
    const fences = ended.map(({ fence }) => fence);
    this.#end(fences, fences.length === 1);
    const leftMs = [...this.#nodes.values()].map(({ leaseEndMs }) => leaseEndMs - nowMs);
    return { ended: fences, nextMs: leftMs.length === 0 ? undefined : Math.min(...leftMs) };
  }

  async prune(): Promise<void> {
    assert(!this.#closed, 'the store is closed');
    const nowMs = this.#clock.wallMs();
    this.#told.prune(nowMs);
    this.#loans.prune(nowMs);
    this.#files.prune(nowMs);
  }

  async nodes(): Promise<readonly NodeRow[]> {
    assert(!this.#closed, 'the store is closed');
    const nowMs = this.#clock.wallMs();
    const held = (by: ReadonlyMap<string, Fence>, fence: Fence) =>
      [...by].filter(([, holder]) => holder === fence).map(([name]) => name);
    return [...this.#nodes.values()].map(({ joinedMs, leaseEndMs, ...node }) => ({
      ...node,
      ageMs: nowMs - joinedMs,
      leaseMs: leaseEndMs - nowMs,
      shards: this.#shards.count(node.fence),
      slices: this.#slices.count(node.fence),
      leads: held(this.#leads, node.fence).length,
      roles: held(this.#roles, node.fence).sort(),
    }));
  }

  async askDrain(id: string): Promise<boolean> {
    assert(!this.#closed, 'the store is closed');
    const node = [...this.#nodes.values()].find((other) => other.id === id);
    if (node !== undefined) node.draining = true;
    return node !== undefined;
  }

  async createJob(
    fence: Fence,
    spec: JobSpec,
    { keep = 0, ...along }: LedBaggage = {},
  ): Promise<CreatedJob> {
    const known = this.#base.memoryJob(spec.id) !== undefined;
    // Done before it answers.
    const making = this.store.createJob(spec, along);
    const fresh = !known && this.#base.memoryJob(spec.id) !== undefined;
    const leading = this.#nodes.has(fence) && this.lead(fence, spec.id);
    const stays = fresh && leading !== false;
    const kept = stays ? this.#shards.keep(fence, spec.id, 0, keep) : [];
    return { ...(await making), led: await leading, kept };
  }

  #keepFile(path: string, bytes: Uint8Array): void {
    const nowMs = this.#clock.wallMs();
    this.#files.write(path, 0, bytes, nowMs);
    this.#files.finish(path, 1, nowMs);
  }

  async lead(fence: Fence, jobId: string): Promise<boolean> {
    this.#node(fence);
    if (this.#base.memoryJob(jobId)?.job.state !== 'running') return false;
    return take(this.#leads, jobId, fence);
  }

  async unlead(fence: Fence, jobId: string): Promise<void> {
    this.#node(fence);
    if (this.#leads.get(jobId) === fence) this.#leads.delete(jobId);
  }

  async leaderless(limit: number): Promise<readonly string[]> {
    const running = await this.#base.jobs({ states: ['running'], limit: Number.MAX_SAFE_INTEGER });
    const ids = running.map(({ id }) => id).reverse();
    return ids.filter((id) => !this.#leads.has(id)).slice(0, Math.max(0, limit));
  }

  async takeRole(fence: Fence, role: string): Promise<boolean> {
    this.#node(fence);
    return take(this.#roles, role, fence);
  }

  async giveRole(fence: Fence, role: string): Promise<void> {
    this.#node(fence);
    if (this.#roles.get(role) === fence) this.#roles.delete(role);
  }

  async addRows(fence: Fence, of: NewRows, keep: number): Promise<AddedRows> {
    this.#node(fence);
    const firstNo = this.#shards.nextNo(of.jobId);
    // Done before it answers.
    const counters = this.store.addRows(of.jobId, of.firstSeq, of.rows, of.nowMs);
    const kept = this.#shards.keep(fence, of.jobId, firstNo, keep);
    return { counters: await counters, kept };
  }

  async claim(fence: Fence, ask: ClaimAsk): Promise<Claim> {
    this.#node(fence);
    const shards = this.#shards.claim(fence, ask, (slice) => {
      const holder = this.#slices.holderOf(slice);
      return holder === undefined || holder === fence;
    });
    const fresh = new Set(
      shards.flatMap(({ slice }) =>
        slice === undefined || this.#slices.holderOf(slice) === fence ? [] : [slice],
      ),
    );
    const slices = [...fresh].sort((a, b) => a - b);
    return { shards, slices: slices.map((slice) => this.#slices.take(fence, slice)) };
  }

  async beginShards(fence: Fence, shards: readonly BegunShard[]): Promise<void> {
    this.#node(fence);
    for (const shard of shards) this.#shards.begin(fence, shard);
  }

  async finishShards(fence: Fence, shards: readonly ShardName[]): Promise<void> {
    this.#node(fence);
    for (const { jobId, no } of shards) this.#shards.finish(fence, jobId, no);
  }

  async releaseShards(fence: Fence, shards: readonly ReleasedShard[]): Promise<void> {
    this.#node(fence);
    for (const shard of shards) this.#shards.release(fence, shard);
  }

  async takeDue(
    fence: Fence,
    jobId: string,
    nowMs: number,
    limit: number,
  ): Promise<readonly DueTask[]> {
    this.#node(fence);
    return this.#shards.takeDue(fence, jobId, nowMs, limit);
  }

  async nextDueMs(fence: Fence, jobId: string): Promise<number | undefined> {
    this.#node(fence);
    return this.#shards.nextDueMs(fence, jobId);
  }

  async takeSlices(fence: Fence, slices: readonly number[]): Promise<readonly SliceHeld[]> {
    this.#node(fence);
    return slices.map((slice) => this.#slices.take(fence, slice));
  }

  async releaseSlices(fence: Fence, slices: readonly SliceGiven[]): Promise<void> {
    this.#node(fence);
    for (const given of slices) {
      if (!this.#shards.holds(fence, given.slice)) this.#slices.release(fence, given);
    }
  }

  async shareCaps(fence: Fence, asks: readonly CapAsk[]): Promise<readonly CapShare[]> {
    this.#node(fence);
    return asks.map((ask) => this.#caps.share(fence, ask, this.#clock.wallMs()));
  }

  async askLoans(fence: Fence, asks: readonly LoanAsk[]): Promise<readonly number[]> {
    this.#node(fence);
    return asks.map((ask) => this.#loans.ask(fence, ask));
  }

  async loans(fence: Fence): Promise<LoanNews> {
    this.#node(fence);
    return this.#loans.news(fence);
  }

  async grantLoans(fence: Fence, grants: readonly LoanGrant[]): Promise<void> {
    this.#node(fence);
    for (const grant of grants) this.#loans.grant(fence, grant);
  }

  async endLoans(fence: Fence, ends: readonly LoanEnd[]): Promise<void> {
    this.#node(fence);
    for (const end of ends) this.#loans.end(fence, end, this.#clock.wallMs());
  }

  async forgetLoans(fence: Fence, ids: readonly number[]): Promise<void> {
    this.#node(fence);
    for (const id of ids) this.#loans.forget(fence, id);
  }

  async writeFile(path: string, no: number, bytes: Uint8Array): Promise<void> {
    this.#files.write(path, no, bytes, this.#clock.wallMs());
  }

  async finishFile(path: string, pieces: number): Promise<void> {
    this.#files.finish(path, pieces, this.#clock.wallMs());
  }

  async filePieces(path: string): Promise<number | undefined> {
    return this.#files.count(path);
  }

  async readFile(path: string, no: number): Promise<Uint8Array> {
    return this.#files.read(path, no);
  }

  async removeFile(path: string): Promise<void> {
    this.#files.remove(path);
  }

  async tell(fence: Fence, events: readonly string[]): Promise<void> {
    this.#node(fence);
    this.#told.tell(fence, events, this.#clock.wallMs());
  }

  async told(fence: Fence, since: number): Promise<{ events: readonly string[]; next: number }> {
    this.#node(fence);
    return this.#told.since(fence, since);
  }

  /** What is held by somebody, or waits for somebody to take it: for tests of what is left. */
  held() {
    return { capSeats: this.#caps.held, loans: this.#loans.size, freeShards: this.#shards.free };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#base.close();
  }

  #as<T>(fence: Fence, work: () => T): T {
    this.#node(fence);
    return work();
  }

  #node(fence: Fence): Node {
    assert(!this.#closed, 'the store is closed');
    const node = this.#nodes.get(fence);
    if (node === undefined) throw fenced();
    return node;
  }

  #end(fences: readonly Fence[], lost: boolean): void {
    for (const fence of fences) {
      this.#nodes.delete(fence);
      for (const held of [this.#leads, this.#roles]) {
        for (const [name, holder] of held) if (holder === fence) held.delete(name);
      }
      this.#shards.end(fence, lost);
      this.#caps.end(fence);
      this.#slices.end(fence);
    }
    for (const fence of fences) this.#loans.endAll(fence, this.#clock.wallMs());
  }

  #weightOf(tenant: string): number {
    const json = this.#base.documentNow('tenant', tenant)?.json;
    const { weight } = json === undefined ? DEFAULT_QUOTA : JSON.parse(json);
    return weight ?? DEFAULT_QUOTA.weight;
  }
}

/** True where it is held now. */
function take(held: Map<string, Fence>, name: string, fence: Fence): boolean {
  if (!held.has(name)) held.set(name, fence);
  return held.get(name) === fence;
}
