/**
 * What is to be done at a time, decided without waiting: which tick a schedule is to run, whether
 * it is late, when within its jitter it starts, and what a run does that meets another one.
 */
import { type Random, randomInt } from '../base/random.ts';
import type { OverlapPolicy } from '../model/schedule.ts';
import type { CronTicks } from './cron.ts';

/** A run that starts this long after its time is late: more than a busy midnight takes. */
export const LATE_AFTER_MS = 30_000;

/** The next tick and the time within its jitter at which its run starts; undefined = none. */
export interface TickPlan {
  readonly nextMs: number | undefined;
  readonly startMs: number | undefined;
}

export const NO_TICK: TickPlan = { nextMs: undefined, startMs: undefined };

/**
 * The first tick after `afterMs`. The jitter is drawn below the next gap, so that runs keep the
 * order of their ticks and never pile up behind a large one.
 */
export function planTick(
  ticks: CronTicks,
  afterMs: number,
  jitterMs: number,
  random: Random,
): TickPlan {
  const nextMs = ticks.after(afterMs);
  if (nextMs === undefined) return NO_TICK;
  if (jitterMs === 0) return { nextMs, startMs: nextMs };
  const gapMs = (ticks.after(nextMs) ?? Number.POSITIVE_INFINITY) - nextMs;
  return { nextMs, startMs: nextMs + randomInt(random, 0, Math.min(jitterMs, gapMs - 1)) };
}

export type TickVerdict =
  | { readonly kind: 'wait' }
  /** Run `dueMs`; `missedFromMs` is the first of the ticks that it stands for, where it does. */
  | {
      readonly kind: 'run';
      readonly dueMs: number;
      readonly late: boolean;
      readonly missedFromMs: number | undefined;
    }
  /** The newest tick that passed is too old to be made up for. */
  | { readonly kind: 'miss'; readonly dueMs: number };

export interface TickMoment {
  readonly nowMs: number;
  /** When this process began to mind schedules: what was to start before, nobody started. */
  readonly openedMs: number;
  readonly catchUpMs: number;
}

/** However many ticks passed, one is run: the newest of them. */
export function judgeTick(ticks: CronTicks, plan: TickPlan, moment: TickMoment): TickVerdict {
  const { nextMs, startMs } = plan;
  const { nowMs, openedMs, catchUpMs } = moment;
  if (nextMs === undefined || startMs === undefined || startMs > nowMs) return { kind: 'wait' };
  const dueMs = Math.max(nextMs, ticks.latest(nowMs) ?? nextMs);
  const several = dueMs > nextMs;
  const late = several || startMs < openedMs || nowMs - startMs > LATE_AFTER_MS;
  if (late && nowMs - dueMs > catchUpMs) return { kind: 'miss', dueMs };
  return { kind: 'run', dueMs, late, missedFromMs: several ? nextMs : undefined };
}

/** What a run does: `open` = the job of the run before is not over, `queued` = a run waits. */
export function judgeOverlap(
  policy: OverlapPolicy,
  open: boolean,
  queued: boolean,
): 'start' | 'skip' | 'queue' | 'replace' {
  if (!open) return 'start';
  if (policy === 'queue') return queued ? 'skip' : 'queue';
  return policy;
}
