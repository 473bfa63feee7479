/** How the jobs of a data directory stand, as the process says it that owns the directory. */
import type { Clock } from './base/clock.ts';
import { askOwner, ownerListens } from './cli/control.ts';
import { standingOf } from './cli/standings.ts';
import type { Watch } from './cli/workbench.ts';
import { JOBS_MAX, type JobStatuses, readJobStatuses } from './engine/node-status.ts';

export function standingsHere(dataDir: string, clock: Clock): Watch['standings'] {
  return async (jobIds) => {
    const told: JobStatuses[] = [];
    for (let at = 0; at < jobIds.length; at += JOBS_MAX) {
      const some = jobIds.slice(at, at + JOBS_MAX);
      const asked = askOwner(dataDir, { action: 'standing', jobIds: some }).catch(() => undefined);
      const answer = readJobStatuses(await asked);
      if (answer === undefined) break;
      told.push(answer);
    }
    // An owner of another version may not understand the question.
    const minded = told.length > 0 || (await ownerListens(dataDir));
    const nowMs = clock.monoMs();
    return new Map(jobIds.map((id) => [id, standingOf(id, told, minded, nowMs)]));
  };
}
