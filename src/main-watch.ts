/** How the jobs of a data directory stand, as the process says it that owns the directory. */
import type { Clock } from './base/clock.ts';
import { askOwner, ownerListens } from './cli/control.ts';
import { standingOf } from './cli/standings.ts';
import type { Watch } from './cli/workbench.ts';
import { readJobStatuses } from './engine/node-status.ts';

export function standingsHere(dataDir: string, clock: Clock): Watch['standings'] {
  return async (jobIds) => {
    const asked = askOwner(dataDir, { action: 'standing', jobIds }).catch(() => undefined);
    const told = readJobStatuses(await asked);
    // An owner of another version may not understand the question.
    const minded = told !== undefined || (await ownerListens(dataDir));
    const nowMs = clock.monoMs();
    return new Map(
      jobIds.map((id) => [id, standingOf(id, told === undefined ? [] : [told], minded, nowMs)]),
    );
  };
}
