/** Documents by kind and id, and the number of the last start of an engine. */
import type { Database, Statement } from 'better-sqlite3';
import type { Document, DocumentChange } from '../../model/document.ts';
import type { DocumentQuery } from '../store.ts';
import { checkDocumentVersion } from '../store-rules.ts';

interface DocumentRow extends Omit<Document, 'updatedMs'> {
  readonly updated_ms: number;
}

export class DocumentTable {
  readonly #db: Database;
  readonly #select: Statement<[string, string], DocumentRow>;
  readonly #version: Statement<[string, string], { version: number }>;
  readonly #put: Statement<unknown[]>;
  readonly #remove: Statement<[string, string]>;
  readonly #nextEpoch: Statement<[], { last: number }>;

  constructor(db: Database) {
    this.#db = db;
    this.#select = db.prepare('SELECT * FROM documents WHERE kind = ? AND id = ?');
    this.#version = db.prepare('SELECT version FROM documents WHERE kind = ? AND id = ?');
    this.#put = db.prepare(
      `INSERT INTO documents (kind, id, tenant, json, version, updated_ms)
       VALUES (?, ?, ?, ?, 1, ?) ON CONFLICT (kind, id) DO UPDATE SET
         tenant = excluded.tenant, json = excluded.json, version = version + 1,
         updated_ms = excluded.updated_ms`,
    );
    this.#remove = db.prepare('DELETE FROM documents WHERE kind = ? AND id = ?');
    this.#nextEpoch = db.prepare('UPDATE epochs SET last = last + 1 RETURNING last');
  }

  find(kind: string, id: string): Document | undefined {
    const row = this.#select.get(kind, id);
    return row && documentOf(row);
  }

  list(query: DocumentQuery): readonly Document[] {
    const where = ['kind = ?'];
    const values: unknown[] = [query.kind];
    const narrow = (condition: string, value: string | undefined) => {
      if (value === undefined) return;
      where.push(condition);
      values.push(value);
    };
    narrow('tenant = ?', query.tenant);
    narrow('id >= ?', query.prefix);
    // No text in UTF-8 has this byte: it stands behind all that begin alike.
    narrow("id < ? || CAST(x'ff' AS TEXT)", query.prefix);
    narrow(query.descending ? 'id < ?' : 'id > ?', query.after);
    const order = query.descending ? 'DESC' : 'ASC';
    return this.#db
      .prepare<unknown[], DocumentRow>(
        `SELECT * FROM documents WHERE ${where.join(' AND ')} ORDER BY id ${order} LIMIT ?`,
      )
      .all(...values, Math.max(0, query.limit))
      .map(documentOf);
  }

  /** Within a transaction. */
  write(changes: readonly DocumentChange[], nowMs: number): void {
    for (const change of changes) {
      const { kind, id } = change;
      if (change.version !== undefined) {
        checkDocumentVersion(change, this.#version.get(kind, id)?.version ?? 0);
      }
      if (change.op === 'remove') this.#remove.run(kind, id);
      else this.#put.run(kind, id, change.tenant, change.json, nowMs);
    }
  }

  /** Within a transaction. */
  nextEpoch(): number {
    return (this.#nextEpoch.get() as { last: number }).last;
  }
}

function documentOf({ updated_ms: updatedMs, ...row }: DocumentRow): Document {
  return { ...row, updatedMs };
}
