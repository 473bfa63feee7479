/**
 * Deliveries as they are stored: one document each, which holds all that is needed to send it again
 * after a restart. The last hundred that are over are kept for people to look at.
 */
import type { Document, DocumentChange } from '../model/document.ts';
import type { Delivery } from '../model/webhook.ts';
import type { DocumentStore } from './webhook-book.ts';

const KIND = 'delivery';
const PAGE = 500;
const OVER_MAX = 100;

/** A delivery with the version of its document: who holds an old one changes nothing. */
export interface HeldDelivery {
  readonly delivery: Delivery;
  readonly version: number;
}

export class WebhookDeliveries {
  readonly #store: DocumentStore;
  /** Ids of those that are over, oldest first, by webhook. */
  readonly #over = new Map<string, string[]>();

  constructor(store: DocumentStore) {
    this.#store = store;
  }

  /** All that are pending, oldest first, without their bodies. */
  async load(): Promise<readonly HeldDelivery[]> {
    const pending: HeldDelivery[] = [];
    this.#over.clear();
    let after = '';
    for (;;) {
      const page = await this.#store.documents({ kind: KIND, after, limit: PAGE });
      for (const document of page) {
        const held = heldOf(document);
        const { state, webhookId } = held.delivery;
        if (state === 'pending') pending.push(withoutBody(held));
        else this.#overOf(webhookId).push(document.id);
      }
      if (page.length < PAGE) return pending;
      after = page.at(-1)?.id ?? '';
    }
  }

  async read(webhookId: string, id: string): Promise<HeldDelivery | undefined> {
    const document = await this.#store.document(KIND, keyOf(webhookId, id));
    return document && heldOf(document);
  }

  /** Newest first; `before` is the id behind which the page begins. */
  async list(
    webhookId: string,
    { before, limit }: { readonly before?: string | undefined; readonly limit: number },
  ): Promise<readonly Delivery[]> {
    const documents = await this.#store.documents({
      kind: KIND,
      prefix: keyOf(webhookId, ''),
      ...(before === undefined ? {} : { after: keyOf(webhookId, before) }),
      limit,
      descending: true,
    });
    return documents.map((document) => heldOf(document).delivery);
  }

  /** `version`: the one that is there now, 0 = none. What is over loses its body. */
  put(delivery: Delivery, version: number): DocumentChange[] {
    const over = delivery.state !== 'pending';
    const stored = over ? { ...delivery, body: undefined } : delivery;
    const { webhookId, id, tenant } = delivery;
    const key = keyOf(webhookId, id);
    const json = JSON.stringify(stored);
    const changes: DocumentChange[] = [{ op: 'put', kind: KIND, id: key, tenant, json, version }];
    if (!over) return changes;
    const kept = this.#overOf(webhookId);
    kept.push(key);
    while (kept.length > OVER_MAX) {
      changes.push({ op: 'remove', kind: KIND, id: kept.shift() as string });
    }
    return changes;
  }

  /** Removes all of a webhook. */
  async removeAll(webhookId: string, nowMs: number): Promise<void> {
    this.#over.delete(webhookId);
    const prefix = keyOf(webhookId, '');
    for (;;) {
      const page = await this.#store.documents({ kind: KIND, prefix, limit: PAGE });
      const changes = page.map(({ id }) => ({ op: 'remove', kind: KIND, id }) as const);
      if (changes.length > 0) await this.#store.writeDocuments(changes, nowMs);
      if (page.length < PAGE) return;
    }
  }

  #overOf(webhookId: string): string[] {
    const known = this.#over.get(webhookId);
    if (known !== undefined) return known;
    const over: string[] = [];
    this.#over.set(webhookId, over);
    return over;
  }
}

/** Those of a webhook lie together, by age. */
function keyOf(webhookId: string, id: string): string {
  return `${webhookId}.${id}`;
}

function heldOf({ json, version }: Document): HeldDelivery {
  return { delivery: JSON.parse(json) as Delivery, version };
}

export function withoutBody({ delivery, version }: HeldDelivery): HeldDelivery {
  return { delivery: { ...delivery, body: undefined }, version };
}
