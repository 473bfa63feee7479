/**
 * One submitted task: waits, runs, is tried again, ends once. Whatever its function does, its place
 * comes back when the function has ended, or a while after it was told to stop and did not obey.
 */
import type { Permit, Unit } from '../../admission/admission.ts';
import type { Timer } from '../../base/clock.ts';
import { formatDuration } from '../../base/duration.ts';
import { SluiceError } from '../../base/errors.ts';
import type { LaneFeedback, LaneKey } from '../../model/lane.ts';
import type { Startable } from '../seat.ts';
import type { Counts } from './task-metrics.ts';
import type {
  TaskContext,
  TaskEnd,
  TaskFunction,
  TaskHandle,
  TaskProgress,
  TaskState,
} from './task-types.ts';

/** How long a function may take to obey its signal before its place is given away. */
const OBEY_MS = 2_000;
/** Tasks of a priority come in the order in which they were submitted. */
const PRIORITY_STEP = 2 ** 40;

/** What is the same for all tasks of a kind. */
export interface WorkKind {
  readonly name: string;
  readonly timeoutMs: number;
  /** Those that each of its tasks keeps. */
  readonly lanes: readonly LaneKey[];
  readonly counts: Counts;
}

export interface TaskSpec {
  readonly kind: WorkKind;
  readonly tenant: string;
  /** What shares the tenant's part with its other flows: a job, for the admission. */
  readonly flow: string;
  readonly lanes: readonly LaneKey[];
  /** A whole number. */
  readonly priority: number;
  readonly timeoutMs: number;
  readonly retries: number;
  /** Called with the arguments, and with a `StoppableContext` behind them. */
  readonly work: TaskFunction;
  readonly args: readonly unknown[];
  readonly signal: AbortSignal | undefined;
}

/** A context that needs no signal to be made. */
export interface StoppableContext extends TaskContext {
  onStop: ((reason: Error) => void) | undefined;
}

/** The manager, as a task sees it. Any task will do: its result is its own affair. */
export interface TaskHost {
  /** Monotonic. */
  nowMs(): number;
  after(ms: number, callback: () => void): Timer;
  enqueue(run: AnyRun): void;
  withdraw(run: AnyRun): void;
  /** An attempt begins. */
  began(run: AnyRun): void;
  /** The place of an attempt is free again; whether another attempt is to follow. */
  stopped(run: AnyRun, rests: boolean): void;
  ended(run: AnyRun, state: TaskEnd['state'], error: unknown, nowMs: number): void;
  /** ms until it is tried again after this; undefined = it is not. */
  againInMs(run: AnyRun, error: unknown): number | undefined;
}

// biome-ignore lint/suspicious/noExplicitAny: the manager never looks at results.
export type AnyRun = TaskRun<any>;

/** What few tasks ever need. */
interface Rare {
  controller?: AbortController;
  /** Why its attempt was told to stop, once it was. */
  cause?: Error | undefined;
  /** Set where its attempt has ended, or is ending, and another is to follow. */
  againMs?: number | undefined;
  onStop?: ((reason: Error) => void) | undefined;
  progressed?: TaskProgress;
  deadline?: Timer;
  offSignal?: () => void;
}

/**
 * It is its own unit of the admission, and its own context: hundreds of thousands of them may wait,
 * and what one of them holds is paid for by the garbage collector as often as it looks.
 */
export class TaskRun<Result> implements StoppableContext, Startable, Unit<Startable> {
  readonly tenant: string;
  readonly jobId: string;
  readonly lanes: readonly LaneKey[];
  readonly seq: number;
  readonly of: WorkKind;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly submittedMs: number;
  /** Of its last attempt; undefined before the first. */
  startedMs: number | undefined;
  attemptNo = 0;
  state: TaskState = 'waiting';
  readonly #host: TaskHost;
  readonly #work: TaskFunction;
  readonly #args: readonly unknown[];
  /** Its result or its error, once it has ended. */
  #end: unknown;
  #promise: Promise<Result> | undefined;
  #resolve: ((value: Result) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;
  /** What its attempt holds; undefined between attempts. */
  #permit: Permit | undefined;
  #rare: Rare | undefined;

