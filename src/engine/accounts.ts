/**
 * The accounts as people manage them: added, tried, set to rest, set aside. A secret goes in and is
 * never shown again. Who uses which is read from the store, where every node writes it.
 */
import { current, readied, rested, retired } from '../accounts/health.ts';
import { AbortCause } from '../base/abort.ts';
import { messageOf, SluiceError } from '../base/errors.ts';
import type { AccountService } from '../collectors/account-service.ts';
import type { Collector } from '../collectors/collector.ts';
import type { Account, AccountLease } from '../model/account.ts';
import { classify } from '../retry/classify.ts';
import type { AccountBook } from './account-book.ts';
import type { AccountLimits } from './account-desk.ts';
import { type AccountDraft, MissingParts, secretIn } from './account-draft.ts';
import { keptLeases } from './lease-table.ts';
import { type ServiceFetchParts, serviceContext } from './service-fetch.ts';
import type { DocumentStore } from './webhook-book.ts';

const TEST_MS = 60_000;
/** A lease that was not renewed for this share of its time is that of somebody who may be stuck. */
const STUCK_SHARE = 2 / 3;

export interface AccountsParts extends ServiceFetchParts {
  readonly book: AccountBook;
  readonly store: DocumentStore;
  readonly collectors: () => readonly Collector[];
  readonly limits: AccountLimits;
}

export interface UsedBy extends Pick<AccountLease, 'jobId' | 'seq' | 'sinceMs' | 'untilMs'> {
  /** Nothing was heard of it for long. */
  readonly stuck: boolean;
}

export interface ShownAccount extends Account {
  readonly usedBy: UsedBy | undefined;
}

export interface ImportResult {
  readonly added: number;
  readonly replaced: number;
  readonly refused: readonly Refused[];
}

export interface Refused {
  readonly at: number;
  readonly code: string;
  readonly why: string;
  /** Parts of the secret that are not there. */
  readonly missing?: readonly string[];
}

export class Accounts {
  readonly #parts: AccountsParts;

  constructor(parts: AccountsParts) {
    this.#parts = parts;
  }

  /** The services that collectors work with, by name. */
  get services(): readonly AccountService[] {
    const known = new Map<string, AccountService>();
    for (const { service } of this.#parts.collectors()) {
      if (service !== undefined) known.set(service.name, service);
    }
    return [...known.values()];
  }

