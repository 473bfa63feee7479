/**
 * The last quarter of an hour, for charts: what ended every ten seconds, of each tenant and of each
 * job; and how full the busiest lanes were. In memory and bounded; what is saved of jobs goes on
 * after a restart, the rest begins anew.
 */
import type { LaneStatus } from '../admission/admission.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { RecentMap } from '../base/recent-map.ts';
import type { EngineApi } from '../engine/engine-api.ts';
import type { SequencedEvent } from '../model/event.ts';
import type { JobCounters } from '../model/job.ts';
import type { LaneKey } from '../model/lane.ts';
import type { JobMarks } from './job-marks.ts';

export const STEP_MS = 10_000;
export const STEPS = 90;
/** Lanes that are looked at each time, and times that are kept of each. */
const LANES_MAX = 100;
export const LANE_STEPS = 60;
const JOBS_KEPT = 1_000;
const TENANTS_KEPT = 1_000;
/** Jobs whose waits are asked for at each look: so that a tenant sees its own lanes alone. */
const JOBS_ASKED = 200;
const LANES_OF_JOB = 50;

const COUNTED = ['completed', 'discarded', 'failedAttempts', 'records'] as const;
/** What happened in one step. */
export type Step = Readonly<Record<(typeof COUNTED)[number], number>>;

export interface LaneLook {
  readonly atMs: number;
  readonly lanes: readonly LaneStatus[];
  /** Of tenants whose jobs ran. */
  readonly tenants: ReadonlyMap<string, TenantLook>;
}

export interface TenantLook {
  readonly inUse: number;
  /** Lanes in which rows of it waited, and how many. */
  readonly waiting: ReadonlyMap<LaneKey, number>;
}

/** Steps in which anything happened: its number, and what. */
export type SavedSteps = readonly (readonly number[])[];

interface Known {
  readonly tenant: string;
  /** undefined: of a server before, and not heard of since. */
  counters: JobCounters | undefined;
  readonly series: Series;
}

export interface HistoryParts {
  readonly engine: Pick<EngineApi, 'feed' | 'lanes' | 'explain' | 'running'>;
  readonly clock: Clock;
  /** Told of the lanes as they are looked at. */
  readonly marks?: Pick<JobMarks, 'look' | 'waits'>;
}

export class History {
  readonly #parts: HistoryParts;
  readonly #jobs = new RecentMap<string, Known>(JOBS_KEPT);
  readonly #tenants = new RecentMap<string, Series>(TENANTS_KEPT);
  readonly #all = new Series();
  readonly #running = new Map<string, string>();
  readonly #looks: LaneLook[] = [];
  readonly #moved = new Set<string>();
  readonly #leave: () => void;
  #timer: Timer | undefined;

  constructor(parts: HistoryParts) {
    this.#parts = parts;
    this.#leave = parts.engine.feed.subscribe((event) => this.#take(event));
    this.#arm();
  }

