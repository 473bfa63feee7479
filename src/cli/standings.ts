/** How running jobs stand, as those say that work on them; asked for in one go. */

import { blockageHere, type JobStatuses } from '../engine/node-status.ts';
import { shownOf } from '../engine/shown-state.ts';
import type { Blockage } from '../model/lane.ts';
import type { ShownJob } from './job-reader.ts';
import type { Standing, Workbench } from './workbench.ts';

/** What several nodes say of one job, in this process's time. */
export function standingOf(
  jobId: string,
  told: readonly JobStatuses[],
  minded: boolean,
  nowMs: number,
): Standing {
  const statuses = told.flatMap((each) => each[jobId] ?? []);
  const lanes = new Map<string, Blockage>();
  for (const each of statuses.flatMap(({ blockages }) => blockages)) {
    const here = blockageHere(each, nowMs);
    const waiting = here.waiting + (lanes.get(here.lane)?.waiting ?? 0);
    lanes.set(here.lane, { ...here, waiting });
  }
  const due = statuses.flatMap(({ nextDueMs }) => nextDueMs ?? []);
  return {
    minded,
    running: statuses.reduce((sum, { running }) => sum + running, 0),
    blockages: [...lanes.values()].sort((a, b) => b.waiting - a.waiting),
    nextDueMs: due.length === 0 ? undefined : Math.min(...due),
  };
}

/** Why a job that runs does not move after a Ctrl-C or a crash. */
export const UNMINDED = 'No process works on it';

/** Jobs of a store with the word for how each stands, as a server gives it. */
export async function withStandings(
  jobs: readonly ShownJob[],
  { clock, openWatch }: Pick<Workbench, 'clock' | 'openWatch'>,
): Promise<readonly ShownJob[]> {
  const running = jobs.filter(({ state }) => state === 'running').map(({ id }) => id);
  if (running.length === 0) return jobs;
  const watch = await openWatch();
  try {
    const standings = await watch.standings(running);
    return jobs.map((job) => {
      const standing = standings.get(job.id);
      if (standing === undefined || job.state !== 'running') return job;
      if (!standing.minded) return { ...job, shown: 'waiting', still: UNMINDED };
      const times = { nowMs: clock.monoMs(), wallMs: clock.wallMs() };
      const progress = { running: standing.running, counters: job.counters };
      return { ...job, ...shownOf(job.state, { ...standing, ...times, progress }) };
    });
  } finally {
    await watch.close();
  }
}
