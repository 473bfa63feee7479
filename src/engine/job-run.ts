/**
 * One job while this process works on it: its plan, its tasks in memory, its running attempts and
 * its counters as last committed. It ends when everything is done, or when it is stopped.
 */
import type { Unit } from '../admission/admission.ts';
import { AbortCause } from '../base/abort.ts';
import { messageOf, SluiceError } from '../base/errors.ts';
import { Slab } from '../base/slab.ts';
import type { Collector, Source } from '../collectors/collector.ts';
import type { Failure } from '../model/failure.ts';
import type { Job, JobCounters } from '../model/job.ts';
import { openTasks, rowsKnown, sameCounters } from '../model/job.ts';
import type { LaneKey } from '../model/lane.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Task } from '../model/task.ts';
import { RetryBudget } from '../retry/budget.ts';
import type { PlannedRow, Store } from '../store/store.ts';
import { ActiveTime } from './active-time.ts';
import type { Attempt } from './attempt.ts';
import { jsonOf, lanesOf, placeOf } from './collector-answers.ts';
import { InputReader, isPlain } from './kept-input.ts';
import type { EngineParts } from './parts.ts';
import { FAR_CHUNK_ROWS_MAX, haveNoKeys, planJob } from './planner.ts';
import type { RowQuota } from './row-quota.ts';
import type { Startable } from './seat.ts';
import type { IntakeOptions, TaskIntake } from './task-intake.ts';
import type { TaskStarter } from './task-starter.ts';

/** How long a plan may take to obey its signal before it is left behind. */
const PLAN_OBEY_MS = 2_000;

export interface JobRunOptions {
  readonly parts: EngineParts;
  readonly job: Job;
  readonly collector: Collector;
  /** As the collector's schema gave them. */
  readonly options: unknown;
  readonly openSource: (signal: AbortSignal) => Promise<Source>;
  /** What the tenant's rows a day allow; undefined = everything. */
  readonly quota: RowQuota | undefined;
  readonly attemptTimeoutMs: number;
  readonly throttledMaxMs: number;
  readonly resultTtlMs: number;
  readonly heldMax: () => number;
  readonly createIntake: (options: IntakeOptions) => TaskIntake;
  readonly addRows: Store['addRows'];
  /**
   * The store is alone with this engine and keeps the order. First rows are worked on while they
   * are on their way. After a crash they may be nowhere; then they are planned and worked on again.
   */
  readonly ordered: boolean;
  /** Whether its plan and its end are minded here; else another node does. */
  readonly leads: boolean;
  readonly starter: TaskStarter;
  /** Nothing is left to do, or the job cannot go on. */
  readonly onFinished: (run: JobRun, error: unknown) => void;
  readonly onStoreFailed: (error: unknown) => void;
  /** Nothing of the job can go on: it is to be paused. */
  readonly onHalt: (run: JobRun, failure: Failure) => void;
}

/** What a task needs before it may start. */
export interface TaskNeeds {
  readonly lanes: readonly LaneKey[];
  /** Under what its answer is kept; undefined = it is not. */
  readonly cacheKey: string | undefined;
}

const NO_NEEDS: TaskNeeds = { lanes: [], cacheKey: undefined };

export class JobRun {
  readonly job: Job;
  readonly collector: Collector;
  readonly options: unknown;
  readonly budget = new RetryBudget();
  readonly attempts = new Slab<Attempt>();
  readonly intake: TaskIntake;
  readonly startedMs: number;
  readonly startedWallMs: number;
  readonly active: ActiveTime;
  readonly #run: JobRunOptions;
  readonly #planning = new AbortController();
  readonly #cachePrefix: string;
  readonly #inputs: InputReader;
  #counters: JobCounters;
  #planned: boolean;
  #leads: boolean;
  #plan: Promise<void> | undefined;
  #stopped = false;
  #halted = false;
  #finished = false;
  readonly #onIdle: (() => void)[] = [];

  constructor(run: JobRunOptions) {
    this.#run = run;
    this.job = run.job;
    this.collector = run.collector;
    this.options = run.options;
    this.startedMs = run.parts.clock.monoMs();
    this.startedWallMs = run.parts.clock.wallMs();
    this.active = new ActiveTime(run.parts.clock);
    if (run.leads) this.active.start();
    this.#counters = run.job.counters;
    this.#planned = run.job.planned;
    this.#leads = run.leads;
    // The job's word for the collector: two files may call theirs the same.
    const given = isPlain(run.options) ? '' : JSON.stringify(run.job.options);
    const { tenant, collector } = run.job;
    this.#cachePrefix = `${tenant} ${collector} ${JSON.stringify(run.options ?? {})} ${given}`;
    this.#inputs = new InputReader(run.collector);
    this.intake = run.createIntake({
      jobId: run.job.id,
      waiting: run.job.counters.waiting,
      store: run.parts.store,
      clock: run.parts.clock,
      heldMax: run.heldMax,
      slotsOf: (lane) => run.parts.slotsOf(run.job.id, lane),
      onTasks: (tasks) => run.starter.take(this, tasks),
      onFailed: (error) => run.onStoreFailed(error),
    });
  }

