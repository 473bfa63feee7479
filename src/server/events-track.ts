/**
 * One job as the streams tell of it: its newest state, what is to be told of it at the next tick,
 * and how much has been told this second.
 */
import type { Standpoint } from '../engine/progress-book.ts';
import type { Shown } from '../engine/shown-state.ts';
import type { Job } from '../model/job.ts';

/** Of one job, a second; the rest is counted and told as a number. */
const TOLD_PER_SECOND = { failed: 10, notes: 5 } as const;
/** Why nothing runs, and the waits: neither. */
const NO_WAITS = JSON.stringify([undefined, []]);
const SECOND_MS = 1_000;

export class Track {
  /** As of the newest event: state, counters and plan are those that are told next. */
  job: Job;
  running = 0;
  /** How far it was when somebody last looked, monotonic ms; rates are dear and change slowly. */
  standpoint: { readonly at: Standpoint; readonly lookedMs: number } | undefined;
  /** How it stands, as it was told last, and when, monotonic ms. */
  told: Shown = { shown: 'running' };
  toldMs = Number.NEGATIVE_INFINITY;
  /** The last waits told, as text without their time. */
  waitsTold = NO_WAITS;
  #windowMs = Number.NEGATIVE_INFINITY;
  #told = { failed: 0, notes: 0 };
  #omitted = { failed: 0, notes: 0 };

  constructor(job: Job) {
    this.job = job;
  }

  /** Whether one more may be told now; one that may not is counted. */
  mayTell(what: 'failed' | 'notes', nowMs: number): boolean {
    if (nowMs - this.#windowMs >= SECOND_MS) {
      this.#windowMs = nowMs;
      this.#told = { failed: 0, notes: 0 };
    }
    if (this.#told[what] < TOLD_PER_SECOND[what]) {
      this.#told[what] += 1;
      return true;
    }
    this.#omitted[what] += 1;
    return false;
  }

  get omits(): boolean {
    return this.#omitted.failed + this.#omitted.notes > 0;
  }

  /** What was left out, once its second is over (or at once); undefined while it is not. */
  takeOmitted(nowMs: number): { readonly failed: number; readonly notes: number } | undefined {
    if (!this.omits || nowMs - this.#windowMs < SECOND_MS) return undefined;
    const omitted = this.#omitted;
    this.#omitted = { failed: 0, notes: 0 };
    return omitted;
  }
}
