/**
 * A small job is planned before it is stored: job, plan and first tasks are one transaction, and
 * nothing is read back. What does not fit is planned behind that, as the plan of any job is.
 */
import type { Job, JobSpec } from '../model/job.ts';
import type { HeldFile } from '../sources/input-file.ts';
import type { FirstRows, JobBaggage, PlannedRow } from '../store/store.ts';
import type { EngineOptions } from './engine-options.ts';
import { planFirst } from './planner.ts';

/** Inputs of so many bytes at most are held in memory until their job is stored. */
export const SMALL_BYTES_MAX = 64 * 1_024;

export interface Submission {
  readonly job: Job;
  /** False where its idempotency key named one that was there already. */
  readonly created: boolean;
}

/** A job that was stored just now, or is about to be. */
export interface MadeJob {
  readonly job: Job;
  /** Those that were stored with it, all tasks without keys. */
  readonly rows?: readonly PlannedRow[];
  /** It is on its way to the store: resolves when it is there, rejects where it will not be. */
  readonly stored?: Promise<void>;
}

type Planning = Pick<EngineOptions, 'collectorOf' | 'openSource' | 'limits'>;

/** What is stored with the job. */
export async function baggageOf(
  spec: JobSpec,
  file: HeldFile,
  options: Planning,
): Promise<JobBaggage> {
  return { first: await firstRowsOf(spec, file, options), input: file.bytes };
}

/** undefined: the job begins as any other does. */
async function firstRowsOf(
  spec: JobSpec,
  file: HeldFile,
  { collectorOf, openSource, limits }: Planning,
): Promise<FirstRows | undefined> {
  const { id: jobId, tenant } = spec;
  // Rows of a share for the day are asked for one after the other.
  if ((limits.rowsPerDay?.(tenant) ?? 0) > 0) return undefined;
  try {
    const collector = await collectorOf(spec.collector);
    const options = collector.options?.parse(spec.options) ?? spec.options;
    const source = await openSource(spec, new AbortController().signal, file);
    return await planFirst({ jobId, tenant, collector, options, source });
  } catch {
    // Whoever runs the job meets it again, and says so.
    return undefined;
  }
}
