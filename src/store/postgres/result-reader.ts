/**
 * Results in the order of the input. Rows are numbered without gaps, so a page of results is a
 * range of rows in every table; only duplicates whose first row lies outside are looked up apart.
 */
import type { Failure } from '../../model/failure.ts';
import type { RecordPosition, RowResult, StoredRecord } from '../store.ts';
import { PAGE_CHARS_MAX } from '../store-rules.ts';
import { packedEnds, packedRecords } from './end-pack-table.ts';
import { END } from './failure-table.ts';
import type { JobPlace } from './job-table.ts';
import { TASKS_BETWEEN, TASKS_OF, WITH_END, WITH_PROGRESS } from './open-sql.ts';
import { statement, type Tx } from './transaction.ts';
import { numbers, splitRecords } from './values.ts';

interface ResultRow {
  readonly seq: number;
  readonly state: number | null;
  readonly run_at: number | null;
  readonly attempt_no: number;
  readonly failure: string | null;
  readonly finished_ms: number | null;
  readonly duration_ms: number | null;
  readonly records: string | null;
  /** What the end says is in this pack. */
  readonly pack: number | null;
}

interface RecordRow {
  readonly seq: number;
  readonly idx: number;
  readonly json: string;
}

type Answer = Omit<RowResult, 'seq' | 'duplicateOf'>;

const STATES: Readonly<Record<number, RowResult['state']>> = {
  [END.completed]: 'completed',
  [END.discarded]: 'discarded',
  [END.cancelled]: 'cancelled',
  [END.refused]: 'discarded',
};

const ANSWER = `t.seq, e.state, p.run_at, coalesce(e.attempt_no, p.attempt_no, 0) AS attempt_no,
  CASE WHEN e.seq IS NULL THEN p.failure ELSE e.failure END AS failure,
  e.finished_ms, e.duration_ms, e.records, e.pack`;
export const ANSWERS = statement(
  'results.answers',
  `SELECT ${ANSWER} FROM ${TASKS_BETWEEN('$1', '$2', '$3')} t
   ${WITH_END} ${WITH_PROGRESS} ORDER BY t.seq`,
);
const ANSWERS_OF = statement(
  'results.answers_of',
  `SELECT ${ANSWER} FROM ${TASKS_OF('$2')} ${WITH_END} ${WITH_PROGRESS} ORDER BY t.seq`,
);
const ALIASES = statement(
  'results.aliases',
  'SELECT seq, of_seq FROM aliases WHERE job_no = $1 AND seq BETWEEN $2 AND $3',
);
const RECORDS = statement(
  'results.records',
  `SELECT seq, idx, json FROM records WHERE job_no = $1 AND seq BETWEEN $2 AND $3
   ORDER BY seq, idx`,
);
const RECORDS_OF = statement(
  'results.records_of',
  `SELECT seq, idx, json FROM records WHERE job_no = $1 AND seq = ANY ($2::int[])
   ORDER BY seq, idx`,
);
/** Of the rows found, those before which the texts fit into one answer: one at least. */
export const fitting = (rows: string, order: string) => `
  SELECT * FROM (
    SELECT found.*, sum(bytes) OVER (ORDER BY ${order}) - bytes AS before FROM (${rows}) found
  ) summed WHERE before < ${PAGE_CHARS_MAX} ORDER BY ${order}`;
export const ENDED_RECORDS = statement(
  'results.ended_records',
  fitting(
    `SELECT seq, records, octet_length(records) AS bytes FROM ends
     WHERE job_no = $1 AND seq >= $2 AND records IS NOT NULL ORDER BY seq LIMIT $3`,
    'seq',
  ),
);
export const PAGED_RECORDS = statement(
  'results.paged_records',
  fitting(
    `SELECT seq, idx, json, octet_length(json) AS bytes FROM records
     WHERE job_no = $1 AND (seq, idx) > ($2, $3) ORDER BY seq, idx LIMIT $4`,
    'seq, idx',
  ),
);

/** Within one read of the database. */
export async function results(
  tx: Tx,
  place: JobPlace,
  fromSeq: number,
  limit: number,
): Promise<readonly RowResult[]> {
  const from = Math.max(0, fromSeq);
  const end = Math.min(from + Math.max(0, limit), place.rowCount);
  if (end <= from) return [];
  const range = [place.no, from, end - 1];
  const [rows, records, aliases] = await Promise.all([
    tx.rows<ResultRow>(ANSWERS, ...range),
    tx.rows<RecordRow>(RECORDS, ...range),
    place.duplicates === 0 ? [] : tx.rows<{ seq: number; of_seq: number }>(ALIASES, ...range),
  ]);
  const answers = await answersOf(tx, place.no, rows, records);
  const firsts = new Map(aliases.map((alias) => [alias.seq, alias.of_seq]));
  const outside = [...new Set(firsts.values())].filter((seq) => !answers.has(seq));
  for (const [seq, answer] of await answersTo(tx, place.no, outside)) answers.set(seq, answer);
  return Array.from({ length: end - from }, (_, i) => {
    const seq = from + i;
    const duplicateOf = firsts.get(seq);
    return { seq, ...(answers.get(duplicateOf ?? seq) as Answer), duplicateOf };
  });
}

