/**
 * What there is to do. Every statement looks at a bounded range of rows, found by the keys alone:
 * whatever the planner of the database believes of a table that has just grown, it cannot go wrong
 * by much.
 */
import type { LaneKey } from '../../model/lane.ts';
import { sliceOf } from '../../model/slice.ts';
import type { Task } from '../../model/task.ts';
import { addCounts, noDelta } from './counter-table.ts';
import type { JobPlace } from './job-table.ts';
import type { OpenRows } from './open-rows.ts';
import {
  NOT_ENDED,
  TASK_AT,
  TASK_COLUMNS,
  TASKS_BETWEEN,
  TASKS_OF,
  WITH_END,
  WITH_PROGRESS,
} from './open-sql.ts';
import { statement, type Tx } from './transaction.ts';
import { fromName, numbers, toName } from './values.ts';

export interface TaskRow {
  readonly seq: number;
  readonly input: string;
  readonly lane: string | null;
  // Not read of tasks that have not begun.
  readonly attempt_no?: number | null;
  readonly cursor?: string | null;
  readonly record_count?: number | null;
  readonly throttled_ms?: number | null;
  readonly throttled_at?: number | null;
}

/** Texts of one answer, in bytes: rows may be large, and so may be what asks for them. */
const READ_BYTES_MAX = 4 * 2 ** 20;
/** Shards looked through at once for the tasks of one lane. */
const SHARDS_AT_ONCE = 20;

/** The first rows, one at least, as far as their texts fit into one answer. */
const fitting = (rows: string) => `
  SELECT * FROM (
    SELECT found.*, sum(bytes) OVER (ORDER BY seq) - bytes AS before FROM (${rows}) found
  ) summed WHERE before < ${READ_BYTES_MAX} ORDER BY seq`;
const BYTES = 'octet_length(t.input) + coalesce(octet_length(p.cursor), 0) AS bytes';

export const PENDING = statement(
  'tasks.pending',
  fitting(`
    SELECT ${TASK_COLUMNS}, ${BYTES} FROM ${TASKS_BETWEEN('$1', '$2', '$3')} t
      ${WITH_END} ${WITH_PROGRESS}
    WHERE p.run_at IS NULL AND ${NOT_ENDED}
    ORDER BY t.seq LIMIT $4`),
);
const SHARDS = statement(
  'tasks.shards_of_slice',
  `SELECT no, first_seq FROM shards WHERE job_no = $1 AND slice = $2 AND last_seq >= $3
   ORDER BY first_seq, no OFFSET $4 LIMIT $5`,
);
export const PENDING_IN_SHARDS = statement(
  'tasks.pending_in_shards',
  fitting(`
    SELECT ${TASK_COLUMNS}, ${BYTES} FROM tasks t ${WITH_END} ${WITH_PROGRESS}
    WHERE t.job_no = $1 AND t.shard = ANY ($2::int[]) AND t.lane = $3 AND t.seq >= $4
      AND p.run_at IS NULL AND ${NOT_ENDED}
    ORDER BY t.seq LIMIT $5`),
);
const DUE = statement(
  'tasks.due',
  `SELECT p.seq, octet_length(t.input) + coalesce(octet_length(p.cursor), 0) AS bytes
   FROM progress p CROSS JOIN LATERAL ${TASK_AT('p.job_no', 'p.seq')} t
   WHERE p.job_no = $1 AND p.run_at IS NOT NULL AND p.run_at <= $2
   ORDER BY p.run_at, p.seq LIMIT $3 FOR UPDATE OF p SKIP LOCKED`,
);
const TAKE = statement(
  'tasks.take',
  `UPDATE progress SET run_at = NULL, failure = NULL
   WHERE job_no = $1 AND seq = ANY ($2::int[]) AND run_at IS NOT NULL`,
);
const BY_SEQ = statement(
  'tasks.by_seq',
  `SELECT ${TASK_COLUMNS} FROM ${TASKS_OF('$2')} ${WITH_PROGRESS} ORDER BY b.place`,
);
const NEXT_DUE = statement(
  'tasks.next_due',
  `SELECT run_at FROM progress WHERE job_no = $1 AND run_at IS NOT NULL
   ORDER BY run_at LIMIT 1`,
);

