import { systemClock } from '../base/clock.ts';
import { SluiceError } from '../base/errors.ts';
import { jobStatusesOf } from '../engine/node-status.ts';
import type { ControlRequest } from './control.ts';
import type { EngineSession } from './workbench.ts';

type Engine = EngineSession['engine'];

type Request = Exclude<ControlRequest, { readonly action: 'server' | 'api' }>;

/**
 * What another process asked of jobs; resolves with the job, with how many rows run again, or with
 * how the jobs stand.
 */
export async function carryOut(engine: Engine, request: Request): Promise<unknown> {
  switch (request.action) {
    case 'pause':
      return engine.pause(request.jobId);
    case 'resume':
      return engine.resume(request.jobId);
    case 'cancel':
      return engine.cancel(request.jobId);
    case 'retry':
      return retryOrRefuse(engine, request.jobId, request.only);
    case 'standing':
      return jobStatusesOf(engine, request.jobIds, systemClock.monoMs());
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
