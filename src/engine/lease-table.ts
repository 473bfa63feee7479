/**
 * A pool's leases in the store: one document for the accounts of a tenant at a service, written
 * whole. Where several processes work it is the truth: a lease counts once it is written, and who
 * writes second finds the version moved and looks again, so no two of them give out one account,
 * nor more accounts than may be used at once. Alone it is for people, and written behind.
 */
import type { AccountPool, KeptLeases, Want } from '../accounts/pool.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { AccountLease } from '../model/account.ts';
import { isConflict } from './again-on-conflict.ts';
import type { DocumentStore } from './webhook-book.ts';

export const LEASES_KIND = 'account-leases';
/** Written behind, where nobody else works. */
const BEHIND_MS = 1_000;
const AGAIN_MS = 500;
const PAGE = 1_000;

export interface LeaseTableParts {
  readonly store: DocumentStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** What leases of this process are held by. */
  readonly holder: string;
  /** Those who work at present; undefined = nobody but this process. */
  readonly alive: (() => Promise<ReadonlySet<string>>) | undefined;
}

export interface LeaseTableOptions<W extends Want> extends LeaseTableParts {
  readonly service: string;
  readonly tenant: string;
  readonly pool: AccountPool<W>;
  /** A lease that was given out counts from now on. */
  readonly onKept: (waiter: W, lease: AccountLease) => void;
  /** Somebody else has the account: the waiter is to wait on, before all others. */
  readonly onLost: (waiter: W) => void;
  /** Something may be free that was not. */
  readonly onChange: () => void;
}

export class LeaseTable<W extends Want> {
  readonly #options: LeaseTableOptions<W>;
  #version = 0;
  #others: readonly AccountLease[] = [];
  /** Given out and not written yet. */
  #fresh: (readonly [W, AccountLease])[] = [];
  #renewing: AccountLease[] = [];
  #dirty = false;
  #stale = false;
  #writing: Promise<void> | undefined;
  #timer: Timer | undefined;
  #closed = false;

  constructor(options: LeaseTableOptions<W>) {
    this.#options = options;
  }

  /** Whether others have accounts of the pool. */
  get shared(): boolean {
    return this.#others.length > 0;
  }

  /** Looks again who has what: an end of somebody else's lease is told nobody. */
  look(): void {
    this.#stale = true;
    if (!this.#closed) this.#write();
  }

  /** Reads what is kept. Before the first use; later only where nothing is being written. */
  async load(): Promise<void> {
    const { store, pool, holder, alive, clock } = this.#options;
    const document = await store.document(LEASES_KIND, this.#id);
    this.#version = document?.version ?? 0;
    const kept = document && (JSON.parse(document.json) as KeptLeases);
    const nowMs = clock.wallMs();
    const leases = (kept?.leases ?? []).filter(({ untilMs }) => untilMs > nowMs);
    const mine = leases.filter((lease) => lease.holder === holder);
    const theirs = leases.filter((lease) => lease.holder !== holder);
    // Alone, whoever left them behind is dead; among several, whoever has no place any more.
    const living = theirs.length > 0 ? await alive?.() : undefined;
    this.#others = theirs.filter((lease) => living?.has(lease.holder));
    const { fence = 0, pauses = [] } = kept ?? {};
    const fresh = this.#fresh.map(([, lease]) => lease);
    // What was given back here since is given back.
    const held = mine.filter((lease) => pool.holds(lease, nowMs));
    pool.adopt({ fence, pauses, leases: [...this.#others, ...held] }, fresh);
  }

  /** A lease was given out: `onKept` follows, or `onLost`. */
  give(waiter: W, lease: AccountLease): void {
    if (this.#options.alive === undefined) {
      this.#options.onKept(waiter, lease);
      this.changed();
      return;
    }
    this.#fresh.push([waiter, lease]);
    this.changed();
  }

  /** Keeps a lease for longer; it lasts longer once that is written. */
  renew(lease: AccountLease): void {
    const { pool, clock, alive } = this.#options;
    if (alive === undefined) {
      pool.renew(lease, clock.wallMs());
      this.changed();
    } else if (!this.#renewing.some(({ fence }) => fence === lease.fence)) {
      this.#renewing.push(lease);
      this.changed();
    }
  }

  /** The pool has changed. */
  changed(): void {
    this.#dirty = true;
    const { alive, clock } = this.#options;
    if (this.#closed || this.#writing !== undefined) return;
    if (alive !== undefined) this.#write();
    else {
      this.#timer ??= clock.after(BEHIND_MS, () => {
        this.#timer = undefined;
        this.#write();
      });
    }
  }

  /** Writes what is left, once, and nothing more. `write`: whether it may still. */
  async close(write: boolean): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#writing;
    if (!write || !this.#dirty) return;
    await this.#put().catch(() => {
      // Whoever comes next sees that this process has ended.
    });
  }

  #write(): void {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
      if (this.#dirty && !this.#closed) this.changed();
    });
  }

