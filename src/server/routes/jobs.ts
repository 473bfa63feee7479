/** Jobs: asking for one, looking at them, steering them. */
import { z } from 'zod';
import { SluiceError } from '../../base/errors.ts';
import { SHOWN_STATES, type ShownState } from '../../engine/shown-state.ts';
import type { Job } from '../../model/job.ts';
import { jobLane } from '../../model/lane.ts';
import { JOB_STATES, type JobState } from '../../model/lifecycle.ts';
import { findJobs } from '../find.ts';
import type { ServerParts } from '../parts.ts';
import { type Principal, sees } from '../principal.ts';
import { type Call, type Route, route } from '../route.ts';
import { JobOrderWire, JobWire, jobWire, orderOf, SubmittedWire } from '../wire.ts';
import { deliveriesOf, isOperator } from './deliveries.ts';

export const JobParams = z.strictObject({ id: z.string().max(64) });
const PAGE_MAX = 200;
/** Limits of a job among which one is looked for. */
const LANES_WEIGHED = 500;

const ListQuery = z.strictObject({
  state: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(SHOWN_STATES)))
    .optional()
    .meta({
      description:
        'States, separated by commas; `waiting`: those that run and of which nothing moves.',
    }),
  waiting: z.string().min(1).max(340).optional().meta({
    description: 'Those that run and have rows waiting in this lane, such as `host:example.com`.',
  }),
  collector: z.string().max(200).optional(),
  idempotencyKey: z.string().max(200).optional().meta({ description: 'Of a job that has it.' }),
  text: z.string().min(1).max(200).optional().meta({
    description: 'In its id, collector, tenant or the name of its input, in any case.',
  }),
  since: z.coerce.number().min(0).optional().meta({ description: 'Begun since, ms.' }),
  failure: z.string().min(1).max(1_000).optional().meta({
    description: 'With failed rows of this code, or of this group (its fingerprint).',
  }),
  before: z
    .string()
    .regex(/^j_\w{1,60}$/, 'no `next` of a page')
    .optional()
    .meta({ description: 'The `next` of the page before.' }),
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(50),
});

const ListWire = z.object({
  jobs: z.array(JobWire),
  next: z.string().optional().meta({ description: 'Where the next page begins; absent = none.' }),
});

const RetryWire = z.object({ retried: z.int(), job: JobWire });

/** The caller's job; throws `job.not_found` for one that is not there or not theirs. */
export async function ownJob(parts: ServerParts, principal: Principal, id: string): Promise<Job> {
  const job = await parts.store.job(id);
  if (job === undefined || !sees(principal, job.tenant)) {
    throw new SluiceError('job.not_found', { id });
  }
  return job;
}

