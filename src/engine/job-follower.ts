/**
 * Keeps this node's view of the jobs that others work on: their state and counters into the runs
 * that are here and into the feed, and what other nodes say of themselves.
 */
import type { Clock, Timer } from '../base/clock.ts';
import { RecentMap } from '../base/recent-map.ts';
import { type Job, openTasks, sameCounters } from '../model/job.ts';
import type { ClusterStore, NodeRow } from '../store/cluster-store.ts';
import type { Feed } from './feed.ts';
import { type NodeStatus, readStatus } from './node-status.ts';
import type { ToldEvents } from './told-events.ts';

const LOOK_MS = 500;
const JOBS_MAX = 10_000;
/** Jobs that were told to run no more, and may be told so again. */
const STOPPED_MAX = 10_000;
/** What a cancelled job leaves open is cancelled a moment later: it is told with that. */
const CANCEL_LOOKS_MAX = 10;
/** With thousands of running jobs the look is long: it is had less often. */
const MS_PER_JOB = 1;
const PAGE_JOBS = 1_000;

export interface JobFollowerOptions {
  readonly cluster: ClusterStore;
  readonly clock: Clock;
  readonly feed: Feed;
  readonly told: ToldEvents;
  /** Looks at all running jobs, for who watches them here; else at those that run here. */
  readonly all: boolean;
  /** Whether anybody looks on here, and wants to know what other nodes say. */
  readonly shown: boolean;
  /** Attempts of a job that are active on all nodes. */
  readonly running: (jobId: string) => number;
  readonly here: () => readonly string[];
  /** Hands a job as it is now to its run here. */
  readonly follow: (job: Job) => Promise<Followed>;
}

/**
 * What came of it: the run knows and has told; it is on its way out, and whoever ended it tells;
 * there is none.
 */
export type Followed = 'told' | 'leaving' | 'absent';

export interface OtherNode {
  readonly node: NodeRow;
  readonly status: NodeStatus | undefined;
}

export class JobFollower {
  readonly #options: JobFollowerOptions;
  readonly #known = new Map<string, Job>();
  /** How each job was last told to have come to a stop. */
  readonly #stopped = new RecentMap<string, string>(STOPPED_MAX);
  /** Looks at jobs that are cancelled and not all of whose tasks are yet. */
  readonly #cancelling = new Map<string, number>();
  readonly #leaveFeed: () => void;
  readonly #watched = new Set<string>();
  #nodes: readonly OtherNode[] = [];
  #timer: Timer | undefined;
  #telling = false;
  #closed = false;