  async #writeAll(): Promise<void> {
    const { clock, log, onChange, onLost, pool } = this.#options;
    try {
      if (this.#stale) {
        await this.load();
        this.#stale = false;
        onChange();
      }
      if (this.#dirty) await this.#put();
    } catch (error) {
      this.#dirty = true;
      if (isConflict(error)) {
        await this.load().catch(() => {});
        const nowMs = clock.wallMs();
        const lost = this.#fresh.filter(([, lease]) => !pool.holds(lease, nowMs));
        this.#fresh = this.#fresh.filter(([, lease]) => pool.holds(lease, nowMs));
        for (const [waiter] of lost.toReversed()) onLost(waiter);
        onChange();
        return;
      }
      log.warn(`Leases of accounts are written later: ${messageOf(error)}`);
      await clock.sleep(AGAIN_MS);
    }
  }

  async #put(): Promise<void> {
    const { store, pool, clock, tenant, onKept } = this.#options;
    this.#dirty = false;
    const nowMs = clock.wallMs();
    const fresh = [...this.#fresh];
    const renewing = this.#renewing.splice(0);
    const renewed = renewing.flatMap((lease) => pool.renewed(lease, nowMs) ?? []);
    const later = new Map(renewed.map((lease) => [lease.accountId, lease]));
    const kept: KeptLeases = {
      fence: pool.fence,
      leases: pool.leases.map((lease) => later.get(lease.accountId) ?? lease),
      pauses: [...pool.pauses],
    };
    try {
      const put = { op: 'put', kind: LEASES_KIND, id: this.#id, tenant } as const;
      const change = { ...put, version: this.#version, json: JSON.stringify(kept) };
      await store.writeDocuments([change], nowMs);
    } catch (error) {
      this.#renewing.push(...renewing);
      throw error;
    }
    this.#version += 1;
    for (const lease of renewed) pool.renew(lease, nowMs);
    this.#fresh = this.#fresh.filter((each) => !fresh.includes(each));
    for (const [waiter, lease] of fresh) onKept(waiter, lease);
  }

  get #id(): string {
    return `${this.#options.service}/${this.#options.tenant}`;
  }
}

/** Who uses accounts at present, as it was last written; `tenant` undefined = of all. */
export async function keptLeases(
  store: Pick<DocumentStore, 'documents'>,
  tenant: string | undefined,
  nowMs: number,
): Promise<readonly AccountLease[]> {
  const leases: AccountLease[] = [];
  for (let after = ''; ; ) {
    const query = { kind: LEASES_KIND, after, limit: PAGE };
    const page = await store.documents(tenant === undefined ? query : { ...query, tenant });
    for (const { json } of page) leases.push(...(JSON.parse(json) as KeptLeases).leases);
    if (page.length < PAGE) return leases.filter(({ untilMs }) => untilMs > nowMs);
    after = page.at(-1)?.id ?? '';
  }
}
