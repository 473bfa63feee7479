/**
 * Kept entries. Their texts lie apart from the index over their keys: asking a large collection
 * what it has, which is done for each entry that comes, reads nothing but the index.
 */
import type { Database, Statement } from 'better-sqlite3';
import type { KeptEntry } from '../../model/kept.ts';
import { compareBytes } from '../compare-bytes.ts';
import type { KeepBy } from '../kept-rules.ts';
import type { CollectionSize, EntryQuery, KeepChange } from '../store.ts';
import { PAGE_CHARS_MAX } from '../store-rules.ts';

export interface EntryRow {
  readonly key: string;
  readonly json: string;
  readonly job_id: string;
  readonly first_ms: number;
  readonly changed_ms: number;
  readonly revision: number;
}

interface Collection {
  readonly no: number;
  /** Entries that came, less those that went, since it was last counted. */
  delta: number;
}

export interface EntryPiece {
  readonly entries: readonly KeptEntry[];
  /** The key up to which was looked; undefined = to the end. */
  readonly upTo: string | undefined;
}

/** Entries looked through in one piece for those that have changed. */
const LOOKED_AT = 5_000;

export class EntryTable {
  readonly #db: Database;
  readonly #collectionNo: Statement<[string, string], { no: number }>;
  readonly #addCollection: Statement<[string, string]>;
  readonly #count: Statement<[number, number]>;
  readonly #first: Statement<unknown[]>;
  readonly #put: Statement<unknown[], { revision: number }>;
  readonly #remove: Statement<[number, string]>;
  readonly #find: Statement<[number, string], EntryRow>;
  readonly #size: Statement<[string, string], { entries: number }>;
  readonly #sizes: Statement<[string], CollectionSize>;
  readonly #furthest: Statement<[number, string, number], { key: string }>;
  /** Those that a batch has met so far. */
  readonly #met = new Map<string, Collection>();

