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
import type { TaskContext, TaskEnd, TaskHandle, TaskProgress, TaskState } from './task-types.ts';

/** How long a function may take to obey its signal before its place is given away. */
const OBEY_MS = 2_000;

export interface TaskSpec<Result> {
  readonly kind: string;
  readonly tenant: string;
  readonly flow: string;
  readonly lanes: readonly LaneKey[];
  readonly order: number;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly call: (ctx: StoppableContext) => Result | Promise<Result>;
}

/** A context that needs no signal to be made. */
export interface StoppableContext extends TaskContext {
  onStop: ((reason: Error) => void) | undefined;
}

/** The manager, as a task sees it. */
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
  ended(run: AnyRun, state: TaskEnd['state'], error: unknown): void;
  /** ms until it is tried again after this; undefined = it is not. */
  againInMs(run: AnyRun, error: unknown): number | undefined;
}

// biome-ignore lint/suspicious/noExplicitAny: the manager never looks at results.
export type AnyRun = TaskRun<any>;

export class TaskRun<Result> implements TaskContext, Startable {
  readonly spec: TaskSpec<Result>;
  readonly unit: Unit<Startable>;
  readonly #host: TaskHost;
  readonly #no: number;
  readonly submittedMs: number;
  startedMs = 0;
  attemptNo = 0;
  progressed: TaskProgress | undefined;
  state: TaskState = 'waiting';
  #value: Result | undefined;
  #error: unknown;
  #promise: PromiseWithResolvers<Result> | undefined;
  #controller: AbortController | undefined;
  /** Why its attempt was told to stop, once it was. */
  #cause: Error | undefined;
  /** What its attempt holds; undefined between attempts. */
  #permit: Permit | undefined;
  /** Told to stop, where the work can be stopped without a signal. */
  onStop: ((reason: Error) => void) | undefined;
  /** Set where its attempt ran out of time and another is to follow. */
  #againMs: number | undefined;
  #timer: Timer | undefined;
  #offSignal: (() => void) | undefined;

  constructor(host: TaskHost, no: number, spec: TaskSpec<Result>, signal?: AbortSignal) {
    this.#host = host;
    this.#no = no;
    this.spec = spec;
    this.submittedMs = host.nowMs();
    const { tenant, flow, lanes, order } = spec;
    this.unit = { tenant, jobId: flow, lanes, kind: 'task', seq: order, payload: this };
    if (signal !== undefined) this.#listen(signal);
  }

  get id(): string {
    return `t_${this.#no}`;
  }

  get over(): boolean {
    return this.state !== 'waiting' && this.state !== 'running';
  }

  /** Made on first use: most tasks need neither a promise nor a signal. */
  get result(): Promise<Result> {
    if (this.#promise === undefined) {
      this.#promise = Promise.withResolvers<Result>();
      if (this.state === 'completed') this.#promise.resolve(this.#value as Result);
      else if (this.over) this.#promise.reject(this.#error);
    }
    return this.#promise.promise;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#cause !== undefined) this.#controller.abort(this.#cause);
    return this.#controller.signal;
  }

  progress(done: number, total?: number, note?: string): void {
    this.progressed = {
      done,
      ...(total === undefined ? {} : { total }),
      ...(note === undefined ? {} : { note }),
    };
  }

  /** Puts it among those that wait, and watches its deadline, so many ms away. */
  submit(deadlineInMs: number | undefined): void {
    if (this.over) return;
    if (deadlineInMs !== undefined) {
      this.#timer = this.#host.after(Math.max(0, deadlineInMs), () => {
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
    this.#end(state, undefined, error);
    this.#interrupt(error);
    return true;
  }

  start(permit: Permit): void {
    this.#permit = permit;
    this.attemptNo += 1;
    this.state = 'running';
    this.startedMs = this.#host.nowMs();
    this.#host.began(this);
    let made: Result | Promise<Result>;
    try {
      made = this.spec.call(this);
    } catch (error) {
      this.#failed(permit, error);
      return;
    }
    if (made instanceof Promise) {
      made.then(
        (value) => this.#done(permit, value),
        (error: unknown) => this.#failed(permit, error),
      );
    } else this.#done(permit, made);
  }

  /** Looked at from time to time while it runs. */
  checkTime(nowMs: number): void {
    const { timeoutMs } = this.spec;
    if (this.state !== 'running' || this.#cause || nowMs - this.startedMs < timeoutMs) return;
    const limit = formatDuration(timeoutMs);
    const error = new SluiceError('task.timeout', { id: this.id, limit });
    this.#againMs = this.#host.againInMs(this, error);
    if (this.#againMs === undefined) this.#end('failed', undefined, error);
    this.#interrupt(error);
  }

  /** Tells its attempt to stop, and gives its place away where it does not. */
  #interrupt(error: Error): void {
    const permit = this.#permit;
    if (permit === undefined) return;
    this.#cause = error;
    this.#controller?.abort(error);
    this.onStop?.(error);
    this.#host.after(OBEY_MS, () => this.#release(permit, 'timeout'));
  }

  #done(permit: Permit, value: Result): void {
    if (this.state === 'running' && this.#cause === undefined && this.#permit === permit) {
      this.#end('completed', value, undefined);
      this.#release(permit, 'ok');
    } else this.#release(permit, 'ignored');
  }

  #failed(permit: Permit, error: unknown): void {
    const counts = this.state === 'running' && this.#cause === undefined;
    if (counts && this.#permit === permit) {
      this.#againMs = this.#host.againInMs(this, error);
      if (this.#againMs === undefined) this.#end('failed', undefined, error);
    }
    this.#release(permit, 'ignored');
  }

  /** Gives the place of an attempt back, once; another attempt follows where one is to. */
  #release(permit: Permit, verdict: LaneFeedback['verdict']): void {
    if (this.#permit !== permit) return;
    this.#permit = undefined;
    const nowMs = this.#host.nowMs();
    const feedback: LaneFeedback = { verdict, latencyMs: nowMs - this.startedMs };
    permit.settleLeaf(feedback, nowMs);
    permit.releaseSeat(feedback, nowMs);
    const rests = !this.over && this.#againMs !== undefined;
    this.#host.stopped(this, rests);
    if (this.#againMs === undefined || !rests) return;
    this.state = 'waiting';
    this.#cause = undefined;
    this.#controller = undefined;
    this.#host.after(this.#againMs, () => {
      if (this.state === 'waiting') this.#host.enqueue(this);
    });
    this.#againMs = undefined;
  }

  #end(state: TaskEnd['state'], value: Result | undefined, error: unknown): void {
    this.state = state;
    this.#value = value;
    this.#error = error;
    this.#timer?.cancel();
    this.#offSignal?.();
    this.#host.ended(this, state, error);
    if (state === 'completed') this.#promise?.resolve(value as Result);
    else this.#promise?.reject(error);
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
    this.#offSignal = () => signal.removeEventListener('abort', onAbort);
  }
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
