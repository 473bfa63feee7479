/** What a dashboard shows first: all that runs, what it waits for, what needs somebody. */
import { z } from 'zod';
import { NODE_SLOTS } from '../../engine/engine-options.ts';
import { utcTime } from '../../engine/job-words.ts';
import { shownOf } from '../../engine/shown-state.ts';
import { type Job, wasAnswer } from '../../model/job.ts';
import { JOB_STATES, type JobState } from '../../model/lifecycle.ts';
import { JobLineWire, jobLine } from '../events-wire.ts';
import { STEP_MS, STEPS, type Step } from '../history.ts';
import { MARK_KINDS } from '../job-marks.ts';
import type { StepLatency } from '../latency-steps.ts';
import type { ServerParts } from '../parts.ts';
import type { Principal } from '../principal.ts';
import { type Route, route } from '../route.ts';
import { SharedAnswers } from '../shared-answers.ts';
import { shownMs } from '../shown-ms.ts';
import { ProgressWire, progressWire, WaitWire } from '../wire.ts';
import { isOperator } from './deliveries.ts';
import { waitWire } from './failures.ts';
import { JobParams, ownJob } from './jobs.ts';

const JOBS_MAX = 100;
/** Many may look, each every two seconds. */
const LIFE_MS = 1_000;
const NEEDS_MAX = 20;
const DAY_MS = 86_400_000;
const NEEDS_MS = 7 * DAY_MS;

const OverviewWire = z.object({
  atMs: z.int(),
  running: z.array(
    z.object({
      job: JobLineWire,
      progress: ProgressWire,
      still: z.string().optional().meta({ description: 'Why nothing of it runs, in a sentence.' }),
      wait: WaitWire.optional().meta({ description: 'The limit that most of it waits for.' }),
    }),
  ),
  counts: z
    .record(z.enum(JOB_STATES), z.int())
    .meta({ description: `Jobs by state, counted up to ${JOBS_MAX}.` }),
  countedTo: z.int(),
  needs: z.array(JobLineWire).meta({
    description:
      'Jobs that failed, or ended with failed rows, in the last week; newest first. Failures that ' +
      'are muted do not count, nor do those of one website that its caller got as the answer.',
  }),
});

const numbers = z.array(z.number());
const HistoryWire = z.object({
  stepMs: z.int(),
  lastStepMs: z.int().meta({ description: 'When the last step began; it goes on.' }),
  completed: numbers,
  discarded: numbers,
  failedAttempts: numbers,
  records: numbers,
});

const times = z.array(z.number().nullable());
const JobHistoryWire = HistoryWire.extend({
  ended: numbers.meta({ description: 'Attempts that ended, as far as this server saw them.' }),
  runMs: z
    .object({ p50: times, p95: times })
    .meta({ description: 'Active time of attempts, without waiting; null where none ended.' }),
  queueMs: z
    .object({ p50: times, p95: times })
    .meta({ description: 'From the coming up of a row for its turn to the start.' }),
  marks: z
    .array(
      z.object({
        atMs: z.int(),
        kind: z.enum(MARK_KINDS),
        lane: z.string().optional(),
        text: z.string(),
      }),
    )
    .meta({ description: 'What may explain a bend, oldest first.' }),
  others: z.int().meta({
    description: 'Other nodes that may work on it, whose attempts are not among these.',
  }),
});

const SeatsWire = z.object({
  seats: z.array(
    z.object({
      kind: z.enum(['node', 'tenant', 'job']),
      name: z.string(),
      tenant: z.string().optional(),
      words: z.string().optional().meta({ description: 'Of a job: what it collects, of what.' }),
      inUse: z.int(),
      slots: z.int().nullable().meta({ description: 'null: no limit of its own.' }),
    }),
  ),
});

const tag = 'Operation';

