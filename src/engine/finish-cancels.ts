import { openTasks } from '../model/job.ts';
import type { EngineOptions } from './engine-options.ts';

/** Of the jobs cancelled last, the ones that are looked at for what was left open. */
const CANCELS_MAX = 100;

/** Ends what is open of jobs that were cancelled: whoever did it may have ended meanwhile. */
export async function finishCancels({
  store,
  clock,
}: Pick<EngineOptions, 'store' | 'clock'>): Promise<void> {
  const jobs = await store.jobs({ states: ['cancelled'], limit: CANCELS_MAX });
  for (const { id, counters } of jobs) {
    if (openTasks(counters) > 0) await store.cancelOpen(id, clock.wallMs());
  }
}
