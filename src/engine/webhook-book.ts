/**
 * The webhooks, held in memory, because every end of a job asks for them; written through to the
 * store, which is the truth.
 */
import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import type { Clock } from '../base/clock.ts';
import { SluiceError } from '../base/errors.ts';
import { HIDDEN } from '../base/hide-secrets.ts';
import { newId } from '../base/ids.ts';
import type { Random } from '../base/random.ts';
import type { Document, DocumentChange } from '../model/document.ts';
import type { Webhook, WebhookEvent } from '../model/webhook.ts';
import type { Store } from '../store/store.ts';
import type { AddressGuard } from '../transport/address-guard.ts';
import { againOnConflict } from './again-on-conflict.ts';
import { isShownUrl, shownUrl } from './webhook-url.ts';

const KIND = 'webhook';
const PAGE = 1_000;
const WEBHOOKS_MAX = 20;

export type DocumentStore = Pick<Store, 'document' | 'documents' | 'writeDocuments'>;

/** Keeps secrets unreadable in the store. */
export interface Sealer {
  seal(text: string): string;
  open(sealed: string): string;
}

export interface WebhookBookParts {
  readonly store: DocumentStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly sealer: Sealer;
  /** Whether every server that sends can open what is sealed here. */
  readonly keyShared?: boolean;
  /** Says of an address whether it may be connected to. */
  readonly guard: AddressGuard;
}

export interface WebhookDraft {
  readonly url: string;
  readonly events: readonly WebhookEvent[];
}

/** As it is in the store; those of earlier versions have their address as it is. */
interface StoredWebhook extends Webhook {
  readonly sealedUrl?: string;
}

export type WebhookPatch = Partial<WebhookDraft & Pick<Webhook, 'active'>>;

export class WebhookBook {
  readonly #parts: WebhookBookParts;
  /** With the versions of their documents: who holds an old one changes nothing. */
  readonly #known = new Map<string, { readonly webhook: Webhook; readonly version: number }>();

  constructor(parts: WebhookBookParts) {
    this.#parts = parts;
  }

