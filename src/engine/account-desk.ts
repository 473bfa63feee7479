/**
 * Where attempts get their accounts. It has a pool for each tenant at each service that work here
 * needs, lets attempts wait for what others use, tells them off where all of them rest, and closes
 * the lane of an endpoint until an account is back, so that no task starts in vain.
 */
import { AccountPool, type Outlook, type Want } from '../accounts/pool.ts';
import { formatDuration } from '../base/duration.ts';
import {
  ACCOUNTS_KIND,
  type Account,
  type AccountLease,
  type AccountNeed,
  endpointLane,
} from '../model/account.ts';
import { FailureError } from '../model/failure.ts';
import { type Blockage, type LaneKey, laneKind, laneName } from '../model/lane.ts';
import type { AccountBook } from './account-book.ts';
import { type AccountAsk, addToldOff, type Entry, refusals, type Waiter } from './account-entry.ts';
import { secretFor } from './account-secret.ts';
import { absence, SOON_MS, waitWords, withRefused } from './account-words.ts';
import { type LeaseDesk, LeasedAccount } from './held-account.ts';
import { LeaseTable, type LeaseTableParts } from './lease-table.ts';
import type { AccountSeen, Observed } from './observer.ts';

/** The leases of others are looked at again this often, while somebody waits for them. */
const OTHERS_MS = 2_000;
/** Where there is no account, it is looked again after so long, whatever was told. */
const NONE_MS = 30_000;
/** What others have learned of accounts that were not used here for so long is read again. */
const STALE_MS = 10_000;
/** A lease is renewed once this share of it has passed. */
const RENEW_SHARE = 0.25;

export interface AccountLimits {
  /** Accounts of a tenant at a service that are used at once. */
  readonly max: number;
  readonly timeoutMs: number;
  /** How long an account rests where the service names no time. */
  readonly restMs: number;
}

export interface AccountDeskParts extends LeaseTableParts {
  readonly book: AccountBook;
  readonly limits: AccountLimits;
  /** Whether the node's lease holds at this instant; undefined = there is none to lose. */
  readonly holds: ((nowMs: number) => boolean) | undefined;
  /** Lets nothing start in a lane before a wall time, ms; undefined = it may at once. */
  readonly closeLane: (lane: LaneKey, untilMs: number | undefined) => void;
  readonly observed?: Observed;
}

export class AccountDesk implements LeaseDesk {
  readonly #parts: AccountDeskParts;
  readonly #entries = new Map<string, Entry>();
  readonly #leaveBook: () => void;
  #closed = false;

  constructor(parts: AccountDeskParts) {
    this.#parts = parts;
    this.#leaveBook = parts.book.onChange((id, account) => this.#onChange(id, account));
  }

  get book(): AccountBook {
    return this.#parts.book;
  }

  get restMs(): number {
    return this.#parts.limits.restMs;
  }

