/**
 * What becomes of ticks. Each method takes a schedule as it is stored and leaves it stored as it
 * has become; callers see to it that one runs at a time for each schedule.
 *
 * A run has three steps: it is written down as starting, together with the next tick; its job is
 * submitted under the tick's key; what became of it is written down. A process that ends between
 * two of them is followed by one that submits again and is answered with the same job.
 */
import type { Clock } from '../base/clock.ts';
import { formatDuration } from '../base/duration.ts';
import { messageOf, SluiceError } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { Job } from '../model/job.ts';
import type { JobOrder } from '../model/job-order.ts';
import { isFinalJobState } from '../model/lifecycle.ts';
import type { ScheduleOutcome, ScheduleRun } from '../model/schedule.ts';
import { parseCron } from './cron.ts';
import type { ScheduleBook } from './schedule-book.ts';
import { judgeOverlap, judgeTick, planTick, type TickPlan } from './schedule-clock.ts';
import {
  type PlannedRun,
  runKey,
  type ScheduleBody,
  type ScheduleRecord,
} from './schedule-record.ts';

export interface ScheduleRunsOptions {
  readonly book: ScheduleBook;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  submit(order: JobOrder, tenant: string, idempotencyKey: string): Promise<Job>;
  cancel(jobId: string): Promise<unknown>;
  /** Told of a job whose end matters, before its state is looked at: none is missed. */
  readonly onOpen: (jobId: string, run: RunName) => void;
  /** Told of a job that was found to be over. */
  readonly onOver: (jobId: string) => void;
  readonly openedMs: number;
  readonly catchUpMs: number;
}

export type RunName = Pick<ScheduleRun, 'scheduleId' | 'dueMs'>;

export class ScheduleRuns {
  readonly #options: ScheduleRunsOptions;

  constructor(options: ScheduleRunsOptions) {
    this.#options = options;
  }

