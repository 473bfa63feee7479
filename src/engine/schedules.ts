/**
 * Starts jobs by cron. Schedules live in the store; memory holds when each is due next, and which
 * jobs are awaited. One timer rings for the earliest; nothing is polled.
 *
 * A tick starts one job at most, whatever happens to the process: see `schedule-runs.ts`. An error
 * of one schedule is noted or tried again; it never leaves a timer, and never touches another one.
 * Until it is opened it only looks and changes: for processes that are gone before a tick comes.
 */
import type { Clock } from '../base/clock.ts';
import { messageOf, SluiceError } from '../base/errors.ts';
import { newId } from '../base/ids.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { SequencedEvent } from '../model/event.ts';
import type { Job } from '../model/job.ts';
import type { JobOrder } from '../model/job-order.ts';
import { isFinalJobState } from '../model/lifecycle.ts';
import type {
  Schedule,
  ScheduleAnswer,
  ScheduleDraft,
  SchedulePatch,
  ScheduleRun,
} from '../model/schedule.ts';
import { againOnConflict } from './again-on-conflict.ts';
import { checkCron, parseCron } from './cron.ts';
import type { Feed } from './feed.ts';
import { ScheduleAlarm } from './schedule-alarm.ts';
import { RUNS_KEPT, ScheduleBook, type ScheduleStore } from './schedule-book.ts';
import { NO_TICK, planTick, type TickPlan } from './schedule-clock.ts';
import { applyPatch, checkDraft, type ScheduleWishes } from './schedule-draft.ts';
import { type ScheduleBody, type ScheduleRecord, scheduleOf } from './schedule-record.ts';
import { type RunName, ScheduleRuns } from './schedule-runs.ts';
import { ScheduleTurns } from './schedule-turns.ts';

export const SCHEDULES_PER_TENANT_MAX = 1_000;
export const LIST_MAX = 200;
export const PREVIEW_MAX = 100;
/** A tick that passed longer ago than this while nobody minded it is not made up for. */
export const CATCH_UP_MS = 24 * 3_600_000;
const TICKS_TOLD = 3;
/** What failed for the store's sake is tried again after this. */
const RETRY_MS = 30_000;
/** A server that is not sure of its place looks again after this. */
const AWAY_MS = 1_000;

/** Whose schedules are meant; undefined = everybody's. */
export type Owner = string | undefined;

export interface SchedulesOptions {
  readonly store: ScheduleStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Makes and starts a job; the same key again answers with the same job. */
  submit(order: JobOrder, tenant: string, idempotencyKey: string): Promise<Job>;
  cancel(jobId: string): Promise<unknown>;
  readonly feed: Pick<Feed, 'subscribe'>;
  /** Rejects where an order could never be submitted, so that a mistake is told at once. */
  checkOrder?(order: JobOrder, tenant: string): Promise<void>;
  /** `CATCH_UP_MS`, unless the user says otherwise. */
  readonly catchUpMs: number;
  /**
   * Where other servers know the same schedules: one of them minds these, the others tell it of
   * changes. Whether this one may start anything at this moment.
   */
  readonly holds?: () => boolean;
}

export class Schedules {
  readonly #options: SchedulesOptions;
  readonly #book: ScheduleBook;
  readonly #alarm: ScheduleAlarm;
  #runs: ScheduleRuns;
  readonly #turns = new ScheduleTurns();
  /** Schedules by tenant: how many. */
  readonly #counts = new Map<string, number>();
  /** Jobs whose end is awaited, and the runs that they belong to. */
  readonly #awaited = new Map<string, RunName>();
  #unsubscribe = () => {};
  #opened = false;
  #closed = false;

  constructor(options: SchedulesOptions) {
    const { store, clock } = options;
    this.#options = options;
    this.#book = new ScheduleBook(store);
    this.#alarm = new ScheduleAlarm(clock, (id) => this.#later(id, (record) => this.#tick(record)));
    this.#runs = this.#createRuns();
  }

