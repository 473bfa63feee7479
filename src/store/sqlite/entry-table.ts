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

/** The records that come with changes, as they are numbered in their task. */
export interface ComingRecords {
  readonly task: number;
  readonly from: number;
  readonly texts: readonly string[];
}

/** What became of the records that changes name, by their index. */
export interface KeptRecords {
  readonly dropped: ReadonlySet<number>;
  /** Those that have no text of their own, with the entry that has it. */
  readonly shared: ReadonlyMap<number, number>;
}

interface StandingRow {
  readonly no: number;
  readonly json: string;
  readonly task: number | null;
  readonly idx: number | null;
}

/** Shorter texts are written twice: to look one up costs more. */
const SHARED_CHARS_MIN = 200;
/** Entries looked through in one piece for those that have changed. */
const LOOKED_AT = 5_000;

export class EntryTable {
  readonly #db: Database;
  readonly #collectionNo: Statement<[string, string], { no: number }>;
  readonly #addCollection: Statement<[string, string]>;
  readonly #count: Statement<[number, number]>;
  readonly #insert: Statement<unknown[]>;
  readonly #standing: Statement<[number, string], StandingRow>;
  readonly #change: Statement<unknown[]>;
  readonly #remove: Statement<[number]>;
  readonly #giveText: Statement<[string, number, number, number]>;
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
    this.#insert = db.prepare(
      `INSERT OR IGNORE INTO entries
       (collection, key, json, job_id, first_ms, changed_ms, revision, task, idx)
       VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?)`,
    );
    this.#standing = db.prepare(
      'SELECT no, json, task, idx FROM entries WHERE collection = ? AND key = ?',
    );
    this.#change = db.prepare(
      `UPDATE entries SET json = ?, changed_ms = ?, revision = revision + 1, task = ?, idx = ?
       WHERE no = ?`,
    );
    this.#remove = db.prepare('DELETE FROM entries WHERE no = ?');
    this.#giveText = db.prepare(
      'UPDATE records SET json = ?, entry = NULL WHERE task = ? AND idx = ? AND entry = ?',
    );
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

  /** Makes the changes in order, before the records are written that come with them. */
  apply(changes: readonly KeepChange[], by: KeepBy, records: ComingRecords): KeptRecords {
    const dropped = new Set<number>();
    const shared = new Map<number, number>();
    for (const change of changes) {
      const collection = this.#meet(by.tenant, change.collection);
      const { record } = change;
      const shares = record !== undefined && isShared(change, records.texts[record]);
      const place = shares ? { task: records.task, idx: records.from + record } : NO_PLACE;
      const { delta, changed, no } = this.#make(collection.no, change, by, place, (row) => {
        // A record of this page is not written yet: it gets its text then.
        if (row.task === records.task && shared.delete((row.idx ?? 0) - records.from)) return;
        this.#giveText.run(row.json, row.task as number, row.idx as number, row.no);
      });
      collection.delta += delta;
      if (!changed && record !== undefined) dropped.add(record);
      if (changed && shares) shared.set(record, no);
    }
    return { dropped, shared };
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

  /** `onLoss` is told of an entry that loses a text which is a record's, too. */
  #make(
    collection: number,
    change: KeepChange,
    { jobId, nowMs }: KeepBy,
    { task, idx }: Pick<StandingRow, 'task' | 'idx'>,
    onLoss: (row: StandingRow) => void,
  ): { readonly delta: number; readonly changed: boolean; readonly no: number } {
    const { op, key } = change;
    if (op !== 'remove') {
      const values = [collection, key, change.json, jobId, nowMs, nowMs, task, idx];
      const { changes, lastInsertRowid } = this.#insert.run(values);
      if (changes > 0) return { delta: 1, changed: true, no: Number(lastInsertRowid) };
      if (op === 'first') return UNCHANGED;
    }
    const row = this.#standing.get(collection, key);
    if (row === undefined) return UNCHANGED;
    if (op === 'put' && row.json === change.json) return UNCHANGED;
    if (row.task !== null) onLoss(row);
    if (op === 'remove') this.#remove.run(row.no);
    else this.#change.run(change.json, nowMs, task, idx, row.no);
    return { delta: op === 'remove' ? -1 : 0, changed: true, no: row.no };
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

const UNCHANGED = { delta: 0, changed: false, no: 0 };
const NO_PLACE = { task: null, idx: null };

function isShared(change: KeepChange, record: string | undefined): boolean {
  if (change.op === 'remove' || change.json.length < SHARED_CHARS_MIN) return false;
  return change.json === record;
}

export function entryOf(tenant: string, collection: string, row: EntryRow): KeptEntry {
  const { key, json, job_id: jobId, first_ms: firstMs, changed_ms: changedMs, revision } = row;
  return { tenant, collection, key, json, jobId, firstMs, changedMs, revision };
}
