/**
 * The scheduler of the engine for functions: submit one and get its result, map over items, work
 * through files in batches. Tenants share what there is by weight, every kind of work and every
 * lane keeps its limit, and what waits holds nothing. All of it in memory.
 */
import { Admission } from '../../admission/admission.ts';
import { type Clock, systemClock, type Timer } from '../../base/clock.ts';
import { SluiceError } from '../../base/errors.ts';
import { Machine } from '../../base/machine.ts';
import { type Random, systemRandom } from '../../base/random.ts';
import { type LaneKey, type LaneLimits, laneKind, laneName } from '../../model/lane.ts';
import { backoffMs, DEFAULT_BACKOFF } from '../../retry/backoff.ts';
import { Dispatcher } from '../dispatcher.ts';
import { type LoadWatch, watchLoad } from '../load-watch.ts';
import type { Startable } from '../seat.ts';
import { inBatches, MapRun } from './map-run.ts';
import { inlineOnly, ModuleCalls } from './module-calls.ts';
import { MetricsBook, type TaskMetrics } from './task-metrics.ts';
import { checkBatch, checkOptions, checkTask, NO_LIMIT, WAITING_MAX } from './task-options.ts';
import { GENERAL, roomHere, type TaskPlan, taskPlan, wrongKind } from './task-profile.ts';
import type { TaskProfile } from './task-profiler.ts';
import {
  type AnyRun,
  allLanes,
  Handle,
  type TaskHost,
  TaskRun,
  type WorkKind,
} from './task-run.ts';
import type {
  ArgsOf,
  BatchOptions,
  ItemFunction,
  MapOptions,
  ModuleFunction,
  ResultOf,
  TaskEnd,
  TaskFunction,
  TaskHandle,
  TaskManagerOptions,
  TaskOptions,
} from './task-types.ts';
import { TaskWatch } from './task-watch.ts';

const SWEEP_MS = 50;
const BATCH_SIZE = 10;
const DEFAULT = 'default';
const NO_LANES: readonly LaneKey[] = [];
const NO_OPTIONS: TaskOptions = {};
const CLOSED = 'the task manager was closed';

export class TaskManager implements TaskHost {
  readonly plan: TaskPlan;
  readonly #options: TaskManagerOptions;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #machine = new Machine();
  readonly #admission: Admission<Startable>;
  readonly #dispatcher: Dispatcher;
  readonly #calls: ModuleCalls;
  readonly #metrics = new MetricsBook();
  readonly #load: LoadWatch;
  readonly #watch: TaskWatch;
  /** By name, as it was first given: what waits keeps no copy of it. */
  readonly #tenants = new Map<string, string>();
  readonly #kinds = new Map<string, WorkKind>();
  readonly #waitingMax: number;
  /** What shares a tenant's part: its single tasks, and each of its maps. */
  readonly #flows = new Set<string>();
  readonly #active = new Set<AnyRun>();
  /** In the admission's queues. */
  #waiting = 0;
  /** Between two attempts. */
  readonly #resting = new Set<AnyRun>();
  /** Submitted and not ended. */
  #open = 0;
  #idle: PromiseWithResolvers<void> | undefined;
  #sweep: Timer | undefined;
  #nextNo = 1;
  #nextFlow = 1;
  #closed = false;
  /** What is built on it, and holds something until the last task has ended. */
  readonly closedWith = new AsyncDisposableStack();