  get timeoutText(): string {
    return formatDuration(this.#parts.limits.timeoutMs);
  }

  nowMs(): number {
    return this.#parts.clock.wallMs();
  }

  seen(service: string, what: AccountSeen): void {
    this.#parts.observed?.by?.account?.(service, what);
  }

  /** One that may be had at this moment; undefined = whoever needs it has to `take`. */
  tryTake(ask: AccountAsk): LeasedAccount | undefined {
    const entry = this.#entries.get(keyOf(ask.need.service, ask.tenant));
    const alone = this.#parts.alive === undefined;
    if (!entry?.isReady || !alone || entry.pool.waiting > 0) return undefined;
    for (;;) {
      const lease = entry.pool.lease(this.#want(ask), this.nowMs());
      if (lease === undefined) return undefined;
      const account = this.#handOver(entry, ask, lease);
      entry.table.changed();
      if (account !== undefined) return account;
    }
  }

  /**
   * Waits until one may be had. Rejects with a failure of class `throttled` where that would take
   * long, and with the signal's reason.
   */
  async take(ask: AccountAsk, signal: AbortSignal): Promise<LeasedAccount> {
    const entry = this.#entry(ask.need.service, ask.tenant);
    await entry.ready;
    await this.#freshen(entry);
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        waiter.gone = true;
        entry.pool.leave(waiter);
        reject(signal.reason);
      };
      const end = () => signal.removeEventListener('abort', onAbort);
      const waiter: Waiter = {
        ...this.#want(ask),
        ask,
        gone: false,
        resolve: (account) => {
          end();
          resolve(account);
        },
        reject: (error) => {
          end();
          reject(error);
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      entry.pool.wait(waiter);
      this.#look(entry);
    });
  }

  holds({ service }: AccountNeed, tenant: string, lease: AccountLease): boolean {
    const { holds, clock } = this.#parts;
    if (holds?.(clock.monoMs()) === false) return false;
    const entry = this.#entries.get(keyOf(service, tenant));
    return entry?.pool.holds(lease, clock.wallMs()) === true;
  }

  renew({ service }: AccountNeed, tenant: string, lease: AccountLease): void {
    const entry = this.#entries.get(keyOf(service, tenant));
    if (entry === undefined) return;
    const nowMs = this.nowMs();
    // Alone it costs nothing; to write it is for people, or for other nodes.
    if (this.#parts.alive === undefined) entry.pool.renew(lease, nowMs);
    const lastMs = entry.renewedMs.get(lease.fence) ?? lease.sinceMs;
    if (nowMs < lastMs + this.#parts.limits.timeoutMs * RENEW_SHARE) return;
    entry.renewedMs.set(lease.fence, nowMs);
    entry.table.renew(lease);
  }

  giveBack({ service }: AccountNeed, tenant: string, lease: AccountLease, pauseMs: number): void {
    const entry = this.#entries.get(keyOf(service, tenant));
    if (entry === undefined) return;
    entry.renewedMs.delete(lease.fence);
    entry.usedMs = this.nowMs();
    if (!entry.pool.giveBack(lease, this.nowMs(), pauseMs)) return;
    entry.table.changed();
    this.#look(entry);
  }

  change(id: string, how: (account: Account) => Account, told: boolean): void {
    this.#parts.book.change(id, how, told);
  }

  /** With what lanes of accounts wait for; `again`: rows of the job that are tried again. */
  explained(jobId: string, blockages: readonly Blockage[], again: number): readonly Blockage[] {
    const nowMs = this.nowMs();
    const refused = [...this.#entries.values()].flatMap((entry) => refusals(entry, jobId, nowMs));
    const monoMs = this.#parts.clock.monoMs() - nowMs;
    return withRefused(blockages, refused, again, monoMs).map((blocked) => {
      const accounts = this.#waitOf(blocked);
      if (accounts === undefined) return blocked;
      // When it is looked again is no time at which there will be one: somebody has to bring it.
      const wakeAtMs = accounts.why === 'none' ? undefined : blocked.wakeAtMs;
      return { ...blocked, wakeAtMs, accounts };
    });
  }

  /** undefined = no accounts are what is waited for. */
  #waitOf(blocked: Blockage): Blockage['accounts'] {
    if (laneKind(blocked.lane) !== ACCOUNTS_KIND) return undefined;
    const [service = '', tenant = '', endpoint] = laneName(blocked.lane).split('/');
    const entry = this.#entries.get(keyOf(service, tenant));
    if (entry === undefined) return undefined;
    if (endpoint === undefined) {
      // Where all of them pause between two calls the rows with a turn hold the lane, not accounts.
      const count = entry.pool.leases.length;
      return count === 0 ? undefined : { service, tenant, why: 'busy', count };
    }
    return waitWords(service, tenant, entry.pool.outlook(endpoint, this.nowMs()));
  }

  /** Nobody gets an account any more. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#leaveBook();
    const { holds, clock, book } = this.#parts;
    const mayWrite = holds?.(clock.monoMs()) !== false;
    const entries = [...this.#entries.values()];
    for (const { timer } of entries) timer?.cancel();
    await Promise.all(entries.map(({ table }) => table.close(mayWrite)));
    await book.flush();
  }

  #want({ need, jobId, seq }: AccountAsk): Want {
    return { endpoint: need.endpoint, holder: this.#parts.holder, jobId, seq };
  }

  #entry(service: string, tenant: string): Entry {
    const key = keyOf(service, tenant);
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const { limits } = this.#parts;
    const pool = new AccountPool<Waiter>(() => limits);
    const table = new LeaseTable<Waiter>({
      ...this.#parts,
      service,
      tenant,
      pool,
      onKept: (waiter, lease) => this.#serve(entry, waiter, lease),
      onLost: (waiter) => this.#again(entry, waiter),
      onChange: () => this.#look(entry),
    });
    const ready = this.#open(service, tenant, pool, table).then(
      () => {
        entry.isReady = true;
      },
      (error: unknown) => {
        this.#entries.delete(key);
        throw error;
      },
    );
    // Told to whoever waits for it.
    ready.catch(() => {});
    const entry: Entry = {
      service,
      tenant,
      pool,
      table,
      ready,
      isReady: false,
      closed: new Map(),
      renewedMs: new Map(),
      usedMs: this.nowMs(),
      timer: undefined,
    };
    this.#entries.set(key, entry);
    return entry;
  }

  async #open(
    service: string,
    tenant: string,
    pool: AccountPool<Waiter>,
    table: LeaseTable<Waiter>,
  ): Promise<void> {
    const { book } = this.#parts;
    await book.ready();
    for (const account of book.list(tenant, service)) pool.put(account);
    await table.load();
  }

  /** Others may have worked with the accounts meanwhile. */
  async #freshen(entry: Entry): Promise<void> {
    if (this.#parts.alive === undefined) return;
    const nowMs = this.nowMs();
    const idle = entry.pool.leases.length === 0 && entry.pool.waiting === 0;
    if (!idle || nowMs < entry.usedMs + STALE_MS) return;
    entry.usedMs = nowMs;
    await this.#parts.book.reload(entry.tenant);
  }

  /** Gives out what may be had, tells off who waits in vain, and looks again when time says so. */
  #look(entry: Entry): void {
    if (this.#closed) return;
    const { pool, table } = entry;
    const nowMs = this.nowMs();
    for (const lease of pool.expire(nowMs)) this.#onExpired(entry, lease);
    for (const [waiter, lease] of pool.serve(nowMs)) table.give(waiter, lease);
    for (const [waiter, outlook] of pool.hopeless(nowMs, SOON_MS)) {
      this.#closeLane(entry, waiter.endpoint, outlook);
      addToldOff(entry, waiter);
      waiter.reject(new FailureError(absence(entry, outlook, nowMs + NONE_MS)));
    }
    for (const [endpoint, { untilMs }] of entry.closed) {
      if (untilMs <= nowMs) {
        entry.closed.delete(endpoint);
        continue;
      }
      const outlook = pool.outlook(endpoint, nowMs);
      const shut = outlook.kind === 'resting' ? outlook.atMs : nowMs;
      if (outlook.kind === 'none' || shut >= untilMs) continue;
      this.#closeLane(entry, endpoint, outlook);
    }
    this.#arm(entry);
  }

  #arm(entry: Entry): void {
    const { pool, table } = entry;
    entry.timer?.cancel();
    const nowMs = this.nowMs();
    const nextMs = pool.nextMs(nowMs) ?? Number.POSITIVE_INFINITY;
    const others = pool.waiting > 0 && table.shared;
    const atMs = others ? Math.min(nextMs, nowMs + OTHERS_MS) : nextMs;
    if (!Number.isFinite(atMs)) return;
    entry.timer = this.#parts.clock.after(atMs - nowMs, () => {
      if (others) table.look();
      this.#look(entry);
    });
  }

