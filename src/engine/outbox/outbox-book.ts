/** Deliveries as they are stored: a document each. Whoever holds an old version changes nothing. */
import { hash } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import type { Document } from '../../model/document.ts';
import type { Outgoing } from '../../model/outbox.ts';
import type { Store } from '../../store/store.ts';

const KIND = 'outgoing';
const PAGE = 500;

export interface HeldOutgoing {
  readonly outgoing: Outgoing;
  readonly version: number;
}

export class OutboxBook {
  readonly #store: Pick<Store, 'document' | 'documents' | 'writeDocuments'>;
  readonly #clock: Pick<Clock, 'wallMs'>;

  constructor(
    store: Pick<Store, 'document' | 'documents' | 'writeDocuments'>,
    clock: Pick<Clock, 'wallMs'>,
  ) {
    this.#store = store;
    this.#clock = clock;
  }

  async find(id: string): Promise<HeldOutgoing | undefined> {
    const document = await this.#store.document(KIND, id);
    return document && heldOf(document);
  }

  /** Of one job, or all: in the order of jobs. */
  async list(jobId?: string): Promise<readonly HeldOutgoing[]> {
    const found: HeldOutgoing[] = [];
    for (let after: string | undefined; ; ) {
      const page = await this.#store.documents({
        kind: KIND,
        limit: PAGE,
        ...(jobId === undefined ? {} : { prefix: `${jobId}.` }),
        ...(after === undefined ? {} : { after }),
      });
      found.push(...page.map(heldOf));
      if (page.length < PAGE) return found;
      after = page.at(-1)?.id;
    }
  }

  /** Rejects with `document.conflict` where another has written it since. */
  async put(outgoing: Outgoing, version: number): Promise<HeldOutgoing> {
    const { id, tenant } = outgoing;
    const json = JSON.stringify(outgoing);
    const change = { op: 'put', kind: KIND, id, tenant, json, version } as const;
    await this.#store.writeDocuments([change], this.#clock.wallMs());
    return { outgoing, version: version + 1 };
  }

  async remove(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const changes = ids.map((id) => ({ op: 'remove', kind: KIND, id }) as const);
    await this.#store.writeDocuments(changes, this.#clock.wallMs());
  }
}

/** A delivery's name within its job: the same place, the same name. */
export function outgoingId(jobId: string, place: string): string {
  return `${jobId}.${hash('sha256', place).slice(0, 8)}`;
}

function heldOf({ json, version }: Document): HeldOutgoing {
  return { outgoing: JSON.parse(json) as Outgoing, version };
}
