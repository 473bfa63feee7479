/**
 * Every limit is a lane: a node, a tenant, a job, a kind of work, a host, an account. A key is the
 * lane's kind, a colon and its name: `host:example.com`, `tenant:acme`, `account:x/42/followers`.
 */
export type LaneKey = `${string}:${string}`;

/** Kind of what the plans of a tenant wait for when its rows of the day are used up. */
export const ROWS_PER_DAY = 'rows-per-day';

/** What jobs wait in where only so many may run at once. */
export const TURN_LANE: LaneKey = 'turn:jobs';

export const NODE_LANE: LaneKey = 'node:local';
export const tenantLane = (tenant: string): LaneKey => `tenant:${tenant}`;
export const jobLane = (jobId: string): LaneKey => `job:${jobId}`;
export const hostLane = (host: string): LaneKey => `host:${host}`;

/** `host` of `host:example.com`. */
export function laneKind(key: LaneKey): string {
  return key.slice(0, key.indexOf(':'));
}

/** `example.com` of `host:example.com`. */
export function laneName(key: LaneKey): string {
  return key.slice(key.indexOf(':') + 1);
}

/** What a lane allows. */
export interface LaneLimits {
  /** Slots in use at once; or bounds within which the number is learned. */
  readonly concurrency:
    | number
    | { readonly min: number; readonly max: number; readonly start: number };
  /** Starts a second, with a burst; `learned` = found from 429s and Retry-After; `none`. */
  readonly rate: { readonly perSecond: number; readonly burst: number } | 'learned' | 'none';
  /** Whether repeated connection failures close the lane for a while. */
  readonly breaker: boolean;
}

/** What the end of a piece of work says about the lanes it used. */
export interface LaneFeedback {
  readonly verdict: LaneVerdict;
  /** Time between start and end, ms, without waiting in lanes. */
  readonly latencyMs: number;
  /** Monotonic time, ms, at which a request went out, where that was later than the start. */
  readonly sentMs?: number;
  /** Wall time until which the other side asked for rest (Retry-After), if it did. */
  readonly restUntilMs?: number;
  /** What the answer's headers said of the limit, if they did. */
  readonly announced?: AnnouncedLimit;
}

/**
 * `ok`: answered. `throttled`: asked to go slower (429, or 503 with Retry-After): feeds the learned
 * rate. `rejected`: too much at once (503 without Retry-After): feeds the learned concurrency.
 * `timeout`: no answer in time. `unreachable`: no connection at all (DNS, refused, TLS). `ignored`:
 * says nothing about the lane.
 */
export type LaneVerdict = 'ok' | 'throttled' | 'rejected' | 'timeout' | 'unreachable' | 'ignored';

/** A limit as announced in headers (`x-rate-limit-*`, `ratelimit-*`). */
export interface AnnouncedLimit {
  readonly limit?: number;
  readonly remaining?: number;
  /** Wall time, ms, at which the window starts anew. */
  readonly resetMs?: number;
}

/** Why something does not start, for people. */
export interface Blockage {
  readonly lane: LaneKey;
  readonly reason: 'concurrency' | 'rate' | 'rest' | 'breaker';
  /** Monotonic time, ms, at which it will be tried again; undefined = when a slot is freed. */
  readonly wakeAtMs: number | undefined;
  /** How many tasks (or requests) wait here, as far as is known without asking the store. */
  readonly waiting: number;
  readonly inUse: number;
  /** Slots at present, as configured or learned. */
  readonly slots: number;
  /** Starts a second at present, as configured or learned; undefined = no rate. */
  readonly perSecond: number | undefined;
  /** Of a lane that waits for accounts. */
  readonly accounts?: {
    readonly service: string;
    readonly tenant: string;
    readonly why: 'none' | 'resting' | 'busy';
    /** Those that rest, or are in use. */
    readonly count: number;
    /** Where there is none to work with: what became of those that were set aside. */
    readonly detail?: string;
  };
}
