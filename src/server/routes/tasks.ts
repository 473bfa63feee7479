/** Rows of a job, one by one: what was asked, what became of it, what was found. */
import { z } from 'zod';
import { SluiceError } from '../../base/errors.ts';
import { ATTEMPT_ENDS, ATTEMPTS_KEPT } from '../../model/attempt-record.ts';
import type { FoundTask, RowResult } from '../../store/store.ts';
import { findRows } from '../find.ts';
import type { ServerParts } from '../parts.ts';
import { type Route, route } from '../route.ts';
import { shownMs, withShownMs } from '../shown-ms.ts';
import { FailureWire } from '../wire.ts';
import { JobParams, ownJob } from './jobs.ts';

const STATES = ['available', 'waiting', 'completed', 'discarded', 'cancelled'] as const;
const tag = 'Results';
const PAGE_MAX = 200;
/** Records that a single row is shown with; the rest is in /records. */
const RECORDS_SHOWN = 100;
const seq = z.coerce.number().int().min(0).max(4_294_967_295);

const TaskWire = z.object({
  seq: z.int().meta({ description: 'The place of its row in the input, from 0.' }),
  state: z.enum(STATES).meta({
    description: '`available`: it waits for its turn or is being worked on.',
  }),
  input: z.unknown().optional().meta({ description: 'What the collector was given.' }),
  attempts: z.int().meta({ description: 'Spent since the last page that it went on to.' }),
  failure: FailureWire.optional().meta({ description: 'Why it failed, or what it waits for.' }),
  recordCount: z.int(),
  durationMs: z.number().optional().meta({ description: 'Of the attempt that ended it.' }),
  finishedMs: z.int().optional(),
  duplicateOf: z.int().optional().meta({ description: 'The row that answers for it.' }),
});

const ExchangeWire = z.object({
  method: z.string(),
  url: z.string().meta({ description: 'Without a login and without values that may be secret.' }),
  atMs: z.number().meta({ description: 'From the start of the attempt on.' }),
  waitedMs: z.number().meta({ description: 'For a limit, before it was sent.' }),
  headersMs: z.number().optional(),
  tookMs: z.number(),
  status: z.int().optional().meta({ description: 'Absent: there was no answer.' }),
  bytes: z.int().meta({ description: 'Over the wire.' }),
  failure: z.string().optional().meta({ description: 'Code of what went wrong.' }),
  requestHeaders: z.record(z.string(), z.string()),
  headers: z.record(z.string(), z.string()).optional(),
});

export const AttemptWire = z.object({
  no: z.int().meta({ description: 'From 1, over all attempts of the row.' }),
  startedMs: z.int(),
  tookMs: z.number().meta({ description: 'From its start to its end.' }),
  waitedMs: z.number().meta({ description: 'Part of it in which it held no place.' }),
  queuedMs: z.number().optional().meta({
    description: 'Before its start, from the coming up of its row for its turn.',
  }),
  end: z.enum(ATTEMPT_ENDS).meta({
    description: '`retry`: it is tried again. `wait`: it was told to wait, which costs no attempt.',
  }),
  failure: FailureWire.omit({ hint: true, untilMs: true }).optional(),
  againMs: z.int().optional().meta({ description: 'When the row was to go on.' }),
  node: z.string().optional().meta({ description: 'Where several nodes share the work.' }),
  accounts: z.array(z.string()).optional().meta({ description: '`service/name`.' }),
  lane: z.string().optional().meta({ description: 'The lane of the row.' }),
  waits: z
    .array(z.object({ lane: z.string(), ms: z.number() }))
    .optional()
    .meta({ description: 'What it waited for, the longest first.' }),
  receivedBytes: z.int().optional().meta({ description: 'Over the wire, of all answers.' }),
  requests: z.int().optional(),
  exchanges: z.array(ExchangeWire).optional().meta({
    description: 'The first request and the last ones, with headers of a list alone.',
  }),
});

