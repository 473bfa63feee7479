/**
 * The engine: jobs in, committed results out. It composes admission, retry, store, transport and
 * compute; everything that waits or reads a clock is in this folder.
 *
 * One engine owns its store. Its jobs survive it: `resumeAll` continues what a crash or a drain
 * left.
 */
import { Admission, type LaneStatus } from '../admission/admission.ts';
import { AbortCause } from '../base/abort.ts';
import { messageOf, SluiceError } from '../base/errors.ts';
import type { Job, JobSpec } from '../model/job.ts';
import type { Blockage, LaneKey, LaneLimits } from '../model/lane.ts';
import type { LimitValues } from '../model/set-limit.ts';
import type { HeldFile } from '../sources/input-file.ts';
import type { AccountDesk } from './account-desk.ts';
import { createAccountDesk } from './create-account-desk.ts';
import { Dispatcher } from './dispatcher.ts';
import type { EngineOptions } from './engine-options.ts';
import { createFeed, type Feed } from './feed.ts';
import { createFetchParts } from './fetch-parts.ts';
import { FileDesk } from './file-desk.ts';
import type { JobRun } from './job-run.ts';
import { type EndHook, JobRuns } from './job-runs.ts';
import { Journal } from './journal.ts';
import { LaneBook } from './lane-book.ts';
import { LoadWatch } from './load-watch.ts';
import type { EngineObserver, Observed } from './observer.ts';
import type { EngineParts } from './parts.ts';
import { RowQuota } from './row-quota.ts';
import type { Startable } from './seat.ts';
import { Seeker } from './seeker.ts';
import { SharedWork } from './shared-work.ts';
import type { MadeJob, Submission } from './small-input.ts';
import { submitJob } from './submit-job.ts';
import { TaskStarter } from './task-starter.ts';

const BATCH_COMMITS = 500;
/** Over a network a transaction costs more, whatever is in it. */
const FAR_BATCH_COMMITS = 1_000;
const SWEEP_MS = 200;

export class Engine {
  readonly feed: Feed;
  readonly #options: EngineOptions;
  readonly #parts: EngineParts;
  readonly #admission: Admission<Startable>;
  readonly #dispatcher: Dispatcher;
  readonly #seeker: Seeker;
  readonly #journal: Journal;
  readonly #book: LaneBook;
  readonly #load: LoadWatch | undefined;
  readonly #runs: JobRuns;
  readonly #accounts: AccountDesk | undefined;
  readonly #observed: Observed = { by: undefined };
  readonly #quota: RowQuota | undefined;
  /** Resolved once nothing runs here any more. */
  readonly #over = Promise.withResolvers<void>();
  #sweep: { cancel(): void } | undefined;
  #closed = false;
  #fatal: { readonly error: unknown } | undefined;