export function jobRoutes(parts: ServerParts): Route[] {
  const { engine, store, desk, outbox, settings } = parts;
  const wireOf = (job: Job) => jobWire(job, engine.running(job.id), parts.progress.shown(job));
  type JobCall = Call<{ id: string }, unknown, unknown>;
  const steer = (action: string, summary: string, act: (job: Job) => Promise<unknown>) =>
    route({
      id: `${action}Job`,
      method: 'POST',
      path: `/v1/jobs/:id/${action}`,
      access: 'run',
      tag: 'Jobs',
      summary,
      params: JobParams,
      answers: { 200: JobWire },
      async handle({ params, principal }: JobCall) {
        const job = await ownJob(parts, principal, params.id);
        await act(job);
        return wireOf(await ownJob(parts, principal, params.id));
      },
    });
  return [
    route({
      id: 'createJob',
      method: 'POST',
      path: '/v1/jobs',
      access: 'run',
      tag: 'Jobs',
      summary: 'Start a job from rows or from the input of an earlier one',
      description:
        'Answers at once; the job works on. The same `Idempotency-Key` again answers with the ' +
        'first job. For files see POST /v1/uploads.',
      body: JobOrderWire,
      headers: {
        'Idempotency-Key': '1 to 200 printable characters; the same again starts nothing new.',
      },
      answers: { 201: SubmittedWire, 200: SubmittedWire },
      async handle({ body, principal, request, reply }) {
        const key = idempotencyKey(request.headers['idempotency-key']);
        const tenant = principal.tenant ?? settings.tenant;
        const { deliver = [], ...order } = orderOf(body);
        const destinations = outbox.check(deliver, isOperator(principal));
        const submitted = await desk.submit(order, tenant, key);
        // From the first record on, whenever it is asked for.
        await outbox.add(submitted.job, destinations);
        reply.code(submitted.created ? 201 : 200);
        reply.header('location', `/v1/jobs/${submitted.job.id}`);
        return { ...submitted, job: wireOf(submitted.job) };
      },
    }),
    route({
      id: 'listJobs',
      method: 'GET',
      path: '/v1/jobs',
      access: 'read',
      tag: 'Jobs',
      summary: 'List jobs, newest first',
      description:
        'With `text`, `since`, `failure` or what is known of waiting a page may be shorter than `limit`, even empty, where ' +
        'much had to be looked through: the last one has no `next`.',
      query: ListQuery,
      answers: { 200: ListWire },
      async handle({ query, principal }) {
        const { collector, idempotencyKey: key, before, limit } = query;
        const { states, fits } = standingWish(parts, query.state, query.waiting);
        const { text, since: sinceMs, failure } = query;
        const filter = {
          ...(principal.tenant === undefined ? {} : { tenant: principal.tenant }),
          ...(states === undefined ? {} : { states }),
          ...(collector === undefined ? {} : { collector }),
          ...(key === undefined ? {} : { idempotencyKey: key }),
          ...(before === undefined ? {} : { before }),
          limit,
        };
        const { jobs, next } = await findJobs(store, filter, { text, sinceMs, failure, fits });
        return { jobs: jobs.map(wireOf), ...(next === undefined ? {} : { next }) };
      },
    }),
    route({
      id: 'getJob',
      method: 'GET',
      path: '/v1/jobs/:id',
      access: 'read',
      tag: 'Jobs',
      summary: 'Show a job',
      params: JobParams,
      answers: { 200: JobWire },
      async handle({ params, principal }) {
        const job = await ownJob(parts, principal, params.id);
        const deliveries = await deliveriesOf(outbox, job);
        return { ...wireOf(job), ...(deliveries.length > 0 && { deliveries }) };
      },
    }),
    route({
      id: 'deleteJob',
      method: 'DELETE',
      path: '/v1/jobs/:id',
      access: 'run',
      tag: 'Jobs',
      summary: 'Delete a job that has ended, with its results',
      params: JobParams,
      answers: { 204: [] },
      async handle({ params, principal, reply }) {
        const job = await ownJob(parts, principal, params.id);
        if (job.state === 'running' || job.state === 'paused') {
          throw new SluiceError('job.conflict', {
            id: job.id,
            state: job.state,
            action: 'deleted',
          });
        }
        await outbox.remove(job.id);
        await desk.remove(job);
        await parts.limits.remove(jobLane(job.id));
        return reply.code(204).send();
      },
    }),
    steer('pause', 'Pause a job; what is under way comes to its end', (job) =>
      engine.pause(job.id),
    ),
    steer('resume', 'Go on with a paused or failed job', (job) => engine.resume(job.id)),
    steer('cancel', 'End a job; open tasks are cancelled, results stay', (job) =>
      engine.cancel(job.id),
    ),
    route({
      id: 'retryJob',
      method: 'POST',
      path: '/v1/jobs/:id/retry',
      access: 'run',
      tag: 'Jobs',
      summary: 'Try failed tasks again, all or one group of them',
      params: JobParams,
      body: z.strictObject({ only: z.string().max(1_000).optional() }).optional(),
      answers: { 200: RetryWire },
      async handle({ params, body, principal }) {
        const job = await ownJob(parts, principal, params.id);
        const retried = await engine.retryDiscarded(job.id, body?.only);
        return { retried, job: wireOf(await ownJob(parts, principal, job.id)) };
      },
    }),
  ];
}

/** What the store can be asked for, and what only those know that work on the jobs. */
function standingWish(
  { engine, progress }: ServerParts,
  shown: readonly ShownState[] | undefined,
  lane: string | undefined,
): { readonly states?: readonly JobState[]; readonly fits?: (job: Job) => boolean } {
  if (lane !== undefined) {
    const fits = (job: Job) => {
      if (shown !== undefined && !isShown(job)) return false;
      return engine.explain(job.id, LANES_WEIGHED).some((each) => each.lane === lane);
    };
    return { states: ['running'], fits };
  }
  if (shown === undefined) return {};
  if (!shown.includes('waiting')) return { states: shown as readonly JobState[] };
  return {
    states: JOB_STATES.filter((state) => state === 'running' || shown.includes(state)),
    fits: isShown,
  };

  function isShown(job: Job): boolean {
    return (
      shown?.includes(job.state) === true || shown?.includes(progress.shown(job).shown) === true
    );
  }
}

export function idempotencyKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header === 'string' && /^[\x20-\x7e]{1,200}$/.test(header)) return header;
  throw new SluiceError('request.invalid', {
    detail: 'Idempotency-Key is 1 to 200 printable ASCII characters',
  });
}
