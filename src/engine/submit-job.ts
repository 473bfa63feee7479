/**
 * How a job begins where the store is alone with its engine, and so does one thing after the other.
 *
 * A small job that nobody can have submitted before begins while it is on its way to the store:
 * nothing of it is told, and nothing that comes of it is written, before it is there. Where it
 * cannot be stored, its attempts are interrupted, and it is as if it had never been.
 */
import { AbortCause } from '../base/abort.ts';
import { SluiceError } from '../base/errors.ts';
import { type Job, type JobSpec, NO_COUNTERS } from '../model/job.ts';
import type { HeldFile } from '../sources/input-file.ts';
import type { FirstRows } from '../store/store.ts';
import type { EngineOptions } from './engine-options.ts';
import type { JobRuns } from './job-runs.ts';
import type { Journal } from './journal.ts';
import { baggageOf, type MadeJob, type Submission } from './small-input.ts';

export interface SubmitParts {
  readonly options: EngineOptions;
  readonly journal: Journal;
  readonly runs: JobRuns;
  readonly run: (jobId: string, made?: MadeJob) => Promise<void>;
}

/** Rejects with `store.*`. */
export async function submitJob(
  spec: JobSpec,
  input: HeldFile | undefined,
  parts: SubmitParts,
): Promise<Submission> {
  const { options, runs, run } = parts;
  const along = input && (await baggageOf(spec, input, options));
  const storing = options.store.createJob(spec, along);
  const first = along?.first;
  // By its key it may be there already. What is not planned yet is read from a file that is not.
  const isNew = spec.idempotencyKey === undefined && runs.get(spec.id) === undefined;
  if (first?.whole === true && isNew && options.node === undefined) {
    return beginEarly(jobToBe(spec, first), first, storing, parts);
  }
  const { job, created } = await storing;
  if (job.state === 'running') await run(job.id, created ? { job, ...first } : undefined);
  return { job, created };
}

async function beginEarly(
  job: Job,
  { rows }: FirstRows,
  storing: Promise<Submission>,
  { journal, runs, run }: SubmitParts,
): Promise<Submission> {
  const stored = storing.then(({ created }) => {
    // Heard by nobody: whoever submits is answered with the job that is there.
    if (!created) throw new SluiceError('job.not_found', { id: job.id });
  });
  journal.keepBack(job.id, stored);
  try {
    await run(job.id, { job, rows, stored });
  } catch (error) {
    await stored.catch(() => journal.letGo(job.id));
    await storing;
    throw error;
  }
  const isStored = await stored.then(
    () => true,
    () => false,
  );
  if (!isStored) {
    await runs.stop(job.id, new AbortCause('abort', 'not stored'));
    journal.letGo(job.id);
  }
  const submission = await storing;
  const { job: known, created } = submission;
  if (!created && known.state === 'running') await run(known.id);
  return submission;
}

/** As the store will tell it. */
function jobToBe(spec: JobSpec, { rows }: FirstRows): Job {
  return {
    ...spec,
    state: 'running',
    planned: true,
    counters: { ...NO_COUNTERS, tasks: rows.length },
    updatedMs: spec.createdMs,
    finishedMs: undefined,
    activeMs: 0,
    failure: undefined,
  };
}
