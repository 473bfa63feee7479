/**
 * Jobs under names of our own. The service takes a name once: whoever does not know whether a job
 * was taken sends it again under the same name, and follows the one that is there. A job that
 * has failed keeps its name, so the next try has the next number.
 */
import type { BigQueryClient } from './bigquery-client.ts';
import { BigQueryError } from './bigquery-error.ts';

export interface JobPlace {
  readonly project: string;
  readonly location: string;
}

export interface BigQueryJob {
  readonly jobReference: { readonly jobId: string; readonly location?: string };
  readonly status: {
    readonly state: string;
    readonly errorResult?: JobErrorWords;
    readonly errors?: readonly JobErrorWords[];
  };
  readonly statistics?: {
    readonly load?: { readonly outputRows?: string };
    readonly query?: { readonly numDmlAffectedRows?: string };
  };
}

interface JobErrorWords {
  readonly reason?: string;
  readonly message?: string;
}

export interface JobEnd {
  readonly job: BigQueryJob;
  /** Its number. */
  readonly attempt: number;
}

export interface NamedJob {
  readonly place: JobPlace;
  /** Without the number; letters, digits, `_` and `-`. */
  readonly name: string;
  /** Numbers before this one are not looked at. */
  readonly from?: number;
  /** Sends it under a name. */
  start(id: string): Promise<unknown>;
}

/** Failures in a row after which it is left to whoever called. */
const TRIES = 4;
const POLL_MS = 100;
const POLL_MS_MAX = 4_000;

/** The end of the first job of this name that has not failed. Rejects with a BigQueryError. */
export async function endOfJob(
  client: BigQueryClient,
  named: NamedJob,
  signal?: AbortSignal,
): Promise<JobEnd> {
  let failures = 0;
  for (let attempt = named.from ?? 1; ; attempt += 1) {
    const id = `${named.name}-${attempt}`;
    const isNew = await isStarted(named, id);
    const job = await ended(client, named.place, id, signal);
    const { errorResult } = job.status;
    if (!errorResult) return { job, attempt };
    // What an earlier run met may be mended by now.
    if (!isNew) continue;
    const error = errorOfJob(errorResult);
    failures += 1;
    if (!error.isBrief || failures === TRIES) throw error;
    await client.pause(failures, signal);
  }
}

export function errorOfJob({ reason = '', message = '' }: JobErrorWords): BigQueryError {
  return new BigQueryError({ status: 200, reason, message: message.trim().replace(/\.$/, '') });
}

/** false: it was there already. */
async function isStarted(named: NamedJob, id: string): Promise<boolean> {
  try {
    await named.start(id);
    return true;
  } catch (error) {
    if (error instanceof BigQueryError && error.isDuplicate) return false;
    throw error;
  }
}

async function ended(
  client: BigQueryClient,
  { project, location }: JobPlace,
  id: string,
  signal: AbortSignal | undefined,
): Promise<BigQueryJob> {
  const path = `${encodeURIComponent(project)}/jobs/${id}`;
  for (let waitMs = POLL_MS; ; waitMs = Math.min(POLL_MS_MAX, waitMs * 1.5)) {
    const job = await client.get<BigQueryJob>(path, { location }, signal);
    if (job.status.state === 'DONE') return job;
    await client.clock.sleep(waitMs, signal);
  }
}
