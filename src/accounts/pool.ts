/**
 * The accounts of one tenant at one service, and who has which. Pure and synchronous: time (wall,
 * ms) is an argument, nothing here waits.
 *
 * Invariants: an account has one lease at most, and no more than `max` have one; a lease ends when
 * it is given back, and by itself once it was not renewed for `timeoutMs`; fences only grow, and
 * whoever holds a lease that has ended can do nothing with it. Of those who wait, the first whose
 * endpoint has an account gets it.
 */
import type { Account, AccountLease } from '../model/account.ts';
import { current, isAside, usableFromMs } from './health.ts';
import { choose } from './selection.ts';

export interface PoolLimits {
  /** Accounts in use at once. */
  readonly max: number;
  readonly timeoutMs: number;
}

export interface Want {
  readonly endpoint: string;
  readonly holder: string;
  readonly jobId: string;
  readonly seq: number;
}

/**
 * What can be had for an endpoint when. `busy`: others have all that could be used, or as many as
 * may be used at once. `resting`: none can be used before `atMs`. `none`: nor ever, unless a person
 * does something; `aside`: those that were set aside.
 */
export type Outlook =
  | { readonly kind: 'free' }
  | { readonly kind: 'busy'; readonly count: number }
  | { readonly kind: 'resting'; readonly count: number; readonly atMs: number }
  | { readonly kind: 'none'; readonly aside: readonly Account[] };

/** A pool's leases as they are kept where several processes share it. Plain JSON. */
export interface KeptLeases {
  readonly fence: number;
  readonly leases: readonly AccountLease[];
  readonly pauses: readonly (readonly [string, number])[];
}

export class AccountPool<W extends Want = Want> {
  readonly #limits: () => PoolLimits;
  readonly #accounts = new Map<string, Account>();
  readonly #leases = new Map<string, AccountLease>();
  /** Until when an account that was given back is not given out again. */
  readonly #pauses = new Map<string, number>();
  #waiters = new Set<W>();
  #fence = 0;

  constructor(limits: () => PoolLimits) {
    this.#limits = limits;
  }

  /** The last fence that was given out. */
  get fence(): number {
    return this.#fence;
  }

