/**
 * Packs of ends (`end-pack.ts`) by the rows that they cover. Packs of a job never overlap, and no
 * row in one has a row in `ends`: who writes either holds the shard, or looks first.
 */
import type { RecordPosition, StoredRecord } from '../store.ts';
import { PAGE_CHARS_MAX } from '../store-rules.ts';
import { type PackedEnd, unpackEnds } from './end-pack.ts';
import { IN_PACK, PACKS_BETWEEN } from './open-sql.ts';
import { statement, type Tx } from './transaction.ts';
import { numbers } from './values.ts';

/** Packs of one answer at most. */
const PACKS_MAX = 16;

interface PackRow {
  readonly first_seq: number;
  readonly last_seq: number;
  readonly body: Buffer;
}

const ADD = statement(
  'packs.add',
  'INSERT INTO end_packs (job_no, first_seq, last_seq, chars, body) VALUES ($1, $2, $3, $4, $5)',
);
export const PACKS = statement(
  'packs.by_last',
  `SELECT first_seq, last_seq, body FROM end_packs
   WHERE job_no = $1 AND last_seq = ANY ($2::int[])`,
);
/** Those with one of these rows. */
export const PACKS_WITH = statement(
  'packs.with',
  `SELECT DISTINCT p.last_seq FROM unnest($2::int[]) AS b(seq)
   CROSS JOIN LATERAL (${IN_PACK('last_seq', '$1', 'b.seq')} OFFSET 0) p`,
);
const ranges = (table: string) =>
  statement(
    `packs.ranges_${table}`,
    `SELECT first_seq, last_seq FROM ${table}
     WHERE ${PACKS_BETWEEN(table, '$1', '$2', '$3')}
     ORDER BY last_seq LIMIT $4`,
  );
const RANGES = { ends: ranges('end_packs'), tasks: ranges('task_packs') } as const;
const NEXT = statement(
  'packs.next',
  `SELECT first_seq, last_seq, body FROM (
     SELECT found.*, sum(chars) OVER sofar - chars AS before,
       sum(last_seq - greatest(first_seq, $2) + 1) OVER sofar AS rows FROM (
       SELECT first_seq, last_seq, chars, body FROM end_packs
       WHERE job_no = $1 AND last_seq >= $2 ORDER BY last_seq LIMIT ${PACKS_MAX}
     ) found WINDOW sofar AS (ORDER BY last_seq)
   ) summed
   WHERE before < ${PAGE_CHARS_MAX} AND rows - (last_seq - greatest(first_seq, $2) + 1) < $3
   ORDER BY last_seq`,
);

export interface Pack {
  readonly jobNo: number;
  readonly firstSeq: number;
  readonly count: number;
  /** Of the texts in it. */
  readonly chars: number;
  readonly body: Buffer;
}

export async function addPacks(tx: Tx, packs: readonly Pack[]): Promise<void> {
  await Promise.all(
    packs.map(({ jobNo, firstSeq, count, chars, body }) =>
      tx.run(ADD, jobNo, firstSeq, firstSeq + count - 1, chars, body),
    ),
  );
}

/** What the packs with these last rows say of `seqs`. */
export async function packedEnds(
  tx: Tx,
  jobNo: number,
  packs: readonly number[],
  seqs: Iterable<number>,
): Promise<ReadonlyMap<number, PackedEnd>> {
  const found = new Map<number, PackedEnd>();
  if (packs.length === 0) return found;
  const wanted = new Set(seqs);
  const distinct = [...new Set(packs)];
  // A few at a time: of each at most some rows are kept.
  for (let at = 0; at < distinct.length; at += PACKS_MAX) {
    const some = numbers(distinct.slice(at, at + PACKS_MAX));
    for (const pack of await tx.rows<PackRow>(PACKS, jobNo, some)) {
      for (const [i, end] of endsIn(pack).entries()) {
        if (wanted.has(pack.first_seq + i)) found.set(pack.first_seq + i, end);
      }
    }
  }
  return found;
}

/** The same of rows of which it is not known whether a pack has them. */
export async function packedEndsOf(
  tx: Tx,
  jobNo: number,
  seqs: readonly number[],
): Promise<ReadonlyMap<number, PackedEnd>> {
  if (seqs.length === 0) return new Map();
  const packs = await tx.rows<{ last_seq: number }>(PACKS_WITH, jobNo, numbers(seqs));
  const lasts = packs.map(({ last_seq }) => last_seq);
  return packedEnds(tx, jobNo, lasts, seqs);
}

/** Rows between two that are in packs, in order: `limit` at most, and how far was looked. */
export async function packedSeqs(
  tx: Tx,
  what: keyof typeof RANGES,
  jobNo: number,
  from: number,
  to: number,
  limit: number,
): Promise<{ readonly seqs: readonly number[]; readonly upTo: number }> {
  const packs = await tx.rows<Omit<PackRow, 'body'>>(RANGES[what], jobNo, from, to, limit);
  const seqs: number[] = [];
  for (const { first_seq, last_seq } of packs) {
    const end = Math.min(to, last_seq);
    for (let seq = Math.max(from, first_seq); seq <= end; seq += 1) {
      seqs.push(seq);
      if (seqs.length === limit) return { seqs, upTo: seq };
    }
  }
  return { seqs, upTo: to };
}

/** Records behind a position, of some packs; up to `upTo` nothing is missing. */
export async function packedRecords(
  tx: Tx,
  jobNo: number,
  { seq, index }: RecordPosition,
  limit: number,
): Promise<{ readonly records: readonly StoredRecord[]; readonly upTo: number }> {
  const packs = await tx.rows<PackRow>(NEXT, jobNo, seq, limit);
  const records: StoredRecord[] = [];
  for (const pack of packs) {
    for (const [i, end] of endsIn(pack).entries()) {
      const at = pack.first_seq + i;
      if (at < seq) continue;
      for (const [n, json] of end.records.entries()) {
        if (at > seq || n > index) records.push({ seq: at, index: n, json });
      }
    }
    if (records.length >= limit) return { records, upTo: pack.last_seq };
  }
  const last = packs.at(-1);
  return { records, upTo: last === undefined ? Number.POSITIVE_INFINITY : last.last_seq };
}

function endsIn({ first_seq, last_seq, body }: PackRow): readonly PackedEnd[] {
  return unpackEnds(body, last_seq - first_seq + 1);
}
