/** A job as a node stores it that does not lead it: whoever is there may. */
import type { JobSpec } from '../model/job.ts';
import type { ClusterStore, CreatedJob } from '../store/cluster-store.ts';
import type { FirstRows } from '../store/store.ts';

export type NewJob = Omit<CreatedJob, 'led'>;

/** Its input is there before the job is. */
export async function createUnled(
  cluster: ClusterStore,
  spec: JobSpec,
  first?: FirstRows,
  input?: Uint8Array,
): Promise<NewJob> {
  if (input !== undefined) {
    await cluster.writeFile(spec.input.path, 0, input);
    await cluster.finishFile(spec.input.path, 1);
  }
  return { ...(await cluster.store.createJob(spec, first)), kept: [] };
}
