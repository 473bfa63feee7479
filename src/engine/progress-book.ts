/**
 * The progress of all jobs that run here, kept as it happens: a rate needs the last half minute,
 * and whoever asks has not looked that long. A job's fold is forgotten when it no longer runs.
 */
import type { Clock } from '../base/clock.ts';
import type { SequencedEvent } from '../model/event.ts';
import type { Job } from '../model/job.ts';
import type { Blockage } from '../model/lane.ts';
import type { EngineApi } from './engine-api.ts';
import { type TimeWords, utcTime } from './job-words.ts';
import { longestLimit, type Progress, ProgressFold } from './progress.ts';
import { type Shown, shownOf } from './shown-state.ts';

/** Among so many of the limits that most wait for, the one is looked for that the end waits for. */
const LIMITS_WEIGHED = 500;

/** A running job at one moment: how far it is, and what it waits for. */
export interface Standpoint {
  readonly progress: Progress;
  /** Most waiting first. */
  readonly blockages: readonly Blockage[];
  readonly pausedFor?: string;
  /** Monotonic now, ms: what the blockages' times are measured by. */
  readonly nowMs: number;
  readonly wallMs: number;
  readonly nextDueMs: number | undefined;
}

export class ProgressBook {
  readonly #engine: EngineApi;
  readonly #clock: Clock;
  readonly #folds = new Map<string, ProgressFold>();

  constructor(engine: EngineApi, clock: Clock) {
    this.#engine = engine;
    this.#clock = clock;
    engine.feed.subscribe((event) => this.#take(event));
  }

  of(job: Job): Standpoint {
    const nowMs = this.#clock.monoMs();
    const wallMs = this.#clock.wallMs();
    const fold = this.#folds.get(job.id);
    const blockages = this.#engine.explain(job.id, LIMITS_WEIGHED);
    const nextDueMs = this.#engine.nextDueMs(job.id);
    const running = this.#engine.active(job.id);
    const { state, failure } = job;
    const paused = state === 'paused' && failure ? { pausedFor: failure.message } : {};
    if (fold === undefined) {
      const still = new ProgressFold(job.id, job.counters, job.planned);
      const progress = { ...still.at(wallMs), state: job.state, running };
      return { progress, blockages, nowMs, wallMs, nextDueMs, ...paused };
    }
    const progress = { ...fold.at(wallMs, longestLimit(blockages, nowMs)), running };
    return { progress, blockages, nowMs, wallMs, nextDueMs, ...paused };
  }

  /** The word for how it stands; quick where something of it moves. */
  shown(job: Job, time: TimeWords = utcTime): Shown {
    const { id, state, counters } = job;
    const running = this.#engine.active(id);
    if (state !== 'running' || running > 0) return { shown: state };
    return shownOf(
      state,
      {
        progress: { running, counters: this.#engine.counts(id)?.counters ?? counters },
        blockages: this.#engine.explain(id, 1),
        nextDueMs: this.#engine.nextDueMs(id),
        nowMs: this.#clock.monoMs(),
        wallMs: this.#clock.wallMs(),
      },
      time,
    );
  }

  #take(event: SequencedEvent): void {
    const { jobId } = event;
    if (event.type === 'job.state' && event.state !== 'running') {
      this.#folds.delete(jobId);
      return;
    }
    let fold = this.#folds.get(jobId);
    if (fold === undefined) {
      const counts = this.#engine.counts(jobId);
      if (counts === undefined) return;
      fold = new ProgressFold(jobId, counts.counters, counts.planned);
      this.#folds.set(jobId, fold);
    }
    fold.apply(event);
  }
}
