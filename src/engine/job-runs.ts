/**
 * Which jobs run here: their turn where there are too many, their start, their end, and what
 * becomes of them in between. The store decides the state of a job; this follows it.
 *
 * Invariant: a job has one run at most. A run that leaves (finished, paused, cancelled) has left
 * before the job may run again, and whoever asks meanwhile waits for that.
 */
import type { Admission } from '../admission/admission.ts';
import { AbortCause } from '../base/abort.ts';
import { messageOf, SluiceError } from '../base/errors.ts';
import type { Failure } from '../model/failure.ts';
import { type Job, openTasks } from '../model/job.ts';
import type { JobAction } from '../model/lifecycle.ts';
import { classify } from '../retry/classify.ts';
import { ActiveTimes } from './active-time.ts';
import { createRun, type RunWishes } from './create-run.ts';
import type { EngineOptions } from './engine-options.ts';
import { chooseFailures } from './failure-choice.ts';
import { finishCancels } from './finish-cancels.ts';
import { hasCollector } from './has-collector.ts';
import type { JobRun } from './job-run.ts';
import { JobShares } from './job-shares.ts';
import { JobTurns } from './job-turns.ts';
import type { LaneBook } from './lane-book.ts';
import type { EngineParts } from './parts.ts';
import { checkRetry } from './retry-check.ts';
import type { RowQuota } from './row-quota.ts';
import type { Startable } from './seat.ts';
import type { MadeJob } from './small-input.ts';
import type { TaskStarter } from './task-starter.ts';

/** Lanes whose memory is written when a job ends. */
const LANES_SAVED_MAX = 100_000;

export interface JobRunsOptions {
  readonly options: EngineOptions;
  readonly parts: EngineParts;
  readonly admission: Admission<Startable>;
  readonly book: LaneBook;
  readonly starter: TaskStarter;
  readonly quota: RowQuota | undefined;
  /** Called when a run has begun. */
  readonly onStarted: () => void;
  readonly onStoreFailed: (error: unknown) => void;
}

/** Told of a job that is about to end: completed, failed or cancelled. */
export type EndHook = (jobId: string) => Promise<void>;

export class JobRuns {
  /** What tenants and jobs may use here. */
  readonly shares: JobShares;
  readonly turns: JobTurns;
  readonly active: ActiveTimes;
  readonly #with: JobRunsOptions;
  readonly #runs = new Map<string, JobRun>();
  /** Jobs that run, are about to, or have not left yet; with those whose lead is elsewhere. */
  readonly #started = new Map<string, Promise<void>>();
  /** Of those, the ones that are led here. */
  readonly #led = new Set<string>();
  readonly #leaving = new Map<string, Promise<void>>();
  readonly #endHooks: EndHook[] = [];
  readonly #failed = (error: unknown) => this.#with.onStoreFailed(error);
  #closed = false;