  get leases(): readonly AccountLease[] {
    return [...this.#leases.values()];
  }

  get pauses(): ReadonlyMap<string, number> {
    return this.#pauses;
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  account(id: string): Account | undefined {
    return this.#accounts.get(id);
  }

  /** A new account, or one as it is now. */
  put(account: Account): void {
    this.#accounts.set(account.id, account);
  }

  /** With its lease: who has it is late from now on. */
  remove(id: string): void {
    this.#accounts.delete(id);
    this.#leases.delete(id);
    this.#pauses.delete(id);
  }

  /** An account that may be used now, for whoever comes without waiting. */
  lease(want: Want, nowMs: number): AccountLease | undefined {
    this.expire(nowMs);
    const { max, timeoutMs } = this.#limits();
    if (this.#leases.size >= max) return undefined;
    const { endpoint, holder, jobId, seq } = want;
    const account = choose(this.#free(endpoint, nowMs), endpoint, nowMs);
    if (account === undefined) return undefined;
    this.#fence += 1;
    const lease: AccountLease = {
      accountId: account.id,
      fence: this.#fence,
      holder,
      jobId,
      seq,
      sinceMs: nowMs,
      untilMs: nowMs + timeoutMs,
    };
    this.#leases.set(account.id, lease);
    this.#pauses.delete(account.id);
    return lease;
  }

  /** Lets somebody wait, behind those who do. */
  wait(waiter: W): void {
    this.#waiters.add(waiter);
  }

  /** The same before all others: it had been served, but not for good. */
  waitFirst(waiter: W): void {
    this.#waiters = new Set([waiter, ...this.#waiters]);
  }

  /** False where it does not wait here. */
  leave(waiter: W): boolean {
    return this.#waiters.delete(waiter);
  }

  /** Gives out what can be had to those who wait, in the order in which they came. */
  serve(nowMs: number): readonly (readonly [W, AccountLease])[] {
    const served: (readonly [W, AccountLease])[] = [];
    const without = new Set<string>();
    for (const waiter of this.#waiters) {
      if (without.has(waiter.endpoint)) continue;
      const lease = this.lease(waiter, nowMs);
      if (lease === undefined) {
        without.add(waiter.endpoint);
        continue;
      }
      this.#waiters.delete(waiter);
      served.push([waiter, lease]);
    }
    return served;
  }

  /** Those who wait for something that cannot be had soon: they are to be told. */
  hopeless(nowMs: number, soonMs: number): readonly (readonly [W, Outlook])[] {
    const outlooks = new Map<string, Outlook>();
    const told: (readonly [W, Outlook])[] = [];
    for (const waiter of this.#waiters) {
      const { endpoint } = waiter;
      const outlook = outlooks.get(endpoint) ?? this.outlook(endpoint, nowMs);
      outlooks.set(endpoint, outlook);
      if (outlook.kind === 'free' || outlook.kind === 'busy') continue;
      if (outlook.kind === 'resting' && outlook.atMs <= nowMs + soonMs) continue;
      this.#waiters.delete(waiter);
      told.push([waiter, outlook]);
    }
    return told;
  }

  /** Whether the lease is the one that counts at this instant. */
  holds(lease: AccountLease, nowMs: number): boolean {
    return (this.#held(lease)?.untilMs ?? 0) > nowMs;
  }

  /** What the lease is once it is renewed; undefined where it has ended. */
  renewed(lease: AccountLease, nowMs: number): AccountLease | undefined {
    if (!this.holds(lease, nowMs)) return undefined;
    return { ...lease, untilMs: Math.max(lease.untilMs, nowMs + this.#limits().timeoutMs) };
  }

  /** False where it has ended. */
  renew(lease: AccountLease, nowMs: number): boolean {
    const renewed = this.renewed(lease, nowMs);
    if (renewed !== undefined) this.#leases.set(lease.accountId, renewed);
    return renewed !== undefined;
  }

  /** False, and nothing happens, where the lease has ended before. */
  giveBack(lease: AccountLease, nowMs: number, pauseMs = 0): boolean {
    if (this.#held(lease) === undefined) return false;
    this.#leases.delete(lease.accountId);
    if (pauseMs > 0) this.#pauses.set(lease.accountId, nowMs + pauseMs);
    return true;
  }

  /** Ends the leases that were not renewed in time; returns them. */
  expire(nowMs: number): readonly AccountLease[] {
    const ended = this.leases.filter(({ untilMs }) => untilMs <= nowMs);
    for (const { accountId } of ended) this.#leases.delete(accountId);
    for (const [id, untilMs] of this.#pauses) if (untilMs <= nowMs) this.#pauses.delete(id);
    return ended;
  }

  /**
   * Who has what as it is kept by now, beside what was given out here since (`fresh`): where both
   * say something of an account, or there is no room for both, what is kept is right. Leases that
   * neither knows have ended.
   */
  adopt(kept: KeptLeases, fresh: readonly AccountLease[]): void {
    this.#fence = Math.max(this.#fence, kept.fence);
    const before = new Map(this.#leases);
    this.#leases.clear();
    for (const lease of kept.leases) {
      const known = before.get(lease.accountId);
      // It may have been renewed here since.
      this.#leases.set(lease.accountId, isSame(known, lease) ? (known as AccountLease) : lease);
    }
    for (const lease of fresh) {
      if (this.#leases.has(lease.accountId) || this.#leases.size >= this.#limits().max) continue;
      this.#leases.set(lease.accountId, lease);
    }
    for (const [id, untilMs] of kept.pauses) {
      this.#pauses.set(id, Math.max(this.#pauses.get(id) ?? 0, untilMs));
    }
  }

  outlook(endpoint: string, nowMs: number): Outlook {
    this.expire(nowMs);
    let count = 0;
    const aside: Account[] = [];
    let backMs = Number.POSITIVE_INFINITY;
    let leased = 0;
    for (const known of this.#accounts.values()) {
      const account = current(known, nowMs);
      if (isAside(account)) aside.push(account);
      else {
        count += 1;
        const fromMs = this.#fromMs(account, endpoint, nowMs);
        if (fromMs <= nowMs && this.#leases.has(account.id)) leased += 1;
        else backMs = Math.min(backMs, fromMs);
      }
    }
    if (count === 0) return { kind: 'none', aside };
    const full = this.#leases.size >= this.#limits().max;
    if (backMs <= nowMs && !full) return { kind: 'free' };
    if (backMs <= nowMs || leased > 0) return { kind: 'busy', count: this.#leases.size };
    return { kind: 'resting', count, atMs: backMs };
  }

  /** When time alone changes something for those who wait; undefined = it does not. */
  nextMs(nowMs: number): number | undefined {
    let nextMs = Number.POSITIVE_INFINITY;
    const take = (ms: number) => {
      if (ms > nowMs) nextMs = Math.min(nextMs, ms);
    };
    for (const { untilMs } of this.#leases.values()) take(untilMs);
    for (const untilMs of this.#pauses.values()) take(untilMs);
    const endpoints = new Set([...this.#waiters].map(({ endpoint }) => endpoint));
    for (const endpoint of endpoints) {
      for (const account of this.#accounts.values()) take(usableFromMs(account, endpoint, nowMs));
    }
    return Number.isFinite(nextMs) ? nextMs : undefined;
  }

  #held(lease: AccountLease): AccountLease | undefined {
    const held = this.#leases.get(lease.accountId);
    return isSame(held, lease) ? held : undefined;
  }

  *#free(endpoint: string, nowMs: number): Generator<Account> {
    for (const account of this.#accounts.values()) {
      if (this.#leases.has(account.id)) continue;
      if (this.#fromMs(account, endpoint, nowMs) <= nowMs) yield current(account, nowMs);
    }
  }

  #fromMs(account: Account, endpoint: string, nowMs: number): number {
    return Math.max(usableFromMs(account, endpoint, nowMs), this.#pauses.get(account.id) ?? 0);
  }
}

/** Two processes may have given out the same number at the same time. */
function isSame(a: AccountLease | undefined, b: AccountLease): boolean {
  return a !== undefined && a.fence === b.fence && a.holder === b.holder;
}
