/** The statements that take in what another store holds, column by column. */
import { statement } from './transaction.ts';
import { texts } from './values.ts';

export const copySql = {
  /** Nobody else makes a job or a document meanwhile. */
  lock: statement('copy.lock', 'LOCK TABLE jobs, documents IN SHARE ROW EXCLUSIVE MODE'),
  held: statement(
    'copy.held',
    `SELECT (SELECT count(*) FROM jobs) AS jobs, (SELECT count(*) FROM documents) AS documents,
       (SELECT coalesce(sum(entries), 0)::bigint FROM collections) AS entries`,
  ),
  job: statement(
    'copy.job',
    `INSERT INTO jobs (id, tenant, collector, idempotency_key, spec, weight, state, planned,
       updated_ms, finished_ms, active_ms, failure, row_count, duplicates)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING no`,
  ),
  groups: statement(
    'copy.groups',
    `INSERT INTO failure_groups (job_no, holder, print_hash, refused, fingerprint, sample,
       sample_seq, count, first_ms, last_ms)
     SELECT $1, 0, b.* FROM unnest($2::uuid[], $3::bool[], $4::text[], ${texts('$5')},
       $6::int[], $7::int[], $8::float8[], $9::float8[]) AS b
     RETURNING no, print_hash AS hash, refused`,
  ),
  tasks: statement(
    'copy.tasks',
    `INSERT INTO tasks (job_no, seq, shard, key, lane, input)
     SELECT $1, b.* FROM unnest($2::int[], $3::int[], $4::uuid[], $5::text[], ${texts('$6')}) AS b`,
  ),
  aliases: statement(
    'copy.aliases',
    `INSERT INTO aliases (job_no, seq, of_seq)
     SELECT $1, b.* FROM unnest($2::int[], $3::int[]) AS b`,
  ),
  ends: statement(
    'copy.ends',
    `INSERT INTO ends (job_no, seq, state, attempt_no, finished_ms, duration_ms, failure_group,
       failure, records)
     SELECT $1, b.* FROM unnest($2::int[], $3::smallint[], $4::int[], $5::float8[],
       $6::float8[], $7::bigint[], ${texts('$8')}, ${texts('$9')}) AS b`,
  ),
  progress: statement(
    'copy.progress',
    `INSERT INTO progress (job_no, seq, run_at, attempt_no, record_count, throttled_ms,
       throttled_at, cursor, failure)
     SELECT $1, b.* FROM unnest($2::int[], $3::float8[], $4::int[], $5::int[], $6::float8[],
       $7::float8[], ${texts('$8')}, ${texts('$9')}) AS b`,
  ),
  attempts: statement(
    'copy.attempts',
    `INSERT INTO attempts (job_no, seq, no, json)
     SELECT $1, b.* FROM unnest($2::int[], $3::int[], ${texts('$4')}) AS b`,
  ),
  records: statement(
    'copy.records',
    `INSERT INTO records (job_no, seq, idx, json)
     SELECT $1, b.* FROM unnest($2::int[], $3::int[], ${texts('$4')}) AS b`,
  ),
  answers: statement(
    'copy.answers',
    `INSERT INTO cache (key, until_ms, stored_ms, job_no, seq)
     SELECT b.* FROM unnest($1::uuid[], $2::float8[], $3::float8[], $4::int[], $5::int[]) AS b`,
  ),
  lanes: statement(
    'copy.lanes',
    `INSERT INTO lane_memory (key, memory, at_ms)
     SELECT b.* FROM unnest($1::text[], ${texts('$2')}, $3::float8[]) AS b
     ON CONFLICT (key) DO UPDATE SET memory = excluded.memory, at_ms = excluded.at_ms`,
  ),
  documents: statement(
    'copy.documents',
    `INSERT INTO documents (kind, id, tenant, json, version, updated_ms)
     SELECT b.* FROM unnest($1::text[], $2::text[], $3::text[], ${texts('$4')}, $5::int[],
       $6::float8[]) AS b`,
  ),
  epoch: statement('copy.epoch', 'UPDATE epochs SET last = greatest(last, $1)'),
} as const;
