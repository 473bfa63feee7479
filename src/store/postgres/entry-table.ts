/**
 * Kept entries. Those that are only to be kept where they are not there yet are read without a
 * lock, all others are locked. New ones are inserted on trust: where another transaction was
 * quicker, fewer go in than were sent, and the batch is done again with what is there then.
 *
 * Counts of a collection are several rows, by who counts, so that nodes seldom wait for each other.
 */
import type { KeptEntry } from '../../model/kept.ts';
import { compareBytes } from '../compare-bytes.ts';
import type { CollectionSize, Commit, EntryQuery } from '../store.ts';
import { type EntryChanges, type EntryName, nameOf } from './entry-steps.ts';
import { fitting } from './result-reader.ts';
import { statement, type Tx } from './transaction.ts';
import { fromName, jsonTexts, numbers, successor, texts, toName } from './values.ts';

interface EntryRow {
  readonly tenant: string;
  readonly collection: string;
  readonly key: string;
  readonly json: string;
  readonly job_id: string;
  readonly first_ms: number;
  readonly changed_ms: number;
  readonly revision: number;
}

/** Another transaction has added an entry in between. */
export class Overtaken extends Error {}

/** Rows of counts that a collection has at most. */
const SLOTS = 64;
/** Entries looked through in one piece for those that have changed. */
const LOOKED_AT = 16_000;

const NAMED = 'unnest($1::text[], $2::text[], $3::text[]) AS b(tenant, collection, key)';
const SAME = 'tenant = b.tenant AND collection = b.collection AND key = b.key';
const FOUND = statement(
  'entries.found',
  `SELECT e.*, '' AS json FROM ${NAMED} CROSS JOIN LATERAL (
     SELECT tenant, collection, key, job_id, first_ms, changed_ms, revision
     FROM entries WHERE ${SAME} LIMIT 1) e`,
);
const LOCKED = statement(
  'entries.locked',
  `SELECT e.* FROM ${NAMED} CROSS JOIN LATERAL (
     SELECT * FROM entries WHERE ${SAME} FOR UPDATE) e`,
);
const COLUMNS = 'tenant, collection, key, json, job_id, first_ms, changed_ms, revision';
const INSERT = `INSERT INTO entries (${COLUMNS})
   SELECT * FROM unnest($1::text[], $2::text[], $3::text[], ${texts('$4')}, $5::text[],
     $6::float8[], $7::float8[], $8::int[]) AS b(${COLUMNS})`;
const ADD = statement('entries.add', `${INSERT} ON CONFLICT DO NOTHING`);
const REPLACE = statement(
  'entries.replace',
  `${INSERT} ON CONFLICT (tenant, collection, key) DO UPDATE SET json = excluded.json,
     job_id = excluded.job_id, first_ms = excluded.first_ms, changed_ms = excluded.changed_ms,
     revision = excluded.revision`,
);
const REMOVE = statement(
  'entries.remove',
  `DELETE FROM entries WHERE ctid = ANY (ARRAY (SELECT e.ctid FROM ${NAMED}
     CROSS JOIN LATERAL (SELECT ctid FROM entries WHERE ${SAME} LIMIT 1) e))`,
);
const COUNT = statement(
  'entries.count',
  `INSERT INTO collections (tenant, name, slot, entries)
   SELECT b.tenant, b.name, $1, b.entries FROM unnest($2::text[], $3::text[], $4::bigint[])
     AS b(tenant, name, entries) ORDER BY b.tenant, b.name
   ON CONFLICT (tenant, name, slot)
     DO UPDATE SET entries = collections.entries + excluded.entries`,
);
const SIZE = statement(
  'entries.size',
  'SELECT sum(entries)::bigint AS entries FROM collections WHERE tenant = $1 AND name = $2',
);
const SIZES = statement(
  'entries.sizes',
  `SELECT name, sum(entries)::bigint AS entries FROM collections WHERE tenant = $1
   GROUP BY name ORDER BY name`,
);
const FURTHEST = statement(
  'entries.furthest',
  `SELECT key FROM entries WHERE tenant = $1 AND collection = $2 AND key > $3
   ORDER BY key LIMIT 1 OFFSET ${LOOKED_AT}`,
);

/** What is stored of all entries that a batch names. */
export async function namedEntries(
  tx: Tx,
  tenantOf: (jobId: string) => string | undefined,
  batch: readonly Commit[],
): Promise<readonly KeptEntry[]> {
  const names = new Map<string, EntryName & { first: boolean }>();
  for (const { jobId, keeps = [] } of batch) {
    const tenant = tenantOf(jobId);
    for (const { collection, key, op } of tenant === undefined ? [] : keeps) {
      const name = nameOf({ tenant: tenant as string, collection, key });
      const first = op === 'first' && names.get(name)?.first !== false;
      names.set(name, { tenant: tenant as string, collection, key, first });
    }
  }
  if (names.size === 0) return [];
  const all = [...names].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, name]) => name);
  const seen = all.filter(({ first }) => first);
  const changed = all.filter(({ first }) => !first);
  const rows = await Promise.all([
    seen.length === 0 ? [] : tx.rows<EntryRow>(FOUND, ...nameColumns(seen)),
    changed.length === 0 ? [] : tx.rows<EntryRow>(LOCKED, ...nameColumns(changed)),
  ]);
  return rows.flat().map(entryOf);
}

