import { SluiceError } from '../base/errors.ts';
import type { JobControl } from './control.ts';
import type { EngineSession } from './workbench.ts';

type Engine = EngineSession['engine'];

/** What another process asked for a job; resolves with the job, or with how many rows run again. */
export function carryOut(engine: Engine, request: JobControl): Promise<unknown> {
  switch (request.action) {
    case 'pause':
      return engine.pause(request.jobId);
    case 'resume':
      return engine.resume(request.jobId);
    case 'cancel':
      return engine.cancel(request.jobId);
    case 'retry':
      return retryOrRefuse(engine, request.jobId, request.only);
  }
}

/** Failed rows run again; rejects with `job.nothing_to_retry` where there are none such. */
export async function retryOrRefuse(
  engine: Engine,
  jobId: string,
  only: string | undefined,
): Promise<number> {
  const count = await engine.retryDiscarded(jobId, only);
  if (count === 0) throw new SluiceError('job.nothing_to_retry', { id: jobId });
  return count;
}
