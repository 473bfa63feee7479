/** What is stored of the jobs and tasks that a batch names, locked as the commit needs it. */
import type { Commit } from '../store.ts';
import { IN_PACK } from './open-sql.ts';
import { type BatchJob, batchJob, type Progress, type TaskNow } from './task-steps.ts';
import { statement, type Tx } from './transaction.ts';
import { fromName, numbers, toName } from './values.ts';

interface JobRow {
  readonly id: string;
  readonly no: number;
  readonly tenant: string;
  readonly row_count: number;
  readonly duplicates: number;
}

interface ProgressRow {
  readonly job_no: number;
  readonly seq: number;
  readonly run_at: number | null;
  readonly attempt_no: number;
  readonly record_count: number;
  readonly throttled_ms: number | null;
  readonly throttled_at: number | null;
  readonly cursor: string | null;
  readonly failure: string | null;
}

/** Nobody opens or ends many tasks at once, or deletes the job, while this lock is held. */
const JOBS = statement(
  'commit.jobs',
  `SELECT id, no, tenant, row_count, duplicates FROM jobs WHERE id = ANY ($1::text[])
   ORDER BY no FOR KEY SHARE`,
);
/** Rows of a batch, by `columnsOf`. */
export const BATCH = 'unnest($1::int[], $2::int[]) AS b(job_no, seq)';
const PROGRESS = statement(
  'commit.progress',
  `SELECT p.* FROM ${BATCH} CROSS JOIN LATERAL (
     SELECT * FROM progress WHERE job_no = b.job_no AND seq = b.seq FOR UPDATE
   ) p`,
);
const ALIASES = statement(
  'commit.aliases',
  `SELECT b.job_no, b.seq FROM ${BATCH} CROSS JOIN LATERAL (
     SELECT 1 FROM aliases WHERE job_no = b.job_no AND seq = b.seq LIMIT 1
   ) a`,
);
const ENDED = statement(
  'commit.ended',
  `SELECT b.job_no, b.seq FROM ${BATCH} CROSS JOIN LATERAL (
     SELECT 1 FROM ends WHERE job_no = b.job_no AND seq = b.seq LIMIT 1
   ) e`,
);
const PACKED = statement(
  'commit.packed',
  `SELECT b.job_no, b.seq FROM ${BATCH}
   CROSS JOIN LATERAL (${IN_PACK('1', 'b.job_no', 'b.seq')} OFFSET 0) p`,
);
export type Jobs = ReadonlyMap<string, BatchJob>;

export async function jobsOf(tx: Tx, batch: readonly Commit[]): Promise<Jobs> {
  const ids = [...new Set(batch.map(({ jobId }) => jobId))];
  const rows = await tx.rows<JobRow>(JOBS, ids.map(toName));
  return new Map(
    rows.map((row) => {
      const { no, row_count: rowCount, duplicates } = row;
      return [fromName(row.id), batchJob(no, fromName(row.tenant), rowCount, duplicates)];
    }),
  );
}

/** The tasks that the batch names, as they are stored; what is no task is not among them. */
export async function tasksOf(
  tx: Tx,
  jobs: Jobs,
  batch: readonly Commit[],
  wary: boolean,
): Promise<ReadonlyMap<string, TaskNow>> {
  const tasks = new Map<string, TaskNow>();
  const doubtful = new Set<string>();
  for (const each of batch) {
    const job = jobs.get(each.jobId);
    if (job === undefined || each.seq < 0 || each.seq >= job.rowCount) continue;
    const name = nameOf(each);
    const once = !tasks.has(name);
    const plain = each.end !== undefined && each.end.kind !== 'waiting';
    if (wary || !once || !plain) doubtful.add(name);
    if (once) tasks.set(name, newTask(job, each.seq));
  }
  if (tasks.size === 0) return tasks;
  const named = [...tasks.values()].sort(inOrder);
  const withAliases = named.filter(({ job }) => job.duplicates > 0);
  const looked = [...tasks].filter(([name]) => doubtful.has(name)).map(([, task]) => task);
  const [progress, packed, aliases, ended] = await Promise.all([
    tx.rows<ProgressRow>(PROGRESS, ...columnsOf(named)),
    tx.rows<PlaceRow>(PACKED, ...columnsOf(named)),
    withAliases.length === 0 ? [] : tx.rows<PlaceRow>(ALIASES, ...columnsOf(withAliases)),
    looked.length === 0 ? [] : tx.rows<PlaceRow>(ENDED, ...columnsOf(looked)),
  ]);
  const byPlace = new Map([...tasks].map(([name, task]) => [`${task.job.no} ${task.seq}`, name]));
  const nameAt = (row: PlaceRow) => byPlace.get(`${row.job_no} ${row.seq}`) as string;
  for (const row of progress) {
    const name = nameAt(row);
    const task = tasks.get(name) as TaskNow;
    tasks.set(name, { ...task, had: true, progress: progressOf(row) });
  }
  for (const row of [...ended, ...packed]) (tasks.get(nameAt(row)) as TaskNow).ended = true;
  for (const row of aliases) tasks.delete(nameAt(row));
  return tasks;
}

export interface PlaceRow {
  readonly job_no: number;
  readonly seq: number;
}

export function columnsOf(tasks: readonly TaskNow[]): readonly [string, string] {
  return [numbers(tasks.map(({ job }) => job.no)), numbers(tasks.map(({ seq }) => seq))];
}

export function inOrder(a: TaskNow, b: TaskNow): number {
  return a.job.no - b.job.no || a.seq - b.seq;
}

export function nameOf({ jobId, seq }: Commit): string {
  return `${seq} ${jobId}`;
}

function newTask(job: BatchJob, seq: number): TaskNow {
  return { job, seq, ended: false, had: false, progress: undefined, changed: false };
}

function progressOf(row: ProgressRow): Progress {
  return {
    jobNo: row.job_no,
    seq: row.seq,
    runAt: row.run_at,
    attemptNo: row.attempt_no,
    recordCount: row.record_count,
    throttledMs: row.throttled_ms,
    throttledAt: row.throttled_at,
    cursor: row.cursor,
    failure: row.failure,
  };
}
