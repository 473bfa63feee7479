import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { LaneKey, LaneLimits } from '../../model/lane.ts';

export type TaskState = 'waiting' | 'running' | 'completed' | 'failed' | 'cancelled';

/** What a function is given behind its arguments. */
export interface TaskContext {
  /** Aborts on cancel, time-out, deadline and shutdown. */
  readonly signal: AbortSignal;
  /** 1 on the first attempt. */
  readonly attemptNo: number;
  /** Tells how far it is, such as `progress(3, 10)`. */
  progress(done: number, total?: number, note?: string): void;
}

// biome-ignore lint/suspicious/noExplicitAny: any function will do; its own types are kept below.
export type TaskFunction = (...args: any[]) => unknown;

/** The arguments that a function is submitted with: its own, but for the context behind them. */
export type ArgsOf<Work extends TaskFunction> =
  Parameters<Work> extends [...infer Args, TaskContext] ? Args : Parameters<Work>;

export type ResultOf<Work extends TaskFunction> = Awaited<ReturnType<Work>>;

/** What a map runs for each item. */
export type ItemFunction<Item, Result> = (item: Item, ctx: TaskContext) => Result;

/**
 * A function by the module that exports it: what runs in a thread or a process is loaded there.
 * Arguments and result are plain data, and it is given no context.
 */
export interface ModuleFunction {
  readonly module: URL;
  readonly name: string;
}

/** Where a task runs. Only functions of modules leave the caller's thread. */
export type Isolation = 'inline' | 'thread' | 'process';

export interface TaskOptions {
  /** Kind of work, whose limits it keeps. Default: `general`. */
  readonly kind?: string;
  /** Whose it is: tenants share what there is by weight. Default: `default`. */
  readonly tenant?: string;
  /** Further limits to keep: `host:example.com`, `account:x/42`. Default: none. */
  readonly lanes?: readonly LaneKey[];
  /** The highest first among what waits of a tenant. A whole number, default 0. */
  readonly priority?: number;
  /** Longest run of an attempt, ms. Default: its kind's. */
  readonly timeoutMs?: number;
  /** Wall time, ms, at which it is given up, also while it waits. Default: none. */
  readonly deadlineMs?: number;
  /** Attempts after the first. Default 0. */
  readonly retries?: number;
  /** Default: `inline`; `thread` for a function of a module. */
  readonly isolation?: Isolation;
  /** Cancels it. */
  readonly signal?: AbortSignal;
}

export interface MapOptions extends TaskOptions {
  /** At once at most, beside what its kind allows. Default: no other limit. */
  readonly concurrency?: number;
  /** Told after each item. */
  readonly onProgress?: (progress: MapProgress) => void;
  /** Goes on behind an item that fails, and rejects at the end. Default false. */
  readonly goOn?: boolean;
}

export interface BatchOptions extends MapOptions {
  /** Items a batch. Default 10. */
  readonly batchSize?: number;
}

export interface MapProgress {
  readonly completed: number;
  readonly failed: number;
  /** Items so far; the last word once all were read. */
  readonly total: number;
  readonly allRead: boolean;
}

export interface TaskProgress {
  readonly done: number;
  readonly total?: number;
  readonly note?: string;
}

/** A task that was submitted. */
export interface TaskHandle<Result> {
  readonly id: string;
  readonly state: TaskState;
  readonly progress: TaskProgress | undefined;
  /** Rejects with the function's error, or with `task.*`. */
  readonly result: Promise<Result>;
  /** False where it has ended already. */
  cancel(reason?: string): boolean;
}

export interface KindLimits {
  /** At once; or bounds within which their number is learned from how they get on. */
  readonly workers: number | { readonly min: number; readonly max: number; readonly start: number };
  readonly timeoutMs: number;
}

export type Profile = 'development' | 'production' | 'cloud';

export interface TaskManagerOptions {
  /** Default: `production`, or `NODE_ENV` where that is `development`. */
  readonly profile?: Profile;
  /** At once in all. Default: MAX_THREAD_WORKERS, or the profile's. */
  readonly workers?: number;
  /** Added to those that are there: ai, upload, database, analytics, general. */
  readonly kinds?: Readonly<Record<string, Partial<KindLimits>>>;
  readonly tenants?: Readonly<
    Record<string, { readonly weight?: number; readonly concurrency?: number }>
  >;
  /** Limits of the lanes that tasks name; undefined = none. */
  readonly lane?: (lane: LaneKey) => LaneLimits | undefined;
  /** Tasks that may wait, in all; more are refused with `task.full`. Default 1,000,000. */
  readonly waitingMax?: number;
  /** Threads, and processes, for functions of modules. Default: the profile's. */
  readonly threads?: number;
  /** Memory of one of them, MB. Default: the profile's. */
  readonly memoryMb?: number;
  /** Told of each end. */
  readonly onEnd?: (end: TaskEnd) => void;
  /** A line for each end and retry: on standard error, or to this. Default: SLUICE_TASKS_DEBUG. */
  readonly debug?: boolean | ((line: string) => void);
  /** Keeps what functions cost, for `profile()`. Default: SLUICE_TASKS_PROFILING. */
  readonly profiling?: boolean;
  /** Gets a span for each task: a tracer of OpenTelemetry, such as `trace.getTracer('mine')`. */
  readonly tracer?: TaskTracer;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** As much of a tracer as is needed: OpenTelemetry's fits. */
export interface TaskTracer {
  startSpan(
    name: string,
    options: {
      readonly startTime: number;
      readonly attributes: Record<string, string | number>;
    },
  ): {
    setStatus(status: { code: number; message?: string }): unknown;
    end(endTimeMs: number): void;
  };
}

export interface TaskEnd {
  readonly id: string;
  /** Of the function, or of the module's export; `anonymous` without one. */
  readonly name: string;
  readonly kind: string;
  readonly tenant: string;
  readonly state: 'completed' | 'failed' | 'cancelled';
  readonly attemptNo: number;
  /** From being submitted to its last start, ms. */
  readonly waitedMs: number;
  /** Of the last attempt, ms. */
  readonly tookMs: number;
  readonly error: unknown;
}
