/** What happens, as it happens: server-sent events of one job or of all of a tenant's. */
import type { ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { SluiceError } from '../../base/errors.ts';
import type { Job } from '../../model/job.ts';
import { authenticate } from '../app.ts';
import { eventsInWords, eventsWith, JobSnapshotWire, JobsSnapshotWire } from '../events-wire.ts';
import type { ServerParts } from '../parts.ts';
import { type Call, endWithHead, type Route, route } from '../route.ts';
import { JobParams, ownJob } from './jobs.ts';

const NUMBER = /^\d{1,16}$/;
const Query = z.strictObject({
  after: z
    .string()
    .regex(NUMBER, 'not the id of an event')
    .optional()
    .meta({ description: 'As `Last-Event-ID`, which goes before it.' }),
});
const JobQuery = Query.extend({
  until: z.enum(['end']).optional().meta({ description: '`end`: closes when the job ends.' }),
});
const AllQuery = Query.extend({
  tenant: z.string().max(64).optional().meta({
    description: 'For operators: as the header `Sluice-Tenant`, which browsers cannot send here.',
  }),
});
const headers = {
  'Last-Event-ID': 'The `id` of the last event that was seen: the stream goes on behind it.',
};
const answers = { 200: ['text/event-stream'] };
const tag = 'Events';
const JOB_EVENTS = eventsWith(JobSnapshotWire);
const JOBS_EVENTS = eventsWith(JobsSnapshotWire);

const HOW = [
  'It begins with a `snapshot`; what follows comes after it, in order. State is absolute: the last',
  'event counts, and one that comes twice does no harm. With `Last-Event-ID` the stream goes on',
  'behind that event; where that is no longer possible, `reset` and a new `snapshot` come first. A',
  'comment every 15 s says that it is alive. A client that does not read is cut off.',
].join(' ');

export function eventRoutes(parts: ServerParts): Route[] {
  const open = async (call: Call<unknown, { after?: string | undefined }, unknown>, of: Of) => {
    const { request, reply, principal, query } = call;
    const { socket } = request.raw;
    if (!(socket instanceof Socket)) {
      throw new SluiceError('request.invalid', { detail: 'events need a connection of their own' });
    }
    const { job, untilEnd, tenant = principal.tenant } = of;
    if (request.method === 'HEAD') return endWithHead(reply.headers(HEAD));
    const opened = await parts.events.open({
      subject: { ...(job && { jobId: job.id }), tenant },
      job,
      after: lastSeen(request.headers['last-event-id'], query.after),
      untilEnd,
      allowed: () => isAllowed(parts, request),
      connect: () => begin(reply),
    });
    return opened ? reply : reply.code(204).send();
  };
  return [
    route({
      id: 'streamJobEvents',
      method: 'GET',
      path: '/v1/jobs/:id/events',
      access: 'read',
      tag,
      summary: 'Follow a job: server-sent events',
      description: `${HOW}\n\n${eventsInWords(JOB_EVENTS)}`,
      events: JOB_EVENTS,
      params: JobParams,
      query: JobQuery,
      headers,
      answers: { ...answers, 204: [] },
      async handle(call) {
        const job = await ownJob(parts, call.principal, call.params.id);
        return open(call, { job, untilEnd: call.query.until === 'end' });
      },
    }),
    route({
      id: 'streamEvents',
      method: 'GET',
      path: '/v1/events',
      access: 'read',
      tag,
      summary: 'Follow all jobs: server-sent events',
      description: `${HOW}\n\n${eventsInWords(JOBS_EVENTS)}`,
      events: JOBS_EVENTS,
      query: AllQuery,
      headers,
      answers,
      handle(call) {
        const { principal, query } = call;
        const tenant = query.tenant ?? '';
        if (tenant === '' || tenant === principal.tenant) return open(call, ALL_JOBS);
        if (!principal.operator || principal.tenant !== undefined) {
          throw new SluiceError('tenant.not_found', { name: tenant });
        }
        return open(call, { ...ALL_JOBS, tenant });
      },
    }),
  ];
}

interface Of {
  readonly job: Job | undefined;
  readonly untilEnd: boolean;
  /** Instead of the caller's. */
  readonly tenant?: string;
}

const ALL_JOBS: Of = { job: undefined, untilEnd: false };

/** The header is newer than the address, which a browser does not change when it comes back. */
function lastSeen(header: unknown, after: string | undefined): number | undefined {
  if (typeof header === 'string' && header !== '') {
    return NUMBER.test(header) ? Number(header) : Number.NaN;
  }
  return after === undefined ? undefined : Number(after);
}

async function isAllowed(parts: ServerParts, request: FastifyRequest): Promise<boolean> {
  try {
    await authenticate(parts, 'read', request);
    return true;
  } catch (error) {
    // A store that cannot be asked at the moment is no reason to send anybody away.
    return !(error instanceof SluiceError && /^(?:auth|tenant)\./.test(error.code));
  }
}

const HEAD = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // Proxies that gather answers would hold events back.
  'x-accel-buffering': 'no',
};

function begin(reply: FastifyReply): ServerResponse {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, HEAD);
  return raw;
}
