/**
 * The accounts of all tenants, held in memory because every start of a task that needs one asks for
 * them; the store is the truth. What is learned at every call is written in batches, what decides
 * whether an account may be used at once.
 *
 * A change is a function of the account: where another process has written it in between, it is
 * made again to what is there now, so nothing that either has learned is lost.
 */
import { createHash } from 'node:crypto';
import type { Clock, Timer } from '../base/clock.ts';
import { messageOf, SluiceError } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { Account } from '../model/account.ts';
import type { Document, DocumentChange } from '../model/document.ts';
import { isConflict } from './again-on-conflict.ts';
import type { DocumentStore, Sealer } from './webhook-book.ts';

const KIND = 'account';
const PAGE = 1_000;
const SOON_MS = 1_000;
const BATCH_MAX = 100;
const TRIES_MAX = 8;
const ACCOUNTS_MAX = 10_000;

export interface AccountBookParts {
  /** Tells other processes of what is written. */
  readonly store: DocumentStore;
  /** Tells nobody: for what is learned at every call. Default: `store`. */
  readonly quietStore?: DocumentStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly sealer: Sealer;
  /** Whether every process that works can open what is sealed here. */
  readonly keyShared?: boolean;
}

type Change = (account: Account) => Account;

interface Known {
  account: Account;
  sealed: string;
  version: number;
  /** Made since the last write. */
  pending: Change[];
  /** Whether one of them is to be told to others. */
  told: boolean;
  /** Whether it is being written: what is there meanwhile may be just that. */
  writing: boolean;
}

interface Stored extends Account {
  readonly secret: string;
}

const CLEAN = { told: false, writing: false };

export class AccountBook {
  readonly #parts: AccountBookParts;
  readonly #known = new Map<string, Known>();
  readonly #listeners = new Set<(id: string, account: Account | undefined) => void>();
  #loading: Promise<void> | undefined;
  #writing: Promise<void> | undefined;
  #timer: Timer | undefined;

  constructor(parts: AccountBookParts) {
    this.#parts = parts;
  }

