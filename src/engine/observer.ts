/**
 * What may be told of the engine's work as it happens, for metrics and traces. Every call is made
 * on the hot path: whoever listens counts and returns. Without an observer nothing is gathered.
 */
import type { LogLevel } from '../base/log.ts';
import type { Failure } from '../model/failure.ts';
import type { Outcome } from '../model/outcome.ts';

export interface EngineObserver {
  attemptEnded(attempt: AttemptSeen): void;
  requestEnded(request: RequestSeen): void;
  /** A batch is durable: its commits, how long the first of them waited, and the write itself. */
  committed(commits: number, waitMs: number, writeMs: number): void;
  /** A claim of work has come back, with so many shards. */
  claimed?(shards: number, ms: number): void;
  /** An account was told to rest or set aside, or taken from who was silent for long. */
  account?(service: string, what: AccountSeen): void;
  /** Starts of lanes asked of their owners, or granted to other nodes. */
  loans?(what: 'asked' | 'granted', count: number): void;
  /** A collector has said something to the log, whether or not the log takes this level. */
  logged?(line: LineSeen): void;
}

export type AccountSeen = 'rest' | 'endpoint-rest' | 'quarantine' | 'taken';

/** Who listens at present, if anybody: set once the rest is up. */
export interface Observed {
  by: EngineObserver | undefined;
}

export interface AttemptSeen {
  readonly jobId: string;
  readonly tenant: string;
  readonly collector: string;
  readonly seq: number;
  readonly attemptNo: number;
  readonly outcome: Outcome['kind'];
  /** Code of the failure; '' = none. */
  readonly failure: string;
  /** Monotonic ms. */
  readonly startedMs: number;
  readonly endedMs: number;
  /** Without waiting in lanes, ms. */
  readonly activeMs: number;
  /** From its task's coming up for its turn to its start, ms. */
  readonly queuedMs: number;
  readonly why: Failure | undefined;
  /** `service/name` of those that it used. */
  readonly accounts: readonly string[];
}

export interface LineSeen {
  readonly jobId: string;
  readonly seq: number;
  readonly level: LogLevel;
  readonly message: string;
}

export interface RequestSeen {
  readonly jobId: string;
  readonly tenant: string;
  readonly seq: number;
  readonly method: string;
  readonly host: string;
  /** 0 = no answer. */
  readonly status: number;
  /** Whether the other side asked for patience. */
  readonly throttled: boolean;
  /** Monotonic ms, from sending on. */
  readonly startedMs: number;
  readonly endedMs: number;
  /** Time that it waited for the host's lane before, ms. */
  readonly waitedMs: number;
}
