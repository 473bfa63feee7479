/** Jobs: made once, found, listed, moved by the lifecycle table. */
import type { Failure } from '../../model/failure.ts';
import type { Job, JobCounters, JobSpec } from '../../model/job.ts';
import type { JobAction, JobState } from '../../model/lifecycle.ts';
import type { ActiveMs, JobFilter, JobMove } from '../store.ts';
import { jobNotFound, moveOf } from '../store-rules.ts';
import { countersOf, readCounters, SUMS, type SumRow } from './counter-table.ts';
import { resumeShards } from './shard-table.ts';
import { type Statement, statement, type Tx } from './transaction.ts';
import { numbers, toName } from './values.ts';

/** A job's place in the tables. */
export interface JobPlace {
  readonly no: number;
  readonly rowCount: number;
  readonly duplicates: number;
  readonly planned: boolean;
  readonly running: boolean;
  /** Grows whenever ended tasks are opened again. */
  readonly reopened: number;
}

interface PlaceRow {
  readonly no: number;
  readonly row_count: number;
  readonly duplicates: number;
  readonly planned: boolean;
  readonly running: boolean;
  readonly reopened: number;
}

interface JobRow extends SumRow {
  readonly no: number;
  readonly spec: string;
  readonly state: JobState;
  readonly planned: boolean;
  readonly updated_ms: number;
  readonly counted_ms: number | null;
  readonly finished_ms: number | null;
  readonly active_ms: number;
  readonly failure: string | null;
}

const JOB = `SELECT j.no, j.spec, j.state, j.planned, j.updated_ms, j.finished_ms, j.active_ms,
  j.failure, j.row_count, j.duplicates, c.* FROM jobs j ${SUMS}`;

const BY_ID = statement('jobs.by_id', `${JOB} WHERE j.id = $1`);
const BY_KEY = statement('jobs.by_key', `${JOB} WHERE j.tenant = $1 AND j.idempotency_key = $2`);
const PLACE_COLUMNS = `no, row_count, duplicates, planned, state = 'running' AS running, reopened`;
const PLACE = statement('jobs.place', `SELECT ${PLACE_COLUMNS} FROM jobs WHERE id = $1`);
/** Beside commits, alone in adding rows and in moving the job. */
const LOCK = statement(
  'jobs.lock',
  `SELECT ${PLACE_COLUMNS} FROM jobs WHERE id = $1 FOR NO KEY UPDATE`,
);
/** Alone: commits wait, too. */
const LOCK_ALONE = statement(
  'jobs.lock_alone',
  `SELECT ${PLACE_COLUMNS} FROM jobs WHERE id = $1 FOR UPDATE`,
);
const MOVE = statement(
  'jobs.move',
  `UPDATE jobs SET state = $2, updated_ms = $3, finished_ms = $4, active_ms = $5, failure = $6
   WHERE id = $1`,
);
// Locked in the order in which everybody locks several jobs.
const ADD_ACTIVE = statement(
  'jobs.add_active',
  `WITH shares AS MATERIALIZED (
     SELECT j.no, s.ms FROM unnest($1::text[], $2::float8[]) s (id, ms) JOIN jobs j ON j.id = s.id
     ORDER BY j.no FOR NO KEY UPDATE OF j
   )
   UPDATE jobs SET active_ms = active_ms + shares.ms FROM shares WHERE jobs.no = shares.no`,
);
const FINISH_PLAN = statement(
  'jobs.finish_plan',
  'UPDATE jobs SET planned = true, updated_ms = $2 WHERE id = $1',
);

/** Which lock on the job's row a transaction takes. */
export type JobLock = 'beside' | 'alone';

/** The job that a new one would be a second of. */
export async function knownJob(tx: Tx, spec: JobSpec): Promise<Job> {
  const { id, tenant, idempotencyKey: key } = spec;
  const [byKey, byId] = await Promise.all([
    key === undefined ? undefined : tx.row<JobRow>(BY_KEY, toName(tenant), toName(key)),
    tx.row<JobRow>(BY_ID, toName(id)),
  ]);
  return jobOf((byKey ?? byId) as JobRow);
}

