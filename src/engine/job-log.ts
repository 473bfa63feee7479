/**
 * The starts, stops and ends of jobs, as lines of the log: for whoever looks there for what became
 * of the night's work. Jobs whose caller waits for the end leave none unless they go on behind it:
 * the log of requests has those.
 */

import type { LogFields, Logger } from '../base/log.ts';
import { RecentMap } from '../base/recent-map.ts';
import { type Job, wasAnswer } from '../model/job.ts';
import type { JobState } from '../model/lifecycle.ts';
import type { Feed } from './feed.ts';

/** Of so many jobs it is known how they were told last; a state is not told twice. */
const JOBS_MAX = 10_000;

/** Logs what becomes of jobs from now on; returns the end of it. */
export function logJobs(feed: Pick<Feed, 'subscribe'>, log: Logger): () => void {
  const told = new RecentMap<string, JobState>(JOBS_MAX);
  return feed.subscribe((event) => {
    if (event.type !== 'job.state') return;
    const { job, state, why } = event;
    if (told.get(job.id) === state) return;
    told.set(job.id, state);
    if (isQuick(job)) return;
    const line = state === 'running' ? 'job started' : `job ${state}`;
    const fields = { ...fieldsOf(job), ...(why && { code: why.code, why: why.message }) };
    if (state === 'failed' || (state === 'paused' && why !== undefined)) log.warn(line, fields);
    else log.info(line, fields);
  });
}

/** Under way or over within the time for which its caller waits. */
function isQuick(job: Job): boolean {
  return job.callerWaitsMs !== undefined && (job.finishedMs === undefined || wasAnswer(job));
}

function fieldsOf(job: Job): LogFields {
  const { id, tenant, collector, input, counters, activeMs, state } = job;
  const { tasks, completed, discarded, cancelled, records } = counters;
  const begun = { job: id, tenant, collector, ...(input.name && { input: input.name }) };
  if (state === 'running') return begun;
  return { ...begun, rows: tasks, completed, failed: discarded, cancelled, records, activeMs };
}
