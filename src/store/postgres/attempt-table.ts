/** The last attempts of tasks that did not get through at once. */
import {
  ATTEMPTS_KEPT,
  type AttemptQuery,
  type AttemptRecord,
  type JobAttempt,
  type KeptAttempt,
} from '../../model/attempt-record.ts';
import { statement, type Tx } from './transaction.ts';
import { jsonTexts, numbers, texts } from './values.ts';

const ADD = statement(
  'attempts.add',
  `WITH added AS (
     INSERT INTO attempts (job_no, seq, no, json)
     SELECT b.job_no, b.seq, b.nth + coalesce((
       SELECT no FROM attempts WHERE job_no = b.job_no AND seq = b.seq ORDER BY no DESC LIMIT 1
     ), 0), b.json
     FROM unnest($1::int[], $2::int[], $3::int[], ${texts('$4')}) AS b(job_no, seq, nth, json)
     ON CONFLICT DO NOTHING RETURNING job_no, seq, no
   )
   DELETE FROM attempts WHERE ctid = ANY (ARRAY (
     SELECT a.ctid FROM added CROSS JOIN LATERAL (
       SELECT ctid FROM attempts WHERE job_no = added.job_no AND seq = added.seq
         AND no <= added.no - ${ATTEMPTS_KEPT} OFFSET 0
     ) a))`,
);
const LIST = statement(
  'attempts.list',
  'SELECT no, json FROM attempts WHERE job_no = $1 AND seq = $2 ORDER BY no',
);

// As the index has it.
const NEWEST = statement(
  'attempts.newest',
  `SELECT seq, no, json FROM attempts
   WHERE job_no = $1 AND (started_ms, seq, no) < ($2::float8, $3::int, $4::int)
   ORDER BY started_ms DESC, seq DESC, no DESC LIMIT $5`,
);

export interface NewAttempt {
  readonly jobNo: number;
  readonly seq: number;
  /** JSON text of an `AttemptRecord`. */
  readonly json: string;
}

/** Those of one task in their order. */
export async function addAttempts(tx: Tx, added: readonly NewAttempt[]): Promise<void> {
  if (added.length === 0) return;
  const counts = new Map<string, number>();
  const nth = added.map(({ jobNo, seq }) => {
    const name = `${jobNo} ${seq}`;
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return count;
  });
  await tx.run(
    ADD,
    numbers(added.map(({ jobNo }) => jobNo)),
    numbers(added.map(({ seq }) => seq)),
    numbers(nth),
    jsonTexts(added.map(({ json }) => json)),
  );
}

export async function listAttempts(
  tx: Tx,
  jobNo: number,
  seq: number,
): Promise<readonly KeptAttempt[]> {
  const rows = await tx.rows<{ no: number; json: string }>(LIST, jobNo, seq);
  return rows.map(({ no, json }) => ({ no, ...(JSON.parse(json) as AttemptRecord) }));
}

/** Of one job, begun last first. */
export async function newestAttempts(
  tx: Tx,
  jobNo: number,
  { after, limit }: AttemptQuery,
): Promise<readonly JobAttempt[]> {
  const { startedMs, seq, no } = after ?? { startedMs: Number.MAX_VALUE, seq: 0, no: 0 };
  const rows = await tx.rows<{ seq: number; no: number; json: string }>(
    NEWEST,
    jobNo,
    startedMs,
    seq,
    no,
    limit,
  );
  return rows.map(({ json, ...place }) => ({ ...place, ...(JSON.parse(json) as AttemptRecord) }));
}
