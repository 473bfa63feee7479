/** What an open task is, in SQL, of `tasks t`. */
export const WITH_PROGRESS = 'LEFT JOIN progress p ON p.job_no = t.job_no AND p.seq = t.seq';
export const NOT_ENDED =
  'NOT EXISTS (SELECT 1 FROM ends e WHERE e.job_no = t.job_no AND e.seq = t.seq)';
/** With `WITH_PROGRESS`. */
export const TASK_COLUMNS = `t.seq, t.input, t.lane, p.attempt_no, p.cursor, p.record_count,
  p.throttled_ms, p.throttled_at`;
