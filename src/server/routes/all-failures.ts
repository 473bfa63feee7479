/** Failures over all jobs of the last days, by their cause. */
import { z } from 'zod';
import type { Job } from '../../model/job.ts';
import type { FailureGroup } from '../../store/store.ts';
import type { ServerParts } from '../parts.ts';
import { type Route, route } from '../route.ts';
import { SharedAnswers } from '../shared-answers.ts';
import { FailureWire } from '../wire.ts';

const DAY_MS = 86_400_000;
const DAYS = 7;
/** Newest first; so many are looked through, and of so many the groups are asked for. */
const JOBS_SEEN_MAX = 500;
const JOBS_ASKED_MAX = 50;
const GROUPS_MAX = 200;
/** Many may look, each every five seconds. */
const LIFE_MS = 2_000;

const AllFailuresWire = z.object({
  sinceMs: z.number(),
  jobs: z.int().meta({ description: 'Jobs with failures that were looked at, the newest.' }),
  more: z.boolean().meta({ description: 'Whether there were more jobs than that.' }),
  groups: z.array(
    z.object({
      fingerprint: z.string(),
      count: z.int(),
      firstMs: z.number(),
      lastMs: z.number(),
      sample: FailureWire,
      jobs: z.array(
        z.object({ id: z.string(), collector: z.string(), input: z.string(), count: z.int() }),
      ),
    }),
  ),
});
type Group = z.infer<typeof AllFailuresWire>['groups'][number];

export function allFailureRoutes(parts: ServerParts): Route[] {
  const lately = new SharedAnswers<z.infer<typeof AllFailuresWire>>(parts.clock, LIFE_MS);
  return [
    route({
      id: 'listFailures',
      method: 'GET',
      path: '/v1/failures',
      access: 'read',
      tag: 'Jobs',
      summary: `Group the failed rows of the jobs of the last ${DAYS} days by their cause`,
      description:
        `Of the newest ${JOBS_ASKED_MAX} jobs that have any, most frequent first. ` +
        'POST /v1/jobs/{id}/retry takes a `fingerprint` as `only`.',
      answers: { 200: AllFailuresWire },
      handle: ({ principal }) =>
        lately.of(principal.tenant ?? '', () => failuresOf(parts, principal.tenant)),
    }),
  ];
}

async function failuresOf(
  { store, clock }: ServerParts,
  tenant: string | undefined,
): Promise<z.infer<typeof AllFailuresWire>> {
  const sinceMs = clock.wallMs() - DAYS * DAY_MS;
  const seen = await store.jobs({
    ...(tenant === undefined ? {} : { tenant }),
    limit: JOBS_SEEN_MAX,
  });
  const failed = seen.filter(
    ({ updatedMs, counters }) => updatedMs >= sinceMs && counters.discarded > 0,
  );
  const asked = failed.slice(0, JOBS_ASKED_MAX);
  const found = await Promise.all(
    asked.map(async (job) => ({ job, groups: await store.failureGroups(job.id) })),
  );
  const more = failed.length > asked.length || seen.length === JOBS_SEEN_MAX;
  return { sinceMs, jobs: asked.length, more, groups: merged(found).slice(0, GROUPS_MAX) };
}

interface Found {
  readonly job: Job;
  readonly groups: readonly FailureGroup[];
}

function merged(found: readonly Found[]): Group[] {
  const byPrint = new Map<string, Group>();
  for (const { job, groups } of found) {
    for (const { fingerprint, count, firstMs, lastMs, sample } of groups) {
      const known = byPrint.get(fingerprint);
      const of = { id: job.id, collector: job.collector, input: job.input.name, count };
      if (known === undefined) {
        byPrint.set(fingerprint, { fingerprint, count, firstMs, lastMs, sample, jobs: [of] });
        continue;
      }
      byPrint.set(fingerprint, {
        fingerprint,
        count: known.count + count,
        firstMs: Math.min(known.firstMs, firstMs),
        lastMs: Math.max(known.lastMs, lastMs),
        sample: known.lastMs >= lastMs ? known.sample : sample,
        jobs: [...known.jobs, of],
      });
    }
  }
  return [...byPrint.values()].sort((a, b) => b.count - a.count);
}