  get counters(): JobCounters {
    return this.#counters;
  }

  get planned(): boolean {
    return this.#planned;
  }

  get attemptTimeoutMs(): number {
    return this.#run.attemptTimeoutMs;
  }

  get throttledMaxMs(): number {
    return this.#run.throttledMaxMs;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Nothing is left to do but to say so, which is done here. */
  get isDone(): boolean {
    if (!this.#leads || !this.#planned || this.attempts.size > 0) return false;
    return openTasks(this.#counters) === 0;
  }

  /** @param fresh - the job's rows so far, where they were stored just now; none with a key */
  start(fresh?: readonly PlannedRow[]): void {
    const rows = rowsKnown(this.#counters);
    if (fresh !== undefined) void this.intake.planned(0, fresh);
    else if (rows > 0) this.intake.rowsKnown(rows);
    if (this.#leads) this.#see();
  }

  get leads(): boolean {
    return this.#leads;
  }

  /** Minds the job's plan and its end from now on, where it did not. */
  takeLead(job: Job): void {
    if (this.#leads || this.#stopped) return;
    this.#leads = true;
    this.active.start();
    this.#counters = job.counters;
    this.#planned = job.planned;
    this.#see();
  }

  /** The store says so: other nodes work on the job as well. */
  refresh({ counters, planned }: Job): void {
    // It was read before the last rows were planned: rows never become fewer.
    if (counters.tasks < this.#counters.tasks) return;
    this.#planned ||= planned;
    if (sameCounters(counters, this.#counters)) this.#finishIfDone();
    else this.onCounters(counters);
  }

  #see(): void {
    if (this.#planned) this.#finishIfDone();
    else this.#plan = this.#planAll();
  }

  /** Lets tasks wait for admission. */
  enqueue(units: readonly Unit<Startable>[]): void {
    if (this.#stopped) return;
    for (const unit of units) this.#run.parts.admission.enqueue(unit);
    this.#run.parts.kick();
  }

  onStart(): void {
    this.budget.onStart();
  }

  onStoreFailed(error: unknown): void {
    this.#run.onStoreFailed(error);
  }

  /** An attempt's end is durable. */
  onEnded(attempt: Attempt, outcome: Outcome): void {
    const { feed } = this.#run.parts;
    const { task } = attempt;
    if (outcome.kind === 'retry' || outcome.kind === 'snooze') {
      this.intake.dueAt(Math.ceil(outcome.atMs));
    }
    if (outcome.kind === 'retry' || outcome.kind === 'discard' || outcome.kind === 'snooze') {
      feed.append({
        type: 'task.failed',
        jobId: this.job.id,
        seq: task.seq,
        attemptNo: attempt.attemptNo,
        failure: outcome.kind === 'snooze' ? outcome.why : outcome.failure,
        final: outcome.kind === 'discard',
        ...(outcome.kind === 'discard' ? {} : { retryAtMs: Math.ceil(outcome.atMs) }),
      });
    }
    const ended = outcome.kind !== 'retry' && outcome.kind !== 'snooze';
    this.#leave(attempt, outcome.kind === 'complete', ended);
  }

  /** An attempt ended without a trace: the task is as it was before. */
  onReleased(attempt: Attempt): void {
    this.#leave(attempt, false, false);
  }

  /** Nothing of the job can go on, for a reason that concerns all of it. Asked once. */
  halt(failure: Failure): void {
    if (this.#stopped || this.#halted) return;
    this.#halted = true;
    this.#run.onHalt(this, failure);
  }

  /** A task was answered without an attempt (a cached result), durably. */
  onAnswered(task: Task): void {
    this.intake.release(task, true);
    this.#finishIfDone();
  }

  onCounters(counters: JobCounters): void {
    this.#counters = counters;
    this.#run.parts.feed.append({
      type: 'job.progress',
      jobId: this.job.id,
      counters,
      running: this.#run.parts.running(this.job.id),
    });
    this.#finishIfDone();
  }

  /** Discarded tasks were made due again. */
  retried(): void {
    this.intake.dueAt(0);
  }

  /** A task's input as the collector's schema makes it. Throws where the row no longer fits. */
  inputOf(task: Task): unknown {
    return this.#inputs.read(task);
  }

  readonly encodeRecord = (record: unknown): string => {
    const schema = this.collector.record;
    if (!schema) return jsonOf(record ?? null, 'a record');
    const parsed = schema.safeParse(record);
    if (parsed.success) return jsonOf(parsed.data ?? null, 'a record');
    const issue = parsed.error.issues[0];
    throw new SluiceError('collector.threw', {
      detail: `a record does not fit its schema: ${placeOf(issue?.path)}${issue?.message}`,
    });
  };

  /** Under what an answer is kept, and until when; undefined = not kept. */
  cacheEntry(
    key: string | undefined,
  ): { readonly key: string; readonly untilMs: number } | undefined {
    if (key === undefined) return undefined;
    return { key, untilMs: this.#run.parts.clock.wallMs() + this.#run.resultTtlMs };
  }

  /** What a task waits for, and under what its answer is kept: as its collector says. */
  needsOf(task: Task): TaskNeeds {
    const { collector, options } = this;
    const keeps = this.#run.resultTtlMs > 0 && collector.cacheKey !== undefined;
    if (!keeps && !collector.lanes && !collector.account) return NO_NEEDS;
    const read = orNothing(() => ({ input: this.inputOf(task) }));
    if (!read) return NO_NEEDS;
    const key = keeps ? orNothing(() => collector.cacheKey?.(read.input, options)) : undefined;
    return {
      lanes: orNothing(() => lanesOf(collector, read.input, options, this.job)) ?? [],
      cacheKey: key === undefined ? undefined : this.#cachePrefix + key,
    };
  }

  /**
   * Starts nothing more. `drain` lets running attempts end (until `interrupt`), other causes
   * interrupt them. Resolves when none is left.
   */
  async stop(cause: AbortCause): Promise<void> {
    this.#stopped = true;
    this.#planning.abort(cause);
    this.#run.parts.admission.withdrawTasks(this.job.id);
    if (cause.kind !== 'drain') this.interrupt(cause);
    await Promise.all([this.intake.stop(), this.#planLeft()]);
    if (this.attempts.size > 0) await new Promise<void>((idle) => this.#onIdle.push(idle));
    this.#run.starter.forget(this);
    this.#run.parts.admission.removeJob(this.job.id);
  }

  interrupt(cause: AbortCause): void {
    for (const attempt of this.attempts) attempt.abort(cause);
  }

  #leave(attempt: Attempt, answered: boolean, ended: boolean): void {
    this.attempts.delete(attempt);
    if (attempt.cacheKey !== undefined) this.#run.starter.ended(attempt.cacheKey, answered);
    this.intake.release(attempt.task, ended);
    if (this.attempts.size === 0) for (const idle of this.#onIdle.splice(0)) idle();
    this.#finishIfDone();
  }

  /** Resolves when the plan has ended, or has not obeyed its signal for a while. */
  async #planLeft(): Promise<void> {
    if (!this.#plan) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const patience = this.#run.parts.clock.after(PLAN_OBEY_MS, resolve);
    await Promise.race([this.#plan, promise]);
    patience.cancel();
    this.#plan = undefined;
  }

  async #planAll(): Promise<void> {
    const { parts, collector, options, quota } = this.#run;
    const planning = this.#planning.signal;
    let room: Promise<void> | undefined;
    try {
      const source = await this.#run.openSource(this.#planning.signal);
      await planJob({
        jobId: this.job.id,
        tenant: this.job.tenant,
        stored: rowsKnown(this.#counters),
        collector,
        options,
        source,
        store: this.#run,
        ...(this.#run.ordered ? {} : { chunkRowsMax: FAR_CHUNK_ROWS_MAX }),
        clock: parts.clock,
        log: parts.log,
        signal: planning,
        ...(quota && { take: (rows) => quota.take(this.job.id, this.job.tenant, rows, planning) }),
        onSent: (firstSeq, rows) => {
          const early = this.#run.ordered && firstSeq === 0 && haveNoKeys(rows);
          if (early) room = this.intake.planned(firstSeq, rows);
        },
        onChunk: async (firstSeq, rows, counters) => {
          this.onCounters(counters);
          const seq = firstSeq + rows.length;
          const known = counters.tasks + counters.duplicates === seq;
          if (firstSeq === 0 && room !== undefined) await room;
          else if (known && haveNoKeys(rows)) await this.intake.planned(firstSeq, rows);
          else this.intake.rowsKnown(seq);
        },
      });
      const job = await parts.store.finishPlan(this.job.id, parts.clock.wallMs());
      this.#planned = true;
      parts.feed.append({ type: 'job.planned', jobId: job.id, tasks: job.counters.tasks });
      this.onCounters(job.counters);
    } catch (error) {
      if (error instanceof AbortCause || this.#stopped) return;
      // A store that cannot be written is no fault of the job: it can be resumed.
      if (error instanceof SluiceError && error.code.startsWith('store.')) {
        this.#run.onStoreFailed(error);
        return;
      }
      parts.log.error(`The plan of job ${this.job.id} failed: ${messageOf(error)}`);
      this.#finish(error);
    }
  }

  #finishIfDone(): void {
    if (!this.#stopped && this.isDone) this.#finish(undefined);
  }

  #finish(error: unknown): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#run.onFinished(this, error);
  }
}

/** A collector whose `lanes` or `cacheKey` throws does without them; its rows say so themselves. */
function orNothing<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}
