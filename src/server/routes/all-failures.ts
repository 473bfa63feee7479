/** Failures over all jobs of the last days, by their cause, and which of them are muted. */
import { z } from 'zod';
import { retriableRowsOf } from '../../engine/failure-choice.ts';
import type { Job } from '../../model/job.ts';
import type { FailureGroup } from '../../store/store.ts';
import type { Mute } from '../failure-mutes.ts';
import { SPANS, type Span } from '../failure-times.ts';
import type { ServerParts } from '../parts.ts';
import { type Route, route } from '../route.ts';
import { SharedAnswers } from '../shared-answers.ts';
import { FailureWire } from '../wire.ts';
import { retriableRows } from './failures.ts';

const DAY_MS = 86_400_000;
const YEAR_MS = 366 * DAY_MS;
const DAYS = 7;
/** Newest first; so many are looked through, and of so many the groups are asked for. */
const JOBS_SEEN_MAX = 500;
const JOBS_ASKED_MAX = 50;
const GROUPS_MAX = 200;
/** Many may look, each every five seconds. */
const LIFE_MS = 2_000;

const MuteWire = z.object({
  by: z.string().meta({ description: 'Name of the key.' }),
  sinceMs: z.int(),
  untilMs: z.int().optional().meta({ description: 'Absent: until it is undone.' }),
  why: z.string().optional(),
});

const fingerprint = z.string().min(1).max(1_000);
const MuteDraftWire = z.strictObject({
  fingerprint,
  forMs: z.int().min(1_000).max(YEAR_MS).optional().meta({
    description: 'For so long. Default: until it is undone.',
  }),
  why: z.string().min(1).max(500).optional(),
});

const SPAN_NAMES = Object.keys(SPANS) as [Span, ...Span[]];
const span = z.enum(SPAN_NAMES).meta({
  description:
    'What `over` covers: the last hour by minutes, the last day by half hours, the last week by ' +
    'two hours. Default: the shortest in which all groups were met first.',
});

const AllFailuresWire = z.object({
  sinceMs: z.int(),
  span,
  overFromMs: z.int().meta({ description: 'When the first step of `over` begins.' }),
  overStepMs: z.int(),
  jobs: z.int().meta({ description: 'Jobs with failures that were looked at, the newest.' }),
  more: z.boolean().meta({ description: 'Whether there were more jobs than that.' }),
  groups: z.array(
    z.object({
      fingerprint: z.string(),
      count: z.int(),
      retriable: retriableRows,
      firstMs: z.int(),
      lastMs: z.int(),
      sample: FailureWire,
      over: z.array(z.int()).meta({
        description:
          'Failures by when they were met, oldest first; those that are tried anew stay in it. ' +
          'What no server looked at is spread evenly from the first to the last.',
      }),
      muted: MuteWire.optional(),
      jobs: z.array(
        z.object({ id: z.string(), collector: z.string(), input: z.string(), count: z.int() }),
      ),
    }),
  ),
});
type Answer = z.infer<typeof AllFailuresWire>;
type Merged = Omit<Answer['groups'][number], 'over' | 'muted'>;
const tag = 'Jobs';

export function allFailureRoutes(parts: ServerParts): Route[] {
  const { failureMutes, keys } = parts;
  const lately = new SharedAnswers<Answer>(parts.clock, LIFE_MS);
  return [
    route({
      id: 'listFailures',
      method: 'GET',
      path: '/v1/failures',
      access: 'read',
      tag,
      summary: `Group the failed rows of the jobs of the last ${DAYS} days by their cause`,
      description:
        `Of the newest ${JOBS_ASKED_MAX} jobs that have any, most frequent first. ` +
        'POST /v1/jobs/{id}/retry takes a `fingerprint` as `only`.',
      query: z.strictObject({ span: span.optional() }),
      answers: { 200: AllFailuresWire },
      handle: async ({ principal, query }) =>
        withMutes(
          await lately.of(`${query.span ?? ''} ${principal.tenant ?? ''}`, () =>
            failuresOf(parts, principal.tenant, query.span),
          ),
          await failureMutes.list(principal.tenant ?? ''),
        ),
    }),
    route({
      id: 'muteFailures',
      method: 'POST',
      path: '/v1/failures/mute',
      access: 'run',
      tag,
      summary: 'Mute a group of failures: it is folded where failures are shown',
      description:
        'It is counted all the same. Each tenant mutes for itself; an operator who names none, for ' +
        'operators. Once more: from now on as it is said then.',
      body: MuteDraftWire,
      answers: { 200: MuteWire.extend({ fingerprint }) },
      async handle({ body, principal }) {
        const { forMs, why } = body;
        return failureMutes.mute(principal.tenant ?? '', {
          fingerprint: body.fingerprint,
          by: (await keys.nameOf(principal.keyId)) ?? principal.keyId,
          ...(forMs === undefined ? {} : { untilMs: parts.clock.wallMs() + forMs }),
          ...(why === undefined ? {} : { why }),
        });
      },
    }),
    route({
      id: 'unmuteFailures',
      method: 'POST',
      path: '/v1/failures/unmute',
      access: 'run',
      tag,
      summary: 'Unmute a group of failures; one that is not muted stays as it is',
      body: z.strictObject({ fingerprint }),
      answers: { 204: [] },
      async handle({ body, principal, reply }) {
        await failureMutes.unmute(principal.tenant ?? '', body.fingerprint);
        return reply.code(204).send();
      },
    }),
  ];
}

