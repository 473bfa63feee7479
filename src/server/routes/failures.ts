/** What went wrong in a job, and what it waits for. */
import { z } from 'zod';
import { retriableRowsOf, shortFailureName } from '../../engine/failure-choice.ts';
import {
  blockage,
  blockedUntilMs,
  type Moment,
  standstill,
  utcTime,
} from '../../engine/job-words.ts';
import { shownOf } from '../../engine/shown-state.ts';
import { type Blockage, laneKind, laneName } from '../../model/lane.ts';
import type { FailureGroup } from '../../store/store.ts';
import { answerFailures, DOWNLOAD_TYPES } from '../download.ts';
import type { ServerParts } from '../parts.ts';
import { type Route, route } from '../route.ts';
import { FailureWire, ProgressWire, progressWire, WaitWire } from '../wire.ts';
import { JobParams, ownJob } from './jobs.ts';

export const retriableRows = z.int().meta({
  description:
    'Those that trying again may help: none where the input itself is at fault, and no row that ' +
    'was refused before it was tried.',
});

export const GroupWire = z.object({
  name: z.string().meta({ description: 'What `only` of POST /v1/jobs/{id}/retry takes.' }),
  fingerprint: z.string(),
  count: z.int(),
  retriable: retriableRows,
  firstMs: z.int(),
  lastMs: z.int(),
  sample: FailureWire.meta({ description: 'The most recent of them.' }),
  sampleSeq: z.int().meta({ description: 'The row that it is from.' }),
});

const WaitsWire = z.object({
  jobId: z.string(),
  still: z.string().optional().meta({
    description: 'Why nothing runs at the moment, in a sentence; absent while something does.',
  }),
  waits: z.array(WaitWire),
  retries: z
    .object({ waiting: z.int(), nextMs: z.int().optional() })
    .meta({ description: 'Rows that wait for a time to be tried again.' }),
});

const tag = 'Jobs';
const limitOf = (fallback: number) => z.coerce.number().int().min(1).max(1_000).default(fallback);

export function failureRoutes(parts: ServerParts): Route[] {
  const { store, progress } = parts;
  return [
    route({
      id: 'listJobFailures',
      method: 'GET',
      path: '/v1/jobs/:id/failures',
      access: 'read',
      tag,
      summary: 'Group the failed rows of a job by their cause, most frequent first',
      description: 'The rows of a group: GET /v1/jobs/{id}/tasks?fingerprint=…',
      params: JobParams,
      query: z.strictObject({ limit: limitOf(100) }),
      answers: { 200: z.object({ groups: z.array(GroupWire), total: z.int() }) },
      async handle({ params, query, principal }) {
        const job = await ownJob(parts, principal, params.id);
        const all = await store.failureGroups(job.id);
        const groups = all.slice(0, query.limit).map((group) => groupWire(group, all));
        return { groups, total: job.counters.discarded };
      },
    }),
    route({
      id: 'downloadJobFailures',
      method: 'GET',
      path: '/v1/jobs/:id/failures/download',
      access: 'read',
      tag: 'Results',
      summary: 'Download the rows of a job that failed, as CSV',
      description:
        'The same file as `sluice jobs download --failed` writes: the line in the input, the code ' +
        'and the sentence of the reason, then the row’s own cells, as it is now. Rows like an ' +
        'earlier one are left out, unless `duplicates=true` asks for them.',
      params: JobParams,
      query: z.strictObject({
        only: z.string().max(1_000).optional().meta({
          description: 'Failures of this code, or of the group of this `name` or `fingerprint`.',
        }),
        duplicates: z.stringbool().default(false).meta({
          description: 'Rows like an earlier one as well, each with the reason of that one.',
        }),
        safeFormulas: z.enum(['off', 'results', 'all']).default('off').meta({
          description: 'Cells that a spreadsheet would run as formulas are made text.',
        }),
      }),
      answers: { 200: [DOWNLOAD_TYPES.csv] },
      answerHeaders: { 'Content-Disposition': 'A name for the file.' },
      async handle(call) {
        const job = await ownJob(parts, call.principal, call.params.id);
        return answerFailures(parts, job, { which: 'failed', ...call.query }, call);
      },
    }),
    route({
      id: 'listJobWaits',
      method: 'GET',
      path: '/v1/jobs/:id/waits',
      access: 'read',
      tag,
      summary: 'Say what a job is waiting for, most waiting first',
      params: JobParams,
      query: z.strictObject({ limit: limitOf(20) }),
      answers: { 200: WaitsWire },
      async handle({ params, query, principal }) {
        const job = await ownJob(parts, principal, params.id);
        const standing = progress.of(job);
        const still = standstill(standing, utcTime);
        const { waiting } = standing.progress.counters;
        const nextMs = standing.nextDueMs;
        return {
          jobId: job.id,
          ...(still === undefined ? {} : { still }),
          waits: standing.blockages.slice(0, query.limit).map((each) => waitWire(each, standing)),
          retries: { waiting, ...(nextMs === undefined ? {} : { nextMs }) },
        };
      },
    }),
    route({
      id: 'getJobProgress',
      method: 'GET',
      path: '/v1/jobs/:id/progress',
      access: 'read',
      tag,
      summary: 'Say how far a job is, how fast, and when it may be done',
      params: JobParams,
      answers: {
        200: ProgressWire.extend({
          why: FailureWire.optional().meta({ description: 'Why it is paused or has failed.' }),
        }),
      },
      async handle({ params, principal }) {
        const job = await ownJob(parts, principal, params.id);
        const standing = progress.of(job);
        const why = job.failure === undefined ? {} : { why: job.failure };
        const shown = shownOf(job.state, standing, utcTime);
        return { ...progressWire(standing.progress, standing.wallMs, shown), ...why };
      },
    }),
  ];
}

export function groupWire(group: FailureGroup, all: readonly FailureGroup[]) {
  const { refused: _, ...told } = group;
  return { name: shortFailureName(group, all), ...told, retriable: retriableRowsOf(group) };
}

export function waitWire(blocked: Blockage, moment: Moment): z.infer<typeof WaitWire> {
  const { lane, reason, waiting, inUse, slots, perSecond, accounts } = blocked;
  const untilMs = blockedUntilMs(blocked, moment);
  return {
    lane,
    kind: laneKind(lane),
    name: laneName(lane),
    reason,
    text: blockage(blocked, moment, utcTime),
    waiting,
    inUse,
    slots,
    ...(accounts && { accounts }),
    ...(perSecond === undefined ? {} : { perSecond }),
    ...(untilMs === undefined ? {} : { untilMs: Math.round(untilMs) }),
  };
}
