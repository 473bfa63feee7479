/** What a node publishes of itself with its lease: for people, and for what other nodes answer. */
import { z } from 'zod';
import type { LaneStatus } from '../admission/admission.ts';
import type { Blockage, LaneKey } from '../model/lane.ts';
import type { Engine } from './engine.ts';
import type { EngineApi } from './engine-api.ts';
import type { Membership } from './membership.ts';

/** Of which a node tells at a time. */
export const JOBS_MAX = 200;
/** Of each job, those that most of it waits for; and of the node, the busiest. */
export const PUBLISHED_BLOCKAGES = 5;
export const PUBLISHED_LANES = 100;

const blockage = z.object({
  lane: z.string() as unknown as z.ZodType<LaneKey>,
  reason: z.enum(['concurrency', 'rate', 'rest', 'breaker']),
  /** From the publishing on, ms. */
  wakeInMs: z.number().optional(),
  waiting: z.number(),
  inUse: z.number(),
  slots: z.number(),
  perSecond: z.number().optional(),
  accounts: z
    .object({
      service: z.string(),
      tenant: z.string(),
      why: z.enum(['none', 'resting', 'busy']),
      count: z.number(),
    })
    .optional(),
});

const lane = z.object({
  lane: z.string() as unknown as z.ZodType<LaneKey>,
  inUse: z.number(),
  waiting: z.number(),
  slots: z.number(),
  perSecond: z.number().optional(),
  blocked: z.enum(['concurrency', 'rate', 'rest', 'breaker']).optional(),
  throttled: z.number().optional(),
  wakeInMs: z.number().optional(),
});

const jobStatuses = z.record(
  z.string(),
  z.object({
    running: z.number(),
    nextDueMs: z.number().optional(),
    blockages: z.array(blockage),
  }),
);

const nodeStatus = z.object({
  seats: z.number(),
  running: z.number(),
  /** Tasks in memory. */
  held: z.number(),
  jobs: jobStatuses,
  lanes: z.array(lane),
});

export type NodeStatus = z.output<typeof nodeStatus>;
export type JobStatuses = NodeStatus['jobs'];

/** JSON text. */
export function statusOf(membership: Membership): string {
  const { engine, held, options } = membership;
  const nowMs = options.engine.clock.monoMs();
  const jobs: NodeStatus['jobs'] = {};
  let running = 0;
  for (const { job } of engine.runs.all()) {
    const active = engine.running(job.id);
    running += active;
    if (Object.keys(jobs).length >= JOBS_MAX) continue;
    jobs[job.id] = jobStatus(engine, job.id, nowMs);
  }
  const status: NodeStatus = {
    seats: options.engine.limits.nodeSlots,
    running,
    held,
    jobs,
    lanes: engine.lanes(PUBLISHED_LANES).map(({ memory: _, ...each }) => published(each, nowMs)),
  };
  return JSON.stringify(status);
}

type Asked = Pick<EngineApi, 'running' | 'nextDueMs' | 'explain'>;

function jobStatus(engine: Asked, jobId: string, nowMs: number): JobStatuses[string] {
  const nextDueMs = engine.nextDueMs(jobId);
  return {
    running: engine.running(jobId),
    ...(nextDueMs !== undefined && { nextDueMs }),
    blockages: engine.explain(jobId, PUBLISHED_BLOCKAGES).map((each) => published(each, nowMs)),
  };
}

/** How jobs stand here, for another process. */
export function jobStatusesOf(
  engine: Asked,
  jobIds: readonly string[],
  nowMs: number,
): JobStatuses {
  const some = jobIds.slice(0, JOBS_MAX);
  return Object.fromEntries(some.map((jobId) => [jobId, jobStatus(engine, jobId, nowMs)]));
}

/** What another process said of jobs, as far as it can be read. */
export function readJobStatuses(told: unknown): JobStatuses | undefined {
  return jobStatuses.safeParse(told).data;
}

/** What another node published, as far as it can be read: it may be of another version. */
export function readStatus(text: string | undefined): NodeStatus | undefined {
  if (text === undefined) return undefined;
  try {
    return nodeStatus.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** A blockage of another node, in this one's monotonic time. */
export function blockageHere(
  { wakeInMs, perSecond, accounts, ...rest }: NodeStatus['jobs'][string]['blockages'][number],
  nowMs: number,
): Blockage {
  const wakeAtMs = wakeInMs === undefined ? undefined : nowMs + wakeInMs;
  return { ...rest, perSecond, wakeAtMs, ...(accounts && { accounts }) };
}

/** A lane of another node, likewise. */
export function laneHere(
  { wakeInMs, perSecond, blocked, throttled, ...rest }: NodeStatus['lanes'][number],
  nowMs: number,
): LaneStatus {
  const wakeAtMs = wakeInMs === undefined ? undefined : nowMs + wakeInMs;
  const told = { ...rest, perSecond, blocked, wakeAtMs, memory: undefined };
  return throttled === undefined ? told : { ...told, throttled };
}

function published<T extends { readonly wakeAtMs: number | undefined }>(
  { wakeAtMs, ...rest }: T,
  nowMs: number,
): Omit<T, 'wakeAtMs'> & { readonly wakeInMs?: number } {
  return { ...rest, ...(wakeAtMs !== undefined && { wakeInMs: Math.max(0, wakeAtMs - nowMs) }) };
}

/** Tenants that have tasks in memory here. */
export function waitingTenants({ runs, admission }: Engine): readonly string[] {
  const tenants = new Set<string>();
  for (const { job } of runs.all()) {
    if (admission.waiting(job.id) > 0) tenants.add(job.tenant);
  }
  return [...tenants];
}
