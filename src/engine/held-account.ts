/** An account in the hands of one attempt: what a collector sees of it while its lease holds. */
import { learned, quarantined, rested, used } from '../accounts/health.ts';
import { SluiceError } from '../base/errors.ts';
import type { HeldAccount } from '../collectors/account-service.ts';
import type { Account, AccountLease, AccountNeed, Quota } from '../model/account.ts';
import { FailureError } from '../model/failure.ts';
import type { AccountSeen } from './observer.ts';

/** What it does is done by the desk, which knows whether the lease still counts. */
export interface LeaseDesk {
  readonly restMs: number;
  readonly timeoutText: string;
  nowMs(): number;
  seen(service: string, what: AccountSeen): void;
  holds(need: AccountNeed, tenant: string, lease: AccountLease): boolean;
  renew(need: AccountNeed, tenant: string, lease: AccountLease): void;
  giveBack(need: AccountNeed, tenant: string, lease: AccountLease, pauseMs: number): void;
  /** `told`: whether others are to know at once. */
  change(id: string, how: (account: Account) => Account, told: boolean): void;
}

export class LeasedAccount implements HeldAccount {
  readonly id: string;
  readonly name: string;
  readonly secret: unknown;
  readonly service: string;
  readonly #desk: LeaseDesk;
  readonly #need: AccountNeed;
  readonly #tenant: string;
  readonly #lease: AccountLease;
  #pauseMs = 0;
  #given = false;

  constructor(
    desk: LeaseDesk,
    need: AccountNeed,
    account: Pick<Account, 'tenant' | 'name'>,
    lease: AccountLease,
    secret: unknown,
  ) {
    this.#desk = desk;
    this.#need = need;
    this.#tenant = account.tenant;
    this.#lease = lease;
    this.id = lease.accountId;
    this.name = account.name;
    this.service = need.service;
    this.secret = secret;
  }

  get held(): boolean {
    return !this.#given && this.#desk.holds(this.#need, this.#tenant, this.#lease);
  }

  /** Throws `account.lease_over`, as a failure that is tried again. */
  check(): void {
    if (this.held) return;
    const params = { name: this.name, service: this.service, limit: this.#desk.timeoutText };
    const { code, message, hint } = new SluiceError('account.lease_over', params);
    throw new FailureError({ class: 'transient', code, message, hint });
  }

  learned(endpoint: string, quota: Quota): void {
    if (!this.held || !Number.isFinite(quota.remaining) || !Number.isFinite(quota.resetMs)) return;
    const { limit, remaining, resetMs } = quota;
    const sound = { ...(Number.isFinite(limit) && { limit: limit as number }), remaining, resetMs };
    this.#desk.change(this.id, (account) => learned(account, endpoint, sound), false);
  }

  rest(untilMs: number | undefined, why: string, endpoint?: string): void {
    if (!this.held) return;
    const nowMs = this.#desk.nowMs();
    const named = untilMs !== undefined && Number.isFinite(untilMs) && untilMs > nowMs;
    const end = named ? untilMs : nowMs + this.#desk.restMs;
    this.#desk.seen(this.service, endpoint === undefined ? 'rest' : 'endpoint-rest');
    this.#desk.change(this.id, (account) => rested(account, end, String(why), endpoint), true);
  }

  quarantine(why: string): void {
    if (!this.held) return;
    this.#desk.seen(this.service, 'quarantine');
    this.#desk.change(this.id, (account) => quarantined(account, String(why)), true);
  }

  pause(ms: number): void {
    if (ms > 0 && Number.isFinite(ms)) this.#pauseMs = Math.max(this.#pauseMs, ms);
  }

  renew(): boolean {
    if (!this.held) return false;
    this.#desk.renew(this.#need, this.#tenant, this.#lease);
    return true;
  }

  /** A request was sent with it. */
  called(nowMs: number): void {
    if (!this.held) return;
    this.#desk.change(this.id, (account) => used(account, nowMs), false);
  }

  [Symbol.dispose](): void {
    if (this.#given) return;
    this.#given = true;
    this.#desk.giveBack(this.#need, this.#tenant, this.#lease, this.#pauseMs);
  }
}
