/**
 * An account of a tenant at a service: what slow, limited work is done with. It is used by one task
 * at a time, rests when its quota is spent, and is set aside when the service does not let it in.
 */
import type { Failure } from './failure.ts';
import type { LaneKey } from './lane.ts';

/** As kept and shown. One that is in use right now is ready as well: its lease says by whom. */
export const ACCOUNT_STATES = ['ready', 'resting', 'quarantined', 'retired'] as const;
export type AccountState = (typeof ACCOUNT_STATES)[number];

/** What a service's headers say of one endpoint. */
export interface Quota {
  /** Calls a window. */
  readonly limit?: number;
  readonly remaining: number;
  /** Wall time, ms, at which the window starts anew. */
  readonly resetMs: number;
}

export interface Account {
  readonly id: string;
  readonly tenant: string;
  readonly service: string;
  /** For people; one of its kind within tenant and service. */
  readonly name: string;
  readonly state: AccountState;
  /** Why it rests or was set aside. */
  readonly reason?: string;
  /** Wall time, ms; of a resting one. */
  readonly restUntilMs?: number;
  /** By endpoint. */
  readonly quotas: Readonly<Record<string, Quota>>;
  /** Wall time, ms. */
  readonly addedMs: number;
  /** Wall time of its last use, ms. */
  readonly usedMs?: number;
  readonly calls: number;
  readonly failures: number;
}

/** What a task needs an account for. */
export interface AccountNeed {
  /** Such as `x`. */
  readonly service: string;
  /** What has a quota of its own there, such as `followers`. */
  readonly endpoint: string;
}

/** Who has an account, and until when; plain JSON, as it is kept. */
export interface AccountLease {
  readonly accountId: string;
  /** Larger than that of every lease before it in its pool: who holds an older one is late. */
  readonly fence: number;
  /** Of the process or node that uses it. */
  readonly holder: string;
  readonly jobId: string;
  readonly seq: number;
  /** Wall times, ms. */
  readonly sinceMs: number;
  readonly untilMs: number;
}

export const ACCOUNTS_KIND = 'accounts';
export const ACCOUNT_KIND = 'account';

/** What the tasks of a tenant that need an account of a service pass: its owner keeps the pool. */
export const accountsLane = (service: string, tenant: string): LaneKey =>
  `${ACCOUNTS_KIND}:${service}/${tenant}`;

/** What those for one endpoint pass as well: it is closed while all accounts rest there. */
export const endpointLane = (service: string, tenant: string, endpoint: string): LaneKey =>
  `${ACCOUNTS_KIND}:${service}/${tenant}/${endpoint}`;

/** What the requests with one account pass: where the account is leased, there it is. */
export const accountLane = (service: string, id: string): LaneKey =>
  `${ACCOUNT_KIND}:${service}/${id}`;

export const isAccountLane = (lane: LaneKey): boolean => lane.startsWith(`${ACCOUNT_KIND}:`);

/**
 * Whether a task waits for an account rather than for what the account is used on: nobody has
 * refused it anything, so it is never given up for that.
 */
export function isAccountWait({ class: failureClass, code }: Failure): boolean {
  return failureClass === 'throttled' && code.startsWith('account.');
}
