/**
 * Jobs by their names. A name is used once for ever: whoever sends it again is told that it is there
 * already, whatever has become of the first. What a job does, it does some time after it was taken.
 */
import { randomUUID } from 'node:crypto';
import type { FaultMode } from './bigquery-faults.ts';
import { type JobResult, type JobWork, workOf } from './job-work.ts';
import { duplicate, type ErrorProto, invalid, notFound, Problem, problemOf } from './problems.ts';
import type { Warehouse } from './warehouse.ts';

export interface Job {
  readonly id: string;
  readonly location: string;
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly createdMs: number;
  startedMs: number | undefined;
  endedMs: number | undefined;
  error: ErrorProto | undefined;
  cancelled: boolean;
  result: JobResult | undefined;
  readonly done: Promise<void>;
}

export interface NewJob {
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly reference?: { readonly jobId?: string; readonly location?: string } | undefined;
  /** Of a load job. */
  readonly bytes?: Buffer;
  readonly fault?: FaultMode | undefined;
}

export interface JobsParts {
  readonly warehouse: Warehouse;
  readonly location: string;
  /** How long a job takes, ms. */
  readonly jobMs: number;
  readonly nowMs: () => number;
  readonly afterMs: (ms: number) => Promise<void>;
}

const KINDS = ['load', 'query'] as const;
const ERRORS_TOLD = 5;

export class Jobs {
  readonly #parts: JobsParts;
  readonly #jobs = new Map<string, Job>();

  constructor(parts: JobsParts) {
    this.#parts = parts;
  }

  get all(): readonly Job[] {
    return [...this.#jobs.values()];
  }

  /** Takes it. Throws `duplicate`, and `invalid` for what no job can be made of. */
  insert({ configuration, reference, bytes, fault }: NewJob): Job {
    const { nowMs, location, warehouse } = this.#parts;
    const id = reference?.jobId ?? `job_${randomUUID()}`;
    if (!/^[A-Za-z0-9_-]{1,1024}$/.test(id)) throw invalid(`Invalid job ID: ${id}`);
    const where = reference?.location ?? location;
    if (this.#jobs.has(id)) throw duplicate(`Job ${warehouse.project}:${where}.${id}`);
    const kind = KINDS.find((each) => configuration[each] !== undefined);
    if (!kind)
      throw invalid('Job configuration must contain exactly one job-specific configuration');
    const work = workOf(warehouse, kind, configuration[kind] as Record<string, unknown>, bytes);
    const { promise: done, resolve } = Promise.withResolvers<void>();
    const job: Job = {
      ...{ id, location: where, configuration, createdMs: nowMs(), done },
      ...{ startedMs: undefined, endedMs: undefined, error: undefined, result: undefined },
      cancelled: false,
    };
    this.#jobs.set(id, job);
    void this.#run(job, work, fault).finally(resolve);
    return job;
  }

  /** Throws `notFound`. */
  get(id: string): Job {
    const job = this.#jobs.get(id);
    if (!job) throw notFound(`Job ${this.#parts.warehouse.project}:${id}`);
    return job;
  }

  /** Waits for its end, not longer than `ms`. */
  async wait(job: Job, ms: number): Promise<boolean> {
    if (job.endedMs === undefined) await Promise.race([job.done, this.#parts.afterMs(ms)]);
    return job.endedMs !== undefined;
  }

  async #run(job: Job, work: JobWork, fault: FaultMode | undefined): Promise<void> {
    const { afterMs, jobMs, nowMs } = this.#parts;
    await afterMs(jobMs / 4);
    job.startedMs = nowMs();
    await afterMs(jobMs - jobMs / 4);
    try {
      if (job.cancelled) throw new Problem(499, 'stopped', 'Job execution was cancelled');
      const failure = faultInJob(fault);
      if (failure) throw failure;
      job.result = await work(fault === 'partial');
      job.error = job.result.error;
    } catch (error) {
      job.error = problemOf(error).proto;
    }
    job.endedMs = nowMs();
  }
}

function faultInJob(fault: FaultMode | undefined): Problem | undefined {
  if (fault === 'job-error') {
    return new Problem(
      503,
      'backendError',
      'Error encountered during job execution. Retrying the job may solve the problem.',
    );
  }
  if (fault !== 'job-rate') return undefined;
  return new Problem(
    403,
    'jobRateLimitExceeded',
    'Exceeded rate limits: too many concurrent jobs for this project',
  );
}

/** As an answer shows it. */
export function jobResource(job: Job, project: string): unknown {
  const { id, location, configuration, createdMs, startedMs, endedMs, error, result } = job;
  const state = endedMs !== undefined ? 'DONE' : startedMs === undefined ? 'PENDING' : 'RUNNING';
  const errors = [...(error ? [error] : []), ...(result?.errors ?? [])].slice(0, ERRORS_TOLD);
  return {
    kind: 'bigquery#job',
    id: `${project}:${location}.${id}`,
    selfLink: `https://bigquery.googleapis.com/bigquery/v2/projects/${project}/jobs/${id}?location=${location}`,
    jobReference: { projectId: project, jobId: id, location },
    configuration: { jobType: configuration.load ? 'LOAD' : 'QUERY', ...configuration },
    status: {
      state,
      ...(error && { errorResult: error }),
      ...(errors.length > 0 && { errors }),
    },
    statistics: {
      creationTime: String(createdMs),
      ...(startedMs !== undefined && { startTime: String(startedMs) }),
      ...(endedMs !== undefined && { endTime: String(endedMs) }),
      ...result?.statistics,
    },
    user_email: `sluice@${project}.iam.gserviceaccount.com`,
  };
}
