import { SluiceError } from '../base/errors.ts';
import type { EngineSession } from './workbench.ts';

/** Failed rows run again; rejects with `job.nothing_to_retry` where there are none such. */
export async function retryOrRefuse(
  engine: EngineSession['engine'],
  jobId: string,
  only: string | undefined,
): Promise<number> {
  const count = await engine.retryDiscarded(jobId, only);
  if (count === 0) throw new SluiceError('job.nothing_to_retry', { id: jobId });
  return count;
}
