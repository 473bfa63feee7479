/**
 * The shards and slices that a node holds, and every exchange with the store that changes them.
 * What takes or gives slices goes one after the other: a slice that is on its way back must not be
 * taken for one that is still here.
 */
import type { Admission } from '../admission/admission.ts';
import type { Clock } from '../base/clock.ts';
import type { JobSpec } from '../model/job.ts';
import type {
  AddedRows,
  Claim,
  ClaimAsk,
  ClaimedShard,
  ClusterStore,
  CreatedJob,
  Fence,
  LedBaggage,
  NewRows,
  ReleasedShard,
  ShardName,
  SliceHeld,
} from '../store/cluster-store.ts';
import type { JobBaggage, Store } from '../store/store.ts';
import type { LaneBook } from './lane-book.ts';
import { OneByOne } from './one-by-one.ts';
import type { Startable } from './seat.ts';
import { SliceBook, type StoreTime } from './slice-book.ts';
import { SuspectShards } from './suspect-shards.ts';

/** A slice that was not needed for so long is given back. */
const SLICE_IDLE_MS = 250;

export type NewJob = Omit<CreatedJob, 'led'>;

export interface ShardDeskOptions {
  readonly cluster: ClusterStore;
  readonly fence: Fence;
  readonly clock: Clock;
  readonly time: StoreTime;
  /** Runs `take` as soon as it is known what the last owner of these slices has lent. */
  readonly takeOver: (take: () => void) => Promise<void>;
  /** So many shards of this job may be claimed by anybody again. */
  readonly onReleased: (jobId: string, shards: number) => void;
  readonly onFailed: (error: unknown) => void;
}

export class ShardDesk {
  readonly slices = new SliceBook();
  readonly #options: ShardDeskOptions;
  readonly #queue = new OneByOne();
  /**
   * Of the shards that are held, by name. One that is given back may be claimed again before the
   * store's answer is here: then it is counted twice until that comes.
   */
  readonly #sliceOf = new Map<string, { readonly slice: number | undefined; claims: number }>();
  /** Of those, the ones that the store has closed with the commit of their last tasks. */
  readonly #closed = new Set<string>();
  readonly #suspects: SuspectShards;
  #done: ShardName[] = [];
  #finishing: Promise<void> | undefined;

  constructor(options: ShardDeskOptions) {
    this.#options = options;
    const { cluster, fence } = options;
    this.#suspects = new SuspectShards((shard) => cluster.beginShards(fence, [shard]));
  }

