/** Looking at jobs, whether they lie in a data directory here or with a server. */
import type { Job, JobInput } from '../model/job.ts';
import type { FailureGroup, JobFilter } from '../store/store.ts';

/** What is shown of a job; a server says no more of one. */
export interface ShownJob extends Omit<Job, 'input' | 'idempotencyKey'> {
  readonly input: Pick<JobInput, 'name' | 'format' | 'column'>;
}

/** A store is one. */
export interface JobReader {
  job(id: string): Promise<ShownJob | undefined>;
  /** Newest first. */
  jobs(filter: JobFilter): Promise<readonly ShownJob[]>;
  failureGroups(jobId: string): Promise<readonly FailureGroup[]>;
}