export function overviewRoutes(parts: ServerParts): Route[] {
  const { store, clock } = parts;
  const lately = new SharedAnswers<z.infer<typeof OverviewWire>>(clock, LIFE_MS);
  return [
    route({
      id: 'getOverview',
      method: 'GET',
      path: '/v1/overview',
      access: 'read',
      tag,
      summary: 'Say what runs, what it waits for and what needs somebody',
      answers: { 200: OverviewWire },
      handle: ({ principal }) =>
        lately.of(principal.tenant ?? '', () => overviewOf(parts, principal)),
    }),
    route({
      id: 'getHistory',
      method: 'GET',
      path: '/v1/history',
      access: 'read',
      tag,
      summary: `Count what ended in the last ${(STEPS * STEP_MS) / 60_000} minutes, step by step`,
      description: 'Kept in memory: it begins anew with the server.',
      answers: { 200: HistoryWire },
      handle: ({ principal }) => wireOf(parts.history.ofTenant(principal.tenant)),
    }),
    route({
      id: 'getJobHistory',
      method: 'GET',
      path: '/v1/jobs/:id/history',
      access: 'read',
      tag: 'Jobs',
      summary: 'Count what of a job ended in the last minutes, step by step',
      params: JobParams,
      answers: { 200: JobHistoryWire },
      async handle({ params, principal }) {
        const job = await ownJob(parts, principal, params.id);
        const history = wireOf(parts.history.ofJob(job.id));
        const latency = parts.jobWindow.latency(job.id);
        const inFull = isOperator(principal);
        const { nodes, marks } = await nodesSince(parts, sinceMs(history), inFull);
        const own = parts.jobMarks.of(job.id, sinceMs(history), inFull);
        return {
          ...history,
          ended: latency.run.map((step) => step?.count ?? 0),
          runMs: percentiles(latency.run),
          queueMs: percentiles(latency.queue),
          marks: [...marks, ...own].sort((a, b) => a.atMs - b.atMs),
          others: Math.max(0, nodes - 1),
        };
      },
    }),
    route({
      id: 'listSeats',
      method: 'GET',
      path: '/v1/seats',
      access: 'read',
      tag,
      summary: 'Say how many attempts are active at once, of how many that may be',
      description: 'Of this node (for operators), of tenants and of jobs that run.',
      answers: { 200: SeatsWire },
      async handle({ principal }) {
        const jobs = await jobsOf(store, principal, 'running');
        return { seats: await seatsOf(parts, jobs, principal.tenant === undefined) };
      },
    }),
  ];

  function wireOf(steps: readonly Step[]): z.infer<typeof HistoryWire> {
    return {
      stepMs: STEP_MS,
      lastStepMs: parts.history.lastStepMs(),
      completed: steps.map(({ completed }) => completed),
      discarded: steps.map(({ discarded }) => discarded),
      failedAttempts: steps.map(({ failedAttempts }) => failedAttempts),
      records: steps.map(({ records }) => records),
    };
  }
}

function sinceMs({ lastStepMs }: z.infer<typeof HistoryWire>): number {
  return lastStepMs - (STEPS - 1) * STEP_MS;
}

function percentiles(steps: readonly (StepLatency | undefined)[]) {
  const round = (ms: number | undefined) => (ms === undefined ? null : shownMs(ms));
  return { p50: steps.map((step) => round(step?.p50)), p95: steps.map((step) => round(step?.p95)) };
}

/** The nodes there are, and those among the others that came lately. */
async function nodesSince({ cluster, clock }: ServerParts, fromMs: number, inFull: boolean) {
  if (cluster === undefined) return { nodes: 1, marks: [] };
  const nodes = (await cluster.store.nodes()).filter(({ leaseMs }) => leaseMs >= 0);
  const marks = nodes
    .filter(({ id }) => id !== cluster.intro.id)
    .map(({ name, version, ageMs }) => ({
      atMs: clock.wallMs() - ageMs,
      kind: 'start' as const,
      text: `${inFull ? `Node ${name}` : 'A node'} joined, version ${version}`,
    }));
  return { nodes: nodes.length, marks: marks.filter(({ atMs }) => atMs >= fromMs) };
}

