/**
 * What a person wants to know of a running job, folded from its events: is it moving, how fast,
 * when is it done. A pure fold; the same events give the same answer to the display, to JSON and
 * to the service.
 */

import type { SequencedEvent } from '../model/event.ts';
import { type JobCounters, NO_COUNTERS, openTasks } from '../model/job.ts';
import type { Blockage, LaneKey } from '../model/lane.ts';
import type { JobState } from '../model/lifecycle.ts';

/** The rate is that of the last half minute; older samples are dropped. */
const WINDOW_MS = 30_000;
/** Below this much observation no estimate can be defended. */
const ESTIMATE_AFTER_MS = 5_000;
const SAMPLE_MS = 250;
const NOTES_MAX = 50;

export interface Progress {
  readonly jobId: string;
  readonly state: JobState;
  readonly counters: JobCounters;
  readonly running: number;
  /** Whether all rows are planned: before that the total is only "so far". */
  readonly planned: boolean;
  /** Tasks ended a second, over the last half minute; undefined before anything was seen. */
  readonly perSecond: number | undefined;
  /**
   * Time left, ms, from the fastest to the slowest plausible rate, and no less than the limits
   * allow; undefined = not defensible.
   */
  readonly etaMs: readonly [number, number] | undefined;
  /** The limit that the end waits for, where one does. */
  readonly etaLimit: EtaLimit | undefined;
}

/** A limit below which the job cannot end, whatever the rate of late. */
export interface EtaLimit {
  readonly lane: LaneKey;
  /** Starts a second that it allows; undefined = it rests. */
  readonly perSecond: number | undefined;
  /** Time left at least, ms. */
  readonly leastMs: number;
}

interface Sample {
  readonly atMs: number;
  readonly ended: number;
}

export class ProgressFold {
  readonly #jobId: string;
  #state: JobState = 'running';
  #counters: JobCounters = NO_COUNTERS;
  #running = 0;
  #planned = false;
  #samples: Sample[] = [];
  readonly #notes: string[] = [];

  constructor(jobId: string, counters: JobCounters, planned: boolean) {
    this.#jobId = jobId;
    this.#counters = counters;
    this.#planned = planned;
  }

  /** The last notes that collectors left. */
  get notes(): readonly string[] {
    return this.#notes;
  }

  apply(event: SequencedEvent): void {
    if (event.jobId !== this.#jobId) return;
    switch (event.type) {
      case 'job.state':
        this.#state = event.state;
        break;
      case 'job.planned':
        this.#planned = true;
        break;
      case 'job.progress':
        this.#counters = event.counters;
        this.#running = event.running;
        this.#sample(event.atMs);
        break;
      case 'task.note':
        this.#notes.push(event.note);
        if (this.#notes.length > NOTES_MAX) this.#notes.shift();
        break;
      default:
        break;
    }
  }

  /** `limit`: the one that takes longest to let through what waits for it, if any. */
  at(nowMs: number, limit?: EtaLimit): Progress {
    const perSecond = this.#rate(nowMs);
    const eta = this.#eta(nowMs, perSecond);
    const leastMs = limit?.leastMs ?? 0;
    const binding = leastMs > (eta?.[0] ?? ESTIMATE_AFTER_MS) ? limit : undefined;
    return {
      jobId: this.#jobId,
      state: this.#state,
      counters: this.#counters,
      running: this.#running,
      planned: this.#planned,
      perSecond,
      etaMs: eta && [Math.max(eta[0], leastMs), Math.max(eta[1], leastMs)],
      etaLimit: binding,
    };
  }

  #sample(atMs: number): void {
    const last = this.#samples.at(-1);
    if (last && atMs - last.atMs < SAMPLE_MS) return;
    this.#samples.push({ atMs, ended: ended(this.#counters) });
    const keep = this.#samples.findIndex((sample) => sample.atMs >= atMs - WINDOW_MS);
    if (keep > 1) this.#samples = this.#samples.slice(keep - 1);
  }

  #rate(nowMs: number): number | undefined {
    const first = this.#samples.find((sample) => sample.atMs >= nowMs - WINDOW_MS);
    if (!first) return this.#samples.length > 0 ? 0 : undefined;
    const spanMs = nowMs - first.atMs;
    if (spanMs < 500) return undefined;
    return ((ended(this.#counters) - first.ended) * 1_000) / spanMs;
  }

  /** The mean rate gives the middle; the rates of the window's halves give the range. */
  #eta(nowMs: number, perSecond: number | undefined): readonly [number, number] | undefined {
    const first = this.#samples[0];
    if (!this.#planned || !perSecond || !first || nowMs - first.atMs < ESTIMATE_AFTER_MS) {
      return undefined;
    }
    const left = openTasks(this.#counters);
    const middle = this.#samples[Math.floor(this.#samples.length / 2)] as Sample;
    const rates = [perSecond];
    if (middle.atMs > first.atMs && nowMs > middle.atMs) {
      rates.push(((middle.ended - first.ended) * 1_000) / (middle.atMs - first.atMs));
      rates.push(((ended(this.#counters) - middle.ended) * 1_000) / (nowMs - middle.atMs));
    }
    const slowest = Math.max(Math.min(...rates), perSecond / 3);
    return [(left * 1_000) / Math.max(...rates), (left * 1_000) / slowest];
  }
}

/** The limit among these that takes longest; `nowMs` is monotonic, as the blockages' times are. */
export function longestLimit(blockages: readonly Blockage[], nowMs: number): EtaLimit | undefined {
  let longest: EtaLimit | undefined;
  for (const { lane, wakeAtMs, waiting, perSecond } of blockages) {
    const opensInMs = Math.max(0, (wakeAtMs ?? nowMs) - nowMs);
    // Each that waits needs one start at least; the first is made when the lane opens.
    const leastMs = opensInMs + (perSecond ? ((waiting - 1) * 1_000) / perSecond : 0);
    if (leastMs > (longest?.leastMs ?? 0)) longest = { lane, perSecond, leastMs };
  }
  return longest;
}

function ended(counters: JobCounters): number {
  return counters.completed + counters.discarded + counters.cancelled;
}