  /**
   * Loads all schedules; ticks that were missed are made up for in the background. May be called
   * again after `close`.
   */
  async open(): Promise<void> {
    this.#opened = true;
    this.#closed = false;
    this.#counts.clear();
    this.#awaited.clear();
    this.#alarm.clear();
    this.#runs = this.#createRuns();
    this.#unsubscribe = this.#options.feed.subscribe((event) => this.#onEvent(event));
    for await (const record of this.#book.all()) {
      this.#count(record.tenant, 1);
      await this.#awaitJob(record);
      const { id, body } = record;
      const unfinished = body.starting || body.queued;
      this.#alarm.set(id, unfinished ? this.#nowMs() : body.startMs);
    }
    this.#alarm.start();
  }

  /** Another server has written schedules: these, or any. */
  async changed(ids: readonly string[] | undefined): Promise<void> {
    if (!this.#opened || this.#closed) return;
    if (ids === undefined) {
      for await (const record of this.#book.all()) this.#lookAgain(record.id);
    } else for (const id of ids) this.#lookAgain(id);
  }

  /** Waits for what is under way; starts nothing more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#opened = false;
    this.#unsubscribe();
    this.#alarm.stop();
    await this.#turns.close();
  }

  #createRuns(): ScheduleRuns {
    const options = this.#options;
    return new ScheduleRuns({
      ...options,
      book: this.#book,
      submit: (order, tenant, key) => options.submit(order, tenant, key),
      cancel: (jobId) => options.cancel(jobId),
      onOpen: (jobId, run) => this.#awaited.set(jobId, run),
      onOver: (jobId) => this.#awaited.delete(jobId),
      openedMs: options.clock.wallMs(),
    });
  }

  #lookAgain(id: string): void {
    this.#later(id, async (record) => {
      await this.#awaitJob(record);
      this.#arm(record);
    });
  }

  /** Minds the end of the job that a schedule's last run has started. */
  async #awaitJob({ id, body: { current } }: ScheduleRecord): Promise<void> {
    if (!current || current.ended) return;
    this.#awaited.set(current.jobId, { scheduleId: id, dueMs: current.dueMs });
    const job = await this.#book.job(current.jobId);
    if (!job || isFinalJobState(job.state)) this.#jobEnded(current.jobId);
  }

  /** Rejects with `schedule.*`, or with what is wrong with the order. */
  async create(tenant: string, draft: ScheduleDraft): Promise<ScheduleAnswer> {
    const nowMs = this.#nowMs();
    const wishes = checkDraft(draft, nowMs);
    await this.#options.checkOrder?.(wishes.order, tenant);
    if (!this.#opened || this.#options.holds) await this.#countAnew(tenant);
    if ((this.#counts.get(tenant) ?? 0) >= SCHEDULES_PER_TENANT_MAX) {
      throw new SluiceError('schedule.limit', { limit: SCHEDULES_PER_TENANT_MAX });
    }
    this.#count(tenant, 1);
    try {
      const id = newId('s', nowMs, this.#options.random);
      const plan = this.#plan(wishes);
      const body = { ...wishes, ...plan, createdMs: nowMs, updatedMs: nowMs, runs: 0 };
      return this.#answer(await this.#book.create({ id, tenant, body }, nowMs));
    } catch (error) {
      this.#count(tenant, -1);
      throw error;
    }
  }

  update(owner: Owner, id: string, patch: SchedulePatch): Promise<ScheduleAnswer> {
    return this.#change(owner, id, async (stored) => {
      const record = await this.#unqueueFor(stored, patch);
      const before = record.body;
      const body = applyPatch(before, patch, this.#nowMs());
      if (patch.order) await this.#options.checkOrder?.(body.order, record.tenant);
      const same =
        body.cron === before.cron &&
        body.timeZone === before.timeZone &&
        body.jitterMs === before.jitterMs;
      return this.#save(record, { ...body, ...(same ? {} : this.#plan(body)) });
    });
  }

  /** Nothing starts by itself any more, the run that waits included. What runs goes on. */
  pause(owner: Owner, id: string): Promise<ScheduleAnswer> {
    return this.#change(owner, id, async (stored) => {
      if (stored.body.paused) return stored;
      const record = await this.#runs.unqueue(stored, 'The schedule was paused.');
      return this.#save(record, { ...record.body, ...NO_TICK, paused: true });
    });
  }

  /** Goes on with the next tick; those that passed meanwhile were not missed. */
  resume(owner: Owner, id: string): Promise<ScheduleAnswer> {
    return this.#change(owner, id, async (record) => {
      if (!record.body.paused) return record;
      const body = { ...record.body, paused: false };
      return this.#save(record, { ...body, ...this.#plan(body) });
    });
  }

  /** Removes the schedule with its history; its jobs stay. */
  remove(owner: Owner, id: string): Promise<void> {
    return this.#turn(id, async () => {
      const record = await this.#own(owner, id);
      await this.#book.remove(record, this.#nowMs());
      this.#count(record.tenant, -1);
      this.#alarm.set(id, undefined);
    });
  }

  async get(owner: Owner, id: string): Promise<ScheduleAnswer> {
    return this.#tell(await this.#own(owner, id));
  }

  /** Oldest first; `after` is the id behind which the page begins. At most 200 a page. */
  async list(
    owner: Owner,
    { after, limit = 50 }: { readonly after?: string | undefined; readonly limit?: number } = {},
  ): Promise<readonly Schedule[]> {
    const records = await this.#book.list(owner, after, clamp(limit, LIST_MAX));
    return Promise.all(records.map((record) => this.#show(record)));
  }

  /** A run at once, paused or not; the overlap policy holds. A failure to start is its outcome. */
  runNow(owner: Owner, id: string): Promise<ScheduleRun> {
    let dueMs: number | undefined;
    return this.#turn(id, async () => {
      const record = await this.#own(owner, id);
      dueMs ??= await this.#runs.momentFor(id);
      await this.#runs.runNow(record, dueMs);
      return (await this.#book.run(id, dueMs)) as ScheduleRun;
    });
  }

  /** The newest runs first, with the states of their jobs as they are now. At most 100 are kept. */
  async history(
    owner: Owner,
    id: string,
    { limit = 20 }: { readonly limit?: number } = {},
  ): Promise<readonly ScheduleRun[]> {
    await this.#own(owner, id);
    const runs = await this.#book.history(id, clamp(limit, RUNS_KEPT));
    return Promise.all(runs.map((run) => this.#withState(run)));
  }

  /** The next ticks of an expression, wall ms; throws as `create` does. At most 100. */
  preview(cron: string, timeZone: string, count: number): readonly number[] {
    const nowMs = this.#nowMs();
    return checkCron(cron, timeZone, nowMs).next(nowMs, clamp(count, PREVIEW_MAX));
  }

  async #tick(stored: ScheduleRecord): Promise<void> {
    this.#arm(await this.#runs.tick(stored));
  }

  #onEvent(event: SequencedEvent): void {
    if (event.type !== 'job.state' || !isFinalJobState(event.state)) return;
    this.#jobEnded(event.jobId);
  }

  #jobEnded(jobId: string): void {
    const run = this.#awaited.get(jobId);
    if (!run) return;
    this.#awaited.delete(jobId);
    this.#later(run.scheduleId, async (record) => {
      this.#arm(await this.#runs.jobEnded(record, jobId, run.dueMs));
    });
  }

  /** In the background: nothing is thrown; what fails is tried again at the schedule's tick. */
  #later(id: string, work: (record: ScheduleRecord) => Promise<void>): void {
    if (this.#closed) return;
    const { holds = () => true, log } = this.#options;
    this.#turns.later(id, async () => {
      if (!holds()) {
        this.#alarm.setBy(id, this.#nowMs() + AWAY_MS);
        return;
      }
      try {
        await this.#unlessWritten(async () => {
          const record = await this.#book.get(id);
          if (record) await work(record);
          else this.#alarm.set(id, undefined);
        });
      } catch (error) {
        log.error(`A schedule could not be minded: ${messageOf(error)}`, { id });
        this.#alarm.setBy(id, this.#nowMs() + RETRY_MS);
      }
    });
  }

  /** For a user: what fails is told, and taken up again where it was left half done. */
  #turn<T>(id: string, work: () => Promise<T>): Promise<T> {
    return this.#turns.run(id, async () => {
      try {
        return await this.#unlessWritten(work);
      } catch (error) {
        const users = error instanceof SluiceError && error.status < 500;
        if (!users) this.#alarm.setBy(id, this.#nowMs() + RETRY_MS);
        throw error;
      }
    });
  }

  /** Alone, a conflict would be a bug. */
  #unlessWritten<T>(work: () => Promise<T>): Promise<T> {
    return this.#options.holds ? againOnConflict(work) : work();
  }

  #change(
    owner: Owner,
    id: string,
    change: (record: ScheduleRecord) => Promise<ScheduleRecord>,
  ): Promise<ScheduleAnswer> {
    return this.#turn(id, async () => this.#answer(await change(await this.#own(owner, id))));
  }

  async #own(owner: Owner, id: string): Promise<ScheduleRecord> {
    const record = await this.#book.get(id);
    if (record === undefined || record.tenant !== (owner ?? record.tenant)) {
      throw new SluiceError('schedule.not_found', { id });
    }
    return record;
  }

  /** A run that waits under another policy than `queue` would wait for nothing. */
  async #unqueueFor(record: ScheduleRecord, patch: SchedulePatch): Promise<ScheduleRecord> {
    if ((patch.overlap ?? 'queue') === 'queue') return record;
    return this.#runs.unqueue(record, 'The overlap policy was changed.');
  }

  #save(record: ScheduleRecord, body: ScheduleBody): Promise<ScheduleRecord> {
    const nowMs = this.#nowMs();
    return this.#book.save(record, { ...body, updatedMs: nowMs }, nowMs);
  }

  #plan({ cron, timeZone, jitterMs, paused }: ScheduleWishes): TickPlan {
    if (paused) return NO_TICK;
    return planTick(parseCron(cron, timeZone), this.#nowMs(), jitterMs, this.#options.random);
  }

  #answer(record: ScheduleRecord): Promise<ScheduleAnswer> {
    this.#arm(record);
    return this.#tell(record);
  }

  #arm({ id, body }: ScheduleRecord): void {
    this.#alarm.set(id, body.startMs);
    if (body.starting) this.#alarm.setBy(id, this.#nowMs() + RETRY_MS);
  }

  async #tell(record: ScheduleRecord): Promise<ScheduleAnswer> {
    const { cron, timeZone, nextMs } = record.body;
    const fromMs = nextMs === undefined ? this.#nowMs() : nextMs - 1;
    const ticks = parseCron(cron, timeZone).next(fromMs, TICKS_TOLD);
    return { schedule: await this.#show(record), ticks };
  }

  async #show(record: ScheduleRecord): Promise<Schedule> {
    const schedule = scheduleOf(record);
    return { ...schedule, last: schedule.last && (await this.#withState(schedule.last)) };
  }

  /** A job may have been tried again since its end was noted, or have been removed. */
  async #withState(run: ScheduleRun): Promise<ScheduleRun> {
    const job = run.jobId === undefined ? undefined : await this.#book.job(run.jobId);
    return job ? { ...run, jobState: job.state } : run;
  }

  async #countAnew(tenant: string): Promise<void> {
    const stored = await this.#book.list(tenant, undefined, SCHEDULES_PER_TENANT_MAX);
    this.#counts.set(tenant, stored.length);
  }

  #count(tenant: string, by: number): void {
    const count = (this.#counts.get(tenant) ?? 0) + by;
    if (count > 0) this.#counts.set(tenant, count);
    else this.#counts.delete(tenant);
  }

  #nowMs(): number {
    return this.#options.clock.wallMs();
  }
}

function clamp(count: number, max: number): number {
  return Math.min(Math.max(1, Math.floor(count)), max);
}
