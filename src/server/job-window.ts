/**
 * The latest attempts of jobs and how long attempts took in the last minutes, in memory and
 * bounded: most attempts get through at once, of which the store keeps nothing but that. On the hot
 * path: one number counted twice and one place of a ring written an attempt.
 *
 * It knows the attempts of this very process; after a restart it begins anew.
 */
import type { Clock } from '../base/clock.ts';
import { RecentMap } from '../base/recent-map.ts';
import type { AttemptSeen, EngineObserver } from '../engine/observer.ts';
import { STEP_MS, STEPS } from './history.ts';
import { LatencySteps, type StepLatency } from './latency-steps.ts';

/** Attempts of a job that are surely there. */
export const LATEST_KEPT = 200;
const JOBS_KEPT = 100;

export interface LatestAttempt extends AttemptSeen {
  /** From 1, in the order in which they ended. */
  readonly place: number;
}

/** By step. */
export interface SavedLatency {
  readonly run: readonly (readonly number[])[];
  readonly queue: readonly (readonly number[])[];
}

class JobAttempts {
  readonly id: string;
  readonly run = new LatencySteps(STEPS);
  readonly queue = new LatencySteps(STEPS);
  readonly latest: AttemptSeen[] = [];
  count = 0;
  step = 0;

  constructor(id: string) {
    this.id = id;
  }
}

export class JobWindow implements Pick<EngineObserver, 'attemptEnded'> {
  readonly #clock: Clock;
  readonly #jobs = new RecentMap<string, JobAttempts>(JOBS_KEPT);
  /** The job of the attempt before: mostly the next one's, too. */
  #last: JobAttempts | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  attemptEnded(seen: AttemptSeen): void {
    const last = this.#last;
    const job = last !== undefined && last.id === seen.jobId ? last : this.#of(seen.jobId);
    const step = Math.floor(this.#clock.wallMs() / STEP_MS);
    if (job.step !== step) {
      job.step = step;
      // One of the newest again: what moves is not forgotten for what does not.
      this.#jobs.set(job.id, job);
    }
    job.run.add(step, seen.activeMs);
    job.queue.add(step, seen.queuedMs);
    job.latest[job.count % LATEST_KEPT] = seen;
    job.count += 1;
  }

  /** Oldest first, as the steps of the history. */
  latency(jobId: string): {
    readonly run: readonly (StepLatency | undefined)[];
    readonly queue: readonly (StepLatency | undefined)[];
  } {
    const now = Math.floor(this.#clock.wallMs() / STEP_MS);
    const { run, queue } = this.#jobs.get(jobId) ?? NONE;
    return { run: run.steps(now), queue: queue.steps(now) };
  }

  /** The latest that are kept, the last one first. */
  latest(jobId: string): readonly LatestAttempt[] {
    const job = this.#jobs.get(jobId);
    if (job === undefined) return [];
    const kept = Math.min(job.count, LATEST_KEPT);
    return Array.from({ length: kept }, (_, i) => {
      const place = job.count - i;
      return { ...(job.latest[(place - 1) % LATEST_KEPT] as AttemptSeen), place };
    });
  }

  /** How many have ended since the server knows the job. */
  count(jobId: string): number {
    return this.#jobs.get(jobId)?.count ?? 0;
  }

  /** How long its attempts took, to go on with after a restart. */
  saved(jobId: string): SavedLatency | undefined {
    const job = this.#jobs.get(jobId);
    const now = Math.floor(this.#clock.wallMs() / STEP_MS);
    return job && { run: job.run.saved(now), queue: job.queue.saved(now) };
  }

  restore(jobId: string, { run, queue }: SavedLatency): void {
    const now = Math.floor(this.#clock.wallMs() / STEP_MS);
    const job = this.#jobs.get(jobId) ?? new JobAttempts(jobId);
    this.#jobs.set(jobId, job);
    job.run.restore(now, run);
    job.queue.restore(now, queue);
  }

  #of(jobId: string): JobAttempts {
    const job = this.#jobs.get(jobId) ?? new JobAttempts(jobId);
    if (job.count === 0) this.#jobs.set(jobId, job);
    this.#last = job;
    return job;
  }
}

const NONE = new JobAttempts('');
