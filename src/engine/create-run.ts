/** A job's run, made of what the engine is made of. */
import type { Job } from '../model/job.ts';
import { Intake } from './intake.ts';
import { JobRun, type JobRunOptions } from './job-run.ts';
import type { JobRunsOptions } from './job-runs.ts';

/** What only those know that see to all runs. */
export type RunWishes = Pick<
  JobRunOptions,
  'collector' | 'options' | 'leads' | 'onFinished' | 'onHalt'
> & {
  /** Runs at present: what may be held is shared among them. */
  readonly runs: () => number;
};

export function createRun(job: Job, { runs, ...wishes }: RunWishes, of: JobRunsOptions): JobRun {
  const { limits, openSource, node, store } = of.options;
  const { defaults } = wishes.collector;
  return new JobRun({
    ...wishes,
    parts: of.parts,
    job,
    openSource: (signal) => openSource(job, signal),
    quota: of.quota,
    attemptTimeoutMs: defaults?.attemptTimeoutMs ?? limits.attemptTimeoutMs,
    throttledMaxMs: limits.throttledMaxMs,
    resultTtlMs: limits.resultTtlMs,
    heldMax: () => Math.max(64, Math.floor(limits.lookAhead / Math.max(1, runs()))),
    createIntake: (intake) => node?.intake(intake) ?? new Intake(intake, limits.nodeSlots),
    ordered: node === undefined,
    addRows: (...rows) => (node ?? store).addRows(...rows),
    starter: of.starter,
    onStoreFailed: of.onStoreFailed,
  });
}
