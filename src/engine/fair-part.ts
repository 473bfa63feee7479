/**
 * Which part of the tasks that are left a node may hold for the sake of idle seats: as large a part
 * as it had of what has ended since it began with their jobs. Who holds more holds what others will
 * want, and tasks stay where they are held.
 */
import { type Job, type JobCounters, openTasks } from '../model/job.ts';

/** A job as it was when the node began with it, and as it is now. */
export interface BegunJob {
  readonly job: Pick<Job, 'counters'>;
  readonly counters: JobCounters;
  readonly planned: boolean;
}

/**
 * Tasks; no bound as long as not all tasks of a job are known, or none of them has ended here.
 *
 * @param endedHere - tasks of each job that have ended here
 * @param seats - so many ends say little: at first the part is rather too large than too small
 */
export function fairPart(
  endedHere: Iterable<readonly [string, { readonly ended: number }]>,
  jobs: { get(jobId: string): BegunJob | undefined },
  seats: number,
): number {
  let part = 0;
  for (const [jobId, { ended: here }] of endedHere) {
    const begun = jobs.get(jobId);
    if (begun === undefined) continue;
    if (!begun.planned || here === 0) return Number.POSITIVE_INFINITY;
    const since = endedTasks(begun.counters) - endedTasks(begun.job.counters);
    // What has ended here may not be among the job's counters yet.
    part += (openTasks(begun.counters) * (here + seats)) / (Math.max(here, since) + seats);
  }
  return part;
}

function endedTasks(counters: JobCounters): number {
  return counters.tasks - openTasks(counters);
}