  /** Reads all accounts, once. */
  ready(): Promise<void> {
    this.#loading ??= this.reload().catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  /** Reads them again, of one tenant or all: another process may have written some. */
  async reload(tenant?: string): Promise<void> {
    const gone = new Set(this.list(tenant).map(({ id }) => id));
    for (let after = ''; ; ) {
      const query = { kind: KIND, after, limit: PAGE, ...(tenant === undefined ? {} : { tenant }) };
      const page = await this.#parts.store.documents(query);
      for (const document of page) {
        gone.delete(document.id);
        this.#take(document);
      }
      if (page.length < PAGE) break;
      after = page.at(-1)?.id ?? '';
    }
    for (const id of gone) await this.#reloadOne(id);
  }

  /** Another process has written accounts: these, or any. */
  async changed(ids: readonly string[] | undefined): Promise<void> {
    if (this.#loading === undefined) return;
    if (ids === undefined) await this.reload();
    else for (const id of ids) await this.#reloadOne(id);
  }

  /** Told of every account that is added, changed or (undefined) removed; returns the end of it. */
  onChange(listener: (id: string, account: Account | undefined) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  find(id: string): Account | undefined {
    return this.#known.get(id)?.account;
  }

  /** By service and name; undefined = all. */
  list(tenant: string | undefined, service?: string): readonly Account[] {
    return [...this.#known.values()]
      .map(({ account }) => account)
      .filter((account) => tenant === undefined || account.tenant === tenant)
      .filter((account) => service === undefined || account.service === service)
      .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  }

  /** `secret` is plain JSON. Rejects with `account.exists`, `account.too_many`, `secret.*`. */
  async add(
    draft: Pick<Account, 'tenant' | 'service' | 'name'>,
    secret: unknown,
    replace: boolean,
  ): Promise<Account> {
    const { clock, sealer, keyShared = true, store } = this.#parts;
    if (!keyShared) throw new SluiceError('secret.key_unshared');
    await this.ready();
    const { tenant, service, name } = draft;
    const id = accountId(draft);
    const sealed = sealer.seal(JSON.stringify(secret));
    await this.#reloadOne(id);
    const known = this.#known.get(id);
    if (known !== undefined && !replace) throw new SluiceError('account.exists', { name, service });
    if (known === undefined && this.list(tenant).length >= ACCOUNTS_MAX) {
      throw new SluiceError('account.too_many', { max: ACCOUNTS_MAX });
    }
    const addedMs = clock.wallMs();
    const zero = { quotas: {}, addedMs, calls: 0, failures: 0 } as const;
    const account: Account = { id, tenant, service, name, state: 'ready', ...zero };
    const version = known?.version ?? 0;
    try {
      await store.writeDocuments([change({ account, sealed }, version)], addedMs);
    } catch (error) {
      if (isConflict(error)) throw new SluiceError('account.exists', { name, service });
      throw error;
    }
    this.#hold({ account, sealed, version: version + 1, ...CLEAN, pending: [] });
    return account;
  }

  /** In memory at once; in the store soon, or by `flush`. */
  change(id: string, how: Change, told = false): void {
    const known = this.#known.get(id);
    if (known === undefined) return;
    const before = known.account;
    known.account = how(before);
    this.#logAside(before, known.account);
    known.pending.push(how);
    known.told ||= told;
    for (const listener of this.#listeners) listener(id, known.account);
    if (told) void this.flush();
    else this.#writeSoon();
  }

  /** Nobody who looks at the log alone would learn that work is left with fewer of them. */
  #logAside(before: Account, { id, service, name, tenant, state, reason }: Account): void {
    if (state !== 'quarantined' || before.state === state) return;
    const why = reason ?? 'no reason is known';
    const fields = { id, tenant, service, name };
    this.#parts.log.warn(`An account was set aside: ${why}`, fields);
  }

  /** The same, durable when it resolves. */
  async changeNow(id: string, how: Change): Promise<Account> {
    await this.#reloadOne(id);
    if (!this.#known.has(id)) throw new SluiceError('account.not_found', { id });
    this.change(id, how, true);
    await this.flush();
    const account = this.find(id);
    if (account === undefined) throw new SluiceError('account.not_found', { id });
    return account;
  }

  async remove(id: string): Promise<void> {
    const { store, clock } = this.#parts;
    await store.writeDocuments([{ op: 'remove', kind: KIND, id }], clock.wallMs());
    this.#drop(id);
  }

  /**
   * Throws `account.not_found` where it is gone, and `account.key_wrong` or `secret.key_invalid`
   * where what it is sealed with is not the key here: the account itself may be as good as ever.
   */
  secretOf(id: string): unknown {
    const known = this.#known.get(id);
    if (known === undefined) throw new SluiceError('account.not_found', { id });
    return JSON.parse(this.#opened(known)) as unknown;
  }

  #opened({ account: { name, service }, sealed }: Known): string {
    try {
      return this.#parts.sealer.open(sealed);
    } catch (error) {
      if (!(error instanceof SluiceError) || error.code !== 'secret.unreadable') throw error;
      throw new SluiceError('account.key_wrong', { name, service }, { cause: error });
    }
  }

  /** Resolves when everything changed so far was written, or cannot be for now. */
  async flush(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    while (this.#writing !== undefined) await this.#writing;
    this.#writing = this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
    await this.#writing;
  }

  #writeSoon(): void {
    this.#timer ??= this.#parts.clock.after(SOON_MS, () => {
      this.#timer = undefined;
      void this.flush();
    });
  }

  async #writeAll(): Promise<void> {
    const { log } = this.#parts;
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      const dirty = [...this.#known.values()].filter(({ pending }) => pending.length > 0);
      if (dirty.length === 0) return;
      try {
        for (let at = 0; at < dirty.length; at += BATCH_MAX) {
          await this.#write(dirty.slice(at, at + BATCH_MAX));
        }
      } catch (error) {
        if (!isConflict(error)) {
          log.warn(`What was learned of accounts is written later: ${messageOf(error)}`);
          this.#writeSoon();
          return;
        }
        for (const { account } of dirty) await this.#reloadOne(account.id).catch(() => {});
      }
    }
  }

  async #write(batch: readonly Known[]): Promise<void> {
    const { store, quietStore = store, clock } = this.#parts;
    const counts = batch.map(({ pending }) => pending.length);
    const changes = batch.map((known) => change(known, known.version));
    const to = batch.some(({ told }) => told) ? store : quietStore;
    for (const known of batch) known.writing = true;
    try {
      await to.writeDocuments(changes, clock.wallMs());
    } finally {
      for (const known of batch) known.writing = false;
    }
    for (const [at, known] of batch.entries()) {
      known.version += 1;
      known.pending.splice(0, counts[at]);
      known.told = known.pending.length > 0 && known.told;
    }
  }

  async #reloadOne(id: string): Promise<void> {
    const document = await this.#parts.store.document(KIND, id);
    if (document === undefined) this.#drop(id);
    else this.#take(document);
  }

  #take({ id, json, version }: Document): void {
    const known = this.#known.get(id);
    if (known?.writing) return;
    const { secret, ...stored } = JSON.parse(json) as Stored;
    // One that was removed and added again counts from 1.
    const anew = known !== undefined && stored.addedMs > known.account.addedMs;
    if (known !== undefined && known.version >= version && !anew) return;
    const pending = known?.pending ?? [];
    const account = pending.reduce((so, how) => how(so), stored as Account);
    this.#hold({ ...CLEAN, told: known?.told ?? false, account, sealed: secret, version, pending });
  }

  #hold(held: Known): void {
    const { id } = held.account;
    const known = this.#known.get(id);
    // A write on its way goes on with the same entry.
    if (known === undefined) this.#known.set(id, held);
    else Object.assign(known, held);
    for (const listener of this.#listeners) listener(id, held.account);
  }

  #drop(id: string): void {
    if (!this.#known.delete(id)) return;
    for (const listener of this.#listeners) listener(id, undefined);
  }
}

/** The same for the same name: two processes that add it at once meet in the store. */
function accountId({
  tenant,
  service,
  name,
}: Pick<Account, 'tenant' | 'service' | 'name'>): string {
  const text = JSON.stringify([service, tenant, name]);
  return `a_${createHash('sha256').update(text).digest('hex').slice(0, 18)}`;
}

function keyOf({ tenant, service, name }: Account): string {
  return `${tenant}\n${service}\n${name}`;
}

function change(
  { account, sealed }: Pick<Known, 'account' | 'sealed'>,
  version: number,
): DocumentChange {
  const { id, tenant } = account;
  const stored: Stored = { ...account, secret: sealed };
  return { op: 'put', kind: KIND, id, tenant, version, json: JSON.stringify(stored) };
}