  /** The lease counts: the waiter has its account. */
  #serve(entry: Entry, waiter: Waiter, lease: AccountLease): void {
    if (waiter.gone) {
      this.giveBack({ service: entry.service, endpoint: waiter.endpoint }, entry.tenant, lease, 0);
      return;
    }
    try {
      const account = this.#handOver(entry, waiter.ask, lease);
      if (account !== undefined) waiter.resolve(account);
      else this.#again(entry, waiter);
    } catch (error) {
      waiter.reject(error);
      this.#look(entry);
    }
  }

  #again(entry: Entry, waiter: Waiter): void {
    if (waiter.gone || this.#closed) return;
    entry.pool.waitFirst(waiter);
    this.#look(entry);
  }

  /** Undefined where another one is to be tried: it is gone or set aside. Throws as `secretOf`. */
  #handOver(entry: Entry, ask: AccountAsk, lease: AccountLease): LeasedAccount | undefined {
    const { book } = this.#parts;
    const account = book.find(lease.accountId);
    entry.usedMs = this.nowMs();
    let secret: unknown;
    try {
      if (account !== undefined) secret = secretFor(book, account, ask.service);
      if (account === undefined || secret === undefined) return undefined;
      return new LeasedAccount(this, ask.need, account, lease, secret);
    } finally {
      if (secret === undefined && entry.pool.giveBack(lease, this.nowMs())) entry.table.changed();
    }
  }

  #closeLane({ service, tenant, closed }: Entry, endpoint: string, outlook: Outlook): void {
    const lane = endpointLane(service, tenant, endpoint);
    if (outlook.kind === 'free' || outlook.kind === 'busy') {
      closed.delete(endpoint);
      this.#parts.closeLane(lane, undefined);
      return;
    }
    const untilMs = outlook.kind === 'resting' ? outlook.atMs : this.nowMs() + NONE_MS;
    const before = closed.get(endpoint);
    const goesOn = before !== undefined && before.untilMs > this.nowMs();
    closed.set(endpoint, { untilMs, toldOff: goesOn ? before.toldOff : new Map() });
    this.#parts.closeLane(lane, untilMs);
  }

  #onExpired({ service, tenant, table }: Entry, lease: AccountLease): void {
    const { log, book } = this.#parts;
    this.seen(service, 'taken');
    const { accountId, jobId, seq } = lease;
    const name = book.find(accountId)?.name ?? accountId;
    const why = `nothing was heard of it for ${this.timeoutText}`;
    log.warn(`The account ${name} of ${service} was taken from its row: ${why}.`, {
      tenant,
      jobId,
      seq,
    });
    table.changed();
  }

  #onChange(id: string, account: Account | undefined): void {
    if (account !== undefined) {
      const entry = this.#entries.get(keyOf(account.service, account.tenant));
      entry?.pool.put(account);
      if (entry?.isReady) this.#look(entry);
      return;
    }
    for (const entry of this.#entries.values()) {
      if (entry.pool.account(id) === undefined) continue;
      entry.pool.remove(id);
      entry.table.changed();
      this.#look(entry);
    }
  }
}

function keyOf(service: string, tenant: string): string {
  return `${service}/${tenant}`;
}
