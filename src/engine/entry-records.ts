/**
 * Entries of a collection as records, for whatever writes records: flat objects of the entry's key,
 * when it came and changed, and the fields of its value.
 */
import type { KeptEntry } from '../model/kept.ts';
import type { EntryQuery, Store, StoredRecord } from '../store/store.ts';
import { recordFields } from './record-fields.ts';

export interface EntrySource {
  readonly store: Pick<Store, 'entries'>;
  readonly query: Omit<EntryQuery, 'keys' | 'after' | 'limit'>;
}

/** What every record has beside its value's fields. */
export const OWN_FIELDS = ['key', 'first', 'changed'] as const;

/** Read from the beginning, or on from the last record that was given. */
export function entryRecords({ store, query }: EntrySource): Pick<Store, 'records'> {
  let last = { index: -1, key: '' };
  return {
    async records(_jobId, after, limit): Promise<readonly StoredRecord[]> {
      if (after?.index !== last.index) last = { index: -1, key: '' };
      const behind = last.key === '' ? {} : { after: last.key };
      const page = await store.entries({ ...query, ...behind, limit });
      const records = page.map((entry, i) => {
        const index = last.index + 1 + i;
        return { seq: 0, index, json: flatText(entry) };
      });
      const key = page.at(-1)?.key;
      if (key !== undefined) last = { index: last.index + page.length, key };
      return records;
    },
  };
}

/** An entry as the JSON of a flat object. */
export function flatText(entry: KeptEntry): string {
  return JSON.stringify(flat(entry));
}

/** A field that is called as one of the entry's own gets a prefix; no object is one field. */
function flat({ key, json, firstMs, changedMs }: KeptEntry): Readonly<Record<string, unknown>> {
  const own: Record<string, unknown> = {
    key,
    first: new Date(firstMs).toISOString(),
    changed: new Date(changedMs).toISOString(),
  };
  const fields = Object.entries(recordFields(JSON.parse(json))).map(([name, field]) => [
    OWN_FIELDS.some((known) => known === name) ? `value_${name}` : name,
    field,
  ]);
  return { ...own, ...Object.fromEntries(fields) };
}
