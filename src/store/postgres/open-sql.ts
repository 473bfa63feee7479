/**
 * What is stored of a task beside its row, in SQL, of `tasks t`. Each is looked up by its key, row
 * by row: a subquery with a limit is never turned into a join of whole tables, whatever the planner
 * of the database believes of how many rows there are.
 */
import { PACK_ROWS_MAX } from './end-pack.ts';

export const WITH_PROGRESS = `LEFT JOIN LATERAL (
    SELECT * FROM progress WHERE job_no = t.job_no AND seq = t.seq LIMIT 1
  ) p ON true`;
/** The pack of ends that the row is in, where there is one: a query of one row at most. */
export const IN_PACK = (columns: string, jobNo: string, seq: string) => `
  SELECT ${columns} FROM (
    SELECT first_seq, last_seq, chars FROM end_packs WHERE job_no = ${jobNo} AND last_seq >= ${seq}
    ORDER BY last_seq LIMIT 1
  ) pack WHERE pack.first_seq <= ${seq}`;
/** What bounds the packs of ends `p` that have a row between two. */
export const PACKS_BETWEEN = (p: string, jobNo: string, from: string, to: string) =>
  `${p}.job_no = ${jobNo} AND ${p}.first_seq <= ${to}
     AND ${p}.last_seq BETWEEN ${from} AND ${to} + ${PACK_ROWS_MAX - 1}`;
/** `pack`: the last row of the pack that has its end; what that says is read apart. */
export const WITH_END = `LEFT JOIN LATERAL (
    SELECT seq, state, attempt_no, finished_ms, duration_ms, failure, records, NULL::int AS pack,
      octet_length(records) AS bytes
    FROM ends WHERE job_no = t.job_no AND seq = t.seq
    UNION ALL
    ${IN_PACK(
      `t.seq, 1::smallint, NULL, NULL, NULL, NULL, NULL, last_seq,
       chars / (last_seq - first_seq + 1)`,
      't.job_no',
      't.seq',
    )} LIMIT 1
  ) e ON true`;
/** With `WITH_END`. */
export const NOT_ENDED = 'e.seq IS NULL';
/** With `WITH_PROGRESS`. */
export const TASK_COLUMNS = `t.seq, t.input, t.lane, p.attempt_no, p.cursor, p.record_count,
  p.throttled_ms, p.throttled_at`;
/** Rows of `tasks t` by an array, one at most for each. */
export const TASKS_OF = (seqs: string) => `unnest(${seqs}::int[]) WITH ORDINALITY AS b(seq, place)
  CROSS JOIN LATERAL (SELECT * FROM tasks WHERE job_no = $1 AND seq = b.seq LIMIT 1) t`;
