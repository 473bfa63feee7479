/**
 * API keys. A key is shown once and kept as a hash: `sk_<id>.<secret>`, where the id finds the
 * record and the secret, 256 bits of chance, proves it. A plain hash is enough for a secret that
 * nobody can guess (unlike a password), and cheap enough for every request.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { SluiceError } from '../base/errors.ts';
import { newId } from '../base/ids.ts';
import type { Random } from '../base/random.ts';
import type { Tenants } from '../engine/tenants.ts';
import type { Document } from '../model/document.ts';
import type { Store } from '../store/store.ts';
import type { Principal, Scope } from './principal.ts';

const KIND = 'key';
/** Written at most this often a key: it is for people who clean up. */
const LAST_USED_EVERY_MS = 60_000;
const KEPT_MAX = 10_000;
/** With other servers, a record is believed for so long without being told of a change. */
const SHARED_MS = 5_000;

/** A key as it is kept; the secret is not. */
export interface KeyRecord {
  readonly id: string;
  /** '' = of the server itself. */
  readonly tenant: string;
  readonly name: string;
  readonly scope: Scope;
  /** SHA-256 of the secret, hex. */
  readonly hash: string;
  readonly createdMs: number;
  readonly expiresMs: number | undefined;
  readonly lastUsedMs: number | undefined;
}

export interface KeyDraft {
  readonly tenant: string;
  readonly name: string;
  readonly scope: Scope;
  readonly expiresMs?: number | undefined;
}

export interface KeyRingParts {
  readonly store: Pick<Store, 'document' | 'documents' | 'writeDocuments'>;
  readonly tenants: Tenants;
  readonly clock: Clock;
  readonly random: Random;
  /** Whether other servers write keys as well; what they write is told (`forget`). */
  readonly shared?: boolean;
}

/** As it was read, or written here. */
interface Kept {
  /** undefined: there is none. */
  readonly record: KeyRecord | undefined;
  readonly version: number;
  /** When it is read again, monotonic ms: nobody may have been there to be told. */
  readonly untilMs: number;
}

export class KeyRing {
  readonly #parts: KeyRingParts;
  /** Records asked for lately, also those that are not there. */
  readonly #kept = new Map<string, Kept>();
  /** Keys proven lately, by their text: good for as long as their record is the kept one. */
  readonly #proven = new Map<string, KeyRecord>();
  /** Counts `forget`: what was read before it may be old. */
  #forgotten = 0;

  constructor(parts: KeyRingParts) {
    this.#parts = parts;
  }

  /** Another server has written keys (these, or any): each is read again when it is used next. */
  forget(ids?: readonly string[]): void {
    this.#forgotten += 1;
    if (ids === undefined) this.#kept.clear();
    else for (const id of ids) this.#kept.delete(id);
  }

  /** The key's text is in the answer and nowhere else, ever again. */
  async create(draft: KeyDraft): Promise<{ readonly key: string; readonly record: KeyRecord }> {
    const { clock, random } = this.#parts;
    const id = newId('k', clock.wallMs(), random);
    const secret = randomBytes(32).toString('base64url');
    const record: KeyRecord = {
      id,
      tenant: draft.tenant,
      name: draft.name,
      scope: draft.scope,
      hash: hashOf(secret).toString('hex'),
      createdMs: clock.wallMs(),
      expiresMs: draft.expiresMs,
      lastUsedMs: undefined,
    };
    await this.#put(record, 0);
    this.#keep(id, record, 1);
    return { key: `s${id}.${secret}`, record };
  }

  /** Who the key's text stands for; rejects with `auth.invalid` or `tenant.disabled`. */
  principal(key: string): Principal | Promise<Principal> {
    const proven = this.#proven.get(key);
    if (proven !== undefined && this.#valid(proven.id)?.record === proven) {
      return this.#admit(proven);
    }
    return this.#prove(key);
  }

