/**
 * What touches many tasks at once: cancelling, trying anew, deleting. Each function does one
 * bounded piece, a transaction of its own with exact counters. A piece is alone with the job:
 * commits wait for it, and pass between the pieces.
 */
import type { JobCounters } from '../../model/job.ts';
import { addCounts, noDelta } from './counter-table.ts';
import { END, retriableGroups, shrinkGroup } from './failure-table.ts';
import { countersOfJob, placeOf } from './job-table.ts';
import { NOT_ENDED, TASKS_BETWEEN, WITH_END, WITH_PROGRESS } from './open-sql.ts';
import { closeShards, reopenShards } from './shard-table.ts';
import { statement, type Tx } from './transaction.ts';

/** Rows of one piece: some tens of milliseconds. */
const PIECE_ROWS = 10_000;
/** A task may have many records. */
const PURGE_ROWS = 2_000;

const WAITING_IN = statement(
  'control.waiting_in',
  `SELECT count(*) AS count FROM progress
   WHERE job_no = $1 AND seq BETWEEN $2 AND $3 AND run_at IS NOT NULL`,
);
const CANCEL = statement(
  'control.cancel',
  `INSERT INTO ends (job_no, seq, state, attempt_no, finished_ms)
   SELECT t.job_no, t.seq, ${END.cancelled}, coalesce(p.attempt_no, 0), $4
   FROM ${TASKS_BETWEEN('$1', '$2', '$3')} t ${WITH_END} ${WITH_PROGRESS}
   WHERE ${NOT_ENDED}
   ORDER BY t.seq`,
);
const DROP_PROGRESS = statement(
  'control.drop_progress',
  `DELETE FROM progress p WHERE p.job_no = $1 AND p.seq BETWEEN $2 AND $3 AND (
     SELECT e.state FROM ends e WHERE e.job_no = p.job_no AND e.seq = p.seq LIMIT 1
   ) = ${END.cancelled}`,
);
const LAST_OF_GROUP = statement(
  'control.last_of_group',
  `SELECT max(seq) AS seq FROM (
     SELECT seq FROM ends WHERE failure_group = $1 ORDER BY seq LIMIT $2
   ) piece`,
);
const REOPEN = statement(
  'control.reopen',
  `WITH opened AS (
     DELETE FROM ends WHERE failure_group = $2 AND seq <= $4 RETURNING seq, failure
   )
   INSERT INTO progress (job_no, seq, run_at, attempt_no, record_count, failure)
   SELECT $1, seq, $3, 0, 0, failure FROM opened
   ON CONFLICT (job_no, seq) DO UPDATE SET run_at = excluded.run_at, attempt_no = 0,
     failure = excluded.failure, throttled_ms = NULL
   RETURNING seq`,
);
const REOPENED = statement(
  'control.reopened',
  'UPDATE jobs SET reopened = reopened + 1 WHERE no = $1',
);
const UNLIST = statement(
  'control.unlist',
  `WITH gone AS (DELETE FROM jobs WHERE no = $1 RETURNING no, row_count)
   INSERT INTO deleted_jobs (no, row_count) SELECT no, row_count FROM gone`,
);
// Another node may be at it already.
const DELETED = statement('control.deleted', 'SELECT no FROM deleted_jobs ORDER BY no');
const LOCK_DELETED = statement(
  'control.lock_deleted',
  'SELECT row_count FROM deleted_jobs WHERE no = $1 FOR UPDATE',
);
const PURGE = ['records', 'cache', 'attempts', 'progress', 'ends', 'aliases', 'tasks'].map(
  (table) =>
    statement(
      `control.purge_${table}`,
      `DELETE FROM ${table} WHERE job_no = $1 AND seq BETWEEN $2 AND $3`,
    ),
);
const PURGE_PACKS = ['end_packs', 'task_packs'].map((table) =>
  statement(
    `control.purge_${table}`,
    `DELETE FROM ${table} WHERE job_no = $1 AND last_seq BETWEEN $2 AND $3`,
  ),
);
const PURGE_JOB = ['shards', 'counters', 'failure_groups', 'record_log'].map((table) =>
  statement(`control.purge_${table}`, `DELETE FROM ${table} WHERE job_no = $1`),
);
const FORGET = statement('control.forget', 'DELETE FROM deleted_jobs WHERE no = $1');

