/** A tenant's pool of accounts at one service, with all that the desk keeps of it. */
import type { AccountPool, Want } from '../accounts/pool.ts';
import type { Timer } from '../base/clock.ts';
import type { AccountService } from '../collectors/account-service.ts';
import { type AccountNeed, endpointLane } from '../model/account.ts';
import type { LaneKey } from '../model/lane.ts';
import type { LeasedAccount } from './held-account.ts';
import type { LeaseTable } from './lease-table.ts';

/** Who asks for an account. */
export interface AccountAsk {
  readonly need: AccountNeed;
  readonly tenant: string;
  readonly jobId: string;
  readonly seq: number;
  readonly service: AccountService | undefined;
}

export interface Waiter extends Want {
  readonly ask: AccountAsk;
  readonly resolve: (account: LeasedAccount) => void;
  readonly reject: (error: unknown) => void;
  gone: boolean;
}

export interface Closed {
  /** Wall time, ms. */
  readonly untilMs: number;
  /** How many rows of a job were told off since it is, which no lane holds until they come back. */
  readonly toldOff: Map<string, number>;
}

export interface Entry {
  readonly service: string;
  readonly tenant: string;
  readonly pool: AccountPool<Waiter>;
  readonly table: LeaseTable<Waiter>;
  readonly ready: Promise<void>;
  isReady: boolean;
  /** Endpoints whose lane is closed. */
  readonly closed: Map<string, Closed>;
  /** When a lease was last renewed, by fence. */
  readonly renewedMs: Map<number, number>;
  usedMs: number;
  timer: Timer | undefined;
}

/** A closed lane from which rows of a job were sent away. */
export interface Refusal {
  readonly lane: LaneKey;
  /** Wall time, ms. */
  readonly untilMs: number;
  readonly rows: number;
}

export function refusals(entry: Entry, jobId: string, nowMs: number): readonly Refusal[] {
  const { service, tenant, closed } = entry;
  return [...closed].flatMap(([endpoint, { untilMs, toldOff }]) => {
    const rows = toldOff.get(jobId) ?? 0;
    if (rows === 0 || untilMs <= nowMs) return [];
    return { lane: endpointLane(service, tenant, endpoint), untilMs, rows };
  });
}

export function addToldOff(entry: Entry, { endpoint, jobId }: Waiter): void {
  const toldOff = entry.closed.get(endpoint)?.toldOff;
  toldOff?.set(jobId, (toldOff.get(jobId) ?? 0) + 1);
}
