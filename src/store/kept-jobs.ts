/**
 * A store that answers `job` from memory, for jobs that were asked for lately. While a job runs at
 * full speed the store below always has a batch in hand; who asks how the job is would wait for it.
 *
 * What is kept is exactly what the store below would answer: this process is its only writer, all
 * writes pass through here, and each answer that moves a job's counters says by how much. The store
 * answers in the order in which it works, so what is kept moves in that order too.
 */
import { RecentMap } from '../base/recent-map.ts';
import { type Job, type JobCounters, sameCounters } from '../model/job.ts';
import type { ActiveMs, Commit, CommitResult, Store } from './store.ts';

const KEPT_MAX = 1_000;

/** `store` must be the only way to write. */
export function withKeptJobs(store: Store): Store {
  const jobs = new KeptJobs();
  const reads = new Map<string, Promise<Job | undefined>>();
  const plain = {
    jobs: store.jobs.bind(store),
    rowCount: store.rowCount.bind(store),
    pending: store.pending.bind(store),
    pendingInLane: store.pendingInLane.bind(store),
    nextDueMs: store.nextDueMs.bind(store),
    results: store.results.bind(store),
    tasks: store.tasks.bind(store),
    attempts: store.attempts.bind(store),
    jobAttempts: store.jobAttempts.bind(store),
    firstOpen: store.firstOpen.bind(store),
    records: store.records.bind(store),
    loggedRecords: store.loggedRecords.bind(store),
    failureGroups: store.failureGroups.bind(store),
    cached: store.cached.bind(store),
    laneMemory: store.laneMemory.bind(store),
    rememberLanes: store.rememberLanes.bind(store),
    entries: store.entries.bind(store),
    entryCount: store.entryCount.bind(store),
    collections: store.collections.bind(store),
    document: store.document.bind(store),
    documents: store.documents.bind(store),
    writeDocuments: store.writeDocuments.bind(store),
    nextEpoch: store.nextEpoch.bind(store),
    backup: store.backup.bind(store),
  };
  return {
    ...plain,
    job(id) {
      const kept = jobs.get(id);
      if (kept !== undefined) return Promise.resolve(kept);
      // Who asks while the answer is under way is given the same: nothing was answered in between.
      const reading = reads.get(id) ?? store.job(id).then((job) => jobs.keep(job));
      reads.set(id, reading);
      const over = () => {
        if (reads.get(id) === reading) reads.delete(id);
      };
      reading.then(over, over);
      return reading;
    },
    async createJob(spec, along) {
      const result = await store.createJob(spec, along);
      jobs.keep(result.job);
      return result;
    },
    async moveJob(id, action, at) {
      const job = await store.moveJob(id, action, at);
      jobs.keep(job);
      return job;
    },
    async addActive(shares) {
      await store.addActive(shares);
      jobs.ran(shares);
    },
    async deleteJob(id) {
      // It is gone at once; that all its rows are takes longer.
      jobs.forget(id);
      await store.deleteJob(id).finally(() => jobs.forget(id));
    },
    async addRows(jobId, firstSeq, rows, nowMs) {
      const counters = await store.addRows(jobId, firstSeq, rows, nowMs);
      jobs.count(jobId, counters, nowMs);
      return counters;
    },
    async finishPlan(jobId, nowMs) {
      const job = await store.finishPlan(jobId, nowMs);
      jobs.keep(job);
      return job;
    },
    async takeDue(jobId, nowMs, limit) {
      const tasks = await store.takeDue(jobId, nowMs, limit);
      jobs.taken(jobId, tasks.length, nowMs);
      return tasks;
    },
    async commit(batch) {
      const result = await store.commit(batch);
      jobs.committed(batch, result);
      return result;
    },
    async cancelOpen(jobId, nowMs) {
      try {
        const counters = await store.cancelOpen(jobId, nowMs);
        jobs.count(jobId, counters, nowMs);
        return counters;
      } catch (error) {
        // Done piece by piece: some may be.
        jobs.forget(jobId);
        throw error;
      }
    },
    async retryDiscarded(jobId, nowMs, only) {
      return store.retryDiscarded(jobId, nowMs, only).finally(() => jobs.forget(jobId));
    },
    close() {
      jobs.close();
      return store.close();
    },
  };
}

class KeptJobs {
  #jobs = new RecentMap<string, Job>(KEPT_MAX);
  #closed = false;

  get(id: string): Job | undefined {
    return this.#jobs.get(id);
  }

  keep(job: Job | undefined): Job | undefined {
    if (job !== undefined && !this.#closed) this.#jobs.set(job.id, job);
    return job;
  }

  forget(id: string): void {
    this.#jobs.delete(id);
  }

  /** A time counts only where something has changed at it. */
  count(id: string, counters: JobCounters, nowMs: number): void {
    const job = this.#jobs.get(id);
    if (job === undefined || sameCounters(job.counters, counters)) return;
    this.#set(job, counters, nowMs);
  }

  ran(shares: readonly ActiveMs[]): void {
    for (const [id, ms] of shares) {
      const job = this.#jobs.get(id);
      if (job !== undefined) this.#jobs.set(id, { ...job, activeMs: job.activeMs + ms });
    }
  }

  taken(id: string, count: number, nowMs: number): void {
    const job = this.#jobs.get(id);
    if (job === undefined || count === 0) return;
    const { counters } = job;
    this.#set(job, { ...counters, waiting: counters.waiting - count }, nowMs);
  }

  committed(batch: readonly Commit[], { counters, stale }: CommitResult): void {
    for (const [id, counted] of counters) {
      const job = this.#jobs.get(id);
      if (job === undefined) continue;
      let atMs = 0;
      const skipped = new Set(stale);
      for (let i = 0; i < batch.length; i += 1) {
        const { jobId, nowMs } = batch[i] as Commit;
        if (jobId === id && nowMs > atMs && !skipped.has(i)) atMs = nowMs;
      }
      this.#set(job, counted, atMs);
    }
  }

  close(): void {
    this.#closed = true;
    this.#jobs = new RecentMap(KEPT_MAX);
  }

  #set(job: Job, counters: JobCounters, atMs: number): void {
    this.#jobs.set(job.id, { ...job, counters, updatedMs: Math.max(job.updatedMs, atMs) });
  }
}
