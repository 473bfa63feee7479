/**
 * A schedule as it is stored: what a user said, and where it stands. Everything a new process needs
 * in order to go on is in here, because the old one may end between any two steps.
 */
import type { Schedule, ScheduleRun } from '../model/schedule.ts';
import type { TickPlan } from './schedule-clock.ts';

export interface ScheduleRecord {
  readonly id: string;
  readonly tenant: string;
  /** Of its document. */
  readonly version: number;
  readonly body: ScheduleBody;
}

export interface ScheduleBody
  extends Omit<Schedule, 'id' | 'tenant' | 'nextMs' | 'last'>,
    TickPlan {
  /**
   * Written before its job is submitted, cleared with the note of what became of it: what is found
   * here is submitted again, under the same key, and answers with the same job.
   */
  readonly starting?: PlannedRun | undefined;
  /** Starts once the current job is over. */
  readonly queued?: PlannedRun | undefined;
  /** The job started last. */
  readonly current?: CurrentRun | undefined;
  readonly last?: ScheduleRun | undefined;
  /** Runs that the history keeps. */
  readonly runs: number;
}

export interface PlannedRun {
  readonly dueMs: number;
  readonly manual: boolean;
  readonly late: boolean;
  readonly why?: string | undefined;
  /** The job that is to be cancelled first. */
  readonly replaces?: string | undefined;
}

export interface CurrentRun {
  readonly jobId: string;
  readonly dueMs: number;
  /** Its end was seen. */
  readonly ended: boolean;
}

export function scheduleOf({ id, tenant, body }: ScheduleRecord): Schedule {
  const { starting: _s, queued: _q, current: _c, startMs: _m, runs: _r, ...said } = body;
  return { ...said, id, tenant, nextMs: body.nextMs, last: body.last };
}

/** The same key again answers with the same job: a tick is never run twice. */
export function runKey(scheduleId: string, dueMs: number): string {
  return `schedule:${scheduleId}:${dueMs}`;
}