/** Rows that are no duplicates, with their records, by their place. */
export async function answersTo(
  tx: Tx,
  jobNo: number,
  seqs: readonly number[],
): Promise<Map<number, Answer>> {
  if (seqs.length === 0) return new Map();
  const [rows, records] = await Promise.all([
    tx.rows<ResultRow>(ANSWERS_OF, jobNo, numbers(seqs)),
    tx.rows<RecordRow>(RECORDS_OF, jobNo, numbers(seqs)),
  ]);
  return answersOf(tx, jobNo, rows, records);
}

/** Records in the order of (seq, index) after a position. */
export async function recordsAfter(
  tx: Tx,
  jobNo: number,
  after: RecordPosition | undefined,
  limit: number,
): Promise<readonly StoredRecord[]> {
  if (limit <= 0) return [];
  let from = after ?? { seq: 0, index: -1 };
  for (;;) {
    const lists = await Promise.all([
      endedRecords(tx, jobNo, from, limit),
      packedRecords(tx, jobNo, from, limit),
      pagedRecords(tx, jobNo, from, limit),
    ]);
    // Behind the last row of a list that was cut off, one of its rows may be missing.
    const upTo = Math.min(...lists.map((list) => list.upTo));
    const found: StoredRecord[] = [];
    let chars = 0;
    for (const record of lists.flatMap(({ records }) => records).sort(compare)) {
      if (found.length === limit || chars >= PAGE_CHARS_MAX || record.seq > upTo) break;
      found.push(record);
      chars += record.json.length;
    }
    if (found.length > 0 || upTo === Number.POSITIVE_INFINITY) return found;
    // What was read had nothing but what the position has passed.
    from = { seq: upTo + 1, index: -1 };
  }
}

export interface RecordList {
  readonly records: readonly StoredRecord[];
  /** Up to this row nothing is missing. */
  readonly upTo: number;
}

/** Of tasks that ended with their first page. */
async function endedRecords(
  tx: Tx,
  jobNo: number,
  { seq, index }: RecordPosition,
  limit: number,
): Promise<RecordList> {
  type Row = Measured & { readonly seq: number; readonly records: string };
  const rows = await tx.rows<Row>(ENDED_RECORDS, jobNo, seq, limit);
  const records = rows.flatMap((row) =>
    splitRecords(row.records)
      .map((json, i) => ({ seq: row.seq, index: i, json }))
      .filter((record) => record.seq > seq || record.index > index),
  );
  const last = rows.at(-1);
  return { records, upTo: isCut(rows, limit) ? (last as Row).seq : Number.POSITIVE_INFINITY };
}

/** Of all others; the last row of a list that was cut off may have more. */
async function pagedRecords(
  tx: Tx,
  jobNo: number,
  { seq, index }: RecordPosition,
  limit: number,
): Promise<RecordList> {
  const rows = await tx.rows<Measured & RecordRow>(PAGED_RECORDS, jobNo, seq, index, limit);
  const records = rows.map((row) => ({ seq: row.seq, index: row.idx, json: row.json }));
  const last = rows.at(-1);
  return { records, upTo: isCut(rows, limit) ? (last as RecordRow).seq : Number.POSITIVE_INFINITY };
}

interface Measured {
  readonly bytes: number;
  /** Bytes of the rows before. */
  readonly before: number;
}

function isCut(rows: readonly Measured[], limit: number): boolean {
  const last = rows.at(-1);
  return last !== undefined && (rows.length >= limit || last.before + last.bytes >= PAGE_CHARS_MAX);
}

function compare(a: RecordPosition, b: RecordPosition): number {
  return a.seq - b.seq || a.index - b.index;
}

async function answersOf(
  tx: Tx,
  jobNo: number,
  rows: readonly ResultRow[],
  paged: readonly RecordRow[],
): Promise<Map<number, Answer>> {
  const records = new Map<number, string[]>();
  for (const { seq, json } of paged) {
    const list = records.get(seq);
    if (list === undefined) records.set(seq, [json]);
    else list.push(json);
  }
  const inPacks = rows.filter(({ pack }) => pack !== null);
  const packed = await packedEnds(
    tx,
    jobNo,
    inPacks.map(({ pack }) => pack as number),
    inPacks.map(({ seq }) => seq),
  );
  return new Map(
    rows.map((row) => [
      row.seq,
      {
        state: stateOf(row),
        attemptNo: row.attempt_no,
        failure: row.failure === null ? undefined : (JSON.parse(row.failure) as Failure),
        records: row.records === null ? (records.get(row.seq) ?? []) : splitRecords(row.records),
        finishedMs: row.finished_ms ?? undefined,
        durationMs: row.duration_ms ?? undefined,
        ...packed.get(row.seq),
      },
    ]),
  );
}

function stateOf(row: ResultRow): RowResult['state'] {
  if (row.state !== null) return STATES[row.state] as RowResult['state'];
  return row.run_at === null ? 'available' : 'waiting';
}
