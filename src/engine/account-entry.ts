/** A tenant's pool of accounts at one service, with all that the desk keeps of it. */
import type { AccountPool, Want } from '../accounts/pool.ts';
import type { Timer } from '../base/clock.ts';
import type { AccountService } from '../collectors/account-service.ts';
import type { AccountNeed } from '../model/account.ts';
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

export interface Entry {
  readonly service: string;
  readonly tenant: string;
  readonly pool: AccountPool<Waiter>;
  readonly table: LeaseTable<Waiter>;
  readonly ready: Promise<void>;
  isReady: boolean;
  /** Endpoints whose lane is closed, and until when, wall ms. */
  readonly closed: Map<string, number>;
  /** When a lease was last renewed, by fence. */
  readonly renewedMs: Map<number, number>;
  usedMs: number;
  timer: Timer | undefined;
}
