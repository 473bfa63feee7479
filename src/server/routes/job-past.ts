/** What has happened in a job, the last of it first: attempts, lines of its log, events. */
import { z } from 'zod';
import { LOG_LEVELS, type LogLevel } from '../../base/log.ts';
import { ATTEMPT_ENDS, type JobAttempt } from '../../model/attempt-record.ts';
import type { Outcome } from '../../model/outcome.ts';
import { type JobLine, LINES_KEPT } from '../job-log.ts';
import { LATEST_KEPT, type LatestAttempt } from '../job-window.ts';
import type { ServerParts } from '../parts.ts';
import { type Route, route } from '../route.ts';
import { shownMs, withShownMs } from '../shown-ms.ts';
import { JobParams, ownJob } from './jobs.ts';
import { AttemptWire } from './tasks.ts';

const tag = 'Jobs';
const PAGE_MAX = 200;
/** Kept attempts that are looked through for one answer. */
const LOOKED_MAX = 2_000;
const LOOK = 500;

const ENDS = [...ATTEMPT_ENDS, 'interrupted', 'cancelled', 'stopped'] as const;
type End = (typeof ENDS)[number];

const END_OF: Readonly<Record<Outcome['kind'], End>> = {
  complete: 'completed',
  retry: 'retry',
  snooze: 'wait',
  discard: 'discarded',
  release: 'interrupted',
  cancel: 'cancelled',
  stop: 'stopped',
};

const JobAttemptWire = AttemptWire.extend({
  seq: z.int().meta({ description: 'Of its row.' }),
  place: z.int().optional().meta({
    description: 'Of the latest: from 1, in the order in which they ended.',
  }),
  end: z.enum(ENDS).meta({
    description:
      '`retry`: it is tried again. `wait`: it was told to wait. `interrupted`: it left no trace.',
  }),
});

/** How a client goes on: behind the last of a page, or from the first that it knows. */
const limit = z.coerce.number().int().min(1).max(PAGE_MAX).default(50);
const place = z.coerce.number().int().min(0);
const before = place.optional().meta({ description: 'The `next` of the page before.' });
const after = place.optional().meta({
  description: 'Only what came after this number; all, where there is no such number yet.',
});
const next = z.int().optional();
const newest = z.int().meta({ description: 'Number of the last of all; 0 = there is none.' });
const count = z.int().meta({ description: 'Those that fit and are kept, over all pages.' });

function listOf<const Names extends readonly [string, ...string[]]>(names: Names, words: string) {
  return z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(names)))
    .optional()
    .meta({ description: `${words}, separated by commas.` });
}

export function jobPastRoutes(parts: ServerParts): Route[] {
  const { jobWindow, jobLog, events, clock, store } = parts;
  const inMemory = 'Of this server, in memory: it begins anew with it.';
  return [
    route({
      id: 'listLatestAttempts',
      method: 'GET',
      path: '/v1/jobs/:id/attempts/latest',
      access: 'read',
      tag,
      summary: `List the latest attempts of a job, ${LATEST_KEPT} at most`,
      description: `All of them, whatever became of them; the last that ended first. ${inMemory}`,
      params: JobParams,
      query: z.strictObject({ end: listOf(ENDS, 'Ends'), before, after, limit }),
      answers: {
        200: z.object({ attempts: z.array(JobAttemptWire), next, newest, count }),
      },
      async handle({ params, query, principal }) {
        const job = await ownJob(parts, principal, params.id);
        const { end } = query;
        const all = jobWindow.latest(job.id);
        const fits = all.filter(({ outcome }) => end?.includes(END_OF[outcome]) !== false);
        const newest = jobWindow.count(job.id);
        const page = pageOf(fits, ({ place: no }) => no, query, newest);
        const nowMs = { wallMs: clock.wallMs(), monoMs: clock.monoMs() };
        const attempts = page.items.map((each) => latestWire(each, nowMs));
        return { attempts, ...page.next, newest, count: page.count };
      },
    }),
    route({
      id: 'listKeptAttempts',
      method: 'GET',
      path: '/v1/jobs/:id/attempts',
      access: 'read',
      tag,
      summary: 'List the attempts of a job that are kept, the last begun first',
      description:
        'Kept are those of rows that did not get through at once. A page may be shorter than ' +
        '`limit`, even empty, where much had to be looked through: the last one has no `next`.',
      params: JobParams,
      query: z.strictObject({
        end: listOf(ATTEMPT_ENDS, 'Ends'),
        before: z
          .string()
          .regex(/^\d{1,16}(?:\.\d{1,6})?_\d{1,10}_\d{1,10}$/)
          .optional()
          .meta({ description: 'The `next` of the page before.' }),
        limit,
      }),
      answers: {
        200: z.object({ attempts: z.array(JobAttemptWire), next: z.string().optional() }),
      },
      async handle({ params, query, principal }) {
        const job = await ownJob(parts, principal, params.id);
        return keptPage(store, job.id, query);
      },
    }),
    route({
      id: 'getJobLog',
      method: 'GET',
      path: '/v1/jobs/:id/log',
      access: 'read',
      tag,
      summary: `Show what was said of a job, the last ${LINES_KEPT} lines at most`,
      description:
        'Changes of its state, failures, notes and what its collector logs, the last first. ' +
        `${inMemory} Of a flood the first lines of each second are kept, and how many more there were.`,
      params: JobParams,
      query: z.strictObject({
        level: z.enum(LOG_LEVELS).default('debug').meta({ description: 'This level or above.' }),
        before,
        after,
        limit,
      }),
      answers: {
        200: z.object({
          lines: z.array(
            z.object({
              no: z.int(),
              atMs: z.int(),
              level: z.enum(LOG_LEVELS),
              of: z.enum(['job', 'failure', 'note', 'log']),
              seq: z.int().optional().meta({ description: 'Of the row that it is about.' }),
              text: z.string(),
            }),
          ),
          next,
          newest,
          count,
        }),
      },
      async handle({ params, query, principal }) {
        const job = await ownJob(parts, principal, params.id);
        const all = jobLog.lines(job.id);
        const fits = all.filter(({ level }) => isAtLeast(level, query.level));
        const newest = all[0]?.no ?? 0;
        const page = pageOf<JobLine>(fits, ({ no }) => no, query, newest);
        return { lines: page.items, ...page.next, newest, count: page.count };
      },
    }),
    route({
      id: 'listJobEvents',
      method: 'GET',
      path: '/v1/jobs/:id/events/past',
      access: 'read',
      tag,
      summary: 'List the events of a job that are kept, the last first',
      description:
        'Those that its stream has told, by their numbers; the stream goes on behind any of them ' +
        `with \`after\`. ${inMemory} Shared by all jobs, some 10,000 are kept.`,
      params: JobParams,
      query: z.strictObject({
        type: z
          .string()
          .max(200)
          .transform((text) => text.split(','))
          .optional()
          .meta({ description: 'Names of events, separated by commas.' }),
        before,
        after,
        limit,
      }),
      answers: {
        200: z.object({
          events: z.array(z.object({ id: z.int(), type: z.string(), data: z.unknown() })),
          next,
          newest,
          count,
        }),
      },
      async handle({ params, query, principal }) {
        const job = await ownJob(parts, principal, params.id);
        const all = events.past(job.id);
        const { type: types } = query;
        const fits = all.filter(({ type }) => types?.includes(type) !== false);
        const newest = all[0]?.id ?? 0;
        const page = pageOf(fits, ({ id }) => id, query, newest);
        const told = page.items.map(({ id, type, bytes }) => ({ id, type, data: dataOf(bytes) }));
        return { events: told, ...page.next, newest, count: page.count };
      },
    }),
  ];
}

