/** Answers of queries: what was found, page by page, or that it is not done yet. */
import type { Job, Jobs } from './bigquery-jobs.ts';
import { wireRow } from './cells.ts';
import { Problem } from './problems.ts';

export interface ResultWishes {
  readonly timeoutMs: number;
  readonly maxResults: number;
  readonly start: number;
  readonly int64Timestamps: boolean;
}

const TIMEOUT_MS = 10_000;
const TIMEOUT_MS_MAX = 200_000;
const STATUS_OF: Readonly<Record<string, number>> = {
  accessDenied: 403,
  rateLimitExceeded: 403,
  jobRateLimitExceeded: 403,
  quotaExceeded: 403,
  notFound: 404,
  duplicate: 409,
  stopped: 400,
  internalError: 500,
  backendError: 503,
};

export async function queryAnswer(
  jobs: Jobs,
  job: Job,
  wishes: ResultWishes,
  kind: string,
  project: string,
): Promise<unknown> {
  const reference = { projectId: project, jobId: job.id, location: job.location };
  if (!(await jobs.wait(job, wishes.timeoutMs))) {
    return { kind, jobReference: reference, jobComplete: false };
  }
  if (job.error) {
    const { reason, message, location } = job.error;
    throw new Problem(STATUS_OF[reason] ?? 400, reason, message, location);
  }
  const found = job.result?.found ?? { fields: [], rows: [], changed: 0 };
  const { query } = (job.result?.statistics ?? {}) as { query?: { numDmlAffectedRows?: string } };
  const end = Math.min(found.rows.length, wishes.start + wishes.maxResults);
  const form = { int64Timestamps: wishes.int64Timestamps };
  return {
    kind,
    jobReference: reference,
    jobComplete: true,
    ...(found.fields.length > 0 && { schema: { fields: found.fields } }),
    totalRows: String(found.rows.length),
    rows: found.rows.slice(wishes.start, end).map((row) => wireRow(row, form)),
    ...(end < found.rows.length && { pageToken: String(end) }),
    ...(query?.numDmlAffectedRows !== undefined && {
      numDmlAffectedRows: query.numDmlAffectedRows,
    }),
    totalBytesProcessed: '0',
    cacheHit: false,
  };
}

/** Of the body that asks for a query, or of the address that asks for its results. */
export function wishesOf(
  get: (name: string) => unknown,
  pageRows: number,
  int64Timestamps: boolean,
): ResultWishes {
  const timeout = get('timeoutMs');
  return {
    timeoutMs: Math.min(TIMEOUT_MS_MAX, Number(timeout ?? TIMEOUT_MS)),
    maxResults: Math.min(pageRows, Number(get('maxResults') ?? pageRows)),
    start: Number(get('pageToken') ?? get('startIndex') ?? 0),
    int64Timestamps,
  };
}
