/**
 * Groups of failures that somebody does not want to be told of for a while: who, since when, until
 * when and why. They are folded where they are shown, and counted all the same. Each tenant has its
 * own; an operator who looks at all tenants mutes for operators.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { SluiceError } from '../base/errors.ts';
import type { Store } from '../store/store.ts';

const KIND = 'failure-mute';
export const MUTES_MAX = 1_000;

export interface Mute {
  readonly fingerprint: string;
  /** The key's name. */
  readonly by: string;
  readonly sinceMs: number;
  /** undefined = until it is undone. */
  readonly untilMs?: number;
  readonly why?: string;
}

export interface FailureMutesParts {
  readonly store: Pick<Store, 'document' | 'documents' | 'writeDocuments'>;
  readonly clock: Clock;
}

export class FailureMutes {
  readonly #parts: FailureMutesParts;

  constructor(parts: FailureMutesParts) {
    this.#parts = parts;
  }

  /** Those that hold, by fingerprint. `tenant`: '' = of the operators. */
  async list(tenant: string): Promise<ReadonlyMap<string, Mute>> {
    const { store, clock } = this.#parts;
    const found = await store.documents({
      kind: KIND,
      prefix: prefixOf(tenant),
      limit: MUTES_MAX,
    });
    const nowMs = clock.wallMs();
    const mutes = found.map(({ json }) => JSON.parse(json) as Mute);
    const holding = mutes.filter(({ untilMs = Number.POSITIVE_INFINITY }) => untilMs > nowMs);
    return new Map(holding.map((mute) => [mute.fingerprint, mute]));
  }

  /** Anew where the group is muted already. Rejects with `failures.too_many_mutes`. */
  async mute(tenant: string, mute: Omit<Mute, 'sinceMs'>): Promise<Mute> {
    const { store, clock } = this.#parts;
    const sinceMs = clock.wallMs();
    const holding = await this.list(tenant);
    if (holding.size >= MUTES_MAX && !holding.has(mute.fingerprint)) {
      throw new SluiceError('failures.too_many_mutes', { max: MUTES_MAX });
    }
    await this.#clear(tenant);
    const made = { ...mute, sinceMs };
    const id = idOf(tenant, mute.fingerprint);
    const json = JSON.stringify(made);
    await store.writeDocuments([{ op: 'put', kind: KIND, id, tenant, json }], sinceMs);
    return made;
  }

  async unmute(tenant: string, print: string): Promise<void> {
    const { store, clock } = this.#parts;
    const id = idOf(tenant, print);
    await store.writeDocuments([{ op: 'remove', kind: KIND, id }], clock.wallMs());
  }

  /** Takes away those that are over. */
  async #clear(tenant: string): Promise<void> {
    const { store, clock } = this.#parts;
    const nowMs = clock.wallMs();
    const found = await store.documents({
      kind: KIND,
      prefix: prefixOf(tenant),
      limit: MUTES_MAX,
    });
    const over = found.filter(({ json }) => {
      const { untilMs = Number.POSITIVE_INFINITY } = JSON.parse(json) as Mute;
      return untilMs <= nowMs;
    });
    const changes = over.map(({ id }) => ({ op: 'remove', kind: KIND, id }) as const);
    if (changes.length > 0) await store.writeDocuments(changes, nowMs);
  }
}

function prefixOf(tenant: string): string {
  return `${tenant}/`;
}

function idOf(tenant: string, print: string): string {
  return prefixOf(tenant) + createHash('sha256').update(print).digest('base64url').slice(0, 22);
}