  /** Throws `task.option` where an option, or a variable of the environment, makes no sense. */
  constructor(options: TaskManagerOptions = {}) {
    checkOptions(options);
    this.#options = options;
    this.#waitingMax = options.waitingMax ?? WAITING_MAX;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
    this.#watch = new TaskWatch(options, this.#clock);
    this.plan = taskPlan(options, roomHere(this.#machine.read().memoryBytesMax ?? 0));
    this.#admission = new Admission<Startable>({
      limitsOf: (lane) => this.#limitsOf(lane),
      remembered: () => undefined,
      onForget: () => {},
      idleLanesMax: 10_000,
      toMonoMs: (wallMs) => wallMs - this.#clock.wallMs() + this.#clock.monoMs(),
      random: this.#random,
    });
    this.#admission.setNodeSlots(this.plan.workers);
    this.#dispatcher = new Dispatcher({
      admission: this.#admission,
      clock: this.#clock,
      held: () => this.#closed,
    });
    this.#calls = new ModuleCalls(this.plan, this.#clock);
    this.#load = watchLoad(this.#machine, this.#clock, this.plan.workers, (slots) => {
      this.#calls.crowded = slots < this.plan.workers;
      this.#admission.setNodeSlots(slots);
      this.#dispatcher.kick();
    });
  }

  /** Takes a function to be run; throws `task.full`, `task.closed` or `task.option`. */
  submit<Work extends TaskFunction>(
    work: Work,
    args: ArgsOf<Work>,
    options?: TaskOptions,
  ): TaskHandle<ResultOf<Work>>;
  submit<Result>(
    work: ModuleFunction,
    args: readonly unknown[],
    options?: TaskOptions,
  ): TaskHandle<Result>;
  submit(
    work: TaskFunction | ModuleFunction,
    args: readonly unknown[],
    options: TaskOptions = {},
  ): TaskHandle<unknown> {
    return new Handle(this.start(work, args, options));
  }

  /** The same where only the result is wanted. */
  run<Work extends TaskFunction>(
    work: Work,
    args: ArgsOf<Work>,
    options?: TaskOptions,
  ): Promise<ResultOf<Work>>;
  run<Result>(
    work: ModuleFunction,
    args: readonly unknown[],
    options?: TaskOptions,
  ): Promise<Result>;
  run(
    work: TaskFunction | ModuleFunction,
    args: readonly unknown[],
    options: TaskOptions = NO_OPTIONS,
  ): Promise<unknown> {
    try {
      return this.start(work, args, options).result;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Runs a function for each item, reading items only as fast as they are worked on. The answer is
   * awaited for all results in order, or iterated for each as it comes.
   */
  map<Item, Result>(
    items: Iterable<Item> | AsyncIterable<Item>,
    work: ItemFunction<Item, Result> | ModuleFunction,
    options: MapOptions = {},
  ): MapRun<Item, Awaited<Result>> {
    checkTask(options);
    const tenant = this.#tenant(options.tenant);
    const flow = `${tenant}/map-${this.#nextFlow++}`;
    const concurrency = options.concurrency ?? this.plan.workers * 4;
    this.#addFlow(flow, tenant, concurrency);
    return new MapRun({
      items,
      options,
      ahead: 2 * concurrency,
      start: (item) => this.start<Awaited<Result>>(work, [item], options, flow),
      over: () => {
        this.#admission.removeJob(flow);
        this.#flows.delete(flow);
      },
    });
  }

  /** The same for batches of items, such as files that are cheaper to work on together. */
  batch<Item, Result>(
    items: Iterable<Item> | AsyncIterable<Item>,
    work: ItemFunction<readonly Item[], Result> | ModuleFunction,
    { batchSize = BATCH_SIZE, ...options }: BatchOptions = {},
  ): MapRun<readonly Item[], Awaited<Result>> {
    checkBatch(batchSize);
    return this.map(inBatches(items, batchSize), work, options);
  }

  metrics(): TaskMetrics {
    return this.#metrics.read(this.#waiting + this.#resting.size, this.#calls.degraded);
  }

  /** What functions have cost since `clear()`; undefined without `profiling`. */
  profile(): TaskProfile | undefined {
    return this.#watch.profiler?.read();
  }

  /** Forgets what was counted so far; what is under way goes on. */
  clear(): void {
    this.#metrics.clear();
    this.#watch.profiler?.clear();
  }

  /** Resolves when nothing waits and nothing runs. */
  async idle(): Promise<void> {
    if (this.#open + this.#active.size === 0) return;
    this.#idle ??= Promise.withResolvers<void>();
    await this.#idle.promise;
  }

  /** Takes nothing more, cancels what waits, and tells what runs to stop after so long, ms. */
  async close({ graceMs = 10_000 }: { readonly graceMs?: number } = {}): Promise<void> {
    this.#closed = true;
    this.#dispatcher.stop();
    for (const run of this.#unstarted()) run.cancel(CLOSED);
    const timer = this.#clock.after(graceMs, () => {
      for (const run of [...this.#active]) run.cancel(CLOSED);
    });
    await this.idle();
    timer.cancel();
    this.#load.stop();
    this.#sweep?.cancel();
    await this.#calls.close();
    this.#machine.close();
    await this.closedWith.disposeAsync();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** For what is built on it: the task itself, in a flow that is given its share by itself. */
  start<Result>(
    work: TaskFunction | ModuleFunction,
    args: readonly unknown[],
    options: TaskOptions,
    flow?: string,
  ): TaskRun<Result> {
    const { kind = GENERAL, priority = 0, retries = 0, lanes = NO_LANES, deadlineMs } = options;
    const known = this.#kinds.get(kind) ?? this.#kind(kind);
    if (options !== NO_OPTIONS) checkTask(options);
    if (this.#closed) throw new SluiceError('task.closed');
    if (this.#waiting >= this.#waitingMax) {
      throw new SluiceError('task.full', { count: this.#waitingMax });
    }
    const tenant = this.#tenants.get(options.tenant ?? DEFAULT) ?? this.#tenant(options.tenant);
    const timeoutMs = options.timeoutMs ?? known.timeoutMs;
    const call = typeof work === 'function' ? inlineOnly(work, options) : undefined;
    const run = new TaskRun<Result>(this, this.#nextNo++, {
      kind: known,
      tenant,
      flow: flow ?? tenant,
      lanes: allLanes(known.lanes, lanes),
      priority: Math.trunc(priority),
      timeoutMs,
      retries,
      work:
        call ??
        this.#calls.caller(work as ModuleFunction, args, options.isolation ?? 'thread', timeoutMs),
      args: call === undefined ? [] : args,
      signal: options.signal,
    });
    this.#open += 1;
    run.submit(deadlineMs === undefined ? undefined : deadlineMs - this.#clock.wallMs());
    return run;
  }

  nowMs(): number {
    return this.#clock.monoMs();
  }

  after(ms: number, callback: () => void): Timer {
    return this.#clock.after(ms, callback);
  }

  enqueue(run: AnyRun): void {
    this.#waiting += 1;
    this.#resting.delete(run);
    this.#admission.enqueue(run);
    this.#dispatcher.kick();
  }

  withdraw(run: AnyRun): void {
    if (this.#resting.delete(run)) return;
    if (this.#admission.withdraw(run)) this.#waiting -= 1;
  }

  began(run: AnyRun): void {
    this.#waiting -= 1;
    this.#active.add(run);
    run.of.counts.active += 1;
    this.#armSweep();
  }

  stopped(run: AnyRun, rests: boolean): void {
    this.#active.delete(run);
    if (rests) this.#resting.add(run);
    run.of.counts.active -= 1;
    this.#dispatcher.kick();
    this.#tellIdle();
  }

  ended(run: AnyRun, state: TaskEnd['state'], error: unknown, nowMs: number): void {
    const { tenant, of } = run;
    const startedMs = run.startedMs ?? nowMs;
    const waitedMs = startedMs - run.submittedMs;
    const tookMs = nowMs - startedMs;
    of.counts.ended(state, waitedMs, tookMs);
    this.#open -= 1;
    if (this.#watch.isOn) {
      const { id, name, attemptNo } = run;
      const end = { id, name, kind: of.name, tenant, state, attemptNo, waitedMs, tookMs, error };
      this.#watch.ended(end);
    }
    this.#tellIdle();
  }

  againInMs(run: AnyRun, error: unknown): number | undefined {
    const { id, name, of, attemptNo } = run;
    if (attemptNo > run.retries || this.#closed) return undefined;
    of.counts.retried += 1;
    const inMs = backoffMs(DEFAULT_BACKOFF, attemptNo, this.#random);
    this.#watch.again({ id, name, kind: of.name, attemptNo, error, inMs });
    return inMs;
  }

  *#unstarted(): Iterable<AnyRun> {
    for (const flow of this.#flows) {
      for (const { payload } of this.#admission.removeJob(flow)) yield payload as AnyRun;
    }
    yield* [...this.#resting];
  }

  #tellIdle(): void {
    if (this.#idle === undefined || this.#open + this.#active.size > 0) return;
    this.#idle.resolve();
    this.#idle = undefined;
  }

  #kind(name: string): WorkKind {
    const limits = this.plan.kinds.get(name);
    if (limits === undefined) throw wrongKind(name, this.plan);
    const kind: WorkKind = {
      name,
      timeoutMs: limits.timeoutMs,
      lanes: name === GENERAL ? NO_LANES : [`kind:${name}`],
      counts: this.#metrics.of(name),
    };
    this.#kinds.set(name, kind);
    return kind;
  }

  #tenant(name = DEFAULT): string {
    const known = this.#tenants.get(name);
    if (known !== undefined) return known;
    const { weight = 1, concurrency = this.plan.workers } = this.#options.tenants?.[name] ?? {};
    this.#admission.setTenant(name, { weight, concurrency });
    this.#addFlow(name, name, concurrency);
    this.#tenants.set(name, name);
    return name;
  }

  #addFlow(flow: string, tenant: string, concurrency: number): void {
    this.#admission.setJob(flow, { tenant, weight: 1, concurrency });
    this.#flows.add(flow);
  }

  #limitsOf(lane: LaneKey): LaneLimits {
    if (laneKind(lane) !== 'kind') return this.#options.lane?.(lane) ?? NO_LIMIT;
    const concurrency = this.plan.kinds.get(laneName(lane))?.workers ?? 1;
    return { concurrency, rate: 'none', breaker: false };
  }

  /** One timer for all time limits; none while nothing runs. */
  #armSweep(): void {
    if (this.#sweep !== undefined) return;
    this.#load.start();
    const sweep = () => {
      if (this.#active.size === 0) {
        this.#sweep = undefined;
        this.#load.stop();
        return;
      }
      const nowMs = this.nowMs();
      for (const run of this.#active) run.checkTime(nowMs);
      this.#sweep = this.#clock.after(SWEEP_MS, sweep);
    };
    this.#sweep = this.#clock.after(SWEEP_MS, sweep);
  }
}