const TaskWithRecordsWire = TaskWire.extend({
  history: z.array(AttemptWire).meta({
    description: `The last ${ATTEMPTS_KEPT} attempts, oldest first; empty where the first one got through.`,
  }),
  records: z.array(z.unknown()).meta({
    description: `The first ${RECORDS_SHOWN}; the rest is in /records.`,
  }),
});

export function taskRoutes(parts: ServerParts): Route[] {
  const { store } = parts;
  return [
    route({
      id: 'listJobTasks',
      method: 'GET',
      path: '/v1/jobs/:id/tasks',
      access: 'read',
      tag,
      summary: 'List the rows of a job by what has become of them',
      description:
        'In the order of the input, without rows that are like an earlier one. A page may be shorter ' +
        'than `limit`, even empty, where much had to be looked through: the last one has no `next`.',
      params: JobParams,
      query: z.strictObject({
        state: z
          .string()
          .transform((text) => text.split(','))
          .pipe(z.array(z.enum(STATES)))
          .optional()
          .meta({ description: 'States, separated by commas.' }),
        fingerprint: z.string().max(1_000).optional().meta({
          description: 'The failed rows of one group of GET /v1/jobs/{id}/failures.',
        }),
        failure: z.string().min(1).max(1_000).optional().meta({
          description: 'Failed rows, and waiting ones, by the code of their failure.',
        }),
        text: z.string().min(1).max(200).optional().meta({
          description: 'In the input or in what went wrong, in any case.',
        }),
        since: z.coerce.number().min(0).optional().meta({ description: 'Ended since, ms.' }),
        after: seq.optional().meta({ description: 'The `next` of the page before.' }),
        limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(50),
      }),
      answers: { 200: z.object({ tasks: z.array(TaskWire), next: z.int().optional() }) },
      async handle({ params, query, principal }) {
        const job = await ownJob(parts, principal, params.id);
        const { state, fingerprint, after = -1, limit, failure, text, since: sinceMs } = query;
        const asked = {
          after,
          limit,
          ...(state === undefined ? {} : { states: state }),
          ...(fingerprint === undefined ? {} : { fingerprint }),
        };
        const { rows, next } = await findRows(store, job.id, asked, { failure, text, sinceMs });
        return { tasks: rows.map(taskWire), ...(next === undefined ? {} : { next }) };
      },
    }),
    route({
      id: 'getJobTask',
      method: 'GET',
      path: '/v1/jobs/:id/tasks/:seq',
      access: 'read',
      tag,
      summary: 'Show one row of a job with its records',
      params: JobParams.extend({ seq }),
      answers: { 200: TaskWithRecordsWire },
      async handle({ params, principal }) {
        const job = await ownJob(parts, principal, params.id);
        const found = (await store.tasks(job.id, { after: params.seq - 1, limit: 1 })).rows[0];
        // One that is like an earlier row is no task of its own.
        const [row] =
          found?.seq === params.seq ? [found] : await store.results(job.id, params.seq, 1);
        if (row === undefined)
          throw new SluiceError('task.not_found', { id: job.id, seq: params.seq });
        const records = row.records
          .slice(0, RECORDS_SHOWN)
          .map((json) => JSON.parse(json) as unknown);
        const history = await store.attempts(job.id, row.duplicateOf ?? row.seq);
        return { ...taskWire(row), history: withShownMs([...history]), records };
      },
    }),
  ];
}

function taskWire(row: RowResult & Partial<Pick<FoundTask, 'input'>>) {
  const { input, failure, durationMs, finishedMs, duplicateOf } = row;
  return {
    seq: row.seq,
    state: row.state,
    ...(input === undefined ? {} : { input: JSON.parse(input) as unknown }),
    attempts: row.attemptNo,
    ...(failure === undefined ? {} : { failure }),
    recordCount: row.records.length,
    ...(durationMs === undefined ? {} : { durationMs: shownMs(durationMs) }),
    ...(finishedMs === undefined ? {} : { finishedMs }),
    ...(duplicateOf === undefined ? {} : { duplicateOf }),
  };
}
