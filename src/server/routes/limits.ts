/** Limits that people set: a look at what it will do, the setting itself, and back to learned. */
import { z } from 'zod';
import { SluiceError } from '../../base/errors.ts';
import { NODE_SLOTS } from '../../engine/engine-options.ts';
import {
  type JobEnd,
  type LimitNow,
  previewLimit,
  type WaitingJob,
} from '../../engine/limit-preview.ts';
import { PUBLISHED_BLOCKAGES, PUBLISHED_LANES } from '../../engine/node-status.ts';
import { type Job, openTasks } from '../../model/job.ts';
import { type LaneKey, laneKind, laneName } from '../../model/lane.ts';
import {
  CONCURRENCY_MAX,
  isSettable,
  type LimitValues,
  PER_SECOND_MAX,
} from '../../model/set-limit.ts';
import type { ServerParts } from '../parts.ts';
import { type Route, route } from '../route.ts';

const LANES_LOOKED_AT = 1_000;
const JOBS_WEIGHED_MAX = 100;
const BLOCKAGES_MAX = 500;
const ENDS_MAX = 20;

const values = {
  concurrency: z.int().min(1).max(CONCURRENCY_MAX).optional().meta({ description: 'At once.' }),
  perSecond: z.number().positive().max(PER_SECOND_MAX).optional().meta({
    description: 'Starts a second; not for jobs.',
  }),
};
const ValuesWire = z.strictObject(values);
const SetLimitWire = z.object({
  lane: z.string(),
  ...values,
  setMs: z.int(),
  by: z.string().meta({ description: 'Id of the key that set it.' }),
});
const Span = z.tuple([z.int(), z.int()]);
export const PreviewWire = z.object({
  words: z.array(z.string()).meta({ description: 'What it will do, sentence by sentence.' }),
  ends: z.array(
    z.object({
      jobId: z.string(),
      name: z.string(),
      beforeMs: Span.optional().meta({ description: 'Time left as it is, from and to.' }),
      afterMs: Span.optional().meta({ description: 'Time left then, where it can be said.' }),
      words: z.string().meta({ description: 'Under which condition, or why it is not known.' }),
    }),
  ),
});
const Params = z.strictObject({
  lane: z.string().max(340).meta({ description: 'Such as `host:example.com` or `job:j_1`.' }),
});
const tag = 'Operation';

export function limitRoutes(parts: ServerParts): Route[] {
  const { limits, log } = parts;
  return [
    route({
      id: 'listSetLimits',
      method: 'GET',
      path: '/v1/lanes/limits',
      access: 'operator',
      tag,
      summary: 'List the limits that somebody has set',
      answers: { 200: z.object({ limits: z.array(SetLimitWire) }) },
      handle: () => ({ limits: [...limits.list()] }),
    }),
    route({
      id: 'previewLimit',
      method: 'POST',
      path: '/v1/lanes/:lane/limit/preview',
      access: 'operator',
      tag,
      summary: 'Say what setting a limit would do, and change nothing',
      description: 'Without values: what giving it back to be learned would do.',
      params: Params,
      body: ValuesWire,
      answers: { 200: PreviewWire },
      async handle({ params, body }) {
        const lane = settable(params.lane, body);
        const { words, ends } = await preview(parts, lane, body as LimitValues);
        return { words: [...words, ...(await othersWords(parts))], ends };
      },
    }),
    route({
      id: 'setLimit',
      method: 'PUT',
      path: '/v1/lanes/:lane/limit',
      access: 'operator',
      tag,
      summary: 'Set a limit, over what is learned or declared',
      description:
        'It holds at once and over restarts, on all nodes. What runs goes on; a value that is not ' +
        "given stays as it is found out. A site's robots.txt is obeyed in any case.",
      params: Params,
      body: ValuesWire.refine((given) => Object.keys(given).length > 0, 'sets nothing'),
      answers: { 200: SetLimitWire },
      async handle({ params, body, principal: { keyId } }) {
        const lane = settable(params.lane, body);
        const limit = await limits.set(lane, body as LimitValues, keyId);
        log.info('limit set', { ...limit });
        return limit;
      },
    }),
    route({
      id: 'resetLimit',
      method: 'DELETE',
      path: '/v1/lanes/:lane/limit',
      access: 'operator',
      tag,
      summary: 'Give a limit back to be learned or declared',
      params: Params,
      answers: { 204: [] },
      async handle({ params, principal: { keyId }, reply }) {
        const lane = settable(params.lane, {});
        const before = limits.find(lane);
        await limits.remove(lane);
        if (before !== undefined) log.info('limit given back', { lane, by: keyId });
        return reply.code(204).send();
      },
    }),
  ];
}

