/** Whether a node may lead a job: who lacks its collector leaves it to the others. */
import { SluiceError } from '../base/errors.ts';
import type { EngineOptions } from './engine-options.ts';

/** True also where the job is gone, or the collector is there and broken: whoever leads says so. */
export async function hasCollector(
  jobId: string,
  { store, collectorOf }: Pick<EngineOptions, 'store' | 'collectorOf'>,
): Promise<boolean> {
  const job = await store.job(jobId);
  if (job === undefined) return true;
  try {
    await collectorOf(job.collector);
    return true;
  } catch (error) {
    return !(error instanceof SluiceError && error.code === 'collector.not_found');
  }
}