  constructor(host: TaskHost, no: number, spec: TaskSpec) {
    this.#host = host;
    this.tenant = spec.tenant;
    this.jobId = spec.flow;
    this.lanes = spec.lanes;
    this.seq = spec.priority === 0 ? no : no - spec.priority * PRIORITY_STEP;
    this.of = spec.kind;
    this.timeoutMs = spec.timeoutMs;
    this.retries = spec.retries;
    this.#work = spec.work;
    this.#args = spec.args;
    this.submittedMs = host.nowMs();
    if (spec.signal !== undefined) this.#listen(spec.signal);
  }

  get kind(): 'task' {
    return 'task';
  }

  get payload(): Startable {
    return this;
  }

  get id(): string {
    const no = this.seq % PRIORITY_STEP;
    return `t_${no < 0 ? no + PRIORITY_STEP : no}`;
  }

  get name(): string {
    return this.#work.name || 'anonymous';
  }

  get over(): boolean {
    return this.state !== 'waiting' && this.state !== 'running';
  }

  /** Made on first use: most tasks need neither a promise nor a signal. */
  get result(): Promise<Result> {
    if (this.#promise === undefined) {
      const { promise, resolve, reject } = Promise.withResolvers<Result>();
      this.#promise = promise;
      if (this.state === 'completed') resolve(this.#end as Result);
      else if (this.over) reject(this.#end);
      else {
        this.#resolve = resolve;
        this.#reject = reject;
      }
    }
    return this.#promise;
  }

  get signal(): AbortSignal {
    const rare = this.#rarely();
    rare.controller ??= new AbortController();
    if (rare.cause !== undefined) rare.controller.abort(rare.cause);
    return rare.controller.signal;
  }

  get progressed(): TaskProgress | undefined {
    return this.#rare?.progressed;
  }

  /** Told to stop, where the work can be stopped without a signal. */
  get onStop(): ((reason: Error) => void) | undefined {
    return this.#rare?.onStop;
  }

  set onStop(stop: ((reason: Error) => void) | undefined) {
    this.#rarely().onStop = stop;
  }

  /** Bound with its first use: a function may take it out of its context. */
  get progress(): TaskContext['progress'] {
    return (done, total, note) => {
      this.#rarely().progressed = {
        done,
        ...(total === undefined ? {} : { total }),
        ...(note === undefined ? {} : { note }),
      };
    };
  }

  /** Puts it among those that wait, and watches its deadline, so many ms away. */
  submit(deadlineInMs: number | undefined): void {
    if (this.over) return;
    if (deadlineInMs !== undefined) {
      this.#rarely().deadline = this.#host.after(Math.max(0, deadlineInMs), () => {
        this.stop(new SluiceError('task.deadline', { id: this.id }), 'failed');
      });
    }
    this.#host.enqueue(this);
  }

  cancel(reason = 'nobody wants it any more'): boolean {
    return this.stop(new SluiceError('task.cancelled', { id: this.id, reason }), 'cancelled');
  }

  /** Ends it with an error, whether it waits or runs; false where it has ended. */
  stop(error: Error, state: 'failed' | 'cancelled'): boolean {
    if (this.over) return false;
    if (this.state === 'waiting') this.#host.withdraw(this);
    this.#endWith(state, error);
    this.#interrupt(error);
    return true;
  }

  start(permit: Permit): void {
    this.#permit = permit;
    this.attemptNo += 1;
    this.state = 'running';
    this.startedMs = this.#host.nowMs();
    this.#host.began(this);
    let made: unknown;
    try {
      made = this.#work(...this.#args, this);
    } catch (error) {
      this.#failed(permit, error);
      return;
    }
    if (made instanceof Promise) {
      made.then(
        (value: Result) => this.#done(permit, value),
        (error: unknown) => this.#failed(permit, error),
      );
    } else this.#done(permit, made as Result);
  }

  /** Looked at from time to time while it runs. */
  checkTime(nowMs: number): void {
    const { timeoutMs } = this;
    if (this.state !== 'running' || nowMs - (this.startedMs ?? nowMs) < timeoutMs) return;
    const rare = this.#rarely();
    if (rare.cause !== undefined) return;
    const limit = formatDuration(timeoutMs);
    const error = new SluiceError('task.timeout', { id: this.id, limit });
    rare.againMs = this.#host.againInMs(this, error);
    if (rare.againMs === undefined) this.#endWith('failed', error);
    this.#interrupt(error);
  }

  /** Tells its attempt to stop, and gives its place away where it does not. */
  #interrupt(error: Error): void {
    const permit = this.#permit;
    if (permit === undefined) return;
    const rare = this.#rarely();
    rare.cause = error;
    rare.controller?.abort(error);
    rare.onStop?.(error);
    this.#host.after(OBEY_MS, () => this.#release(permit, 'timeout'));
  }

  /** Whether the end of an attempt is still of interest. */
  #counts(permit: Permit): boolean {
    const told = this.#rare !== undefined && this.#rare.cause !== undefined;
    return this.state === 'running' && !told && this.#permit === permit;
  }

  #done(permit: Permit, value: Result): void {
    if (this.#counts(permit)) {
      const nowMs = this.#host.nowMs();
      this.#endWith('completed', value, nowMs);
      this.#release(permit, 'ok', nowMs);
    } else this.#release(permit, 'ignored');
  }

  #failed(permit: Permit, error: unknown): void {
    if (this.#counts(permit)) {
      const againMs = this.#host.againInMs(this, error);
      if (againMs === undefined) this.#endWith('failed', error);
      else this.#rarely().againMs = againMs;
    }
    this.#release(permit, 'ignored');
  }

  /** Gives the place of an attempt back, once; another attempt follows where one is to. */
  #release(permit: Permit, verdict: LaneFeedback['verdict'], nowMs = this.#host.nowMs()): void {
    if (this.#permit !== permit) return;
    this.#permit = undefined;
    const feedback: LaneFeedback = { verdict, latencyMs: nowMs - (this.startedMs ?? nowMs) };
    permit.settleLeaf(feedback, nowMs);
    permit.releaseSeat(feedback, nowMs);
    const rare = this.#rare;
    const againMs = this.over ? undefined : rare?.againMs;
    this.#host.stopped(this, againMs !== undefined);
    if (rare === undefined || againMs === undefined) return;
    this.state = 'waiting';
    rare.cause = undefined;
    delete rare.controller;
    rare.againMs = undefined;
    this.#host.after(againMs, () => {
      if (this.state === 'waiting') this.#host.enqueue(this);
    });
  }

  #endWith(state: TaskEnd['state'], end: unknown, nowMs = this.#host.nowMs()): void {
    this.state = state;
    this.#end = end;
    if (this.#rare !== undefined) {
      this.#rare.deadline?.cancel();
      this.#rare.offSignal?.();
    }
    this.#host.ended(this, state, state === 'completed' ? undefined : end, nowMs);
    if (state === 'completed') this.#resolve?.(end as Result);
    else this.#reject?.(end);
  }

  #listen(signal: AbortSignal): void {
    const onAbort = () => {
      const { reason } = signal;
      this.cancel(reason instanceof Error ? reason.message : undefined);
    };
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    this.#rarely().offSignal = () => signal.removeEventListener('abort', onAbort);
  }

  #rarely(): Rare {
    this.#rare ??= {};
    return this.#rare;
  }
}

/** Those of the kind and those of the task; few tasks have both. */
export function allLanes(ofKind: readonly LaneKey[], own: readonly LaneKey[]): readonly LaneKey[] {
  if (ofKind.length === 0) return own;
  return own.length === 0 ? ofKind : [...ofKind, ...own];
}

/** What whoever submitted a task has of it. */
export class Handle<Result> implements TaskHandle<Result> {
  readonly #run: TaskRun<Result>;

  constructor(run: TaskRun<Result>) {
    this.#run = run;
  }

  get id(): string {
    return this.#run.id;
  }

  get state(): TaskState {
    return this.#run.state;
  }

  get progress(): TaskProgress | undefined {
    return this.#run.progressed;
  }

  get result(): Promise<Result> {
    return this.#run.result;
  }

  cancel(reason?: string): boolean {
    return this.#run.cancel(reason);
  }
}
