import type { EngineOptions } from './engine-options.ts';

/**
 * Rejects where the rows would be taken up only to be left again: a job whose list will never be
 * whole fails as soon as its plan goes on.
 */
export async function checkRetry(
  { store, checkInput }: Pick<EngineOptions, 'store' | 'checkInput'>,
  jobId: string,
): Promise<void> {
  const job = await store.job(jobId);
  if (job?.state === 'failed' && !job.planned && job.input.path !== '')
    await checkInput?.(job.input);
}
