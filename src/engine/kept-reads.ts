/** What a collector asks of the entries that its tenant keeps. */
import { SluiceError } from '../base/errors.ts';
import type { Store } from '../store/store.ts';
import { collectionOf, keptKeyOf } from './collector-answers.ts';

/** Keys of one call: what is found is in memory at once. */
const KEYS_MAX = 1_000;

/** The values of those keys that the collection has. */
export async function keptValues(
  store: Pick<Store, 'entries'>,
  tenant: string,
  collection: string,
  keys: readonly string[],
): Promise<ReadonlyMap<string, unknown>> {
  collectionOf(collection);
  if (!Array.isArray(keys) || keys.length > KEYS_MAX) {
    const detail = `ctx.kept.get takes a list of up to ${KEYS_MAX} keys`;
    throw new SluiceError('collector.threw', { detail });
  }
  const asked = { tenant, collection, keys: keys.map(keptKeyOf), limit: KEYS_MAX };
  const found = new Map<string, unknown>();
  if (keys.length === 0) return found;
  for (let after = {}; found.size < keys.length; ) {
    const page = await store.entries({ ...asked, ...after });
    for (const { key, json } of page) found.set(key, JSON.parse(json));
    const last = page.at(-1);
    if (last === undefined) break;
    after = { after: last.key };
  }
  return found;
}

interface Listing {
  readonly tenant: string;
  readonly collection: string;
  readonly prefix: string;
  readonly limit: number | undefined;
}

/** The values of the first keys that begin with the prefix. */
export async function listedValues(
  store: Pick<Store, 'entries'>,
  { tenant, collection, prefix, limit = KEYS_MAX }: Listing,
): Promise<ReadonlyMap<string, unknown>> {
  collectionOf(collection);
  if (!(Number.isInteger(limit) && limit > 0 && limit <= KEYS_MAX)) {
    const detail = `ctx.kept.list gives from 1 to ${KEYS_MAX} entries, not ${limit}`;
    throw new SluiceError('collector.threw', { detail });
  }
  const found = new Map<string, unknown>();
  for (let after = {}; found.size < limit; ) {
    const asked = { tenant, collection, prefix: keptKeyOf(prefix), limit: limit - found.size };
    const page = await store.entries({ ...asked, ...after });
    for (const { key, json } of page) found.set(key, JSON.parse(json));
    const last = page.at(-1);
    if (last === undefined) break;
    after = { after: last.key };
  }
  return found;
}