  /** Takes up what was left half done, then the tick that is due, if one is. */
  async tick(stored: ScheduleRecord): Promise<ScheduleRecord> {
    let record = await this.#recover(stored);
    record = await this.#startQueued(record);
    const { body } = record;
    const ticks = parseCron(body.cron, body.timeZone);
    const { openedMs, catchUpMs } = this.#options;
    const nowMs = this.#nowMs();
    const verdict = judgeTick(ticks, body, { nowMs, openedMs, catchUpMs });
    if (verdict.kind === 'wait') return record;
    const plan = planTick(ticks, nowMs, body.jitterMs, this.#options.random);
    const next = { ...body, ...plan };
    const { dueMs } = verdict;
    if (verdict.kind === 'miss') {
      const run = { dueMs, manual: false, late: true, why: this.#tooLate(nowMs - dueMs) };
      return this.#note(record, next, run, 'skipped');
    }
    const { late, missedFromMs } = verdict;
    return this.#admit(record, next, { dueMs, manual: false, late, why: standsFor(missedFromMs) });
  }

  /** Starts a run, or does what the overlap policy says. `body` is what the schedule becomes. */
  async #admit(
    record: ScheduleRecord,
    body: ScheduleBody,
    run: PlannedRun,
  ): Promise<ScheduleRecord> {
    const open = await this.#openJob(body);
    switch (judgeOverlap(body.overlap, open !== undefined, body.queued !== undefined)) {
      case 'start':
        return this.#start(record, body, run);
      case 'replace':
        return this.#start(record, body, { ...run, replaces: open?.id });
      case 'queue': {
        const why = join(run.why, `It waits for job ${open?.id} to end.`);
        const queued = { ...body, queued: run };
        return this.#startQueued(await this.#note(record, queued, { ...run, why }, 'queued'));
      }
      case 'skip': {
        const why = body.queued
          ? 'Another run is queued already.'
          : `Job ${open?.id} of an earlier run is still ${open?.state}.`;
        return this.#note(record, body, { ...run, why: join(run.why, why) }, 'skipped');
      }
    }
  }

  /** A run by hand, once: `dueMs`, its name, is a moment of `momentFor`. */
  async runNow(stored: ScheduleRecord, dueMs: number): Promise<void> {
    const record = await this.#startQueued(await this.#recover(stored));
    if (await this.#options.book.run(record.id, dueMs)) return;
    await this.#admit(record, record.body, { dueMs, manual: true, late: false });
  }

  /** Notes how a job ended, and starts the run that waited for it. */
  async jobEnded(stored: ScheduleRecord, jobId: string, dueMs: number): Promise<ScheduleRecord> {
    const { book } = this.#options;
    let record = await this.#recover(stored);
    const job = await book.job(jobId);
    const run = await book.run(record.id, dueMs);
    const { current } = record.body;
    const isCurrent = current?.jobId === jobId;
    const body = isCurrent ? { ...record.body, current: { ...current, ended: true } } : record.body;
    if (run?.jobId === jobId && job) {
      const jobState = job.state;
      record = await book.save(record, body, this.#nowMs(), { ...run, jobState });
    } else if (isCurrent) {
      record = await book.save(record, body, this.#nowMs());
    }
    return this.#startQueued(record);
  }

  /** Takes back the run that waits. */
  async unqueue(record: ScheduleRecord, why: string): Promise<ScheduleRecord> {
    const { queued } = record.body;
    if (!queued) return record;
    const body = { ...record.body, queued: undefined };
    return this.#note(record, body, { ...queued, why: join(queued.why, why) }, 'skipped');
  }

  /** A time for a run by hand: no tick is at it, nor another run. */
  async momentFor(scheduleId: string): Promise<number> {
    let dueMs = this.#nowMs();
    for (;;) {
      if (dueMs % 1_000 === 0) dueMs += 1;
      if (!(await this.#options.book.run(scheduleId, dueMs))) return dueMs;
      dueMs += 1;
    }
  }

  /** A run that was written down as starting, and whose end was not. */
  async #recover(record: ScheduleRecord): Promise<ScheduleRecord> {
    const { starting } = record.body;
    if (!starting) return record;
    const nowMs = this.#nowMs();
    if (nowMs - starting.dueMs > this.#options.catchUpMs) {
      const why = join(starting.why, this.#tooLate(nowMs - starting.dueMs));
      const body = { ...record.body, starting: undefined };
      return this.#note(record, body, { ...starting, late: true, why }, 'skipped');
    }
    return this.#submit(record, starting, nowMs);
  }

  async #startQueued(record: ScheduleRecord): Promise<ScheduleRecord> {
    const { queued, current } = record.body;
    if (!queued) return record;
    if (current && (await this.#openJob(record.body))) {
      // Its end may have been seen before: a job that failed can be taken up again.
      this.#options.onOpen(current.jobId, { scheduleId: record.id, dueMs: current.dueMs });
      if (await this.#openJob(record.body)) return record;
    }
    const body = { ...record.body, queued: undefined };
    const ageMs = this.#nowMs() - queued.dueMs;
    const fromBefore = queued.dueMs < this.#options.openedMs;
    if (fromBefore && ageMs > this.#options.catchUpMs) {
      const why = join(queued.why, this.#tooLate(ageMs));
      return this.#note(record, body, { ...queued, late: true, why }, 'skipped');
    }
    return this.#start(record, body, queued);
  }

  async #start(
    record: ScheduleRecord,
    body: ScheduleBody,
    run: PlannedRun,
  ): Promise<ScheduleRecord> {
    const starting = { ...body, starting: run };
    return this.#submit(await this.#options.book.save(record, starting, this.#nowMs()), run);
  }

  /** `againMs`: it may have been submitted before that time already. */
  async #submit(
    record: ScheduleRecord,
    planned: PlannedRun,
    againMs?: number,
  ): Promise<ScheduleRecord> {
    const body = { ...record.body, starting: undefined };
    let job: Job;
    try {
      if (planned.replaces !== undefined) await this.#cancel(planned.replaces);
      job = await this.#options.submit(body.order, record.tenant, runKey(record.id, planned.dueMs));
    } catch (error) {
      return this.#failed(
        record,
        { ...body, ...this.#absorb(body, planned, againMs) },
        planned,
        error,
      );
    }
    const { dueMs } = planned;
    const jobId = job.id;
    this.#options.onOpen(jobId, { scheduleId: record.id, dueMs });
    // It may have ended before anyone listened.
    job = (await this.#options.book.job(jobId)) ?? job;
    const ended = isFinalJobState(job.state);
    if (ended) this.#options.onOver(jobId);
    const fresh = againMs !== undefined && job.createdMs >= againMs;
    const plan = fresh ? this.#absorb(body, planned, againMs) : {};
    const next = { ...body, ...plan, current: { jobId, dueMs, ended } };
    return this.#note(record, next, { ...planned, late: planned.late || fresh }, 'started', {
      startedMs: job.createdMs,
      jobId,
      ...(ended ? { jobState: job.state } : {}),
    });
  }

  /** A run that starts only now stands for the ticks that passed since. */
  #absorb(body: ScheduleBody, run: PlannedRun, nowMs: number | undefined): Partial<TickPlan> {
    if (nowMs === undefined || run.manual) return {};
    const passed = body.nextMs !== undefined && body.nextMs <= nowMs;
    if (!passed) return {};
    const ticks = parseCron(body.cron, body.timeZone);
    return planTick(ticks, nowMs, body.jitterMs, this.#options.random);
  }

  async #failed(
    record: ScheduleRecord,
    body: ScheduleBody,
    run: PlannedRun,
    error: unknown,
  ): Promise<ScheduleRecord> {
    const why = messageOf(error);
    this.#options.log.warn(`A scheduled run could not start: ${why}`, { schedule: record.id });
    const code = error instanceof SluiceError ? error.code : 'internal.bug';
    return this.#note(record, body, { ...run, why: join(run.why, why) }, 'failed', { code });
  }

  async #cancel(jobId: string): Promise<void> {
    try {
      await this.#options.cancel(jobId);
    } catch (error) {
      const over = error instanceof SluiceError && /^job\.(conflict|not_found)$/.test(error.code);
      if (!over) throw error;
    }
  }

  #note(
    record: ScheduleRecord,
    body: ScheduleBody,
    { dueMs, manual, late, why }: PlannedRun,
    outcome: ScheduleOutcome,
    more: Partial<ScheduleRun> = {},
  ): Promise<ScheduleRecord> {
    const nowMs = this.#nowMs();
    return this.#options.book.save(record, body, nowMs, {
      scheduleId: record.id,
      dueMs,
      startedMs: nowMs,
      outcome,
      manual,
      late,
      ...(why === undefined ? {} : { why }),
      ...more,
    });
  }

  /** The job of the run before, where it is not over. */
  async #openJob({ current }: ScheduleBody): Promise<Job | undefined> {
    const job = current && (await this.#options.book.job(current.jobId));
    return job && !isFinalJobState(job.state) ? job : undefined;
  }

  #tooLate(ageMs: number): string {
    const limit = formatDuration(this.#options.catchUpMs);
    return `It was missed ${formatDuration(ageMs)} ago; runs are made up for within ${limit}.`;
  }

  #nowMs(): number {
    return this.#options.clock.wallMs();
  }
}

function standsFor(missedFromMs: number | undefined): string | undefined {
  if (missedFromMs === undefined) return undefined;
  return `It stands for all ticks missed since ${new Date(missedFromMs).toISOString()}.`;
}

function join(first: string | undefined, second: string): string {
  return first === undefined ? second : `${first} ${second}`;
}
