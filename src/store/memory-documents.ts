/** Documents in memory, by kind and id. */
import type { Document, DocumentChange } from '../model/document.ts';
import { compareBytes } from './compare-bytes.ts';
import type { DocumentQuery } from './store.ts';
import { checkDocumentVersion } from './store-rules.ts';

type Kinds = Map<string, ReadonlyMap<string, Document>>;

export class MemoryDocuments {
  #kinds: Kinds = new Map();

  find(kind: string, id: string): Document | undefined {
    return this.#kinds.get(kind)?.get(id);
  }

  list(query: DocumentQuery): readonly Document[] {
    const { kind, tenant, prefix = '', after, limit } = query;
    const sign = query.descending ? -1 : 1;
    return [...(this.#kinds.get(kind)?.values() ?? [])]
      .filter(
        (document) =>
          (tenant === undefined || document.tenant === tenant) &&
          document.id.startsWith(prefix) &&
          (after === undefined || compareBytes(document.id, after) * sign > 0),
      )
      .sort((a, b) => compareBytes(a.id, b.id) * sign)
      .slice(0, Math.max(0, limit));
  }

  /** All or nothing: what is changed is a copy until every version has matched. */
  write(changes: readonly DocumentChange[], nowMs: number): void {
    const kinds: Kinds = new Map(this.#kinds);
    for (const change of changes) {
      const { kind, id } = change;
      const documents = new Map(kinds.get(kind));
      const version = documents.get(id)?.version ?? 0;
      checkDocumentVersion(change, version);
      if (change.op === 'remove') documents.delete(id);
      else {
        const { tenant, json } = change;
        documents.set(id, { kind, id, tenant, json, version: version + 1, updatedMs: nowMs });
      }
      kinds.set(kind, documents);
    }
    this.#kinds = kinds;
  }
}
