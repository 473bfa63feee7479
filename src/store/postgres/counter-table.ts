/**
 * Counters of jobs: a row for each who counts, summed when they are read, so that nodes never wait
 * for each other. They move only by what the statements of the same transaction have changed.
 */
import type { JobCounters } from '../../model/job.ts';
import { statement, type Tx } from './transaction.ts';
import { numbers } from './values.ts';

/** What one transaction adds to a job's counters. Rows of the input are counted with the job. */
export type CounterDelta = {
  -readonly [Name in Exclude<keyof JobCounters, 'tasks' | 'duplicates'>]: number;
};

export function noDelta(): CounterDelta {
  return { completed: 0, discarded: 0, cancelled: 0, waiting: 0, records: 0, failedAttempts: 0 };
}

/** Sums of the columns of `counters`, to be joined with `jobs j`. */
export const SUMS = `
  LEFT JOIN LATERAL (
    SELECT sum(completed) AS completed, sum(discarded) AS discarded,
      sum(cancelled) AS cancelled, sum(waiting) AS waiting, sum(records)::bigint AS records,
      sum(failed_attempts)::bigint AS failed_attempts, max(updated_ms) AS counted_ms
    FROM counters WHERE job_no = j.no
  ) c ON true`;

export interface SumRow {
  readonly row_count: number;
  readonly duplicates: number;
  readonly completed: number | null;
  readonly discarded: number | null;
  readonly cancelled: number | null;
  readonly waiting: number | null;
  readonly records: number | null;
  readonly failed_attempts: number | null;
}

export interface Count {
  readonly jobNo: number;
  readonly delta: CounterDelta;
  /** Wall time of the change; 0 = nothing has changed. */
  readonly nowMs: number;
}

const ADD = statement(
  'counters.add',
  `INSERT INTO counters (job_no, holder, completed, discarded, cancelled, waiting, records,
     failed_attempts, updated_ms)
   SELECT b.job_no, $1, b.completed, b.discarded, b.cancelled, b.waiting, b.records, b.failed, b.at
   FROM unnest($2::int[], $3::int[], $4::int[], $5::int[], $6::int[], $7::bigint[], $8::bigint[],
     $9::float8[]) AS b(job_no, completed, discarded, cancelled, waiting, records, failed, at)
   ORDER BY b.job_no
   ON CONFLICT (job_no, holder) DO UPDATE SET
     completed = counters.completed + excluded.completed,
     discarded = counters.discarded + excluded.discarded,
     cancelled = counters.cancelled + excluded.cancelled,
     waiting = counters.waiting + excluded.waiting,
     records = counters.records + excluded.records,
     failed_attempts = counters.failed_attempts + excluded.failed_attempts,
     updated_ms = greatest(counters.updated_ms, excluded.updated_ms)`,
);
const READ = statement(
  'counters.read',
  `SELECT j.no, j.row_count, j.duplicates, c.* FROM jobs j ${SUMS} WHERE j.no = ANY ($1::int[])`,
);

/** Adds to the counters of jobs, as the last thing that a transaction does: others may wait. */
export async function addCounts(tx: Tx, holder: number, counts: readonly Count[]): Promise<void> {
  const changed = counts.filter(({ nowMs }) => nowMs > 0);
  if (changed.length === 0) return;
  const column = (of: (count: Count) => number) => numbers(changed.map(of));
  await tx.run(
    ADD,
    holder,
    column(({ jobNo }) => jobNo),
    column(({ delta }) => delta.completed),
    column(({ delta }) => delta.discarded),
    column(({ delta }) => delta.cancelled),
    column(({ delta }) => delta.waiting),
    column(({ delta }) => delta.records),
    column(({ delta }) => delta.failedAttempts),
    column(({ nowMs }) => nowMs),
  );
}

/** Counters by the numbers of jobs. */
export async function readCounters(
  tx: Tx,
  jobNos: readonly number[],
): Promise<ReadonlyMap<number, JobCounters>> {
  const rows = await tx.rows<SumRow & { readonly no: number }>(READ, numbers(jobNos));
  return new Map(rows.map((row) => [row.no, countersOf(row)]));
}

export function countersOf(row: SumRow): JobCounters {
  return {
    tasks: row.row_count - row.duplicates,
    completed: row.completed ?? 0,
    discarded: row.discarded ?? 0,
    cancelled: row.cancelled ?? 0,
    waiting: row.waiting ?? 0,
    duplicates: row.duplicates,
    records: row.records ?? 0,
    failedAttempts: row.failed_attempts ?? 0,
  };
}