/** Throws `limit.not_settable`. */
function settable(lane: string, { perSecond }: { readonly perSecond?: unknown }): LaneKey {
  const known = isSettable(lane) && !(laneKind(lane) === 'job' && perSecond !== undefined);
  if (!known) throw new SluiceError('limit.not_settable', { lane });
  return lane as LaneKey;
}

/** What is known of the other nodes is what they said last, and not all of it. */
async function othersWords({ cluster }: ServerParts): Promise<string[]> {
  const nodes = (await cluster?.store.nodes()) ?? [];
  const others = nodes.filter(({ id }) => id !== cluster?.intro.id).length;
  if (others === 0) return [];
  const who = others === 1 ? 'the other node' : `${others} other nodes`;
  return [
    `Of ${who} it counts what each last said of itself: its ${PUBLISHED_LANES} busiest limits, and of ` +
      `each job the ${PUBLISHED_BLOCKAGES} that most of it waits for.`,
  ];
}

async function preview(parts: ServerParts, lane: LaneKey, set: LimitValues) {
  const { store } = parts;
  const running = await store.jobs({ states: ['running'], limit: JOBS_WEIGHED_MAX });
  if (laneKind(lane) === 'job') return previewOfJob(parts, lane, set, running);
  const jobs = running.flatMap((job) => waitingJob(parts, job, lane) ?? []);
  const { words, ends } = previewLimit(
    nowOf(parts, lane, jobs),
    parts.engine.limitsOf(lane, set),
    jobs.slice(0, ENDS_MAX),
  );
  return { words: [...words], ends: ends.map(wireOf) };
}

function previewOfJob(
  parts: ServerParts,
  lane: LaneKey,
  { concurrency }: LimitValues,
  running: readonly Job[],
) {
  const job = running.find(({ id }) => id === laneName(lane));
  if (job === undefined) throw new SluiceError('job.not_found', { id: laneName(lane) });
  const { engine, limits, settings } = parts;
  const own = job.concurrency || settings.jobConcurrency || NODE_SLOTS;
  const slots = limits.find(lane)?.concurrency ?? own;
  const allows = (most: number) => ({ concurrency: most, rate: 'none', breaker: false }) as const;
  const wait = engine.explain(job.id, BLOCKAGES_MAX).find((each) => each.lane === lane);
  const waiting = wait?.waiting ?? 0;
  const now = { lane, slots, perSecond: undefined, inUse: engine.active(job.id), waiting };
  const { words, ends } = previewLimit(
    { ...now, blocked: wait?.reason, untilMs: undefined, limits: allows(slots) },
    allows(concurrency ?? own),
    [{ ...jobOf(parts, job), waiting }],
  );
  return { words: [...words], ends: ends.map(wireOf) };
}

function nowOf(parts: ServerParts, lane: LaneKey, jobs: readonly WaitingJob[]): LimitNow {
  const { engine, clock } = parts;
  const status = engine.lanes(LANES_LOOKED_AT).find((each) => each.lane === lane);
  const waiting = jobs.reduce((sum, job) => sum + job.waiting, 0);
  const wakeAtMs = status?.wakeAtMs;
  return {
    lane,
    slots: status?.slots,
    perSecond: status?.perSecond,
    inUse: status?.inUse ?? 0,
    waiting: Math.max(waiting, status?.waiting ?? 0),
    blocked: status?.blocked,
    untilMs: wakeAtMs === undefined ? undefined : clock.wallMs() + wakeAtMs - clock.monoMs(),
    limits: engine.limitsOf(lane),
  };
}

function waitingJob(parts: ServerParts, job: Job, lane: LaneKey): WaitingJob | undefined {
  const blockages = parts.engine.explain(job.id, BLOCKAGES_MAX);
  const wait = blockages.find((each) => each.lane === lane);
  return wait && { ...jobOf(parts, job), waiting: wait.waiting };
}

function jobOf(parts: ServerParts, job: Job): Omit<WaitingJob, 'waiting'> {
  const { progress } = parts.progress.of(job);
  return {
    id: job.id,
    name: job.input.name || job.id,
    open: openTasks(progress.counters),
    etaMs: progress.etaMs,
  };
}

/** Estimates are finer than anybody wants to know, and than the answer's schema takes. */
export function wireOf({ beforeMs, afterMs, ...end }: JobEnd) {
  const span = ([low, high]: readonly [number, number]): [number, number] => [
    Math.round(low),
    Math.round(high),
  ];
  return {
    ...end,
    ...(beforeMs && { beforeMs: span(beforeMs) }),
    ...(afterMs && { afterMs: span(afterMs) }),
  };
}
