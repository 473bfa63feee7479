/**
 * What is stored of a task beside its row, in SQL, of `tasks t`. Each is looked up by its key, row
 * by row: a subquery with a limit is never turned into a join of whole tables, whatever the planner
 * of the database believes of how many rows there are.
 */
export const WITH_PROGRESS = `LEFT JOIN LATERAL (
    SELECT * FROM progress WHERE job_no = t.job_no AND seq = t.seq LIMIT 1
  ) p ON true`;
export const WITH_END = `LEFT JOIN LATERAL (
    SELECT * FROM ends WHERE job_no = t.job_no AND seq = t.seq LIMIT 1
  ) e ON true`;
/** With `WITH_END`. */
export const NOT_ENDED = 'e.seq IS NULL';
/** With `WITH_PROGRESS`. */
export const TASK_COLUMNS = `t.seq, t.input, t.lane, p.attempt_no, p.cursor, p.record_count,
  p.throttled_ms, p.throttled_at`;
/** Rows of `tasks t` by an array, one at most for each. */
export const TASKS_OF = (seqs: string) => `unnest(${seqs}::int[]) WITH ORDINALITY AS b(seq, place)
  CROSS JOIN LATERAL (SELECT * FROM tasks WHERE job_no = $1 AND seq = b.seq LIMIT 1) t`;