  get holdings() {
    return { shards: this.#sliceOf.size, slices: this.slices.size };
  }

  claim(ask: ClaimAsk): Promise<Claim> {
    const { cluster, fence } = this.#options;
    return this.#queue.run(async () => {
      const claim = await cluster.claim(fence, ask);
      await this.#gain(claim.slices);
      this.#hold(claim.shards);
      return claim;
    });
  }

  /** See `ClusterStore.createJob`. No slice comes with what stays, here and below. */
  async createJob(spec: JobSpec, along: LedBaggage): Promise<CreatedJob> {
    const { cluster, fence } = this.#options;
    const made = await cluster.createJob(fence, spec, along);
    this.#hold(made.kept);
    return made;
  }

  /** A job that whoever is there may lead. */
  async createUnled(spec: JobSpec, along?: JobBaggage): Promise<NewJob> {
    return { ...(await this.#options.cluster.store.createJob(spec, along)), kept: [] };
  }

  /** See `ClusterStore.addRows`. */
  async addRows(rows: NewRows, keep: number): Promise<AddedRows> {
    const { cluster, fence } = this.#options;
    const added = await cluster.addRows(fence, rows, keep);
    this.#hold(added.kept);
    return added;
  }

  #hold(shards: readonly ClaimedShard[]): void {
    const nowMs = this.#options.clock.monoMs();
    for (const shard of shards) {
      const name = nameOf(shard);
      const { claims } = this.#sliceOf.get(name) ?? { claims: 0 };
      if (claims === 0) this.#closed.delete(name);
      this.#sliceOf.set(name, { slice: shard.slice, claims: claims + 1 });
      this.slices.use(shard.slice, 1, nowMs);
      this.#suspects.hold(name, shard);
    }
  }

  /** To be waited for before a task of the shard that `of` finds starts; undefined = nothing is. */
  begin(jobId: string, of: () => number | undefined): Promise<void> | undefined {
    if (this.#suspects.size === 0) return undefined;
    const no = of();
    return no === undefined ? undefined : this.#suspects.begin(nameOf({ jobId, no }));
  }

  /** Takes slices that nobody holds; resolves with who holds each of them by then. */
  takeSlices(slices: readonly number[]): Promise<ReadonlyMap<number, Fence>> {
    const { cluster, fence, clock } = this.#options;
    return this.#queue.run(async () => {
      const unknown = slices.filter((slice) => !this.slices.has(slice));
      const found = unknown.length === 0 ? [] : await cluster.takeSlices(fence, unknown);
      await this.#gain(found.filter(({ holder }) => holder === fence));
      const here = slices.filter((slice) => this.slices.has(slice));
      this.slices.touch(here, clock.monoMs());
      const holders = new Map(found.map(({ slice, holder }) => [slice, holder]));
      for (const slice of here) holders.set(slice, fence);
      return holders;
    });
  }

  async #gain(slices: readonly SliceHeld[]): Promise<void> {
    const { clock, time, takeOver } = this.#options;
    const gain = () => {
      for (const slice of slices) this.slices.gained(slice, time, clock.monoMs());
    };
    if (slices.some(({ lost }) => lost)) await takeOver(gain);
    else gain();
  }

  /** Gives back the slices that nothing needs any more, with what was learned of their lanes. */
  giveSlices(
    admission: Admission<Startable>,
    book: LaneBook,
    idleMs = SLICE_IDLE_MS,
  ): Promise<void> {
    const { cluster, fence, clock, time, onFailed } = this.#options;
    return this.#queue.run(async () => {
      const nowMs = clock.monoMs();
      const given = this.slices.idle(nowMs, idleMs).flatMap((slice) => {
        const away = this.slices.giveAway(slice, admission, time, nowMs);
        return away ? [away] : [];
      });
      if (given.length === 0) return;
      const statuses = given.flatMap((each) => each.statuses);
      try {
        await book.save(statuses);
        book.forget(statuses.map(({ lane }) => lane));
        await cluster.releaseSlices(
          fence,
          given.map((each) => each.given),
        );
      } catch (error) {
        // They are not here any more, and the store may think that they are.
        onFailed(error);
        throw error;
      }
    });
  }

  /** All tasks of a shard have ended. */
  finish(shard: ShardName): void {
    const name = nameOf(shard);
    if (this.#closed.delete(name)) {
      this.#letGo([shard]);
      // Opened anew, it may have been claimed once more before this was told.
      if (!this.#sliceOf.has(name)) return;
    }
    this.#done.push(shard);
    this.#finishMore();
  }

  /** What the node writes; notes the shards that are closed with it. */
  watched(store: Store): Store {
    const commit: Store['commit'] = async (batch) => {
      const result = await store.commit(batch);
      for (const shard of result.finished ?? []) {
        const name = nameOf(shard);
        if (this.#sliceOf.has(name)) this.#closed.add(name);
      }
      return result;
    };
    return new Proxy(store, {
      get(target, name: keyof Store) {
        if (name === 'commit') return commit;
        const value = target[name];
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  #finishMore(): void {
    this.#finishing ??= this.#finishAll()
      .catch((error: unknown) => this.#options.onFailed(error))
      .finally(() => {
        this.#finishing = undefined;
        // Added between the last look and here.
        if (this.#done.length > 0) this.#finishMore();
      });
  }

  async release(shards: readonly ReleasedShard[]): Promise<void> {
    if (shards.length === 0) return;
    const { cluster, fence, onReleased } = this.#options;
    await cluster.releaseShards(fence, shards);
    for (const shard of shards) this.#closed.delete(nameOf(shard));
    this.#letGo(shards.filter(({ keep }) => keep.length === 0));
    const byJob = Map.groupBy(shards, ({ jobId }) => jobId);
    for (const [jobId, { length }] of byJob) onReleased(jobId, length);
  }

  /** Resolves when nothing is on its way to the store any more. */
  async settled(): Promise<void> {
    await this.#finishing;
    await this.#queue.settled();
  }

  async #finishAll(): Promise<void> {
    // Those that end in the same turn go together.
    await Promise.resolve();
    while (this.#done.length > 0) {
      const done = this.#done;
      this.#done = [];
      await this.#options.cluster.finishShards(this.#options.fence, done);
      this.#letGo(done);
    }
  }

  #letGo(shards: readonly ShardName[]): void {
    const nowMs = this.#options.clock.monoMs();
    for (const shard of shards) {
      const name = nameOf(shard);
      const held = this.#sliceOf.get(name);
      if (held === undefined) continue;
      this.slices.use(held.slice, -1, nowMs);
      held.claims -= 1;
      if (held.claims > 0) continue;
      this.#sliceOf.delete(name);
      this.#suspects.letGo(name);
    }
  }
}

function nameOf({ jobId, no }: ShardName): string {
  return `${jobId} ${no}`;
}
