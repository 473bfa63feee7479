/**
 * What jobs say that lanes allow: each job by its own options, of the lanes that it uses. A lane
 * has one state for all jobs, so where several say something of it, it keeps within all of that.
 *
 * Bounded: what was said of the lanes that were used longest ago is forgotten, and said again at
 * their next use.
 */
import { RecentMap } from '../base/recent-map.ts';
import type { LaneKey, LaneLimits } from '../model/lane.ts';

/** More than the lanes that admission keeps beside those in use. */
const LANES_MAX = 40_000;

export type LimitsOf = (lane: LaneKey) => LaneLimits | undefined;

interface Claims {
  readonly byJob: Map<string, LaneLimits>;
  /** The count of jobs that had left when those among them were last dropped. */
  left: number;
}

export class LaneClaims {
  readonly #jobs = new Map<string, LimitsOf>();
  readonly #lanes = new RecentMap<LaneKey, Claims>(LANES_MAX);
  #left = 0;

  /** A job whose collector sets limits, by the job's options. */
  join(jobId: string, limitsOf: LimitsOf): void {
    this.#jobs.set(jobId, limitsOf);
  }

  leave(jobId: string): void {
    if (this.#jobs.delete(jobId)) this.#left += 1;
  }

  /** The job is about to use the lane; true where what the lane allows may be different now. */
  use(jobId: string, lane: LaneKey): boolean {
    const limitsOf = this.#jobs.get(jobId);
    if (!limitsOf) return false;
    const known = this.#lanes.get(lane);
    const dropped = known !== undefined && this.#dropLeft(known);
    const joins = !known?.byJob.has(jobId);
    const limits = joins ? limitsOf(lane) : undefined;
    const claims = known ?? (limits && { byJob: new Map(), left: this.#left });
    if (!claims) return false;
    if (limits) claims.byJob.set(jobId, limits);
    this.#lanes.set(lane, claims);
    return dropped || limits !== undefined;
  }

  /** What the lane allows; undefined = no job says anything of it. */
  limitsOf(lane: LaneKey): LaneLimits | undefined {
    const claims = this.#lanes.get(lane);
    if (!claims) return undefined;
    this.#dropLeft(claims);
    let limits: LaneLimits | undefined;
    for (const each of claims.byJob.values()) limits = limits ? tighter(limits, each) : each;
    return limits;
  }

  /** True where something was dropped. */
  #dropLeft(claims: Claims): boolean {
    if (claims.left === this.#left) return false;
    claims.left = this.#left;
    const before = claims.byJob.size;
    for (const jobId of claims.byJob.keys()) {
      if (!this.#jobs.has(jobId)) claims.byJob.delete(jobId);
    }
    return claims.byJob.size < before;
  }
}

/** What keeps within both. */
function tighter(a: LaneLimits, b: LaneLimits): LaneLimits {
  return {
    concurrency: fewer(a.concurrency, b.concurrency),
    rate: slower(a.rate, b.rate),
    breaker: a.breaker || b.breaker,
  };
}

function fewer(
  a: LaneLimits['concurrency'],
  b: LaneLimits['concurrency'],
): LaneLimits['concurrency'] {
  if (typeof a === 'number' && typeof b === 'number') return Math.min(a, b);
  // A number is a cap to what is learned within bounds.
  const [x, y] = [a, b].map((each) =>
    typeof each === 'number' ? { min: each, max: each, start: each } : each,
  ) as [Exclude<typeof a, number>, Exclude<typeof a, number>];
  return {
    min: Math.min(x.min, y.min),
    max: Math.min(x.max, y.max),
    start: Math.min(x.start, y.start),
  };
}

/** A rate that is said is slower than one that is to be found out. */
function slower(a: LaneLimits['rate'], b: LaneLimits['rate']): LaneLimits['rate'] {
  if (typeof a === 'object' && typeof b === 'object') {
    return {
      perSecond: Math.min(a.perSecond, b.perSecond),
      burst: Math.min(a.burst, b.burst),
    };
  }
  if (typeof a === 'object') return a;
  if (typeof b === 'object') return b;
  return a === 'learned' ? a : b;
}