  constructor(options: JobRunsOptions) {
    this.#with = options;
    this.shares = new JobShares(this.#runs, options.admission, options.options);
    this.active = new ActiveTimes(options.options.store, this.#runs);
    const onTurn = (jobId: string) => void this.#lead(jobId).catch(this.#failed);
    this.turns = new JobTurns(options.options, onTurn);
  }

  get size(): number {
    return this.#runs.size;
  }

  get(jobId: string): JobRun | undefined {
    return this.#runs.get(jobId);
  }

  all(): Iterable<JobRun> {
    return this.#runs.values();
  }

  /** Asks `hook` before the end of any job is stored; what it writes is there before the end is. */
  beforeEnd(hook: EndHook): void {
    this.#endHooks.push(hook);
  }

  /** Nothing starts any more. */
  close(): void {
    this.#closed = true;
  }

  /** Ends the jobs whose last rows ended while their runs were being stopped; leaves the others. */
  async finishDone(): Promise<void> {
    for (const run of [...this.#runs.values()].filter(({ isDone }) => isDone)) {
      await this.#finish(run, undefined).catch(this.#failed);
    }
    const { node, clock } = this.#with.options;
    await this.active.end(node?.holds(clock.monoMs()) !== false);
  }

  /**
   * Starts a stored job whose state is running, or lets it wait for its turn. Nothing happens where
   * another node leads it.
   *
   * @param made - the job, where it was stored just now
   */
  async run(jobId: string, made?: MadeJob): Promise<void> {
    const { node, store } = this.#with.options;
    await this.#leaving.get(jobId);
    if (this.#closed || this.#led.has(jobId) || this.turns.knows(jobId)) return;
    if (node && !made && !(await hasCollector(jobId, this.#with.options))) return;
    if (this.turns.limited) {
      const job = made?.job ?? (await store.job(jobId));
      if (job?.state !== 'running' || this.#closed || this.turns.knows(jobId)) return;
      const hasTurn = job.callerWaitsMs !== undefined || this.turns.ask(jobId, job.tenant);
      // Whichever node has a turn first leads it. Where it has a run here, that gives it back.
      if (!hasTurn && !this.#started.has(jobId)) await node?.left(jobId);
      if (!hasTurn) return;
    }
    await this.#lead(jobId, made);
  }

  /** Starts a job whose turn it is, unless another node leads it. */
  async #lead(jobId: string, made?: MadeJob): Promise<void> {
    const { node, store } = this.#with.options;
    let leads = false;
    try {
      await this.#leaving.get(jobId);
      leads = !this.#closed && ((await node?.lead(jobId)) ?? true);
    } finally {
      if (!leads) this.turns.leave(jobId);
    }
    if (!leads || this.#led.has(jobId)) return;
    this.#led.add(jobId);
    await this.#begin(jobId, made);
    const run = this.#runs.get(jobId);
    const job = run?.leads === false ? await store.job(jobId) : undefined;
    if (job !== undefined) run?.takeLead(job);
  }

  /** Works on a job that another node leads; undefined where that cannot be. */
  async join(jobId: string): Promise<JobRun | undefined> {
    await this.#leaving.get(jobId);
    if (!this.#closed) await this.#begin(jobId);
    const run = this.#runs.get(jobId);
    return run?.stopped ? undefined : run;
  }

  /**
   * The store says that a job does not run any more: somebody else has moved it. False where its
   * run is on its way out already, and whoever ended it tells.
   */
  async halt(job: Job): Promise<boolean> {
    if (this.#runs.get(job.id)?.stopped) return false;
    this.#tell(job);
    const cancelled = job.state === 'cancelled';
    await this.stop(job.id, new AbortCause(cancelled ? 'cancel' : 'abort', job.state));
    // The plan may have added rows after they were ended elsewhere.
    const { store, clock } = this.#with.options;
    if (cancelled) await store.cancelOpen(job.id, clock.wallMs());
    return true;
  }

  /** Nothing of a job is left to do here; who leads it stays. */
  async leave(jobId: string): Promise<void> {
    if (!this.#led.has(jobId)) await this.stop(jobId, new AbortCause('abort', 'left'));
  }

  #begin(jobId: string, made?: MadeJob): Promise<void> {
    const known = this.#started.get(jobId);
    if (known) return known;
    const begin = async () => {
      let begun = false;
      try {
        begun = await this.#start(jobId, made);
      } finally {
        if (!begun) {
          await this.#with.options.node?.left(jobId);
          this.#forget(jobId);
        }
      }
    };
    const starting = begin();
    this.#started.set(jobId, starting);
    return starting;
  }

  /** Lets what is under way come to nothing and go back; the job stays as it is otherwise. */
  async pause(jobId: string): Promise<Job> {
    const job = this.#tell(await this.#moved(jobId, 'pause'));
    await this.stop(jobId, new AbortCause('abort', 'paused'));
    return job;
  }

  /** The same with its reason, unless somebody else has moved it meanwhile. */
  async #pauseFor(jobId: string, failure: Failure): Promise<void> {
    try {
      this.#tell(await this.#moved(jobId, 'pause', failure), failure);
    } catch (error) {
      if (error instanceof SluiceError && error.code === 'job.conflict') return;
      throw error;
    }
    await this.stop(jobId, new AbortCause('abort', 'paused'));
  }

  /** Ends a job; tasks without an outcome are cancelled. Told when that is done as well. */
  async cancel(jobId: string): Promise<Job> {
    const { store, clock } = this.#with.options;
    await this.#aboutToEnd(jobId);
    const job = await this.#cancelled(jobId);
    await this.stop(jobId, new AbortCause('cancel'));
    const counters = await store.cancelOpen(jobId, clock.wallMs());
    return this.#tell({ ...job, counters });
  }

  /** Also where that was done before, by somebody who did not come to the end of it. */
  async #cancelled(jobId: string): Promise<Job> {
    try {
      return await this.#moved(jobId, 'cancel');
    } catch (error) {
      const job = await this.#with.options.store.job(jobId);
      if (job?.state === 'cancelled' && openTasks(job.counters) > 0) return job;
      throw error;
    }
  }

  /** See `finishCancels`. */
  finishCancels(): Promise<void> {
    return finishCancels(this.#with.options);
  }

  /** Moves the state of a job in the store, and tells. */
  async move(jobId: string, action: JobAction): Promise<Job> {
    const { store, clock } = this.#with.options;
    return this.#tell(await store.moveJob(jobId, action, { nowMs: clock.wallMs(), activeMs: 0 }));
  }

  /** Moves it to where it does not run. */
  #moved(jobId: string, action: JobAction, failure?: Failure): Promise<Job> {
    const { store, clock } = this.#with.options;
    const at = { nowMs: clock.wallMs(), ...(failure && { failure }) };
    return this.active.leave(jobId, (activeMs) =>
      store.moveJob(jobId, action, { ...at, activeMs }),
    );
  }

  /**
   * Called once the state has moved: a run that begins while it moves sees the old state, or is
   * seen here.
   */
  async stop(jobId: string, cause: AbortCause): Promise<void> {
    const run = this.#runs.get(jobId);
    if (run) await this.#end(run, cause, async () => {});
    else if (!this.#led.has(jobId)) this.turns.leave(jobId);
  }

  #tell(job: Job, why?: Failure): Job {
    const { id: jobId, state } = job;
    this.#with.parts.feed.append({ type: 'job.state', jobId, state, job, ...(why && { why }) });
    return job;
  }

  async #aboutToEnd(jobId: string): Promise<void> {
    for (const hook of this.#endHooks) await hook(jobId);
  }

  /** Discarded tasks (all, or those that `name` means) run again; returns how many. */
  async retryDiscarded(jobId: string, name: string | undefined): Promise<number> {
    const { store, clock } = this.#with.options;
    await this.#leaving.get(jobId);
    await checkRetry(this.#with.options, jobId);
    const groups = name === undefined ? [] : await store.failureGroups(jobId);
    const only = name && groups.length > 0 ? chooseFailures(groups, name, jobId) : name;
    const count = await store.retryDiscarded(jobId, clock.wallMs(), only);
    const run = this.#runs.get(jobId);
    if (run && !run.stopped) run.retried();
    else if (count > 0) {
      await this.#leaving.get(jobId);
      await this.move(jobId, 'retry');
      await this.run(jobId);
    }
    return count;
  }

  async #start(jobId: string, made: MadeJob | undefined): Promise<boolean> {
    const { store } = this.#with.options;
    const job = made?.job ?? (await store.job(jobId));
    if (job?.state !== 'running') return false;
    let run: JobRun;
    try {
      const collector = await this.#with.options.collectorOf(job.collector);
      const jobOptions = collector.options?.parse(job.options) ?? job.options;
      this.#with.book.join(jobId, collector, jobOptions);
      run = this.#createRun(job, collector, jobOptions);
    } catch (error) {
      // Who leads the job says so; here it may be the machine that lacks something.
      if (this.#led.has(jobId)) await this.#moveEnded(jobId, classify(error));
      else this.#with.parts.log.error(`Job ${jobId} cannot run here: ${messageOf(error)}`);
      return false;
    }
    // Loading the collector took a while: the job may have been paused or cancelled meanwhile.
    const now = made?.job ?? (await store.job(jobId));
    if (now?.state !== 'running' || this.#closed) return false;
    this.#runs.set(jobId, run);
    this.shares.setTenant(job.tenant);
    this.shares.setJob(job);
    if (made?.stored === undefined) this.#tell(now);
    else made.stored.then(() => this.#tell(now)).catch(() => {});
    this.#with.onStarted();
    run.start(made?.rows);
    // Before it is stored nobody else knows it.
    if (made !== undefined && made.stored === undefined) void this.#lookAgain(run);
    return true;
  }

  /** It began as its job was made: somebody may have moved that before the run was seen. */
  async #lookAgain(run: JobRun): Promise<void> {
    // Where the store is away, what the run writes tells.
    const job = await this.#with.options.store.job(run.job.id).catch(() => undefined);
    if (job === undefined || job.state === 'running' || run.stopped) return;
    await this.halt(job).catch(this.#failed);
  }

  #createRun(job: Job, collector: JobRun['collector'], options: unknown): JobRun {
    const wishes: RunWishes = {
      collector,
      options,
      leads: this.#led.has(job.id),
      runs: () => this.#runs.size,
      onFinished: (run, error) => void this.#finish(run, error).catch(this.#failed),
      onHalt: ({ job: { id } }, failure) => void this.#pauseFor(id, failure).catch(this.#failed),
    };
    return createRun(job, wishes, this.#with);
  }

  async #finish(run: JobRun, error: unknown): Promise<void> {
    const failure = error === undefined ? undefined : classify(error);
    const { admission, book, options } = this.#with;
    let ended = true;
    await this.#end(run, new AbortCause(failure ? 'abort' : 'drain'), async () => {
      ended = await this.#moveEnded(run.job.id, failure);
      await book.save(admission.lanes(LANES_SAVED_MAX));
    });
    // Paused, cancelled, or given back discarded tasks in the same moment: the state tells which.
    if (!ended && (await options.store.job(run.job.id))?.state === 'running') {
      await this.run(run.job.id);
    }
  }

  /** False where somebody else has moved the job, or given it more to do. */
  async #moveEnded(jobId: string, failure: Failure | undefined) {
    await this.#aboutToEnd(jobId);
    try {
      this.#tell(await this.#moved(jobId, failure ? 'fail' : 'complete', failure), failure);
      return true;
    } catch (error) {
      if (error instanceof SluiceError && error.code === 'job.conflict') return false;
      throw error;
    }
  }

  /** Stops a run, does `last` and forgets the run; whoever comes second waits for the same end. */
  #end(run: JobRun, cause: AbortCause, last: () => Promise<void>): Promise<void> {
    const stopped = run.stop(cause);
    const known = this.#leaving.get(run.job.id);
    if (known) return known;
    const end = async () => {
      try {
        await stopped;
        await this.#with.parts.journal.flush();
        await last();
        if (run.active.ms > 0) await this.active.write([run]);
      } finally {
        await this.#with.options.node?.left(run.job.id);
        this.#leaving.delete(run.job.id);
        this.#forget(run.job.id);
      }
    };
    const ended = end();
    this.#leaving.set(run.job.id, ended);
    return ended;
  }

  /**
   * A job no longer runs here: its tenant may be forgotten, and the next in line has its turn.
   */
  #forget(jobId: string): void {
    const run = this.#runs.get(jobId);
    this.#runs.delete(jobId);
    this.#with.book.leave(jobId);
    this.#started.delete(jobId);
    const led = this.#led.delete(jobId);
    if (run) this.#with.admission.removeTenant(run.job.tenant);
    if (led) this.turns.leave(jobId);
  }
}