/** Rejects with `Overtaken` where an entry is there that was not. */
export async function writeEntries(
  tx: Tx,
  holder: number,
  { added, replaced, removed }: EntryChanges,
): Promise<void> {
  const [count] = await Promise.all([
    added.length === 0 ? 0 : tx.run(ADD, ...entryColumns(added)),
    replaced.length > 0 && tx.run(REPLACE, ...entryColumns(replaced)),
    removed.length > 0 && tx.run(REMOVE, ...nameColumns(removed)),
    countEntries(tx, holder, added, removed),
  ]);
  if (count !== added.length) throw new Overtaken('some entries were there before');
}

async function countEntries(
  tx: Tx,
  holder: number,
  added: readonly EntryName[],
  removed: readonly EntryName[],
): Promise<void> {
  const counts = new Map<string, { readonly of: EntryName; entries: number }>();
  const count = (of: EntryName, by: number) => {
    const name = nameOf({ ...of, key: '' });
    const known = counts.get(name) ?? { of, entries: 0 };
    known.entries += by;
    counts.set(name, known);
  };
  for (const entry of added) count(entry, 1);
  for (const entry of removed) count(entry, -1);
  const moved = [...counts.values()].filter(({ entries }) => entries !== 0);
  if (moved.length === 0) return;
  const [tenants, collections] = nameColumns(moved.map(({ of }) => of));
  const sums = numbers(moved.map(({ entries }) => entries));
  await tx.run(COUNT, holder % SLOTS, tenants, collections, sums);
}

export interface EntryPiece {
  readonly entries: readonly KeptEntry[];
  /** The key up to which was looked; undefined = to the end. */
  readonly upTo: string | undefined;
}

/** The next entries; where there are none, `upTo` says behind which key to ask again. */
export async function listEntries(
  tx: Pick<Tx, 'rows' | 'row'>,
  query: EntryQuery,
): Promise<EntryPiece> {
  const { tenant, collection, keys, prefix = '', after = '', changedSinceMs, limit } = query;
  if (limit <= 0) return { entries: [], upTo: undefined };
  const upTo = keys || changedSinceMs === undefined ? undefined : await furthest(tx, query);
  const where = ['tenant = $1', 'collection = $2'];
  const values: unknown[] = [toName(tenant), toName(collection)];
  let shape = '';
  const narrow = (name: string, condition: string, value: unknown) => {
    if (value === undefined) return;
    values.push(value);
    where.push(condition.replace('?', `$${values.length}`));
    shape += `.${name}`;
  };
  narrow('keys', 'key = ANY (?::text[])', keys?.map(toName));
  narrow('prefix', 'key >= ?', prefix === '' ? undefined : toName(prefix));
  narrow('below', 'key < ?', successor(toName(prefix)));
  // No key is empty; where only changes are asked for, the walk ends after `LOOKED_AT` at most.
  narrow('after', 'key > ?', toName(after));
  narrow('up_to', 'key <= ?', upTo);
  narrow('changed', 'changed_ms >= ?', changedSinceMs);
  const asked = statement(
    `entries.list${shape}`,
    fitting(
      `SELECT *, octet_length(json) AS bytes FROM entries WHERE ${where.join(' AND ')}
       ORDER BY key LIMIT $${values.length + 1}`,
      'key',
    ),
  );
  const entries = (await tx.rows<EntryRow>(asked, ...values, limit)).map(entryOf);
  return { entries, upTo: upTo === undefined ? undefined : fromName(upTo) };
}

/** As it is stored. */
async function furthest(
  tx: Pick<Tx, 'row'>,
  { tenant, collection, prefix = '', after = '' }: EntryQuery,
): Promise<string | undefined> {
  const names = [tenant, collection, compareBytes(after, prefix) > 0 ? after : prefix].map(toName);
  const key = (await tx.row<{ key: string }>(FURTHEST, ...names))?.key;
  // Behind the last one that begins so nobody looks anyway.
  return key?.startsWith(toName(prefix)) ? key : undefined;
}

export async function entryCount(
  tx: Pick<Tx, 'row'>,
  tenant: string,
  collection: string,
): Promise<number> {
  type Row = { readonly entries: number | null };
  return (await tx.row<Row>(SIZE, toName(tenant), toName(collection)))?.entries ?? 0;
}

export async function listCollections(
  tx: Pick<Tx, 'rows'>,
  tenant: string,
): Promise<readonly CollectionSize[]> {
  const rows = await tx.rows<CollectionSize>(SIZES, toName(tenant));
  return rows
    .map(({ name, entries }) => ({ name: fromName(name), entries }))
    .filter(({ entries }) => entries > 0);
}

function nameColumns(names: readonly EntryName[]): readonly (readonly string[])[] {
  return [
    names.map(({ tenant }) => toName(tenant)),
    names.map(({ collection }) => toName(collection)),
    names.map(({ key }) => toName(key)),
  ];
}

function entryColumns(entries: readonly KeptEntry[]): readonly unknown[] {
  return [
    ...nameColumns(entries),
    jsonTexts(entries.map(({ json }) => json)),
    entries.map(({ jobId }) => toName(jobId)),
    numbers(entries.map(({ firstMs }) => firstMs)),
    numbers(entries.map(({ changedMs }) => changedMs)),
    numbers(entries.map(({ revision }) => revision)),
  ];
}

function entryOf(row: EntryRow): KeptEntry {
  return {
    tenant: fromName(row.tenant),
    collection: fromName(row.collection),
    key: fromName(row.key),
    json: row.json,
    jobId: fromName(row.job_id),
    firstMs: row.first_ms,
    changedMs: row.changed_ms,
    revision: row.revision,
  };
}