/** Pending tasks with `seq >= fromSeq`, in order. */
export async function pending(
  tx: Tx,
  jobId: string,
  place: JobPlace,
  open: OpenRows,
  fromSeq: number,
  limit: number,
): Promise<readonly Task[]> {
  const found: TaskRow[] = [];
  let bytes = 0;
  const last = place.rowCount - 1;
  let from = open.skip(place, Math.max(0, fromSeq));
  while (from <= last && found.length < limit && bytes < READ_BYTES_MAX) {
    const to = Math.min(last, open.endOf(from));
    const left = limit - found.length;
    const rows = await tx.rows<TaskRow>(PENDING, place.no, from, to, left);
    found.push(...rows);
    for (const row of rows) bytes += row.input.length;
    from = open.skip(place, to + 1);
  }
  return tasksOf(jobId, found);
}

/** The same within one lane: in the shards of its slice. */
export async function pendingInLane(
  tx: Tx,
  jobId: string,
  place: JobPlace,
  lane: LaneKey,
  fromSeq: number,
  limit: number,
): Promise<readonly Task[]> {
  if (limit <= 0) return [];
  const slice = sliceOf(lane);
  const name = toName(lane);
  let found: TaskRow[] = [];
  for (let at = 0; ; at += SHARDS_AT_ONCE) {
    type Shard = { readonly no: number; readonly first_seq: number };
    const values = [place.no, slice, fromSeq, at, SHARDS_AT_ONCE + 1];
    const shards = await tx.rows<Shard>(SHARDS, ...values);
    const nos = numbers(shards.slice(0, SHARDS_AT_ONCE).map(({ no }) => no));
    const rows = await tx.rows<TaskRow>(PENDING_IN_SHARDS, place.no, nos, name, fromSeq, limit);
    found = [...found, ...rows].sort((a, b) => a.seq - b.seq).slice(0, limit);
    const next = shards[SHARDS_AT_ONCE];
    if (next === undefined) break;
    // Shards behind have no row before their first: what is found is in order up to there.
    const last = found[limit - 1];
    if (last !== undefined && last.seq < next.first_seq) break;
  }
  return tasksOf(jobId, upTo(found));
}

/** Takes waiting tasks whose time has come, the longest due first. */
export async function takeDue(
  tx: Tx,
  holder: number,
  jobId: string,
  jobNo: number,
  nowMs: number,
  limit: number,
): Promise<readonly Task[]> {
  type Due = { readonly seq: number; readonly bytes: number };
  const due = await tx.rows<Due>(DUE, jobNo, nowMs, Math.max(0, limit));
  if (due.length === 0) return [];
  let bytes = 0;
  const seqs: number[] = [];
  for (const row of due) {
    if (bytes >= READ_BYTES_MAX) break;
    seqs.push(row.seq);
    bytes += row.bytes;
  }
  const [count, rows] = await Promise.all([
    tx.run(TAKE, jobNo, numbers(seqs)),
    tx.rows<TaskRow>(BY_SEQ, jobNo, numbers(seqs)),
  ]);
  await addCounts(tx, holder, [{ jobNo, delta: { ...noDelta(), waiting: -count }, nowMs }]);
  return tasksOf(jobId, rows);
}

export async function nextDueMs(tx: Tx, jobNo: number): Promise<number | undefined> {
  return (await tx.row<{ run_at: number }>(NEXT_DUE, jobNo))?.run_at;
}

export function tasksOf(jobId: string, rows: readonly TaskRow[]): readonly Task[] {
  return rows.map((row) => {
    const task = {
      jobId,
      seq: row.seq,
      input: row.input,
      lane: (row.lane === null ? '' : fromName(row.lane)) as LaneKey | '',
      attemptNo: row.attempt_no ?? 0,
      cursor: row.cursor ?? undefined,
      recordCount: row.record_count ?? 0,
    };
    const { throttled_ms: ms, throttled_at: atMs } = row;
    const told = typeof ms === 'number' && typeof atMs === 'number';
    return told ? { ...task, throttled: { ms, atMs } } : task;
  });
}

function upTo(rows: readonly TaskRow[]): readonly TaskRow[] {
  let bytes = 0;
  const end = rows.findIndex((row) => {
    const over = bytes >= READ_BYTES_MAX;
    bytes += row.input.length;
    return over;
  });
  return end === -1 ? rows : rows.slice(0, end);
}
