/**
 * Keeps this node's view of the jobs that others work on: their state and counters into the runs
 * that are here and into the feed, and what other nodes say of themselves.
 */
import type { Clock, Timer } from '../base/clock.ts';
import { RecentMap } from '../base/recent-map.ts';
import { type Job, sameCounters } from '../model/job.ts';
import type { ClusterStore, NodeRow } from '../store/cluster-store.ts';
import type { Feed } from './feed.ts';
import { type NodeStatus, readStatus } from './node-status.ts';
import type { ToldEvents } from './told-events.ts';

const LOOK_MS = 500;
const JOBS_MAX = 10_000;
/** With thousands of running jobs the look is long: it is had less often. */
const MS_PER_JOB = 1;
const ENDED_MAX = 10_000;

export interface JobFollowerOptions {
  readonly cluster: ClusterStore;
  readonly clock: Clock;
  readonly feed: Feed;
  readonly told: ToldEvents;
  /** Looks at all running jobs, for who watches them here; else at those that run here. */
  readonly all: boolean;
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
  /** Which of all that was told here was last that a job runs no more. */
  readonly #ended = new RecentMap<string, number>(ENDED_MAX);
  #told = 0;
  readonly #leaveFeed: () => void;
  #nodes: readonly OtherNode[] = [];
  #timer: Timer | undefined;
  #telling = false;
  #stopped = false;

  constructor(options: JobFollowerOptions) {
    this.#options = options;
    this.#leaveFeed = options.feed.subscribe((event) => {
      if (event.type !== 'job.state') return;
      this.#told += 1;
      if (event.state !== 'running') this.#ended.set(event.jobId, this.#told);
      if (this.#telling) return;
      if (event.state === 'running') this.#known.set(event.jobId, event.job);
      else this.#known.delete(event.jobId);
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
    this.#stopped = true;
    this.#leaveFeed();
    this.#timer?.cancel();
  }

  /** Looks at one job now. */
  async lookAt(jobId: string): Promise<void> {
    const asked = this.#told;
    const job = await this.#options.cluster.store.job(jobId);
    if (job !== undefined && !this.#stopped) await this.#see(job, asked);
  }

  async #look(): Promise<void> {
    const { cluster, all, here, told } = this.#options;
    const seen = new Set<string>();
    if (all) {
      const asked = this.#told;
      const jobs = await cluster.store.jobs({ states: ['running'], limit: JOBS_MAX });
      for (const job of jobs) {
        seen.add(job.id);
        await this.#see(job, asked);
      }
    }
    const missing = new Set([...this.#known.keys(), ...here()].filter((id) => !seen.has(id)));
    for (const id of missing) {
      await this.lookAt(id);
      if (!this.#known.has(id)) continue;
      // Without one that watches all, a job of which nothing is here is not followed.
      if (!all && !here().includes(id)) this.#known.delete(id);
    }
    await told.hear();
    const nodes = await cluster.nodes();
    this.#nodes = nodes.map((node) => ({ node, status: readStatus(node.status) }));
  }

  /** @param asked - what had been told when the store was asked for it */
  async #see(job: Job, asked: number): Promise<void> {
    // It may have been read before its end was told here.
    if (asked < (this.#ended.get(job.id) ?? 0)) return;
    if (job.state !== 'running') {
      const followed = await this.#options.follow(job);
      // Where nobody tells after all, the next look does.
      if (followed === 'leaving') return;
      const before = this.#known.get(job.id);
      this.#known.delete(job.id);
      if (followed === 'absent') this.#tellAsSeen(job, before);
      return;
    }
    const before = this.#known.get(job.id);
    this.#known.set(job.id, job);
    if ((await this.#options.follow(job)) === 'absent') this.#tellAsSeen(job, before);
  }

  #tellAsSeen(job: Job, before: Job | undefined): void {
    this.#telling = true;
    try {
      this.#tell(job, before);
    } finally {
      this.#telling = false;
    }
  }

  #tell(job: Job, before: Job | undefined): void {
    const { feed, all } = this.#options;
    const { id: jobId, state, counters } = job;
    if (!all) return;
    if (state !== 'running') {
      if (before !== undefined) feed.append({ type: 'job.state', jobId, state, job });
      return;
    }
    if (before === undefined) feed.append({ type: 'job.state', jobId, state, job });
    if (job.planned && before?.planned === false) {
      feed.append({ type: 'job.planned', jobId, tasks: counters.tasks });
    }
    if (before !== undefined && sameCounters(before.counters, counters)) return;
    feed.append({ type: 'job.progress', jobId, counters, running: this.running(jobId) });
  }

  /** Attempts of a job that are active on other nodes, as published. */
  running(jobId: string, except?: string): number {
    let running = 0;
    for (const { node, status } of this.#nodes) {
      if (node.id !== except) running += status?.jobs[jobId]?.running ?? 0;
    }
    return running;
  }

  #arm(ms: number): void {
    if (this.#stopped) return;
    this.#timer = this.#options.clock.after(ms, () => {
      this.#look()
        .catch(() => {
          // The store is away, or the node has lost its place: the next look says more.
        })
        .finally(() => this.#arm(Math.max(LOOK_MS, this.#known.size * MS_PER_JOB)));
    });
  }
}