  constructor(options: EngineOptions) {
    this.#options = options;
    const { clock, random, store, log, limits, node } = options;
    this.feed = options.feed ?? createFeed(options);
    this.#book = new LaneBook(store, clock, limits.lane, limits.set);
    this.#admission = new Admission<Startable>(
      this.#book.admissionOptions(random, node && ((lane) => node.lanes.carried(lane))),
    );
    this.#admission.setNodeSlots(limits.nodeSlots);
    const batchMax = node ? FAR_BATCH_COMMITS : BATCH_COMMITS;
    this.#book.onChange((lane) => this.#admission.refreshLimits(lane, clock.monoMs()));
    this.#dispatcher = new Dispatcher({
      admission: this.#admission,
      clock,
      held: () => this.#journal.full || node?.holds(clock.monoMs()) === false,
      onIdle: () => (node ?? this.#seeker).onIdle(),
    });
    this.#seeker = new Seeker(clock, this.#admission, () => this.#runs.all());
    this.#journal = new Journal({
      store,
      clock,
      batchMax,
      depthMax: 2 * batchMax,
      onCommitted: (counters) => {
        for (const [jobId, jobCounters] of counters) this.#runs.get(jobId)?.onCounters(jobCounters);
        this.#dispatcher.kick();
      },
      onBatch: (...batch) => this.#observed.by?.committed(...batch),
      onFailed: (error) => this.#fail(error),
    });
    this.#accounts = createAccountDesk(options, this.#observed, (lane, untilMs) => {
      const nowMs = clock.monoMs();
      const atMs = untilMs === undefined ? nowMs : untilMs - clock.wallMs() + nowMs;
      this.#admission.closeLane(lane, atMs, nowMs);
      this.#dispatcher.kick();
    });
    this.#parts = {
      store,
      journal: this.#journal,
      admission: this.#admission,
      fetch: createFetchParts(options, this.#book, this.#observed),
      compute: options.compute,
      pools: options.pools,
      files: new FileDesk(options),
      accounts: this.#accounts,
      feed: this.feed,
      observed: this.#observed,
      clock,
      random,
      log,
      kick: () => this.#dispatcher.kick(),
      running: (jobId) => this.running(jobId) + (node?.elsewhere(jobId) ?? 0),
      useLane: (jobId, lane) => this.#book.use(jobId, [lane]),
      slotsOf: (jobId, lane) => {
        this.#book.use(jobId, [lane]);
        return this.#admission.slotsOf(lane);
      },
      nodeName: options.nodeName,
      lanes: node?.lanes,
      begin: (task) => node?.begin(task),
      limitsOf: (lane) => this.#book.limitsOf(lane),
    };
    const { rowsPerDay } = limits;
    const runs = () => this.#runs;
    this.#quota = rowsPerDay && new RowQuota({ store, clock, rowsPerDay, runs });
    const starter = new TaskStarter({
      parts: () => this.#parts,
      shared: new SharedWork(),
      reuse: limits.reuseResults !== false,
      recall: (jobId, lanes) => this.#book.recall(jobId, lanes),
    });
    this.#runs = new JobRuns({
      options,
      parts: this.#parts,
      admission: this.#admission,
      book: this.#book,
      starter,
      quota: this.#quota,
      onStarted: () => this.#armSweep(),
      onStoreFailed: (error) => this.#fail(error),
    });
    this.#load = options.load
      ? new LoadWatch(options.load, clock, limits.nodeSlots, (slots) => {
          this.#admission.setNodeSlots(slots);
          this.#dispatcher.kick();
        })
      : undefined;
    this.#load?.start();
  }

  /** Stores a job and starts it. The same idempotency key again answers with the first job. */
  submit(spec: JobSpec, input?: HeldFile): Promise<Submission> {
    return submitJob(spec, input, {
      options: this.#options,
      journal: this.#journal,
      runs: this.#runs,
      run: (...job) => this.run(...job),
    });
  }

  /** Works on a stored job whose state is running, in its turn. `made`: it was stored just now. */
  async run(jobId: string, made?: MadeJob): Promise<void> {
    this.#throwIfFatal();
    await this.#runs.run(jobId, made);
  }

  /** Continues every job that was running when the last process ended. */
  async resumeAll(): Promise<number> {
    const jobs = await this.#options.store.jobs({ states: ['running'], limit: 100_000 });
    for (const job of jobs.toReversed()) await this.run(job.id);
    return jobs.length;
  }

  /** Works on a job that another node leads; undefined where that cannot be. */
  join(jobId: string): Promise<JobRun | undefined> {
    return this.#runs.join(jobId);
  }

  /** The jobs that run here, and what else a cluster's node has to know and to say of them. */
  get runs(): JobRuns {
    return this.#runs;
  }

  get admission(): Admission<Startable> {
    return this.#admission;
  }

  get laneBook(): LaneBook {
    return this.#book;
  }

  /** Something has changed from outside: looks for what may start. */
  kick(): void {
    this.#dispatcher.kick();
  }

  pause(jobId: string): Promise<Job> {
    return this.#runs.pause(jobId);
  }

  async resume(jobId: string): Promise<Job> {
    const job = await this.#runs.move(jobId, 'resume');
    await this.run(jobId);
    return job;
  }

  /** Ends the job; tasks without an outcome are cancelled. */
  cancel(jobId: string): Promise<Job> {
    return this.#runs.cancel(jobId);
  }

  /** Asks `hook` before the end of any job is stored; what it writes is there before the end is. */
  beforeEnd(hook: EndHook): void {
    this.#runs.beforeEnd(hook);
  }

  /** Discarded tasks (all, or as `chooseFailures` reads a name) run again; returns how many. */
  retryDiscarded(jobId: string, only?: string): Promise<number> {
    return this.#runs.retryDiscarded(jobId, only);
  }

  /** What a tenant may use has changed. */
  tenantChanged(name: string): void {
    this.#runs.shares.tenantChanged(name);
    this.#quota?.changed();
    this.#dispatcher.kick();
  }

  /** What a person has set a lane or a job to has changed. */
  limitChanged(lane: LaneKey): void {
    this.#runs.shares.limitChanged(lane);
    this.#admission.refreshLimits(lane, this.#options.clock.monoMs());
    this.#dispatcher.kick();
  }

  /** What a lane allows, or would allow if it were set to `set`. */
  limitsOf(lane: LaneKey, set?: LimitValues): LaneLimits {
    return this.#book.limitsOf(lane, set);
  }

  /** Attempts of one job that are active: those that wait in lanes are not among them. */
  running(jobId: string): number {
    return this.#admission.running(jobId);
  }

  /** Attempts of one job that do something: those that wait in a lane or sleep do not count. */
  active(jobId: string): number {
    return this.#admission.running(jobId);
  }

  /** What a job's waiting tasks wait for, most waiting (in memory) first. */
  explain(jobId: string, limit = 5): readonly Blockage[] {
    const run = this.#runs.get(jobId);
    const blockages = this.#admission.explain(jobId, this.#options.clock.monoMs(), limit);
    const held = blockages.map((blocked) => {
      const waiting = blocked.waiting + (run?.intake.spilled(blocked.lane) ?? 0);
      return { ...blocked, waiting };
    });
    const all = this.#accounts?.explained(jobId, held, run?.counters.waiting ?? 0) ?? held;
    const first = this.#runs.turns.blockageOf(jobId) ?? this.#quota?.blockageOf(jobId);
    return first === undefined ? all : [first, ...all];
  }

  /** Tells `observer` of the work from now on, instead of whoever was told before. */
  observe(observer: EngineObserver | undefined): void {
    this.#observed.by = observer;
  }

  /** Outcomes and pages that wait to be written. */
  get journalDepth(): number {
    return this.#journal.depth;
  }

  /** Jobs that run here. */
  get jobsRunning(): number {
    return this.#runs.size;
  }

  /** The lanes in memory, busiest first. */
  lanes(limit: number): readonly LaneStatus[] {
    return this.#admission.lanes(limit);
  }

  /** What a job that runs here has done, as last committed. */
  counts(jobId: string): Pick<Job, 'counters' | 'planned'> | undefined {
    const run = this.#runs.get(jobId);
    return run && { counters: run.counters, planned: run.planned };
  }

  /** When the next task that waits for a retry is due, wall ms. */
  nextDueMs(jobId: string): number | undefined {
    return this.#runs.get(jobId)?.intake.nextDueMs;
  }

  /** Resolves when the job no longer runs here: finished, paused, cancelled or drained. */
  async settled(jobId: string): Promise<Job> {
    let over = () => {};
    // Listening begins before the look at the state: an end in between must not be missed.
    const ended = new Promise<void>((resolve) => {
      over = resolve;
    });
    const unsubscribe = this.feed.subscribe((event) => {
      if (event.type !== 'job.state' || event.jobId !== jobId) return;
      if (event.state !== 'running' || this.#closed || this.#fatal) over();
    });
    try {
      const job = await this.#job(jobId);
      if (job.state !== 'running') return job;
      await Promise.race([ended, this.#over.promise]);
      this.#throwIfFatal();
      return await this.#job(jobId);
    } finally {
      unsubscribe();
    }
  }

  /** Stops admitting and lets running attempts end. Jobs with more to do stay `running`. */
  async drain(): Promise<void> {
    await this.#shutDown(new AbortCause('drain'));
  }

  /** Interrupts running attempts as well; their tasks go back without losing an attempt. */
  async abort(): Promise<void> {
    const cause = new AbortCause('abort');
    for (const run of this.#runs.all()) run.interrupt(cause);
    await this.#shutDown(cause);
  }

  /** Ends the engine at once after `drain` or `abort`; the store stays open for its owner. */
  async close(): Promise<void> {
    await this.abort();
    if (!this.#fatal) await this.#book.save(this.#admission.lanes(100_000));
    await this.#options.compute.close();
    await this.#options.fetcher.close();
  }

  async #shutDown(cause: AbortCause): Promise<void> {
    const first = !this.#closed;
    this.#closed = true;
    this.#runs.close();
    this.#load?.stop();
    const runs = [...this.#runs.all()];
    // What has come to its end already is told by whoever ended it.
    const going = first ? runs.filter(({ stopped }) => !stopped) : [];
    // The dispatcher goes on meanwhile: attempts that wait in a lane are to come to their end.
    await Promise.all(runs.map((run) => run.stop(cause)));
    this.#dispatcher.stop();
    this.#seeker.stop();
    this.#sweep?.cancel();
    await this.#journal.flush();
    if (!this.#fatal) await this.#runs.finishDone();
    await this.#accounts?.close();
    for (const { job: begun, counters, planned } of going.filter(({ isDone }) => !isDone)) {
      const job = { ...begun, counters, planned };
      this.feed.append({ type: 'job.state', jobId: job.id, state: 'running', job });
    }
    this.#over.resolve();
  }

  /** The store cannot be written any more: stop everything, keep what is committed. */
  #fail(error: unknown): void {
    if (this.#fatal) return;
    this.#fatal = { error };
    if (this.#options.node === undefined) {
      this.#options.log.error(`The store failed: ${messageOf(error)}`);
    }
    void this.abort();
    this.#options.onFatal?.(error);
  }

  #throwIfFatal(): void {
    if (this.#fatal) throw this.#fatal.error;
  }

  async #job(jobId: string): Promise<Job> {
    const job = await this.#options.store.job(jobId);
    if (!job) throw new SluiceError('job.not_found', { id: jobId });
    return job;
  }

  /** Ends attempts that have been active for too long without going on; counts the time. */
  #armSweep(): void {
    this.#sweep ??= this.#options.clock.after(SWEEP_MS, () => {
      this.#sweep = undefined;
      const nowMs = this.#options.clock.monoMs();
      this.#runs.active.look();
      for (const run of this.#runs.all()) {
        for (const attempt of run.attempts) {
          if (attempt.sinceProgressMs(nowMs) > run.attemptTimeoutMs) {
            attempt.abort(new AbortCause('deadline'));
          }
        }
      }
      if (this.#runs.size > 0) this.#armSweep();
    });
  }
}