export async function findJob(tx: Pick<Tx, 'row'>, id: string): Promise<Job | undefined> {
  const row = await tx.row<JobRow>(BY_ID, toName(id));
  return row && jobOf(row);
}

async function getJob(tx: Tx, id: string): Promise<Job> {
  const job = await findJob(tx, id);
  if (job === undefined) throw jobNotFound(id);
  return job;
}

/** Newest first. */
export async function listJobs(tx: Pick<Tx, 'rows'>, filter: JobFilter): Promise<readonly Job[]> {
  const { ids, tenant, collector, states, idempotencyKey, before } = filter;
  const where: string[] = [];
  const values: unknown[] = [];
  let shape = '';
  const narrow = (name: string, condition: (value: string) => string, value: unknown) => {
    if (value === undefined) return;
    values.push(typeof value === 'string' ? toName(value) : value);
    where.push(condition(`$${values.length}`));
    shape += `.${name}`;
  };
  narrow('ids', (value) => `j.id = ANY (${value}::text[])`, ids);
  narrow('tenant', (value) => `j.tenant = ${value}`, tenant);
  narrow('collector', (value) => `j.collector = ${value}`, collector);
  narrow('states', (value) => `j.state = ANY (${value}::text[])`, states);
  narrow('key', (value) => `j.idempotency_key = ${value}`, idempotencyKey);
  narrow('before', (value) => `j.id < ${value}`, before);
  const condition = where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`;
  const limit = `ORDER BY j.id DESC LIMIT $${values.length + 1}`;
  const asked: Statement = statement(`jobs.list${shape}`, `${JOB} ${condition} ${limit}`);
  const rows = await tx.rows<JobRow>(asked, ...values, Math.max(0, filter.limit));
  return rows.map(jobOf);
}

/** Where the job lies in the tables; rejects with `job.not_found`. */
export async function placeOf(tx: Tx, id: string, lock?: JobLock): Promise<JobPlace> {
  const asked = lock === undefined ? PLACE : lock === 'alone' ? LOCK_ALONE : LOCK;
  const row = await tx.row<PlaceRow>(asked, toName(id));
  if (row === undefined) throw jobNotFound(id);
  const { row_count: rowCount, ...rest } = row;
  return { ...rest, rowCount };
}

export async function moveJob(tx: Tx, id: string, action: JobAction, at: JobMove): Promise<Job> {
  const { no } = await placeOf(tx, id, 'beside');
  const job = await getJob(tx, id);
  const next = moveOf(job, action, at);
  await tx.run(
    MOVE,
    toName(id),
    next.state,
    next.updatedMs,
    next.finishedMs ?? null,
    next.activeMs,
    next.failure === undefined ? null : JSON.stringify(next.failure),
  );
  if (next.state === 'running' && job.state !== 'running') await resumeShards(tx, no);
  return getJob(tx, id);
}

export async function addActive(tx: Tx, shares: readonly ActiveMs[]): Promise<void> {
  const ids = shares.map(([id]) => toName(id));
  await tx.run(ADD_ACTIVE, ids, numbers(shares.map(([, ms]) => ms)));
}

export async function finishPlan(tx: Tx, id: string, nowMs: number): Promise<Job> {
  await placeOf(tx, id, 'beside');
  await tx.run(FINISH_PLAN, toName(id), nowMs);
  return getJob(tx, id);
}

export async function countersOfJob(tx: Tx, jobNo: number): Promise<JobCounters> {
  return (await readCounters(tx, [jobNo])).get(jobNo) as JobCounters;
}

function jobOf(row: JobRow): Job {
  const spec = JSON.parse(row.spec) as JobSpec;
  return {
    ...spec,
    idempotencyKey: spec.idempotencyKey ?? undefined,
    state: row.state,
    planned: row.planned,
    counters: countersOf(row),
    updatedMs: Math.max(row.updated_ms, row.counted_ms ?? 0),
    finishedMs: row.finished_ms ?? undefined,
    activeMs: row.active_ms,
    failure: row.failure === null ? undefined : (JSON.parse(row.failure) as Failure),
  };
}
