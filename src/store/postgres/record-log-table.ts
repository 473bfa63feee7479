/** Which records were committed after which (`record-log.ts`). Each node has entries of its own. */
import {
  type LogEntry,
  type LoggedRecords,
  type LogPosition,
  type LogQuery,
  loggedRecords,
  logPosition,
  placesToRead,
} from '../record-log.ts';
import type { RecordPosition } from '../store.ts';
import { packedEndsOf } from './end-pack-table.ts';
import type { JobPlace } from './job-table.ts';
import { statement, type Tx } from './transaction.ts';
import { jsonTexts, numbers, splitRecords, texts } from './values.ts';

/** Entries looked at for one answer: most have some hundreds of records. */
const ENTRIES_MAX = 8;
/** Records of one answer at most: their texts come whole. */
const RECORDS_MAX = 500;
const NO_MAX = 2 ** 31 - 1;

const APPEND = statement(
  'log.append',
  `INSERT INTO record_log (job_no, holder, no, places)
   SELECT b.job_no, $1, b.at + coalesce((
     SELECT no FROM record_log WHERE job_no = b.job_no AND holder = $1 ORDER BY no DESC LIMIT 1
   ), 0), b.places
   FROM unnest($2::int[], $3::int[], ${texts('$4')}) AS b(job_no, at, places)`,
);
/** Every writer of entries has a row in `counters`. */
const ENTRIES = statement(
  'log.entries',
  `SELECT l.holder, l.no, l.places FROM counters c CROSS JOIN LATERAL (
     SELECT r.holder, r.no, r.places FROM record_log r
     WHERE r.job_no = $1 AND r.holder = c.holder
       AND r.no >= coalesce((
         SELECT f.no FROM unnest($2::bigint[], $3::int[]) f(holder, no) WHERE f.holder = c.holder
       ), 1)
       AND r.no <= coalesce((
         SELECT t.no FROM unnest($4::bigint[], $5::int[]) t(holder, no) WHERE t.holder = c.holder
       ), $6)
     ORDER BY r.no LIMIT ${ENTRIES_MAX}
   ) l WHERE c.job_no = $1 ORDER BY l.holder, l.no LIMIT ${ENTRIES_MAX}`,
);
const ENDED = statement(
  'log.ended',
  `SELECT e.seq, e.records FROM unnest($2::int[]) AS b(seq) CROSS JOIN LATERAL (
     SELECT seq, records FROM ends WHERE job_no = $1 AND seq = b.seq LIMIT 1
   ) e WHERE e.records IS NOT NULL`,
);
const RECORDS = statement(
  'log.records',
  `SELECT r.seq, r.idx, r.json FROM unnest($2::int[], $3::int[]) AS b(seq, idx)
   CROSS JOIN LATERAL (
     SELECT seq, idx, json FROM records WHERE job_no = $1 AND seq = b.seq AND idx = b.idx LIMIT 1
   ) r`,
);

/** Another writer of the same holder was quicker: the whole commit is to be done again. */
export function isOvertaken(error: unknown): boolean {
  return (error as { constraint?: string } | undefined)?.constraint === 'record_log_pkey';
}

/** In the transaction that adds the records: entries by the number of their job. */
export async function appendToLog(
  tx: Tx,
  holder: number,
  jobs: readonly (readonly [jobNo: number, entries: readonly string[]])[],
): Promise<void> {
  const rows = jobs.flatMap(([no, entries]) => entries.map((places, i) => ({ no, i, places })));
  if (rows.length === 0) return;
  await tx.run(
    APPEND,
    holder,
    numbers(rows.map(({ no }) => no)),
    numbers(rows.map(({ i }) => i + 1)),
    jsonTexts(rows.map(({ places }) => places)),
  );
}

/** Within one read of the database. */
export async function readLog(tx: Tx, { no }: JobPlace, query: LogQuery): Promise<LoggedRecords> {
  const from = [...logPosition(query.after)];
  const end = lastEntries(query.upTo === undefined ? undefined : logPosition(query.upTo));
  const entries = await tx.rows<LogEntry>(
    ENTRIES,
    no,
    numbers(from.map(([holder]) => holder)),
    numbers(from.map(([, place]) => place.no)),
    numbers(end.map(([holder]) => holder)),
    numbers(end.map(([, last]) => last)),
    query.upTo === undefined ? NO_MAX : 0,
  );
  const limit = Math.min(query.limit, RECORDS_MAX);
  const places = placesToRead(entries, { ...query, limit });
  const texts = await textsAt(tx, no, places);
  return loggedRecords(places, (place) => texts.get(nameOf(place)), query.after);
}

function lastEntries(upTo: LogPosition | undefined): (readonly [number, number])[] {
  return [...(upTo ?? [])].map(([holder, { no, at }]) => [holder, at > 0 ? no : no - 1]);
}

async function textsAt(
  tx: Tx,
  jobNo: number,
  places: readonly RecordPosition[],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  if (places.length === 0) return found;
  const seqs = [...new Set(places.map(({ seq }) => seq))];
  const [ended, packed, paged] = await Promise.all([
    tx.rows<{ seq: number; records: string }>(ENDED, jobNo, numbers(seqs)),
    packedEndsOf(tx, jobNo, seqs),
    tx.rows<{ seq: number; idx: number; json: string }>(
      RECORDS,
      jobNo,
      numbers(places.map(({ seq }) => seq)),
      numbers(places.map(({ index }) => index)),
    ),
  ]);
  for (const { seq, idx: index, json } of paged) found.set(nameOf({ seq, index }), json);
  for (const [seq, { records }] of packed) {
    for (const [index, json] of records.entries()) found.set(nameOf({ seq, index }), json);
  }
  for (const { seq, records } of ended) {
    for (const [index, json] of splitRecords(records).entries()) {
      found.set(nameOf({ seq, index }), json);
    }
  }
  return found;
}

function nameOf({ seq, index }: RecordPosition): string {
  return `${seq} ${index}`;
}