  /** For people; undefined: there is no such key (any more). */
  async nameOf(id: string): Promise<string | undefined> {
    return (await this.#find(id))?.name;
  }

  async #prove(key: string): Promise<Principal> {
    const match = /^s(k_[0-9a-z]{18})\.([\w-]{43})$/.exec(key);
    if (match === null) throw new SluiceError('auth.invalid');
    const record = await this.#find(match[1] as string);
    const given = hashOf(match[2] as string);
    const expected = record === undefined ? given : Buffer.from(record.hash, 'hex');
    if (!timingSafeEqual(given, expected) || record === undefined) {
      throw new SluiceError('auth.invalid');
    }
    if (this.#proven.size >= KEPT_MAX) this.#proven.clear();
    this.#proven.set(key, record);
    return this.#admit(record);
  }

  #admit(record: KeyRecord): Principal {
    const nowMs = this.#parts.clock.wallMs();
    if (record.expiresMs !== undefined && record.expiresMs <= nowMs) {
      throw new SluiceError('auth.invalid');
    }
    if (this.#parts.tenants.find(record.tenant)?.disabled === true) {
      throw new SluiceError('tenant.disabled', { name: record.tenant });
    }
    if (nowMs - (record.lastUsedMs ?? 0) >= LAST_USED_EVERY_MS) this.#touch(record, nowMs);
    const operator = record.tenant === '';
    const tenant = operator ? undefined : record.tenant;
    return { keyId: record.id, tenant, scope: record.scope, operator };
  }

  /** Whether there is any key at all: the first start makes one. */
  async isEmpty(): Promise<boolean> {
    return (await this.#parts.store.documents({ kind: KIND, limit: 1 })).length === 0;
  }

  /** By id, which is by age. `tenant` undefined = all. */
  async list(
    tenant: string | undefined,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<readonly KeyRecord[]> {
    const documents = await this.#parts.store.documents({
      kind: KIND,
      ...(tenant === undefined ? {} : { tenant }),
      ...page,
    });
    return documents.map(recordOf);
  }

  /** Rejects with `key.not_found` where the key is not there or not `tenant`'s. */
  async revoke(id: string, tenant: string | undefined): Promise<void> {
    const record = await this.#find(id);
    if (record === undefined || (tenant !== undefined && record.tenant !== tenant)) {
      throw new SluiceError('key.not_found', { id });
    }
    const { store, clock } = this.#parts;
    // First of all, so that no request notes its use behind the removal and brings it back.
    this.#keep(id, undefined, 0);
    try {
      await store.writeDocuments([{ op: 'remove', kind: KIND, id }], clock.wallMs());
    } catch (error) {
      this.#kept.delete(id);
      throw error;
    }
  }

  async #find(id: string): Promise<KeyRecord | undefined> {
    const known = this.#valid(id);
    if (known !== undefined) return known.record;
    const forgotten = this.#forgotten;
    const document = await this.#parts.store.document(KIND, id);
    const record = document && recordOf(document);
    if (forgotten === this.#forgotten) this.#keep(id, record, document?.version ?? 0);
    return record;
  }

  #valid(id: string): Kept | undefined {
    const kept = this.#kept.get(id);
    return kept !== undefined && kept.untilMs > this.#parts.clock.monoMs() ? kept : undefined;
  }

  #keep(id: string, record: KeyRecord | undefined, version: number): void {
    const { clock, shared = false } = this.#parts;
    // Made-up ids must not fill the memory.
    if (this.#kept.size >= KEPT_MAX) this.#kept.clear();
    const untilMs = shared ? clock.monoMs() + SHARED_MS : Number.POSITIVE_INFINITY;
    this.#kept.set(id, { record, version, untilMs });
  }

  /**
   * Not waited for: that a key was used is no reason to hold up its request, or to refuse it. A key
   * that was changed or revoked elsewhere stays as it is there.
   */
  #touch(record: KeyRecord, nowMs: number): void {
    const version = this.#kept.get(record.id)?.version;
    if (version === undefined) return;
    const touched = { ...record, lastUsedMs: nowMs };
    this.#keep(record.id, touched, version + 1);
    this.#put(touched, version).catch(() => {
      if (this.#kept.get(record.id)?.record === touched) this.#kept.delete(record.id);
    });
  }

  async #put(record: KeyRecord, version: number): Promise<void> {
    const change = {
      op: 'put',
      kind: KIND,
      id: record.id,
      tenant: record.tenant,
      json: JSON.stringify(record),
      version,
    } as const;
    await this.#parts.store.writeDocuments([change], this.#parts.clock.wallMs());
  }
}

function recordOf(document: Document): KeyRecord {
  return JSON.parse(document.json) as KeyRecord;
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
