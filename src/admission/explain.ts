import { Heap } from '../base/heap.ts';
import { type Blockage, jobLane, type LaneKey, NODE_LANE, tenantLane } from '../model/lane.ts';
import type { Job } from './job.ts';
import type { Lane, LaneStatus } from './lane.ts';
import type { Shares } from './shares.ts';

interface Counted {
  readonly key: LaneKey;
  readonly lane: Lane<never> | undefined;
  waiting: number;
}

/**
 * Why a job's units wait: those of a parked group at the lane that blocks it, all others at the
 * first of job, tenant and node that is full. What may start right now is not counted. Costs one
 * look at each of the job's groups; for people, not for scheduling.
 */
export function explain<T>(
  job: Job<T>,
  shares: Shares<T>,
  nowMs: number,
  limit: number,
): readonly Blockage[] {
  const seat = fullSeat(job, shares);
  const counts = new Map<LaneKey, Counted>();
  for (const groups of [job.tasks, job.resumes]) {
    for (const group of groups.values()) {
      const lane = group.parkedOn ?? group.grant?.lane;
      const closed = group.parkedOn !== undefined || lane?.blocked(nowMs) !== undefined;
      const at = lane !== undefined && closed ? lane : undefined;
      const key = at?.key ?? seat?.lane;
      if (key === undefined || group.units.size === 0) continue;
      const counted = counts.get(key);
      if (counted) counted.waiting += group.units.size;
      else counts.set(key, { key, lane: at as Lane<never> | undefined, waiting: group.units.size });
    }
  }
  return mostWaiting(counts.values(), limit).map(({ lane, waiting }) =>
    lane === undefined ? { ...(seat as Blockage), waiting } : blockageOf(lane, waiting, nowMs),
  );
}

function blockageOf(lane: Lane<never>, waiting: number, nowMs: number): Blockage {
  const { inUse, slots, perSecond, blocked, wakeAtMs } = lane.status(nowMs);
  // An open lane with waiters: its free places are granted to others whose turn it is.
  return {
    lane: lane.key,
    reason: blocked ?? 'concurrency',
    wakeAtMs,
    waiting,
    inUse,
    slots,
    perSecond,
  };
}

/** The first of job, tenant and node without a free slot. */
function fullSeat<T>(job: Job<T>, shares: Shares<T>): Blockage | undefined {
  const { tenant } = job;
  if (job.full) return seatBlockage(jobLane(job.id), job.running, job.slots);
  if (tenant.full) return seatBlockage(tenantLane(tenant.name), tenant.running, tenant.slots);
  if (shares.full) return seatBlockage(NODE_LANE, shares.running, shares.slots);
  return undefined;
}

function seatBlockage(lane: LaneKey, inUse: number, slots: number): Blockage {
  return {
    lane,
    reason: 'concurrency',
    wakeAtMs: undefined,
    waiting: 0,
    inUse,
    slots,
    perSecond: undefined,
  };
}

/** The busiest lanes, for views: most waiting first, then most in use. */
export function busiestLanes<T>(
  lanes: Iterable<Lane<T>>,
  nowMs: number,
  limit: number,
): readonly LaneStatus[] {
  return mostWaiting(lanes, limit).map((lane) => lane.status(nowMs));
}

/** The `limit` items with the most waiting, most first. O(n log limit). */
function mostWaiting<I extends { readonly waiting: number; readonly inUse?: number }>(
  items: Iterable<I>,
  limit: number,
): I[] {
  const less = (a: I, b: I) =>
    a.waiting < b.waiting || (a.waiting === b.waiting && (a.inUse ?? 0) < (b.inUse ?? 0));
  const kept = new Heap<I>(less);
  for (const item of items) {
    if (kept.size < limit) kept.push(item);
    else if (limit > 0 && less(kept.peek() as I, item)) kept.replaceTop(item);
  }
  const ordered: I[] = [];
  for (let item = kept.pop(); item !== undefined; item = kept.pop()) ordered.push(item);
  return ordered.reverse();
}
