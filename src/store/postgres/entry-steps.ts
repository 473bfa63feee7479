/**
 * What a batch does to the kept entries that it names, worked out in memory from what is stored of
 * them. Pure: change after change, as if each was made alone.
 */
import type { KeptEntry } from '../../model/kept.ts';
import { entryAfter, type KeepBy } from '../kept-rules.ts';
import type { KeepChange } from '../store.ts';

export type EntryName = Pick<KeptEntry, 'tenant' | 'collection' | 'key'>;

/** An entry as it is while the batch is worked through; no revision = there is none. */
interface EntryNow {
  readonly before: KeptEntry | undefined;
  now: KeptEntry | undefined;
}

export interface EntryChanges {
  readonly added: readonly KeptEntry[];
  readonly replaced: readonly KeptEntry[];
  readonly removed: readonly EntryName[];
}

export class EntrySteps {
  readonly #entries = new Map<string, EntryNow>();

  /** @param stored - all that the batch names and that is there */
  constructor(stored: readonly KeptEntry[]) {
    for (const entry of stored) this.#entries.set(nameOf(entry), { before: entry, now: entry });
  }

  /** Makes the changes in order; returns the indexes of the records that are dropped. */
  apply(changes: readonly KeepChange[], by: KeepBy): ReadonlySet<number> {
    const dropped = new Set<number>();
    for (const change of changes) {
      const { tenant } = by;
      const name = nameOf({ tenant, collection: change.collection, key: change.key });
      const entry = this.#entries.get(name) ?? { before: undefined, now: undefined };
      const after = entryAfter(entry.now, change, by);
      if (after === entry.now && change.record !== undefined) dropped.add(change.record);
      entry.now = after;
      this.#entries.set(name, entry);
    }
    return dropped;
  }

  /** What is to be written, in one order for all who write. */
  changes(): EntryChanges {
    const all = [...this.#entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
    const kept = all.flatMap((entry) => (entry.now === undefined ? [] : [entry]));
    return {
      added: kept.filter(({ before }) => before === undefined).map(current),
      replaced: kept.filter(({ before, now }) => before && before !== now).map(current),
      removed: all.flatMap(({ before, now }) => (before && now === undefined ? [before] : [])),
    };
  }
}

function current({ now }: EntryNow): KeptEntry {
  return now as KeptEntry;
}

/** Unlike for each two entries: a collection has no blank, and a key no end. */
export function nameOf({ tenant, collection, key }: EntryName): string {
  return `${JSON.stringify(tenant)} ${collection} ${key}`;
}
