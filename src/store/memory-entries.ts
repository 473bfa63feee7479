/** Kept entries in memory, by tenant, collection and key. */
import type { KeptEntry } from '../model/kept.ts';
import { compareBytes } from './compare-bytes.ts';
import { entryAfter, type KeepBy } from './kept-rules.ts';
import type { CollectionSize, EntryQuery, KeepChange } from './store.ts';
import { PAGE_CHARS_MAX } from './store-rules.ts';

type Collection = Map<string, KeptEntry>;

export class MemoryEntries {
  readonly #tenants = new Map<string, Map<string, Collection>>();

  /** Makes the changes in order; returns the indexes of the records that are dropped. */
  apply(changes: readonly KeepChange[], by: KeepBy): ReadonlySet<number> {
    const dropped = new Set<number>();
    for (const change of changes) {
      const entries = this.#collection(by.tenant, change.collection);
      const before = entries.get(change.key);
      const after = entryAfter(before, change, by);
      if (after === undefined) entries.delete(change.key);
      else entries.set(change.key, after);
      if (after === before && change.record !== undefined) dropped.add(change.record);
    }
    return dropped;
  }

  list(query: EntryQuery): readonly KeptEntry[] {
    const { tenant, collection, keys, prefix = '', after, changedSinceMs = 0, limit } = query;
    const asked = keys && new Set(keys);
    const found: KeptEntry[] = [];
    let chars = 0;
    const all = [...(this.#tenants.get(tenant)?.get(collection)?.values() ?? [])];
    for (const entry of all.sort((a, b) => compareBytes(a.key, b.key))) {
      const { key, changedMs, json } = entry;
      if (after !== undefined && compareBytes(key, after) <= 0) continue;
      if (!key.startsWith(prefix) || changedMs < changedSinceMs || asked?.has(key) === false)
        continue;
      if (found.length >= limit || chars >= PAGE_CHARS_MAX) break;
      found.push(entry);
      chars += json.length;
    }
    return found;
  }

  count(tenant: string, collection: string): number {
    return this.#tenants.get(tenant)?.get(collection)?.size ?? 0;
  }

  collections(tenant: string): readonly CollectionSize[] {
    return [...(this.#tenants.get(tenant) ?? [])]
      .map(([name, { size: entries }]) => ({ name, entries }))
      .filter(({ entries }) => entries > 0)
      .sort((a, b) => compareBytes(a.name, b.name));
  }

  #collection(tenant: string, name: string): Collection {
    const ofTenant = this.#tenants.get(tenant) ?? new Map<string, Collection>();
    this.#tenants.set(tenant, ofTenant);
    const entries = ofTenant.get(name) ?? new Map<string, KeptEntry>();
    ofTenant.set(name, entries);
    return entries;
  }
}