interface Asked {
  readonly before?: number | undefined;
  readonly after?: number | undefined;
  readonly limit: number;
}

/**
 * Of what comes the last first, by its numbers. They begin anew with the server: a number behind
 * the newest is of one before, after which all of this came.
 */
function pageOf<T>(
  all: readonly T[],
  numberOf: (each: T) => number,
  asked: Asked,
  newestNo: number,
) {
  const { before: until = Number.POSITIVE_INFINITY, after: known = -1, limit: most } = asked;
  const from = known > newestNo ? -1 : known;
  const fits = all.filter((each) => numberOf(each) > from);
  const rest = fits.filter((each) => numberOf(each) < until);
  const items = rest.slice(0, most);
  const last = items.at(-1);
  const more = last !== undefined && rest.length > items.length;
  return { items, count: fits.length, next: more ? { next: numberOf(last) } : {} };
}

function isAtLeast(level: LogLevel, least: LogLevel): boolean {
  return LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(least);
}

/** As the event went over the wire. */
function dataOf(bytes: Buffer): unknown {
  const text = bytes.toString();
  return JSON.parse(text.slice(text.indexOf('\ndata: ') + 7));
}

function latestWire(
  seen: LatestAttempt,
  now: { readonly wallMs: number; readonly monoMs: number },
) {
  const { seq, place: no, attemptNo, outcome, why, accounts } = seen;
  const { startedMs, endedMs, activeMs, queuedMs } = seen;
  const tookMs = endedMs - startedMs;
  return {
    seq,
    place: no,
    no: attemptNo,
    startedMs: Math.round(now.wallMs - (now.monoMs - startedMs)),
    tookMs: shownMs(tookMs),
    waitedMs: shownMs(Math.max(0, tookMs - activeMs)),
    queuedMs: shownMs(queuedMs),
    end: END_OF[outcome],
    ...(why === undefined ? {} : { failure: failureWire(why) }),
    ...(accounts.length === 0 ? {} : { accounts: [...accounts] }),
  };
}

function failureWire({ class: kind, code, message, status }: NonNullable<LatestAttempt['why']>) {
  const plain = { class: kind, code, message };
  return status === undefined ? plain : { ...plain, status };
}

interface KeptAsked {
  readonly end?: readonly string[] | undefined;
  readonly before?: string | undefined;
  readonly limit: number;
}

async function keptPage(store: ServerParts['store'], jobId: string, asked: KeptAsked) {
  const attempts: JobAttempt[] = [];
  let behind = asked.before === undefined ? undefined : placeOf(asked.before);
  for (let looked = 0; looked < LOOKED_MAX; ) {
    // Without a filter none is looked at in vain.
    const size = asked.end === undefined ? asked.limit + 1 : LOOK;
    const query = { limit: size, ...(behind && { after: behind }) };
    const found = await store.jobAttempts(jobId, query);
    looked += found.length;
    for (const each of found) {
      if (asked.end?.includes(each.end) === false) {
        behind = each;
        continue;
      }
      if (attempts.length === asked.limit) return { attempts, next: textOf(behind) };
      attempts.push(withShownMs(each));
      behind = each;
    }
    if (found.length < size) return { attempts };
  }
  return { attempts, next: textOf(behind) };
}

type Place = Pick<JobAttempt, 'startedMs' | 'seq' | 'no'>;

function placeOf(text: string): Place {
  const [startedMs = 0, seq = 0, no = 0] = text.split('_').map(Number);
  return { startedMs, seq, no };
}

function textOf(at: Place | undefined): string {
  return at === undefined ? '' : `${at.startedMs}_${at.seq}_${at.no}`;
}
