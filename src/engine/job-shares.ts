/**
 * What the tenants and the jobs that run here may use: weights and caps, as admission is to go by
 * them. Where several nodes share a cap, this one uses no more than its seats of it.
 */
import type { Admission } from '../admission/admission.ts';
import type { Job } from '../model/job.ts';
import { jobLane, type LaneKey, tenantLane } from '../model/lane.ts';
import type { EngineOptions } from './engine-options.ts';
import type { JobRun } from './job-run.ts';
import type { Startable } from './seat.ts';

/** Seats of a tenant or a job, where they are capped over all nodes. */
export interface CapUse {
  readonly cap: LaneKey;
  /** Over all nodes. */
  readonly seats: number;
  readonly inUse: number;
  /** In use and wanted. */
  readonly want: number;
}

export class JobShares {
  readonly #runs: ReadonlyMap<string, JobRun>;
  readonly #admission: Admission<Startable>;
  readonly #options: EngineOptions;

  constructor(
    runs: ReadonlyMap<string, JobRun>,
    admission: Admission<Startable>,
    options: EngineOptions,
  ) {
    this.#runs = runs;
    this.#admission = admission;
    this.#options = options;
  }

  /** Before the first of its jobs. */
  setTenant(name: string): void {
    const { limits } = this.#options;
    const { weight, concurrency } = limits.tenant?.(name) ?? { weight: 1, concurrency: 0 };
    const slots = this.#seats(tenantLane(name), concurrency);
    this.#admission.setTenant(name, { weight, concurrency: slots });
  }

  /** For work of other nodes that waits for lanes here: a tenant and a job of its own. */
  setGuests(tenant: string, guests: string, slots: number): void {
    const { limits } = this.#options;
    const { weight } = limits.tenant?.(tenant) ?? { weight: 1 };
    this.#admission.setTenant(guests, { weight, concurrency: slots });
    this.#admission.setJob(guests, { tenant: guests, weight: 1, concurrency: slots });
  }

  /** Of a run that is known already. */
  setJob({ id, tenant, weight }: Job): void {
    const concurrency = this.#seats(jobLane(id), this.#capOf(id));
    this.#admission.setJob(id, { tenant, weight, concurrency });
  }

  /** What a tenant may use has changed: its jobs that run here go by it from now on. */
  tenantChanged(name: string): void {
    const runsHere = [...this.#runs.values()].some(({ job }) => job.tenant === name);
    if (runsHere) this.setTenant(name);
  }

  /** The same of a job whose slots a person has set. */
  limitChanged(lane: LaneKey): void {
    for (const { job } of this.#runs.values()) if (jobLane(job.id) === lane) this.setJob(job);
  }

  /** The caps of the jobs that run here and of their tenants. */
  capUse(): readonly CapUse[] {
    const uses: CapUse[] = [];
    const wanted = new Map<string, number>();
    for (const { job } of this.#runs.values()) {
      const inUse = this.#admission.running(job.id);
      const most = inUse + this.#admission.waiting(job.id);
      const want = Math.min(this.#options.limits.nodeSlots, most);
      const seats = this.#capOf(job.id);
      if (seats > 0) uses.push({ cap: jobLane(job.id), seats, inUse, want });
      wanted.set(job.tenant, (wanted.get(job.tenant) ?? 0) + want);
    }
    for (const [name, want] of wanted) {
      const seats = this.#options.limits.tenant?.(name).concurrency ?? 0;
      if (seats === 0) continue;
      const inUse = this.#admission.tenantRunning(name);
      uses.push({ cap: tenantLane(name), seats, inUse, want: Math.max(want, inUse) });
    }
    return uses;
  }

  /** The node has other seats of these caps now. */
  capsChanged(caps: ReadonlySet<LaneKey>): void {
    for (const { job } of this.#runs.values()) {
      if (caps.has(tenantLane(job.tenant))) this.setTenant(job.tenant);
      if (caps.has(jobLane(job.id))) this.setJob(job);
    }
  }

  /** What of a cap may be used here; without one, all that there is. */
  #seats(cap: LaneKey, seats: number): number {
    const { node, limits } = this.#options;
    if (seats === 0) return limits.nodeSlots;
    return node ? Math.min(seats, node.seats(cap)) : seats;
  }

  /** Slots of a job, 0 = as many as there are. */
  #capOf(jobId: string): number {
    const run = this.#runs.get(jobId);
    if (run === undefined) return 0;
    const set = this.#options.limits.set?.(jobLane(jobId))?.concurrency;
    if (set !== undefined) return set;
    const { job, collector } = run;
    return job.concurrency || collector.defaults?.concurrency || this.#options.limits.jobSlots;
  }
}