function withMutes(answer: Answer, mutes: ReadonlyMap<string, Mute>): Answer {
  const groups = answer.groups.map((group) => {
    const muted = mutes.get(group.fingerprint);
    return muted === undefined ? group : { ...group, muted };
  });
  return { ...answer, groups };
}

async function failuresOf(
  { store, clock, failureTimes }: ServerParts,
  tenant: string | undefined,
  asked: Span | undefined,
): Promise<Answer> {
  const nowMs = clock.wallMs();
  const sinceMs = nowMs - DAYS * DAY_MS;
  const seen = await store.jobs({
    ...(tenant === undefined ? {} : { tenant }),
    limit: JOBS_SEEN_MAX,
  });
  const failed = seen.filter(
    ({ updatedMs, counters }) => updatedMs >= sinceMs && counters.discarded > 0,
  );
  const some = failed.slice(0, JOBS_ASKED_MAX);
  const found = await Promise.all(
    some.map(async (job) => {
      const groups = await store.failureGroups(job.id);
      await failureTimes.look(job.id, groups);
      return { job, groups };
    }),
  );
  const more = failed.length > some.length || seen.length === JOBS_SEEN_MAX;
  const all = merged(found).slice(0, GROUPS_MAX);
  const chosen = asked ?? spanSince(Math.min(...all.map(({ firstMs }) => firstMs)), nowMs);
  const { stepMs, steps } = SPANS[chosen];
  const overFromMs = (Math.floor(nowMs / stepMs) - steps + 1) * stepMs;
  const timesOf = (id: string, print: string) => failureTimes.of(id, print, chosen, nowMs);
  const groups = all.map((group) => ({ ...group, over: overOf(group, timesOf, steps) }));
  const times = { span: chosen, overFromMs, overStepMs: stepMs };
  return { sinceMs, ...times, jobs: some.length, more, groups };
}

/** The shortest that begins before `ms`, else the longest. */
function spanSince(ms: number, nowMs: number): Span {
  const covers = (name: Span) => ms >= nowMs - SPANS[name].stepMs * (SPANS[name].steps - 1);
  return SPAN_NAMES.find(covers) ?? 'week';
}

function overOf(
  { fingerprint: print, jobs }: Merged,
  timesOf: (jobId: string, print: string) => readonly number[],
  steps: number,
): number[] {
  const sums = new Array<number>(steps).fill(0);
  for (const { id } of jobs) {
    timesOf(id, print).forEach((number, i) => {
      sums[i] = (sums[i] as number) + number;
    });
  }
  return sums;
}

interface Found {
  readonly job: Job;
  readonly groups: readonly FailureGroup[];
}

function merged(found: readonly Found[]): Merged[] {
  const byPrint = new Map<string, Merged>();
  for (const { job, groups } of found) {
    for (const group of groups) {
      const { fingerprint: print, count, firstMs, lastMs, sample } = group;
      const helped = retriableRowsOf(group);
      const known = byPrint.get(print);
      const of = { id: job.id, collector: job.collector, input: job.input.name, count };
      if (known === undefined) {
        const first = { fingerprint: print, count, retriable: helped, firstMs, lastMs, sample };
        byPrint.set(print, { ...first, jobs: [of] });
        continue;
      }
      byPrint.set(print, {
        fingerprint: print,
        count: known.count + count,
        retriable: known.retriable + helped,
        firstMs: Math.min(known.firstMs, firstMs),
        lastMs: Math.max(known.lastMs, lastMs),
        sample: known.lastMs >= lastMs ? known.sample : sample,
        jobs: [...known.jobs, of],
      });
    }
  }
  return [...byPrint.values()].sort((a, b) => b.count - a.count);
}