  /** Of a tenant, or of all; oldest first, the last step is the one that goes on. */
  ofTenant(tenant: string | undefined): readonly Step[] {
    const series = tenant === undefined ? this.#all : this.#tenants.get(tenant);
    return (series ?? EMPTY).steps(this.#now());
  }

  ofJob(jobId: string): readonly Step[] {
    return (this.#jobs.get(jobId)?.series ?? EMPTY).steps(this.#now());
  }

  /** Wall time at which the last step began, ms. */
  lastStepMs(): number {
    return this.#now() * STEP_MS;
  }

  /** Oldest first. */
  lanes(): readonly LaneLook[] {
    return this.#looks;
  }

  /** Jobs of which anything ended since this was last asked: those that still run, and others. */
  takeMoved(): { readonly running: readonly string[]; readonly ended: readonly string[] } {
    const moved = [...this.#moved];
    this.#moved.clear();
    return {
      running: moved.filter((jobId) => this.#running.has(jobId)),
      ended: moved.filter((jobId) => !this.#running.has(jobId)),
    };
  }

  /** A job's steps, to go on with after a restart. */
  saved(jobId: string): { readonly tenant: string; readonly steps: SavedSteps } | undefined {
    const known = this.#jobs.get(jobId);
    return known && { tenant: known.tenant, steps: known.series.saved(this.#now()) };
  }

  /** What a server before has saved. */
  restore(jobId: string, tenant: string, steps: SavedSteps): void {
    if (this.#jobs.get(jobId) !== undefined) return;
    const known: Known = { tenant, counters: undefined, series: new Series() };
    this.#jobs.set(jobId, known);
    const now = this.#now();
    for (const series of [known.series, this.#ofTenant(tenant), this.#all]) {
      series.restore(now, steps);
    }
  }

  close(): void {
    this.#leave();
    this.#timer?.cancel();
  }

  #now(): number {
    return Math.floor(this.#parts.clock.wallMs() / STEP_MS);
  }

  #take(event: SequencedEvent): void {
    if (event.type === 'job.state') {
      const { job, state } = event;
      if (state === 'running') this.#running.set(job.id, job.tenant);
      else this.#running.delete(job.id);
      const known = this.#jobs.get(job.id);
      if (known) this.#add(job.id, known, job.counters);
      else {
        const { tenant, counters } = job;
        this.#jobs.set(job.id, { tenant, counters, series: new Series() });
      }
    } else if (event.type === 'job.progress') {
      const known = this.#jobs.get(event.jobId);
      if (known) this.#add(event.jobId, known, event.counters);
    }
  }

  #add(jobId: string, known: Known, counters: JobCounters): void {
    const before = known.counters;
    known.counters = counters;
    // What happened while no server looked has no step.
    if (before === undefined) return;
    if (COUNTED.every((name) => counters[name] === before[name])) return;
    // One of the newest again: what moves is not forgotten for what does not.
    this.#jobs.set(jobId, known);
    if (this.#moved.size < JOBS_KEPT) this.#moved.add(jobId);
    const tenant = this.#ofTenant(known.tenant);
    const now = this.#now();
    for (const series of [known.series, tenant, this.#all]) series.add(now, before, counters);
  }

  #ofTenant(name: string): Series {
    const known = this.#tenants.get(name);
    if (known !== undefined) return known;
    const series = new Series();
    this.#tenants.set(name, series);
    return series;
  }

  #arm(): void {
    this.#timer = this.#parts.clock.after(STEP_MS, () => {
      this.#look();
      this.#arm();
    });
  }

  #look(): void {
    const { engine, clock, marks } = this.#parts;
    const tenants = new Map<string, { inUse: number; waiting: Map<LaneKey, number> }>();
    let left = JOBS_ASKED;
    for (const [jobId, name] of this.#running) {
      if ((left -= 1) < 0) break;
      const tenant = tenants.get(name) ?? { inUse: 0, waiting: new Map<LaneKey, number>() };
      tenants.set(name, tenant);
      tenant.inUse += engine.running(jobId);
      const waits = engine.explain(jobId, LANES_OF_JOB);
      for (const { lane, waiting } of waits) {
        tenant.waiting.set(lane, (tenant.waiting.get(lane) ?? 0) + waiting);
      }
      marks?.waits(
        jobId,
        waits.map(({ lane }) => lane),
      );
    }
    const lanes = engine.lanes(LANES_MAX);
    marks?.look(lanes);
    this.#looks.push({ atMs: clock.wallMs(), lanes, tenants });
    if (this.#looks.length > LANE_STEPS) this.#looks.shift();
  }
}

/** Sums by step; a ring. */
class Series {
  readonly #sums = new Float64Array(STEPS * COUNTED.length);
  #last = 0;

  add(step: number, before: JobCounters, after: JobCounters): void {
    this.#moveTo(step);
    COUNTED.forEach((name, i) => {
      const at = (step % STEPS) * COUNTED.length + i;
      // Rows that are tried again are taken from those that had failed: nothing happened less.
      this.#sums[at] = (this.#sums[at] as number) + Math.max(0, after[name] - before[name]);
    });
  }

  steps(now: number): readonly Step[] {
    this.#moveTo(now);
    return Array.from({ length: STEPS }, (_, i) => {
      const at = ((now + 1 + i) % STEPS) * COUNTED.length;
      const entries = COUNTED.map((name, j) => [name, this.#sums[at + j] as number]);
      return Object.fromEntries(entries) as unknown as Step;
    });
  }

  saved(now: number): SavedSteps {
    return this.steps(now)
      .map((step, i) => [now - STEPS + 1 + i, ...COUNTED.map((name) => step[name])])
      .filter(([, ...values]) => values.some((value) => value > 0));
  }

  /** Adds them to what is there. */
  restore(now: number, steps: SavedSteps): void {
    this.#moveTo(now);
    for (const [step = 0, ...values] of steps) {
      if (step <= now - STEPS || step > now) continue;
      COUNTED.forEach((_, i) => {
        const at = (step % STEPS) * COUNTED.length + i;
        this.#sums[at] = (this.#sums[at] as number) + (values[i] ?? 0);
      });
    }
  }

  /** Empties the steps in between. */
  #moveTo(step: number): void {
    if (step <= this.#last) return;
    const from = Math.max(this.#last + 1, step - STEPS + 1);
    for (let each = from; each <= step; each += 1) {
      const at = (each % STEPS) * COUNTED.length;
      this.#sums.fill(0, at, at + COUNTED.length);
    }
    this.#last = step;
  }
}

const EMPTY = new Series();