  async load(): Promise<void> {
    const before = new Set(this.#known.keys());
    for (let after = ''; ; ) {
      const page = await this.#parts.store.documents({ kind: KIND, after, limit: PAGE });
      for (const document of page) {
        before.delete(document.id);
        this.#take(document);
      }
      if (page.length < PAGE) break;
      after = page.at(-1)?.id ?? '';
    }
    for (const id of before) this.#known.delete(id);
  }

  /** Reads one again: another server has written it. */
  async reload(id: string): Promise<void> {
    const document = await this.#parts.store.document(KIND, id);
    if (document === undefined) this.#known.delete(id);
    else this.#take(document);
  }

  #take({ id, json, version }: Document): void {
    // What is being written here is newer.
    if ((this.#known.get(id)?.version ?? 0) >= version) return;
    this.#known.set(id, { webhook: this.#opened(JSON.parse(json) as StoredWebhook), version });
  }

  find(id: string): Webhook | undefined {
    return this.#known.get(id)?.webhook;
  }

  /** By id, which is by age; `tenant` undefined = all. */
  list(tenant: string | undefined): readonly Webhook[] {
    return [...this.#known.values()]
      .map(({ webhook }) => webhook)
      .filter((webhook) => tenant === undefined || webhook.tenant === tenant)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** Those that are told of the ends of a tenant's jobs. */
  active(tenant: string): readonly Webhook[] {
    return this.list(tenant).filter(({ active }) => active);
  }

  /** The secret is in the answer and nowhere else readable. Rejects with `webhook.*`. */
  async create(tenant: string, draft: WebhookDraft) {
    const { clock, random, sealer, keyShared = true } = this.#parts;
    if (!keyShared) throw new SluiceError('secret.key_unshared');
    this.#checkUrl(draft.url);
    if (this.list(tenant).length >= WEBHOOKS_MAX) {
      throw new SluiceError('webhook.too_many', { max: WEBHOOKS_MAX });
    }
    const secret = `whsec_${randomBytes(32).toString('base64url')}`;
    const webhook: Webhook = {
      id: newId('w', clock.wallMs(), random),
      tenant,
      url: draft.url,
      events: draft.events,
      secret: sealer.seal(secret),
      active: true,
      createdMs: clock.wallMs(),
      inactive: undefined,
      failing: undefined,
    };
    await this.writeOrReload(webhook.id, [this.put(webhook)]);
    return { webhook, secret };
  }

  /** Made active again, it starts with a clean record. Rejects with `webhook.*`. */
  async change(id: string, { url, ...rest }: WebhookPatch): Promise<Webhook> {
    const patch: WebhookPatch =
      url === undefined || url === this.#shownOf(id) ? rest : { ...rest, url };
    if (patch.url !== undefined) this.#checkUrl(patch.url);
    const clean = patch.active === undefined ? {} : { inactive: undefined, failing: undefined };
    return againOnConflict(async () => {
      const webhook = this.find(id);
      if (webhook === undefined) throw new SluiceError('webhook.not_found', { id });
      const changed = { ...webhook, ...patch, ...clean };
      await this.writeOrReload(id, [this.put(changed)]);
      return changed;
    });
  }

  async remove(id: string): Promise<void> {
    this.#known.delete(id);
    await this.write([{ op: 'remove', kind: KIND, id }]);
    this.#known.delete(id);
  }

  secretOf(webhook: Webhook): string {
    return this.#parts.sealer.open(webhook.secret);
  }

  /**
   * Holds the webhook from now on, and says what is to be written. Held first: a change that comes
   * in between is to be made to this one.
   */
  put(webhook: Webhook): DocumentChange {
    const { id, tenant } = webhook;
    const version = this.#known.get(id)?.version ?? 0;
    this.#known.set(id, { webhook, version: version + 1 });
    return {
      op: 'put',
      kind: KIND,
      id,
      tenant,
      version,
      json: JSON.stringify(this.#stored(webhook)),
    };
  }

  /** Its address may hold a key: that is as unreadable there as its secret. */
  #stored({ url, ...rest }: Webhook): StoredWebhook {
    // One that could not be opened here stays as it is.
    if (isShownUrl(url)) return { ...rest, url };
    return { ...rest, url: shownUrl(url), sealedUrl: this.#parts.sealer.seal(url) };
  }

  #opened({ sealedUrl, ...rest }: StoredWebhook): Webhook {
    if (sealedUrl === undefined) return rest;
    try {
      return { ...rest, url: this.#parts.sealer.open(sealedUrl) };
    } catch {
      // Nor can its secret be opened: what is sent fails with the reason.
      return { ...rest, sealedUrl } as Webhook;
    }
  }

  /** Where that cannot be, holds the webhook as it is in the store; rejects all the same. */
  async writeOrReload(id: string, changes: readonly DocumentChange[]): Promise<void> {
    try {
      await this.write(changes);
    } catch (error) {
      this.#known.delete(id);
      await this.reload(id);
      throw error;
    }
  }

  write(changes: readonly DocumentChange[]): Promise<void> {
    return this.#parts.store.writeDocuments(changes, this.#parts.clock.wallMs());
  }

  /** Whoever sends back what was shown changes nothing. */
  #shownOf(id: string): string | undefined {
    const webhook = this.find(id);
    return webhook && shownUrl(webhook.url);
  }

  #checkUrl(text: string): void {
    const url = URL.parse(text);
    const detail =
      url === null
        ? 'it is no URL'
        : isShownUrl(text)
          ? `${HIDDEN} stands for what is not shown; give the whole of it`
          : this.#wrong(url);
    if (detail !== undefined) throw new SluiceError('webhook.url_invalid', { detail });
  }

  /** What can be said before a name is looked up; the rest is checked at every connection. */
  #wrong({ protocol, hostname, port, username, password }: URL): string | undefined {
    if (protocol !== 'http:' && protocol !== 'https:') return 'it begins neither https: nor http:';
    if (username !== '' || password !== '') return 'it holds a user name or a password';
    const { guard } = this.#parts;
    const number = Number(port) || (protocol === 'https:' ? 443 : 80);
    if (guard.route(hostname, number) !== undefined) return undefined;
    try {
      guard.checkPort(hostname, number);
    } catch {
      return `port ${number} belongs to another protocol`;
    }
    const address = hostname.replace(/^\[|\]$/g, '');
    const kind = isIP(address) === 0 ? undefined : guard.refusal(hostname, number, address);
    return kind === undefined ? undefined : `its address is a ${kind} one`;
  }
}
