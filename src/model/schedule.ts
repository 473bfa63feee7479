/**
 * What a schedule is: an order that becomes a job at every tick of a cron expression. A tick is the
 * time that the expression names; jitter delays the start of its run, never the tick itself.
 */
import type { JobOrder } from './job-order.ts';
import type { JobState } from './lifecycle.ts';

/** What happens at a tick while the job of the run before is not over. */
export const OVERLAP_POLICIES = ['skip', 'queue', 'replace'] as const;
export type OverlapPolicy = (typeof OVERLAP_POLICIES)[number];

export interface Schedule {
  readonly id: string;
  readonly tenant: string;
  readonly name: string;
  /** Five fields, six with seconds first, or a nickname such as `@hourly`. */
  readonly cron: string;
  /** IANA name, such as `Europe/Paris`. */
  readonly timeZone: string;
  readonly overlap: OverlapPolicy;
  /** Each run starts up to this many ms after its tick, never after the next tick. */
  readonly jitterMs: number;
  readonly paused: boolean;
  readonly order: JobOrder;
  readonly createdMs: number;
  /** When a user changed it last; runs do not count. */
  readonly updatedMs: number;
  /** The next tick, wall ms; undefined while paused. */
  readonly nextMs: number | undefined;
  readonly last: ScheduleRun | undefined;
}

/** What became of one tick, or of one "run now". */
export interface ScheduleRun {
  readonly scheduleId: string;
  /** The tick, wall ms; of a run by hand, when it was asked for. Names the run in its schedule. */
  readonly dueMs: number;
  /** When its job was made, or when it was decided that none is. */
  readonly startedMs: number;
  readonly jobId?: string;
  readonly outcome: ScheduleOutcome;
  readonly manual: boolean;
  /** It started well after its tick, or stands for ticks that were missed. */
  readonly late: boolean;
  /** A sentence, where there is something to say. */
  readonly why?: string;
  /** Error code of a run that failed. */
  readonly code?: string;
  /** State of its job, as far as it is known. */
  readonly jobState?: JobState;
}

export const SCHEDULE_OUTCOMES = ['started', 'skipped', 'queued', 'failed'] as const;
export type ScheduleOutcome = (typeof SCHEDULE_OUTCOMES)[number];

export interface ScheduleDraft {
  readonly name: string;
  readonly cron: string;
  /** `UTC` where it is not said. */
  readonly timeZone?: string;
  /** `skip` where it is not said. */
  readonly overlap?: OverlapPolicy;
  /** 0 where it is not said. */
  readonly jitterMs?: number;
  readonly paused?: boolean;
  readonly order: JobOrder;
}

/** What changes; the rest stays. */
export type SchedulePatch = Partial<Omit<ScheduleDraft, 'paused'>>;

/** The answer to a change: the schedule as it is now, and its next three ticks (wall ms). */
export interface ScheduleAnswer {
  readonly schedule: Schedule;
  readonly ticks: readonly number[];
}
