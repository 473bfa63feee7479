/** What the API answers, as far as it is shown; fields may be added there at any time. */
export type JobState = 'running' | 'paused' | 'completed' | 'failed' | 'cancelled';
export const JOB_STATES: readonly JobState[] = [
  'running',
  'paused',
  'completed',
  'failed',
  'cancelled',
];
/** In a word how a job stands: one that runs and of which nothing moves waits. */
export type ShownState = JobState | 'waiting';
export const SHOWN_STATES: readonly ShownState[] = ['running', 'waiting', ...JOB_STATES.slice(1)];
export type TaskState = 'available' | 'waiting' | 'completed' | 'discarded' | 'cancelled';

export interface Me {
  readonly keyId: string;
  readonly tenant?: string;
  readonly scope: 'read' | 'run' | 'admin';
  readonly operator: boolean;
}

export interface Failure {
  readonly class: string;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly status?: number;
  readonly untilMs?: number;
}

export interface Counters {
  readonly tasks: number;
  readonly completed: number;
  readonly discarded: number;
  readonly cancelled: number;
  readonly waiting: number;
  readonly duplicates: number;
  readonly records: number;
  readonly failedAttempts: number;
}

export interface Job {
  readonly id: string;
  readonly tenant: string;
  readonly collector: string;
  readonly state: JobState;
  readonly shown: ShownState;
  /** Why nothing of it moves. */
  readonly still?: string;
  readonly planned: boolean;
  readonly counters: Counters;
  readonly running: number;
  readonly input: { readonly name: string; readonly format: string; readonly column?: string };
  readonly options?: Readonly<Record<string, unknown>>;
  readonly concurrency: number;
  readonly retries: number;
  readonly weight: number;
  readonly createdMs: number;
  readonly updatedMs: number;
  readonly finishedMs?: number;
  readonly activeMs: number;
  readonly failure?: Failure;
}

export interface Progress {
  readonly jobId: string;
  readonly state: JobState;
  readonly shown: ShownState;
  readonly still?: string;
  readonly planned: boolean;
  readonly counters: Counters;
  readonly running: number;
  readonly perSecond?: number;
  readonly etaMs?: { readonly low: number; readonly high: number };
  readonly etaLimit?: {
    readonly lane: string;
    readonly perSecond?: number;
    readonly leastMs: number;
  };
  readonly atMs: number;
}

export type Reason = 'concurrency' | 'rate' | 'rest' | 'breaker';

export interface Wait {
  readonly lane: string;
  readonly kind: string;
  readonly name: string;
  readonly reason: Reason;
  readonly text: string;
  readonly waiting: number;
  readonly inUse: number;
  readonly slots: number | null;
  readonly perSecond?: number;
  readonly untilMs?: number;
  readonly accounts?: AccountWait;
}

export interface AccountWait {
  readonly service: string;
  readonly tenant: string;
  readonly why: 'none' | 'resting' | 'busy';
  readonly count: number;
  readonly detail?: string;
}

export interface Group {
  readonly name: string;
  readonly fingerprint: string;
  readonly count: number;
  /** Those that trying again may help. */
  readonly retriable: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly sample: Failure;
  readonly sampleSeq: number;
}

export interface JobSnapshot {
  readonly job: Job;
  readonly progress: Progress;
  readonly waits: readonly Wait[];
  readonly failures: readonly Group[];
}

export interface RunningJob {
  readonly job: Job;
  readonly progress: Progress;
  readonly still?: string;
  readonly wait?: Wait;
}

export interface Overview {
  readonly atMs: number;
  readonly running: readonly RunningJob[];
  readonly counts: Readonly<Record<JobState, number>>;
  readonly countedTo: number;
  readonly needs: readonly Job[];
}

export interface History {
  readonly stepMs: number;
  readonly lastStepMs: number;
  readonly completed: readonly number[];
  readonly discarded: readonly number[];
  readonly failedAttempts: readonly number[];
  readonly records: readonly number[];
}

type Times = readonly (number | null)[];

export interface Mark {
  readonly atMs: number;
  readonly kind: 'start' | 'rate' | 'limit' | 'throttled';
  readonly text: string;
}

export interface JobHistory extends History {
  /** Attempts. */
  readonly ended: readonly number[];
  readonly runMs: { readonly p50: Times; readonly p95: Times };
  readonly queueMs: { readonly p50: Times; readonly p95: Times };
  readonly marks: readonly Mark[];
  readonly others: number;
}

export interface TaskAttempt {
  readonly no: number;
  readonly startedMs: number;
  readonly tookMs: number;
  readonly waitedMs: number;
  readonly end: 'completed' | 'retry' | 'wait' | 'discarded';
  readonly failure?: Failure;
  readonly againMs?: number;
  readonly node?: string;
  readonly accounts?: readonly string[];
  readonly lane?: string;
  readonly waits?: readonly { readonly lane: string; readonly ms: number }[];
  readonly queuedMs?: number;
  readonly receivedBytes?: number;
  readonly requests?: number;
  readonly exchanges?: readonly Exchange[];
}

/** A request and its answer. */
export interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly atMs: number;
  readonly waitedMs: number;
  readonly headersMs?: number;
  readonly tookMs: number;
  readonly status?: number;
  readonly bytes: number;
  readonly failure?: string;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface JobAttempt extends Omit<TaskAttempt, 'end'> {
  readonly seq: number;
  /** Of the latest. */
  readonly place?: number;
  readonly end: TaskAttempt['end'] | 'interrupted' | 'cancelled' | 'stopped';
}

export interface LogLine {
  readonly no: number;
  readonly atMs: number;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly of: 'job' | 'failure' | 'note' | 'log';
  readonly seq?: number;
  readonly text: string;
}

export interface JobEvent {
  readonly id: number;
  readonly type: string;
  readonly data: unknown;
}

export interface JobInput {
  readonly collector: string;
  readonly name: string;
  readonly format: string;
  readonly column?: string;
  readonly dialect: Readonly<Record<string, unknown>>;
  readonly options: Readonly<Record<string, unknown>>;
  readonly rows: number;
  readonly bytes?: number;
  readonly sha256?: string;
}

export interface Task {
  readonly seq: number;
  readonly state: TaskState;
  readonly input?: unknown;
  readonly attempts: number;
  readonly failure?: Failure;
  readonly recordCount: number;
  readonly durationMs?: number;
  readonly finishedMs?: number;
  readonly duplicateOf?: number;
  readonly records?: readonly unknown[];
  readonly history?: readonly TaskAttempt[];
}

export interface Lane {
  readonly lane: string;
  readonly kind: string;
  readonly name: string;
  readonly inUse: number;
  readonly waiting: number;
  readonly slots: number | null;
  readonly perSecond?: number;
  readonly blocked?: Reason;
  readonly untilMs?: number;
  readonly accounts?: AccountWait;
  /** What somebody has set it to. */
  readonly set?: SetLimit;
}

export interface SetLimit {
  readonly concurrency?: number;
  readonly perSecond?: number;
  readonly setMs: number;
  readonly by: string;
}

export type JsonSchema = Readonly<Record<string, unknown>>;

export interface Collector {
  readonly name: string;
  readonly summary?: string;
  readonly columnFor?: string;
  readonly needsInput: boolean;
  readonly options?: JsonSchema;
  readonly input?: JsonSchema;
  readonly record?: JsonSchema;
}