  constructor(options: JobFollowerOptions) {
    this.#options = options;
    this.#leaveFeed = options.feed.subscribe((event) => {
      if (event.type !== 'job.state' || this.#telling) return;
      this.#note(event.job);
    });
  }

  /** The nodes as of the last look, this one included. */
  get nodes(): readonly OtherNode[] {
    return this.#nodes;
  }

  /** A job as it was at the last look, where it is running. */
  job(id: string): Job | undefined {
    return this.#known.get(id);
  }

  start(): void {
    this.#arm(LOOK_MS);
  }

  close(): void {
    this.#closed = true;
    this.#leaveFeed();
    this.#timer?.cancel();
  }

  /** Whether what is told at this moment happened elsewhere. */
  get telling(): boolean {
    return this.#telling;
  }

  /** Follows this job too, whoever works on it. */
  watch(jobId: string): void {
    this.#watched.add(jobId);
  }

  get watched(): Iterable<string> {
    return this.#watched;
  }

  /** Whether the end of a job is of any interest here. */
  follows(jobId: string): boolean {
    const { all, here } = this.#options;
    return all || this.#watched.has(jobId) || this.#known.has(jobId) || here().includes(jobId);
  }

  /** Looks at one job now. */
  async lookAt(jobId: string): Promise<void> {
    const job = await this.#options.cluster.store.job(jobId);
    if (this.#closed) return;
    if (job !== undefined) await this.#see(job);
    // Removed since: nobody asks for it any more.
    else this.#known.delete(jobId);
  }

  async #lookAtAll(ids: readonly string[]): Promise<void> {
    for (let at = 0; at < ids.length && !this.#closed; at += PAGE_JOBS) {
      const page = ids.slice(at, at + PAGE_JOBS);
      const jobs = await this.#options.cluster.store.jobs({ ids: page, limit: PAGE_JOBS });
      const found = new Set(jobs.map(({ id }) => id));
      for (const id of page) if (!found.has(id)) this.#known.delete(id);
      for (const job of jobs) if (!this.#closed) await this.#see(job);
    }
  }

  async #look(): Promise<void> {
    const { cluster, all, shown, here, told } = this.#options;
    const seen = new Set<string>();
    if (all) {
      const jobs = await cluster.store.jobs({ states: ['running'], limit: JOBS_MAX });
      for (const job of jobs) {
        seen.add(job.id);
        await this.#see(job);
      }
    }
    const missing = new Set([...this.#known.keys(), ...this.#watched, ...here()]);
    await this.#lookAtAll([...missing].filter((id) => !seen.has(id)));
    if (!all) {
      // Without one that watches all, a job of which nothing is here is not followed.
      const followed = new Set([...this.#watched, ...here()]);
      for (const id of missing) if (!followed.has(id)) this.#known.delete(id);
    }
    if (!shown) return;
    await told.hear();
    const nodes = await cluster.nodes();
    this.#nodes = nodes.map((node) => ({ node, status: readStatus(node.status) }));
  }

  async #see(seen: Job): Promise<void> {
    let job = seen;
    if (job.state === 'running' && this.#stopped.get(job.id) !== undefined) {
      // It may have been read before it was told to have ended.
      const now = await this.#options.cluster.store.job(job.id);
      if (now === undefined) return;
      job = now;
    }
    const { shown, told } = this.#options;
    // Of a failure nobody hears behind the end.
    if (shown && job.state !== 'running') await told.hear().catch(() => {});
    const before = this.#known.get(job.id);
    const followed = await this.#options.follow(job);
    if (followed === 'told') this.#note(job);
    // Where nobody tells of a run on its way out after all, the next look does.
    if (followed !== 'absent') return;
    const { all } = this.#options;
    if (!all && !this.#watched.has(job.id)) return;
    if (this.#isBeingCancelled(job)) return;
    const stop = stopOf(job);
    const toldStop = this.#stopped.get(job.id);
    this.#note(job);
    this.#telling = true;
    try {
      if (stop === undefined) this.#tell(job, before);
      else if (stop !== toldStop) this.#tellState(job);
    } finally {
      this.#telling = false;
    }
  }

  /** Keeps looking at such a job as at one that runs. */
  #isBeingCancelled(job: Job): boolean {
    const looks = this.#cancelling.get(job.id) ?? 0;
    const open = job.state === 'cancelled' && openTasks(job.counters) > 0;
    if (open && looks < CANCEL_LOOKS_MAX && this.#known.has(job.id)) {
      this.#cancelling.set(job.id, looks + 1);
      return true;
    }
    this.#cancelling.delete(job.id);
    return false;
  }

  /** As the job is, or was told to be. */
  #note(job: Job): void {
    const stop = stopOf(job);
    if (stop === undefined) {
      this.#stopped.delete(job.id);
      this.#known.set(job.id, job);
    } else {
      this.#stopped.set(job.id, stop);
      this.#known.delete(job.id);
    }
  }

  #tell(job: Job, before: Job | undefined): void {
    const { feed, running } = this.#options;
    const { id: jobId, counters } = job;
    if (before === undefined) this.#tellState(job);
    if (job.planned && before?.planned === false) {
      feed.append({ type: 'job.planned', jobId, tasks: counters.tasks });
    }
    if (before !== undefined && sameCounters(before.counters, counters)) return;
    feed.append({ type: 'job.progress', jobId, counters, running: running(jobId) });
  }

  #tellState(job: Job): void {
    const { id: jobId, state, failure: why } = job;
    const failed = state === 'failed' && why !== undefined;
    this.#options.feed.append({ type: 'job.state', jobId, state, job, ...(failed && { why }) });
  }

  /** Attempts of a job that are active on other nodes, as published. */
  running(jobId: string, except: string): number {
    let running = 0;
    for (const { node, status } of this.#nodes) {
      if (node.id !== except) running += status?.jobs[jobId]?.running ?? 0;
    }
    return running;
  }

  #arm(ms: number): void {
    if (this.#closed) return;
    this.#timer = this.#options.clock.after(ms, () => {
      this.#look()
        .catch(() => {
          // The store is away, or the node has lost its place: the next look says more.
        })
        .finally(() => this.#arm(Math.max(LOOK_MS, this.#known.size * MS_PER_JOB)));
    });
  }
}

/** What tells one stop of a job from another; undefined where it runs. */
function stopOf({ state, finishedMs }: Job): string | undefined {
  return state === 'running' ? undefined : `${state} ${finishedMs}`;
}
