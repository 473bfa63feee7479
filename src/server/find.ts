/**
 * Jobs and rows by what no index knows: a word in them, since when, a failure's code. So many are
 * looked through for one answer, which says where to go on: its cost does not grow with the past.
 */
import { fingerprint, isMeantBy } from '../model/failure.ts';
import type { Job } from '../model/job.ts';
import type { FoundTask, JobFilter, Store, TaskPage, TaskQuery } from '../store/store.ts';

const JOBS_LOOKED_MAX = 1_000;
/** Asking for a job's failures costs as much as looking at so many jobs. */
const FAILURES_COST = 10;
const ROWS_LOOKED_MAX = 2_000;
const PAGE = 200;

export interface Wish {
  /** In any case of letters. */
  readonly text?: string | undefined;
  /** Of jobs: since when they were begun; of rows: since when they have ended. Wall time, ms. */
  readonly sinceMs?: number | undefined;
  /** A code, or a whole fingerprint. */
  readonly failure?: string | undefined;
  /** Of jobs: what else they have to be, as they stand now. */
  readonly fits?: ((job: Job) => boolean) | undefined;
}

function wishesNothing({ text, sinceMs, failure, fits }: Wish): boolean {
  return [text, sinceMs, failure, fits].every((each) => each === undefined);
}

export interface FoundJobs {
  readonly jobs: readonly Job[];
  /** `before` of the next page; undefined = there is nothing behind this one. */
  readonly next: string | undefined;
}

export async function findJobs(store: Store, filter: JobFilter, wish: Wish): Promise<FoundJobs> {
  const { limit } = filter;
  if (wishesNothing(wish)) {
    const jobs = await store.jobs(filter);
    return { jobs, next: jobs.length < limit ? undefined : jobs.at(-1)?.id };
  }
  const jobs: Job[] = [];
  let { before } = filter;
  for (let cost = 0; cost < JOBS_LOOKED_MAX; ) {
    const page = await store.jobs({ ...filter, ...(before && { before }), limit: PAGE });
    for (const job of page) {
      before = job.id;
      cost += 1;
      // Newest first: all that follow are older.
      if (wish.sinceMs !== undefined && job.createdMs < wish.sinceMs) {
        return { jobs, next: undefined };
      }
      const looksOn = wish.failure !== undefined && job.counters.discarded > 0;
      if (looksOn) cost += FAILURES_COST;
      if (await jobFits(store, job, wish)) jobs.push(job);
      if (jobs.length >= limit || cost >= JOBS_LOOKED_MAX) return { jobs, next: before };
    }
    if (page.length < PAGE) return { jobs, next: undefined };
  }
  return { jobs, next: before };
}

async function jobFits(store: Store, job: Job, { text, failure, fits }: Wish): Promise<boolean> {
  if (fits?.(job) === false) return false;
  const { id, collector, input, tenant } = job;
  if (text !== undefined && ![id, collector, input.name, tenant].some((each) => has(each, text))) {
    return false;
  }
  if (failure === undefined) return true;
  if (job.counters.discarded === 0) return false;
  const groups = await store.failureGroups(id);
  return groups.some((group) => isMeantBy(failure, group.fingerprint));
}

export async function findRows(
  store: Store,
  jobId: string,
  query: TaskQuery,
  wish: Wish,
): Promise<TaskPage> {
  if (wishesNothing(wish)) return store.tasks(jobId, query);
  const failed = wish.failure !== undefined && query.states === undefined;
  const asked = failed ? { ...query, states: FAILED } : query;
  const rows: FoundTask[] = [];
  let { after } = query;
  for (let looked = 0; looked < ROWS_LOOKED_MAX; looked += PAGE) {
    const page = await store.tasks(jobId, { ...asked, after, limit: PAGE });
    for (const row of page.rows) {
      if (!rowFits(row, wish)) continue;
      rows.push(row);
      if (rows.length < query.limit) continue;
      const last = page.rows.at(-1) === row && page.next === undefined;
      return { rows, next: last ? undefined : row.seq };
    }
    if (page.next === undefined) return { rows, next: undefined };
    after = page.next;
  }
  return { rows, next: after };
}

const FAILED = ['discarded', 'waiting'] as const;

function rowFits({ input, failure, finishedMs }: FoundTask, wish: Wish): boolean {
  const { text, sinceMs, failure: name } = wish;
  if (sinceMs !== undefined && (finishedMs ?? 0) < sinceMs) return false;
  if (name !== undefined && !(failure && isMeantBy(name, fingerprint(failure)))) return false;
  if (text === undefined) return true;
  return has(input ?? '', text) || has(failure?.message ?? '', text);
}

function has(where: string, text: string): boolean {
  return where.toLowerCase().includes(text.toLowerCase());
}
