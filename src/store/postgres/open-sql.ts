/**
 * What is stored of a task beside its row, in SQL, of tasks `t`. Each is looked up by its key, row
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
/** Of packs `tp` of tasks, one row for each: its input and its number, from 1 on. */
export const EACH_INPUT = `unnest(string_to_array(tp.inputs, chr(31))) WITH ORDINALITY AS each(input, n)`;
export const PACKED_SEQ = 'tp.first_seq + each.n::int - 1';
const PACKED_TASK = `tp.job_no, ${PACKED_SEQ}, tp.shard, NULL, each.input`;
const OF_PACK = `SELECT ${PACKED_TASK} FROM task_packs tp CROSS JOIN LATERAL ${EACH_INPUT}`;
const TASK = 'SELECT job_no, seq, shard, lane, input FROM tasks';
/** Tasks, whether they have rows or are in packs: those of a bounded range of rows. */
export const TASKS_BETWEEN = (jobNo: string, from: string, to: string) => `(
    ${TASK} WHERE job_no = ${jobNo} AND seq BETWEEN ${from} AND ${to}
    UNION ALL
    ${OF_PACK}
    WHERE ${PACKS_BETWEEN('tp', jobNo, from, to)} AND ${PACKED_SEQ} BETWEEN ${from} AND ${to}
  )`;
/**
 * The packs of tasks of one shard, with `columns`: found by its rows, for an index by shard would
 * have to be written, and might be taken where another one is meant.
 */
export const PACKS_OF_SHARD = (columns: string, jobNo: string, shard: string) => `
  SELECT ${columns} FROM (
    SELECT * FROM shards WHERE shards.job_no = ${jobNo} AND shards.no = ${shard} LIMIT 1
  ) home CROSS JOIN LATERAL (
    SELECT x.ctid AS at, x.* FROM task_packs x
    WHERE ${PACKS_BETWEEN('x', 'home.job_no', 'home.first_seq', 'home.last_seq')}
      AND x.shard = home.no OFFSET 0
  ) tp`;
/** The same of one shard. */
export const TASKS_OF_SHARD = (jobNo: string, shard: string) => `(
    ${TASK} WHERE tasks.job_no = ${jobNo} AND tasks.shard = ${shard}
    UNION ALL
    ${PACKS_OF_SHARD(PACKED_TASK, jobNo, shard)} CROSS JOIN LATERAL ${EACH_INPUT} OFFSET 0
  )`;
/** The task of one row, where it is one. */
export const TASK_AT = (jobNo: string, seq: string) => `(
    ${TASK} WHERE tasks.job_no = ${jobNo} AND tasks.seq = ${seq}
    UNION ALL
    SELECT tp.job_no, ${seq}, tp.shard, NULL,
      split_part(tp.inputs, chr(31), ${seq} - tp.first_seq + 1)
    FROM (
      SELECT * FROM task_packs WHERE task_packs.job_no = ${jobNo} AND last_seq >= ${seq}
      ORDER BY last_seq LIMIT 1
    ) tp WHERE tp.first_seq <= ${seq}
    LIMIT 1
  )`;
/** With `WITH_END`. */
export const NOT_ENDED = 'e.seq IS NULL';
/** With `WITH_PROGRESS`. */
export const TASK_COLUMNS = `t.seq, t.input, t.lane, p.attempt_no, p.cursor, p.record_count,
  p.throttled_ms, p.throttled_at`;
/** Tasks `t` by an array, one at most for each. */
export const TASKS_OF = (seqs: string) => `unnest(${seqs}::int[]) WITH ORDINALITY AS b(seq, place)
  CROSS JOIN LATERAL ${TASK_AT('$1', 'b.seq')} t`;