  constructor(db: Database) {
    this.#db = db;
    this.#collectionNo = db.prepare('SELECT no FROM collections WHERE tenant = ? AND name = ?');
    this.#addCollection = db.prepare('INSERT INTO collections (tenant, name) VALUES (?, ?)');
    this.#count = db.prepare('UPDATE collections SET entries = entries + ? WHERE no = ?');
    const insert = `INTO entries (collection, key, json, job_id, first_ms, changed_ms, revision)
       VALUES (?, ?, ?, ?, ?, ?, 1)`;
    this.#first = db.prepare(`INSERT OR IGNORE ${insert}`);
    this.#put = db.prepare(
      `INSERT ${insert} ON CONFLICT (collection, key) DO UPDATE SET
         json = excluded.json, changed_ms = excluded.changed_ms, revision = revision + 1
       WHERE json <> excluded.json RETURNING revision`,
    );
    this.#remove = db.prepare('DELETE FROM entries WHERE collection = ? AND key = ?');
    this.#find = db.prepare('SELECT * FROM entries WHERE collection = ? AND key = ?');
    this.#size = db.prepare('SELECT entries FROM collections WHERE tenant = ? AND name = ?');
    this.#sizes = db.prepare(
      'SELECT name, entries FROM collections WHERE tenant = ? AND entries > 0 ORDER BY name',
    );
    this.#furthest = db.prepare(
      `SELECT key FROM entries WHERE collection = ? AND key > ? ORDER BY key
       LIMIT 1 OFFSET ?`,
    );
  }

  /** Forgets what a transaction that was undone has met. */
  begin(): void {
    this.#met.clear();
  }

  /** Makes the changes in order; returns the indexes of the records that are dropped. */
  apply(changes: readonly KeepChange[], by: KeepBy): ReadonlySet<number> {
    const dropped = new Set<number>();
    for (const change of changes) {
      const collection = this.#meet(by.tenant, change.collection);
      const { delta, changed } = this.#change(collection.no, change, by);
      collection.delta += delta;
      if (!changed && change.record !== undefined) dropped.add(change.record);
    }
    return dropped;
  }

  /** Counts what has come and gone since `begin`. */
  end(): void {
    for (const { no, delta } of this.#met.values()) if (delta !== 0) this.#count.run(delta, no);
    this.#met.clear();
  }

  count(tenant: string, collection: string): number {
    return this.#size.get(tenant, collection)?.entries ?? 0;
  }

  collections(tenant: string): readonly CollectionSize[] {
    return this.#sizes.all(tenant);
  }

  /** The next entries; none of them may be asked for before `upTo`, where that is told. */
  list(query: EntryQuery): EntryPiece {
    const { tenant, collection, changedSinceMs, limit } = query;
    const no = this.#collectionNo.get(tenant, collection)?.no;
    if (no === undefined || limit <= 0) return { entries: [], upTo: undefined };
    const rows = query.keys ? this.#named(no, query, query.keys) : undefined;
    const upTo = rows || changedSinceMs === undefined ? undefined : this.#upTo(no, query);
    const entries: KeptEntry[] = [];
    let chars = 0;
    for (const row of rows ?? this.#walk(no, query, upTo)) {
      entries.push(entryOf(tenant, collection, row));
      chars += row.json.length;
      if (entries.length >= limit || chars >= PAGE_CHARS_MAX) break;
    }
    return { entries, upTo };
  }

  #upTo(no: number, { prefix = '', after = '' }: EntryQuery): string | undefined {
    const from = compareBytes(after, prefix) > 0 ? after : prefix;
    const key = this.#furthest.get(no, from, LOOKED_AT)?.key;
    // Behind the last one that begins so nobody looks anyway.
    return key?.startsWith(prefix) ? key : undefined;
  }

  *#named(no: number, query: EntryQuery, keys: readonly string[]): Generator<EntryRow> {
    const { prefix = '', after, changedSinceMs = 0 } = query;
    for (const key of [...new Set(keys)].sort(compareBytes)) {
      if (!key.startsWith(prefix)) continue;
      if (after !== undefined && compareBytes(key, after) <= 0) continue;
      const row = this.#find.get(no, key);
      if (row !== undefined && row.changed_ms >= changedSinceMs) yield row;
    }
  }

  #walk(no: number, query: EntryQuery, upTo: string | undefined): Iterable<EntryRow> {
    const { prefix, after, changedSinceMs, limit } = query;
    const where = ['collection = ?'];
    const values: unknown[] = [no];
    const narrow = (condition: string, value: unknown) => {
      if (value === undefined || value === '') return;
      where.push(condition);
      values.push(value);
    };
    narrow('key >= ?', prefix);
    // No text in UTF-8 has this byte: it stands behind all that begin alike.
    narrow("key < ? || CAST(x'ff' AS TEXT)", prefix);
    narrow('key > ?', after);
    narrow('key <= ?', upTo);
    narrow('changed_ms >= ?', changedSinceMs);
    return this.#db
      .prepare<unknown[], EntryRow>(
        `SELECT * FROM entries WHERE ${where.join(' AND ')} ORDER BY key LIMIT ?`,
      )
      .iterate(...values, limit);
  }

  #change(no: number, change: KeepChange, { jobId, nowMs }: KeepBy) {
    const { op, key } = change;
    if (op === 'remove') {
      const { changes } = this.#remove.run(no, key);
      return { delta: -changes, changed: changes > 0 };
    }
    const values = [no, key, change.json, jobId, nowMs, nowMs];
    if (op === 'first') {
      const { changes } = this.#first.run(...values);
      return { delta: changes, changed: changes > 0 };
    }
    const revision = this.#put.get(...values)?.revision;
    return { delta: revision === 1 ? 1 : 0, changed: revision !== undefined };
  }

  #meet(tenant: string, name: string): Collection {
    const both = `${name} ${tenant}`;
    const met = this.#met.get(both);
    if (met !== undefined) return met;
    const no =
      this.#collectionNo.get(tenant, name)?.no ??
      Number(this.#addCollection.run(tenant, name).lastInsertRowid);
    const collection = { no, delta: 0 };
    this.#met.set(both, collection);
    return collection;
  }
}

export function entryOf(tenant: string, collection: string, row: EntryRow): KeptEntry {
  const { key, json, job_id: jobId, first_ms: firstMs, changed_ms: changedMs, revision } = row;
  return { tenant, collection, key, json, jobId, firstMs, changedMs, revision };
}
