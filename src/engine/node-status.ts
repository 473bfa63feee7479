/** What a node publishes of itself with its lease: for people, and for what other nodes answer. */
import { z } from 'zod';
import type { LaneStatus } from '../admission/admission.ts';
import type { Blockage, LaneKey } from '../model/lane.ts';
import type { Engine } from './engine.ts';
import type { Membership } from './membership.ts';

const JOBS_MAX = 200;
const BLOCKAGES_MAX = 5;
const LANES_MAX = 100;

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
  wakeInMs: z.number().optional(),
});

const nodeStatus = z.object({
  seats: z.number(),
  running: z.number(),
  /** Tasks in memory. */
  held: z.number(),
  jobs: z.record(
    z.string(),
    z.object({
      running: z.number(),
      nextDueMs: z.number().optional(),
      blockages: z.array(blockage),
    }),
  ),
  lanes: z.array(lane),
});

export type NodeStatus = z.output<typeof nodeStatus>;

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
    const nextDueMs = engine.nextDueMs(job.id);
    jobs[job.id] = {
      running: active,
      ...(nextDueMs !== undefined && { nextDueMs }),
      blockages: engine.explain(job.id, BLOCKAGES_MAX).map((each) => published(each, nowMs)),
    };
  }
  const status: NodeStatus = {
    seats: options.engine.limits.nodeSlots,
    running,
    held,
    jobs,
    lanes: engine.lanes(LANES_MAX).map(({ memory: _, ...each }) => published(each, nowMs)),
  };
  return JSON.stringify(status);
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
  { wakeInMs, perSecond, blocked, ...rest }: NodeStatus['lanes'][number],
  nowMs: number,
): LaneStatus {
  const wakeAtMs = wakeInMs === undefined ? undefined : nowMs + wakeInMs;
  return { ...rest, perSecond, blocked, wakeAtMs, memory: undefined };
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
