/** Schedules: orders that become jobs by cron. */
import { z } from 'zod';
import { LIST_MAX, PREVIEW_MAX } from '../../engine/schedules.ts';
import { JOB_STATES } from '../../model/lifecycle.ts';
import {
  OVERLAP_POLICIES,
  SCHEDULE_OUTCOMES,
  type ScheduleDraft,
  type SchedulePatch,
} from '../../model/schedule.ts';
import type { ServerParts } from '../parts.ts';
import { type Call, type Route, route } from '../route.ts';
import { JobOrderWire, orderOf } from '../wire.ts';

const DAY_MS = 86_400_000;
const RUNS_MAX = 100;

const cron = z.string().min(1).max(200).meta({
  description: 'Five fields, six with seconds first, or `@hourly`, `@daily`, …',
});
const timeZone = z.string().min(1).max(100).meta({ description: 'An IANA name. Default: UTC.' });
const ticks = z.array(z.number()).meta({ description: 'The next ticks.' });

export const ScheduleRunWire = z.object({
  scheduleId: z.string(),
  dueMs: z.int().meta({ description: 'The tick; of a run by hand, when it was asked for.' }),
  startedMs: z.int(),
  jobId: z.string().optional(),
  outcome: z.enum(SCHEDULE_OUTCOMES),
  manual: z.boolean(),
  late: z.boolean(),
  why: z.string().optional(),
  code: z.string().optional().meta({ description: 'Error code of a run that failed.' }),
  jobState: z.enum(JOB_STATES).optional().meta({ description: 'As it is now.' }),
});

export const ScheduleWire = z.object({
  id: z.string(),
  tenant: z.string(),
  name: z.string(),
  cron: z.string(),
  timeZone: z.string(),
  overlap: z.enum(OVERLAP_POLICIES),
  jitterMs: z.int(),
  paused: z.boolean(),
  order: JobOrderWire,
  createdMs: z.int(),
  updatedMs: z.int(),
  nextMs: z.int().optional().meta({ description: 'The next tick; absent while paused.' }),
  last: ScheduleRunWire.optional(),
});

const AnswerWire = z.object({ schedule: ScheduleWire, ticks });

const fields = {
  name: z.string().min(1).max(200),
  cron,
  timeZone: timeZone.optional(),
  overlap: z.enum(OVERLAP_POLICIES).optional().meta({
    description: 'At a tick while the job of the run before is not over. Default: skip.',
  }),
  jitterMs: z.int().min(0).max(DAY_MS).optional().meta({
    description: 'Each run starts up to so much after its tick. Default: 0.',
  }),
  order: JobOrderWire,
};
const DraftWire = z.strictObject({ ...fields, paused: z.boolean().optional() });
const PatchWire = z.strictObject(fields).partial();
const Params = z.strictObject({ id: z.string().max(64) });

const tag = 'Schedules';
const path = '/v1/schedules';

