import type { Random } from '../base/random.ts';

/**
 * Exponential back-off with full jitter: a delay drawn evenly from [0, ceiling], where the ceiling
 * doubles from attempt to attempt up to a cap. Full jitter spreads the retries of many tasks that
 * failed together better than any jitter around a fixed delay.
 *
 * A schedule is frozen and keeps nothing between calls.
 */
export interface BackoffSchedule {
  /** Ceiling of the first delay, ms. */
  readonly baseMs: number;
  readonly factor: number;
  /** Ceiling of all delays, ms. */
  readonly capMs: number;
}

export const DEFAULT_BACKOFF: BackoffSchedule = Object.freeze({
  baseMs: 1_000,
  factor: 2,
  capMs: 60_000,
});

/** The longest delay after the `failures`-th failure (1 = the first), ms. */
export function backoffCeilingMs(schedule: BackoffSchedule, failures: number): number {
  const power = Math.max(0, Math.floor(failures) - 1);
  return Math.min(schedule.capMs, schedule.baseMs * schedule.factor ** power);
}

/** A delay after the `failures`-th failure, ms. */
export function backoffMs(schedule: BackoffSchedule, failures: number, random: Random): number {
  return backoffCeilingMs(schedule, failures) * random.next();
}
