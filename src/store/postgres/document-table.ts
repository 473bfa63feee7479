/** Documents by kind and id, and the number of the last start of an engine. */
import { hash } from 'node:crypto';
import type { Document, DocumentChange } from '../../model/document.ts';
import type { DocumentQuery } from '../store.ts';
import { checkDocumentVersion } from '../store-rules.ts';
import { statement, type Tx } from './transaction.ts';
import { fromName, jsonTexts, numbers, successor, texts, toName } from './values.ts';

interface DocumentRow {
  readonly kind: string;
  readonly id: string;
  readonly tenant: string;
  readonly json: string;
  readonly version: number;
  readonly updated_ms: number;
}

/** What a document is to become; no JSON = none. */
interface Draft {
  readonly kind: string;
  readonly id: string;
  tenant: string;
  json: string | undefined;
  version: number;
}

const FIND = statement('documents.find', 'SELECT * FROM documents WHERE kind = $1 AND id = $2');
// One after the other for each name, whether there is a document by that name or not.
const LOCK = statement(
  'documents.lock',
  'SELECT pg_advisory_xact_lock(k) FROM unnest($1::bigint[]) AS k',
);
const NAMED = `unnest($1::text[], $2::text[]) AS b(kind, id) CROSS JOIN LATERAL (
    SELECT ctid, kind, id, version FROM documents WHERE kind = b.kind AND id = b.id LIMIT 1
  ) d`;
const VERSIONS = statement('documents.versions', `SELECT d.kind, d.id, d.version FROM ${NAMED}`);
const REMOVE = statement(
  'documents.remove',
  `DELETE FROM documents WHERE ctid = ANY (ARRAY (SELECT d.ctid FROM ${NAMED}))`,
);
const PUT = statement(
  'documents.put',
  `INSERT INTO documents (kind, id, tenant, json, version, updated_ms)
   SELECT b.kind, b.id, b.tenant, b.json, b.version, $6
   FROM unnest($1::text[], $2::text[], $3::text[], ${texts('$4')}, $5::int[])
     AS b(kind, id, tenant, json, version)
   ON CONFLICT (kind, id) DO UPDATE SET tenant = excluded.tenant, json = excluded.json,
     version = excluded.version, updated_ms = excluded.updated_ms`,
);
const NEXT_EPOCH = statement(
  'documents.next_epoch',
  'UPDATE epochs SET last = last + 1 RETURNING last',
);

export async function findDocument(
  tx: Pick<Tx, 'row'>,
  kind: string,
  id: string,
): Promise<Document | undefined> {
  const row = await tx.row<DocumentRow>(FIND, toName(kind), toName(id));
  return row && documentOf(row);
}

export async function listDocuments(
  tx: Pick<Tx, 'rows'>,
  query: DocumentQuery,
): Promise<readonly Document[]> {
  const where = ['kind = $1'];
  const values: unknown[] = [toName(query.kind)];
  let shape = query.descending ? '.down' : '.up';
  const narrow = (name: string, condition: string, value: string | undefined) => {
    if (value === undefined) return;
    values.push(toName(value));
    where.push(`${condition} $${values.length}`);
    shape += `.${name}`;
  };
  const { tenant, prefix = '', after, descending, limit } = query;
  narrow('tenant', 'tenant =', tenant);
  narrow('prefix', 'id >=', prefix === '' ? undefined : prefix);
  narrow('below', 'id <', successor(prefix));
  narrow('after', descending ? 'id <' : 'id >', after);
  const order = descending ? 'DESC' : 'ASC';
  const asked = statement(
    `documents.list${shape}`,
    `SELECT * FROM documents WHERE ${where.join(' AND ')}
     ORDER BY id ${order} LIMIT $${values.length + 1}`,
  );
  return (await tx.rows<DocumentRow>(asked, ...values, Math.max(0, limit))).map(documentOf);
}

export async function writeDocuments(
  tx: Tx,
  changes: readonly DocumentChange[],
  nowMs: number,
): Promise<void> {
  if (changes.length === 0) return;
  const drafts = new Map<string, Draft>();
  for (const { kind, id } of changes) {
    drafts.set(nameOf(kind, id), { kind, id, tenant: '', json: undefined, version: 0 });
  }
  await tx.rows(LOCK, numbers([...drafts.keys()].map(lockOf).sort((a, b) => a - b)));
  type Version = Pick<DocumentRow, 'kind' | 'id' | 'version'>;
  const before = await tx.rows<Version>(VERSIONS, ...namesOf([...drafts.values()]));
  for (const row of before) {
    const draft = drafts.get(nameOf(fromName(row.kind), fromName(row.id)));
    if (draft !== undefined) draft.version = row.version;
  }
  for (const change of changes) {
    const draft = drafts.get(nameOf(change.kind, change.id)) as Draft;
    checkDocumentVersion(change, draft.version);
    if (change.op === 'remove') Object.assign(draft, { json: undefined, version: 0 });
    else {
      const { tenant, json } = change;
      Object.assign(draft, { tenant, json, version: draft.version + 1 });
    }
  }
  const all = [...drafts.values()];
  const puts = all.filter(({ json }) => json !== undefined);
  const removed = all.filter(({ json }) => json === undefined);
  const tenants = puts.map(({ tenant }) => toName(tenant));
  const jsons = jsonTexts(puts.map(({ json }) => json));
  const versions = numbers(puts.map(({ version }) => version));
  await Promise.all([
    removed.length > 0 && tx.run(REMOVE, ...namesOf(removed)),
    puts.length > 0 && tx.run(PUT, ...namesOf(puts), tenants, jsons, versions, nowMs),
  ]);
}

export async function nextEpoch(tx: Tx): Promise<number> {
  return ((await tx.row<{ last: number }>(NEXT_EPOCH)) as { last: number }).last;
}

function nameOf(kind: string, id: string): string {
  return JSON.stringify([kind, id]);
}

function namesOf(drafts: readonly Draft[]): readonly [readonly string[], readonly string[]] {
  return [drafts.map(({ kind }) => toName(kind)), drafts.map(({ id }) => toName(id))];
}

/** 48 bits; two names that share them only wait for each other. */
function lockOf(name: string): number {
  return hash('sha256', name, 'buffer').readUIntBE(0, 6);
}

function documentOf(row: DocumentRow): Document {
  const { kind, id, tenant, json, version, updated_ms: updatedMs } = row;
  return {
    kind: fromName(kind),
    id: fromName(id),
    tenant: fromName(tenant),
    json,
    version,
    updatedMs,
  };
}