export function scheduleRoutes({
  schedules,
  settings,
}: Pick<ServerParts, 'schedules' | 'settings'>): Route[] {
  type IdCall = Call<{ id: string }, unknown, unknown>;
  const one = { path: `${path}/:id`, tag, params: Params } as const;
  const steer = (action: 'pause' | 'resume', summary: string) =>
    route({
      ...one,
      id: `${action}Schedule`,
      method: 'POST',
      path: `${path}/:id/${action}`,
      access: 'run',
      summary,
      answers: { 200: AnswerWire },
      handle: ({ params, principal }: IdCall) => schedules[action](principal.tenant, params.id),
    });
  return [
    route({
      id: 'listSchedules',
      method: 'GET',
      path,
      access: 'read',
      tag,
      summary: 'List schedules, oldest first',
      query: z.strictObject({
        after: z.string().max(64).optional(),
        limit: z.coerce.number().int().min(1).max(LIST_MAX).default(50),
      }),
      answers: {
        200: z.object({ schedules: z.array(ScheduleWire), next: z.string().optional() }),
      },
      async handle({ query: { after, limit }, principal }) {
        const found = await schedules.list(principal.tenant, { after, limit });
        const next = found.length < limit ? undefined : found.at(-1)?.id;
        return { schedules: found, ...(next === undefined ? {} : { next }) };
      },
    }),
    route({
      id: 'createSchedule',
      method: 'POST',
      path,
      access: 'run',
      tag,
      summary: 'Make a schedule; the answer has its next three ticks',
      description:
        'The order is checked as POST /v1/jobs would check it. A thousand schedules a tenant; the ' +
        'rows of an order have a megabyte at most: for more, name the job that has the input.',
      body: DraftWire,
      answers: { 201: AnswerWire },
      async handle({ body, principal, reply }) {
        const tenant = principal.tenant ?? settings.tenant;
        const draft = wishes(body) as unknown as ScheduleDraft;
        const answer = await schedules.create(tenant, draft);
        reply.code(201).header('location', `${path}/${answer.schedule.id}`);
        return answer;
      },
    }),
    route({
      id: 'previewSchedule',
      method: 'POST',
      path: `${path}/preview`,
      access: 'read',
      tag,
      summary: 'Say when an expression ticks next',
      body: z.strictObject({
        cron,
        timeZone: timeZone.default('UTC'),
        count: z.int().min(1).max(PREVIEW_MAX).default(5),
      }),
      answers: { 200: z.object({ ticks }) },
      handle: ({ body }) => ({ ticks: schedules.preview(body.cron, body.timeZone, body.count) }),
    }),
    route({
      ...one,
      id: 'getSchedule',
      method: 'GET',
      access: 'read',
      summary: 'Show a schedule, its last run and its next three ticks',
      answers: { 200: AnswerWire },
      handle: ({ params, principal }) => schedules.get(principal.tenant, params.id),
    }),
    route({
      ...one,
      id: 'updateSchedule',
      method: 'PATCH',
      access: 'run',
      summary: 'Change what is named; the rest stays',
      body: PatchWire,
      answers: { 200: AnswerWire },
      handle: ({ params, body, principal }) =>
        schedules.update(principal.tenant, params.id, wishes(body) as SchedulePatch),
    }),
    route({
      ...one,
      id: 'deleteSchedule',
      method: 'DELETE',
      access: 'run',
      summary: 'Remove a schedule with its history; its jobs stay',
      answers: { 204: [] },
      async handle({ params, principal, reply }) {
        await schedules.remove(principal.tenant, params.id);
        return reply.code(204).send();
      },
    }),
    steer('pause', 'Pause a schedule; what runs goes on'),
    steer('resume', 'Go on with the next tick'),
    route({
      ...one,
      id: 'runSchedule',
      method: 'POST',
      path: `${path}/:id/run`,
      access: 'run',
      summary: 'Run a schedule now, paused or not; its overlap policy holds',
      description: 'A job that could not be made is the `failed` outcome of the run, not an error.',
      answers: { 200: ScheduleRunWire },
      handle: ({ params, principal }) => schedules.runNow(principal.tenant, params.id),
    }),
    route({
      ...one,
      id: 'listScheduleRuns',
      method: 'GET',
      path: `${path}/:id/history`,
      access: 'read',
      summary: 'List the runs of a schedule, newest first; a hundred are kept',
      query: z.strictObject({
        limit: z.coerce.number().int().min(1).max(RUNS_MAX).default(20),
      }),
      answers: { 200: z.object({ runs: z.array(ScheduleRunWire) }) },
      async handle({ params, query: { limit }, principal }) {
        return { runs: await schedules.history(principal.tenant, params.id, { limit }) };
      },
    }),
  ];
}

/** As the engine takes them: absent is absent, never undefined. */
function wishes(body: z.infer<typeof PatchWire>): Readonly<Record<string, unknown>> {
  const { order, ...rest } = body;
  const said = Object.entries(rest).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(said), ...(order === undefined ? {} : { order: orderOf(order) }) };
}
