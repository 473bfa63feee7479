/** What a collector says of the service whose accounts it uses, and what it sees of one of them. */
import type { ZodType } from 'zod';
import type { Quota } from '../model/account.ts';
import type { FetchedPage, FetchInit } from './collector.ts';

// biome-ignore lint/suspicious/noExplicitAny: a service knows its secret, a list of services not.
export interface AccountService<Secret = any> {
  /** Such as `x`: 1 to 32 of a-z, 0-9 and dashes. */
  readonly name: string;
  /** What a secret is. Plain JSON; where a string is given, the schema is asked for it as well. */
  readonly secret: ZodType<Secret>;
  /** How a secret is written, in a few words, for who is to enter one. */
  readonly secretHint?: string;
  /** Asks the service whether it lets the account in. Rejects only where it cannot be asked. */
  test(secret: Secret, ctx: ServiceContext): Promise<AccountTest>;
}

export interface ServiceContext {
  /** Goes by the address guard, but by no lane and no robots.txt; resolves for every status. */
  fetch(url: string | URL, init?: Omit<FetchInit, 'account' | 'lane'>): Promise<FetchedPage>;
  readonly signal: AbortSignal;
  /** Wall time, ms. */
  nowMs(): number;
}

export interface AccountTest {
  readonly ok: boolean;
  /** One sentence: as whom it was let in, or why not. */
  readonly detail: string;
  /** What the service calls it. */
  readonly name?: string;
}

/** An account by its name, used by whoever needs it at the same time. */
// biome-ignore lint/suspicious/noExplicitAny: what it is, the collector's own service says.
export interface SharedAccount<Secret = any> {
  readonly id: string;
  readonly name: string;
  /** As the service's schema made it. */
  readonly secret: Secret;
  /** A request with it was answered: it is counted. */
  called(): void;
  /** Nobody uses it before a wall time, ms. */
  rest(untilMs: number, why: string): void;
  /** The service does not let it in: nobody uses it until a person says so. */
  quarantine(why: string): void;
}

// biome-ignore lint/suspicious/noExplicitAny: what it is, the collector's own service says.
export interface HeldAccount<Secret = any> extends Disposable {
  readonly id: string;
  readonly name: string;
  /** As the service's schema made it. */
  readonly secret: Secret;
  /** Whether it may still be used: its lease ends when nothing was heard of it for long. */
  readonly held: boolean;
  /**
   * What the service said of an endpoint's quota. With none left, the account is not given out for
   * that endpoint before the window starts anew.
   */
  learned(endpoint: string, quota: Quota): void;
  /**
   * The service asks for patience, with all of the account or with one endpoint. `untilMs` is wall
   * time; undefined = as long as the settings say.
   */
  rest(untilMs: number | undefined, why: string, endpoint?: string): void;
  /** The service does not let it in: nobody uses it until a person says so. */
  quarantine(why: string): void;
  /** Once given back, it is not given out again before so long, ms. */
  pause(ms: number): void;
  /** Says that it is in use, where that is not by `ctx.fetch`; false once the lease is over. */
  renew(): boolean;
}