  /** By service and name, as they are in the store now. */
  async list(tenant: string | undefined, service?: string): Promise<readonly ShownAccount[]> {
    const { book, store, clock } = this.#parts;
    await book.ready();
    await book.reload(tenant);
    const nowMs = clock.wallMs();
    const leases = await keptLeases(store, tenant, nowMs);
    const byAccount = new Map(leases.map((lease) => [lease.accountId, lease]));
    return book
      .list(tenant, service)
      .map((account) => this.#shown(account, byAccount.get(account.id), nowMs));
  }

  /** All of them as they are known here, and who uses them; for metrics. */
  async standing(): Promise<readonly ShownAccount[]> {
    const { book, store, clock } = this.#parts;
    await book.ready();
    const all = book.list(undefined);
    const nowMs = clock.wallMs();
    const leases = all.length === 0 ? [] : await keptLeases(store, undefined, nowMs);
    const byAccount = new Map(leases.map((lease) => [lease.accountId, lease]));
    return all.map((account) => this.#shown(account, byAccount.get(account.id), nowMs));
  }

  /** Rejects with `account.not_found` where it is not there or not `tenant`'s. */
  async get(id: string, tenant: string | undefined): Promise<ShownAccount> {
    const { book, store, clock } = this.#parts;
    await book.ready();
    await book.reload(book.find(id)?.tenant ?? tenant);
    const account = book.find(id);
    if (account === undefined || (tenant !== undefined && account.tenant !== tenant)) {
      throw new SluiceError('account.not_found', { id });
    }
    const nowMs = clock.wallMs();
    const leases = await keptLeases(store, account.tenant, nowMs);
    return this.#shown(
      account,
      leases.find(({ accountId }) => accountId === id),
      nowMs,
    );
  }

  /** Rejects with `account.*`. */
  async add(tenant: string, draft: AccountDraft, replace: boolean): Promise<ShownAccount> {
    const { service, name } = draft;
    const secret = secretIn(draft, this.#service(service));
    const account = await this.#parts.book.add({ tenant, service, name }, secret, replace);
    return { ...account, usedBy: undefined };
  }

  /**
   * Each for itself: what cannot be added holds up nothing. `check`: nothing is added, and what is
   * refused is that of which the secret is no good.
   */
  async addAll(
    tenant: string,
    drafts: readonly AccountDraft[],
    replace: boolean,
    check = false,
  ): Promise<ImportResult> {
    const { book } = this.#parts;
    await book.ready();
    await book.reload(tenant);
    const key = ({ service, name }: Pick<Account, 'service' | 'name'>) => `${service}\n${name}`;
    const known = new Set(book.list(tenant).map(key));
    const count = { added: 0, replaced: 0 };
    const refused: Refused[] = [];
    for (const [at, draft] of drafts.entries()) {
      try {
        if (check) {
          secretIn(draft, this.#service(draft.service));
          continue;
        }
        await this.add(tenant, draft, replace);
        count[known.has(key(draft)) ? 'replaced' : 'added'] += 1;
        known.add(key(draft));
      } catch (error) {
        if (!(error instanceof SluiceError) || !error.code.startsWith('account.')) throw error;
        const { code, message: why } = error;
        const missing = error instanceof MissingParts ? { missing: error.parts } : {};
        refused.push({ at, code, why, ...missing });
      }
    }
    return { ...count, refused };
  }

  /**
   * Asks the service whether it lets the account in, and sets it aside where it does not; one that
   * was set aside and is let in is ready again. Rejects with `account.in_use`, `account.untested`.
   */
  async test(id: string, tenant: string | undefined, signal: AbortSignal) {
    const { book } = this.#parts;
    const account = await this.get(id, tenant);
    if (account.usedBy !== undefined) {
      const { seq, jobId } = account.usedBy;
      throw new SluiceError('account.in_use', { name: account.name, seq, job: jobId });
    }
    const service = this.#service(account.service);
    const secret = service.secret.parse(book.secretOf(id)) as unknown;
    const late = new AbortController();
    const timer = this.#parts.clock.after(TEST_MS, () => late.abort(new AbortCause('deadline')));
    const both = AbortSignal.any([signal, late.signal]);
    let tested: Awaited<ReturnType<AccountService['test']>>;
    try {
      tested = await service.test(secret, serviceContext(this.#parts, both));
    } catch (error) {
      const detail = messageOf(error).replace(/\.$/, '').slice(0, 300);
      const { name } = account;
      const advice = classify(error).hint ?? 'The service may be out of reach.';
      throw new SluiceError('account.untested', { service: service.name, name, detail, advice });
    } finally {
      timer.cancel();
    }
    const { ok, detail } = tested;
    if (ok && account.state === 'quarantined') await book.changeNow(id, readied);
    if (!ok) await book.changeNow(id, (each) => quarantinedFor(each, detail));
    return { ...tested, account: await this.get(id, tenant) };
  }

  async rest(id: string, tenant: string | undefined, untilMs: number, why: string) {
    await this.get(id, tenant);
    await this.#parts.book.changeNow(id, (account) => {
      const { failures } = account;
      return { ...rested(account, untilMs, why, undefined), failures };
    });
    return this.get(id, tenant);
  }

  async ready(id: string, tenant: string | undefined) {
    await this.get(id, tenant);
    await this.#parts.book.changeNow(id, readied);
    return this.get(id, tenant);
  }

  async retire(id: string, tenant: string | undefined, why: string | undefined) {
    await this.get(id, tenant);
    await this.#parts.book.changeNow(id, (account) => retired(account, why));
    return this.get(id, tenant);
  }

  async remove(id: string, tenant: string | undefined): Promise<void> {
    await this.get(id, tenant);
    await this.#parts.book.remove(id);
  }

  #shown(account: Account, lease: AccountLease | undefined, nowMs: number): ShownAccount {
    const { timeoutMs } = this.#parts.limits;
    if (lease === undefined) return { ...current(account, nowMs), usedBy: undefined };
    const { jobId, seq, sinceMs, untilMs } = lease;
    const stuck = nowMs >= untilMs - timeoutMs * (1 - STUCK_SHARE);
    return { ...current(account, nowMs), usedBy: { jobId, seq, sinceMs, untilMs, stuck } };
  }

  #service(name: string): AccountService {
    const known = this.services;
    const found = known.find((service) => service.name === name);
    if (found !== undefined) return found;
    const names = known.map((service) => service.name).join(', ');
    const suggestion = names === '' ? 'No collector works with accounts.' : `There are: ${names}.`;
    throw new SluiceError('account.service_unknown', { service: name, suggestion });
  }
}

function quarantinedFor(account: Account, reason: string): Account {
  if (account.state === 'retired') return account;
  const { restUntilMs: _, ...rest } = account;
  return { ...rest, state: 'quarantined', reason };
}