/** As of this moment. */
async function overviewOf(
  parts: ServerParts,
  principal: Principal,
): Promise<z.infer<typeof OverviewWire>> {
  const { store, engine, progress, clock } = parts;
  const byState = await Promise.all(JOB_STATES.map((state) => jobsOf(store, principal, state)));
  const counts = Object.fromEntries(
    JOB_STATES.map((state, i) => [state, byState[i]?.length ?? 0]),
  ) as Record<JobState, number>;
  const all = byState.flat();
  const sinceMs = clock.wallMs() - NEEDS_MS;
  const needing = all
    .filter((job) => {
      const { state, counters, updatedMs } = job;
      if (updatedMs < sinceMs || wasAnswer(job)) return false;
      return state === 'failed' || (state === 'completed' && counters.discarded > 0);
    })
    .sort((a, b) => b.updatedMs - a.updatedMs);
  const needs = await notMuted(parts, principal, needing);
  const running = all
    .filter(({ state }) => state === 'running')
    .map((job) => {
      const at = progress.of(job);
      const shown = shownOf(job.state, at, utcTime);
      const { still } = shown;
      const [first] = at.blockages;
      return {
        job: jobLine(job, engine.running(job.id), shown),
        progress: progressWire(at.progress, at.wallMs, shown),
        ...(still === undefined ? {} : { still }),
        ...(first === undefined ? {} : { wait: waitWire(first, at) }),
      };
    });
  return {
    atMs: clock.wallMs(),
    running,
    counts,
    countedTo: JOBS_MAX,
    needs: needs.map((job) => jobLine(job, 0, { shown: job.state })),
  };
}

/** Without those that have nothing but failures that somebody has muted; at most `NEEDS_MAX`. */
async function notMuted(
  { store, failureMutes }: ServerParts,
  { tenant = '' }: Principal,
  jobs: readonly Job[],
): Promise<readonly Job[]> {
  const mutes = await failureMutes.list(tenant);
  if (mutes.size === 0) return jobs.slice(0, NEEDS_MAX);
  const needs: Job[] = [];
  for (const job of jobs) {
    if (needs.length >= NEEDS_MAX) break;
    // One that failed as a whole did so for a reason of its own.
    const groups = job.state === 'failed' ? [] : await store.failureGroups(job.id);
    if (groups.length === 0 || !groups.every((group) => mutes.has(group.fingerprint))) {
      needs.push(job);
    }
  }
  return needs;
}

function jobsOf(store: ServerParts['store'], principal: Principal, state: JobState) {
  const { tenant } = principal;
  return store.jobs({
    states: [state],
    ...(tenant === undefined ? {} : { tenant }),
    limit: JOBS_MAX,
  });
}

type Seat = z.infer<typeof SeatsWire>['seats'][number];

async function seatsOf(
  { engine, registry, settings, tenants }: ServerParts,
  jobs: readonly Job[],
  all: boolean,
): Promise<Seat[]> {
  const ofJobs = await Promise.all(
    jobs.map(async ({ id: name, tenant, collector, input, concurrency }): Promise<Seat> => {
      // A collector that was there when the job began may be gone.
      const own = concurrency || (await defaultSlots(registry, collector));
      const slots = own || settings.jobConcurrency || null;
      const words = `${collector}: ${input.name}`;
      return { kind: 'job', name, tenant, words, inUse: engine.running(name), slots };
    }),
  );
  const sum = (seats: readonly Seat[]) => seats.reduce((total, { inUse }) => total + inUse, 0);
  const ofTenants = [...new Set(jobs.map(({ tenant }) => tenant))].map((name): Seat => {
    const inUse = sum(ofJobs.filter(({ tenant }) => tenant === name));
    return { kind: 'tenant', name, inUse, slots: tenants.quota(name).concurrency || null };
  });
  const slots = settings.nodeConcurrency || NODE_SLOTS;
  const node: Seat = { kind: 'node', name: 'local', inUse: sum(ofJobs), slots };
  return [...(all ? [node] : []), ...ofTenants, ...ofJobs];
}

async function defaultSlots(registry: ServerParts['registry'], collector: string): Promise<number> {
  try {
    return (await registry.get(collector)).defaults?.concurrency ?? 0;
  } catch {
    return 0;
  }
}