/**
 * Cancels what is open among the rows from `fromSeq` of one piece. The last piece closes the
 * job's shards.
 */
export async function cancelPiece(
  tx: Tx,
  jobId: string,
  fromSeq: number,
  nowMs: number,
): Promise<{ readonly counters: JobCounters; readonly next: number | undefined }> {
  const { no, rowCount } = await placeOf(tx, jobId, 'alone');
  const range = [no, fromSeq, fromSeq + PIECE_ROWS - 1];
  const [waiting, cancelled] = await Promise.all([
    tx.row<{ count: number }>(WAITING_IN, ...range),
    tx.run(CANCEL, ...range, nowMs),
  ]);
  const next = fromSeq + PIECE_ROWS < rowCount ? fromSeq + PIECE_ROWS : undefined;
  if (cancelled > 0) await tx.run(DROP_PROGRESS, ...range);
  if (next === undefined) await closeShards(tx, no);
  const delta = { ...noDelta(), cancelled, waiting: -(waiting?.count ?? 0) };
  await addCounts(tx, 0, [{ jobNo: no, delta, nowMs: cancelled === 0 ? 0 : nowMs }]);
  return { counters: await countersOfJob(tx, no), next };
}

/** Numbers of the groups of failures that `only` means. */
export async function retriable(
  tx: Tx,
  jobId: string,
  only: string | undefined,
): Promise<readonly number[]> {
  return retriableGroups(tx, (await placeOf(tx, jobId)).no, only);
}

/** Opens one piece of a group again; returns how many tasks, 0 = none are left. */
export async function retryPiece(
  tx: Tx,
  jobId: string,
  group: number,
  nowMs: number,
): Promise<number> {
  const { no } = await placeOf(tx, jobId, 'alone');
  const last = await tx.row<{ seq: number | null }>(LAST_OF_GROUP, group, PIECE_ROWS);
  if (last === undefined || last.seq === null) return 0;
  const rows = await tx.rows<{ seq: number }>(REOPEN, no, group, nowMs, last.seq);
  const count = rows.length;
  const seqs = rows.map(({ seq }) => seq);
  await Promise.all([
    tx.run(REOPENED, no),
    reopenShards(tx, no, seqs),
    shrinkGroup(tx, group, count),
  ]);
  const delta = { ...noDelta(), discarded: -count, waiting: count };
  await addCounts(tx, 0, [{ jobNo: no, delta, nowMs }]);
  return count;
}

/** The job is gone for everybody; its rows are purged piece by piece. */
export async function unlist(tx: Tx, jobId: string): Promise<number> {
  const { no } = await placeOf(tx, jobId, 'alone');
  await tx.run(UNLIST, no);
  return no;
}

/** Numbers of jobs whose rows are still to be purged, after a crash in the middle too. */
export async function unpurged(tx: Pick<Tx, 'rows'>): Promise<readonly number[]> {
  return (await tx.rows<{ no: number }>(DELETED)).map(({ no }) => no);
}

/** Purges the rows from `fromSeq` of one piece; returns where the next begins. */
export async function purgePiece(
  tx: Tx,
  jobNo: number,
  fromSeq: number,
): Promise<number | undefined> {
  const row = await tx.row<{ row_count: number }>(LOCK_DELETED, jobNo);
  if (row === undefined) return undefined;
  if (fromSeq < row.row_count) {
    const range = [jobNo, fromSeq, fromSeq + PURGE_ROWS - 1];
    await Promise.all([...PURGE, ...PURGE_PACKS].map((asked) => tx.run(asked, ...range)));
    return fromSeq + PURGE_ROWS;
  }
  await Promise.all([...PURGE_JOB, FORGET].map((asked) => tx.run(asked, jobNo)));
  return undefined;
}
