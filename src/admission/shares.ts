import { assert } from '../base/assert.ts';
import type { LaneFeedback, LaneLimits } from '../model/lane.ts';
import { FairQueue } from './fair-queue.ts';
import { HOLD_MS_FLOOR, HoldTime } from './hold-time.ts';
import { Job, Tenant } from './job.ts';
import type { HeldPermit } from './permit.ts';

/** Starts' worth of credit that a wrong guess can give back at most. */
const CREDIT_STARTS = 8;

export interface JobShare {
  readonly tenant: string;
  /** Share among the tenant's jobs. */
  readonly weight: number;
  /** Slots; or bounds within which their number is learned. */
  readonly concurrency: LaneLimits['concurrency'];
}

/**
 * Who is next: the node's tenants by weight, and each tenant's jobs by weight, where the cost of a
 * start is the time for which it will hold its seat. The time is guessed from the job's last seats
 * and put right when the seat is given back, so a tenant of slow rows gets its share of the slots,
 * not of the starts. For seats that nobody else wanted when they were taken one start is owed at
 * most: who had a node alone, with rows slower than was guessed, does not wait for those who come
 * later.
 *
 * A job without a free slot, or with nothing ready, is out of its tenant's queue; a tenant without
 * either is out of the node's. So what cannot start costs nothing, however much of it there is.
 *
 * Invariant: running seats of node, tenant and job never exceed their slots at the time of a start.
 */
export class Shares<T> {
  readonly #tenants = new Map<string, Tenant<T>>();
  readonly #jobs = new Map<string, Job<T>>();
  readonly #ready = new FairQueue<Tenant<T>>();
  readonly #seatTime = new HoldTime(HOLD_MS_FLOOR);
  #running = 0;
  #slots = 0;

  get full(): boolean {
    return this.#running >= this.#slots;
  }

  get running(): number {
    return this.#running;
  }

  get slots(): number {
    return this.#slots;
  }

  /** Whether some job has something ready and a seat for it, the node's own apart. */
  get anyReady(): boolean {
    return this.#ready.size > 0;
  }

  tenantRunning(name: string): number {
    return this.#tenants.get(name)?.running ?? 0;
  }

  setSlots(slots: number): void {
    this.#slots = slots;
  }

  setTenant(name: string, weight: number, slots: number): Tenant<T> {
    assert(weight > 0, 'a weight is above 0');
    let tenant = this.#tenants.get(name);
    if (tenant === undefined) {
      tenant = new Tenant<T>(name);
      this.#tenants.set(name, tenant);
    }
    tenant.weight = weight;
    tenant.slots = slots;
    this.#placeTenant(tenant);
    return tenant;
  }

  /** Forgets a tenant that has no jobs; false when it has. */
  removeTenant(name: string): boolean {
    const tenant = this.#tenants.get(name);
    if (tenant !== undefined && tenant.jobs.size > 0) return false;
    this.#tenants.delete(name);
    return true;
  }

  setJob(id: string, share: JobShare): Job<T> {
    assert(share.weight > 0, 'a weight is above 0');
    const tenant = this.#tenants.get(share.tenant);
    assert(tenant, `job ${id} names a tenant that was not set: ${share.tenant}`);
    let job = this.#jobs.get(id);
    if (job === undefined) {
      job = new Job<T>(id, tenant, this.#seatTime.meanMs);
      this.#jobs.set(id, job);
      tenant.jobs.add(job);
    }
    assert(job.tenant === tenant, `job ${id} belongs to ${job.tenant.name}`);
    job.removed = false;
    job.weight = share.weight;
    job.setConcurrency(share.concurrency);
    this.place(job);
    return job;
  }

  /** The job, unless it is unknown or was removed. */
  job(id: string): Job<T> | undefined {
    const job = this.#jobs.get(id);
    return job?.removed ? undefined : job;
  }

  /** A job whose units are all out ends; it is kept while seats of it are held. */
  removeJob(job: Job<T>): void {
    job.removed = true;
    if (job.running > 0) return;
    this.#jobs.delete(job.id);
    job.tenant.jobs.delete(job);
  }

  /** The job whose turn it is. */
  next(): Job<T> | undefined {
    return this.#ready.peek()?.ready.peek();
  }

  /** Puts a job, and its tenant, where their ready work and free slots say they belong. */
  place(job: Job<T>): void {
    const { tenant } = job;
    const ready = job.ready.size > 0 && !job.full;
    if (ready !== job.heapAt >= 0) {
      if (ready) tenant.ready.join(job);
      else tenant.ready.leave(job);
    }
    this.#placeTenant(tenant);
  }

  /** Takes a seat for a job whose turn it is. */
  start(job: Job<T>, permit: HeldPermit<T>, nowMs: number): void {
    const { tenant } = job;
    permit.wantedByJobs = tenant.ready.contended;
    permit.wantedByTenants = this.#ready.contended;
    tenant.ready.serve(job, permit.chargedMs);
    this.#ready.serve(tenant, permit.chargedMs);
    this.#running += 1;
    tenant.running += 1;
    job.running += 1;
    job.adaptive?.onStart(nowMs, job.running);
  }

  /** Gives a seat back, and puts right what its start was charged. */
  release(job: Job<T>, permit: HeldPermit<T>, feedback: LaneFeedback, nowMs: number): void {
    const { tenant } = job;
    const { startedMs, chargedMs } = permit;
    const seatMs = nowMs - startedMs;
    job.adaptive?.onEnd(nowMs, startedMs, feedback.verdict, job.running);
    job.seatTime.add(seatMs);
    this.#seatTime.add(seatMs);
    const owedMs = Math.max(HOLD_MS_FLOOR, seatMs) - chargedMs;
    if (owedMs !== 0) {
      const { meanMs } = job.seatTime;
      const creditMs = CREDIT_STARTS * meanMs;
      const debtMs = (wanted: boolean) => (wanted ? Number.POSITIVE_INFINITY : meanMs);
      tenant.ready.correct(job, owedMs, creditMs, debtMs(permit.wantedByJobs));
      this.#ready.correct(tenant, owedMs, creditMs, debtMs(permit.wantedByTenants));
    }
    this.#running -= 1;
    tenant.running -= 1;
    job.running -= 1;
    if (job.removed) this.removeJob(job);
    this.place(job);
  }

  #placeTenant(tenant: Tenant<T>): void {
    const ready = tenant.ready.size > 0 && !tenant.full;
    if (ready === tenant.heapAt >= 0) return;
    if (ready) this.#ready.join(tenant);
    else this.#ready.leave(tenant);
  }
}
