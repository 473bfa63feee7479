import { FairQueue, type Flow } from './fair-queue.ts';
import { type Group, groupBefore } from './group.ts';
import { IndexedHeap } from './indexed-heap.ts';
import type { Job, Tenant } from './job.ts';
import type { Lane } from './lane.ts';

/** Those without waiters are forgotten when there are this many more than at the last look. */
const FORGET_EVERY = 64;

/** The right to a free place of a lane, given to a group that was woken for it. */
export interface Grant<T> {
  readonly lane: Lane<T>;
  readonly tenant: TenantWait<T>;
  readonly job: JobWait<T> | undefined;
}

/** A job's groups that wait at one lane. */
class JobWait<T> implements Flow {
  readonly job: Job<T>;
  readonly groups = new IndexedHeap<Group<T>>(groupBefore);
  heapAt = -1;
  startTag = 0;
  servedTurn = 0;

  constructor(job: Job<T>) {
    this.job = job;
  }

  get weight(): number {
    return this.job.weight;
  }
}

/** A tenant's groups that wait at one lane. A single one, which is usual, needs no queue. */
class TenantWait<T> implements Flow {
  readonly tenant: Tenant<T>;
  only: Group<T> | undefined;
  queue: FairQueue<JobWait<T>> | undefined;
  jobs: Map<Job<T>, JobWait<T>> | undefined;
  forgetAt = FORGET_EVERY;
  /** Whether its turn is being used and it has more for later, though nothing waits here now. */
  away = false;
  heapAt = -1;
  startTag = 0;
  servedTurn = 0;

  constructor(tenant: Tenant<T>) {
    this.tenant = tenant;
  }

  get weight(): number {
    return this.tenant.weight;
  }

  get empty(): boolean {
    return this.only === undefined && (this.queue === undefined || this.queue.size === 0);
  }

  add(group: Group<T>): void {
    if (this.queue === undefined) {
      if (this.only === undefined) {
        this.only = group;
        return;
      }
      this.queue = new FairQueue();
      this.jobs = new Map();
      this.#enter(this.only);
      this.only = undefined;
    }
    this.#enter(group);
  }

  remove(group: Group<T>): void {
    if (this.only === group) {
      this.only = undefined;
      return;
    }
    const wait = this.jobs?.get(group.job) as JobWait<T>;
    wait.groups.remove(group);
    if (wait.groups.size === 0) this.queue?.leave(wait);
  }

  update(group: Group<T>): void {
    if (this.only !== group) this.jobs?.get(group.job)?.groups.update(group);
  }

  peek(): Group<T> {
    return this.only ?? (this.queue?.peek()?.groups.peek() as Group<T>);
  }

  #enter(group: Group<T>): void {
    let wait = this.jobs?.get(group.job);
    if (wait === undefined) {
      this.#forget();
      wait = new JobWait(group.job);
      this.jobs?.set(group.job, wait);
    }
    wait.groups.push(group);
    if (wait.groups.size === 1) this.queue?.join(wait);
  }

  #forget(): void {
    if (this.jobs === undefined || this.jobs.size < this.forgetAt) return;
    for (const [job, wait] of this.jobs) {
      if (this.queue?.isPast(wait)) this.jobs.delete(job);
    }
    this.forgetAt = this.jobs.size + FORGET_EVERY;
  }
}

/**
 * The groups that wait at one lane, in fair order: tenants by weight, then a tenant's jobs by
 * weight, then the most urgent group. It has its own virtual time, so that a tenant which is served
 * well elsewhere is not starved here.
 *
 * A turn is charged when it is granted and given back when the group could not use it.
 */
export class WaitList<T> {
  readonly #lane: Lane<T>;
  readonly #tenants = new Map<Tenant<T>, TenantWait<T>>();
  readonly #queue = new FairQueue<TenantWait<T>>();
  /** Tenants that are away, the one that will be due first on top. */
  readonly #away = new IndexedHeap<TenantWait<T>>(startsBefore);
  #size = 0;
  #forgetAt = FORGET_EVERY;

  constructor(lane: Lane<T>) {
    this.#lane = lane;
  }

  /** Groups that wait. */
  get size(): number {
    return this.#size;
  }

  add(group: Group<T>): void {
    const { tenant } = group.job;
    let wait = this.#tenants.get(tenant);
    if (wait === undefined) {
      if (this.#tenants.size >= this.#forgetAt) this.#forget();
      wait = new TenantWait(tenant);
      this.#tenants.set(tenant, wait);
    }
    if (wait.empty) {
      this.#comeBack(wait);
      this.#queue.join(wait);
    }
    wait.add(group);
    this.#size += 1;
  }

  remove(group: Group<T>): void {
    const wait = this.#tenants.get(group.job.tenant) as TenantWait<T>;
    wait.remove(group);
    if (wait.empty) this.#queue.leave(wait);
    this.#size -= 1;
  }

  /** The first unit of a group that waits here has changed. */
  update(group: Group<T>): void {
    this.#tenants.get(group.job.tenant)?.update(group);
  }

  /**
   * The group whose turn it is; undefined too while it is the turn of a tenant that is away, using
   * the turn before. Else a tenant with a single group could never have two turns in a row, and two
   * tenants would share two slots alike whatever their weights.
   */
  peek(): Group<T> | undefined {
    const first = this.#queue.peek();
    const away = this.#away.peek();
    if (first !== undefined && away !== undefined && away.startTag < first.startTag)
      return undefined;
    return first?.peek();
  }

  /** Gives the turn to the group that `peek` names, and takes it out. */
  grant(group: Group<T>): Grant<T> {
    const tenant = this.#tenants.get(group.job.tenant) as TenantWait<T>;
    const job = tenant.jobs?.get(group.job);
    this.#queue.serve(tenant, 1);
    if (job !== undefined) tenant.queue?.serve(job, 1);
    this.remove(group);
    if (tenant.empty && group.units.size > 1) {
      tenant.away = true;
      this.#away.push(tenant);
    }
    return { lane: this.#lane, tenant, job };
  }

  /** The turn was used. */
  settle(grant: Grant<T>): void {
    this.#comeBack(grant.tenant);
  }

  /** The turn was not used. */
  refund(grant: Grant<T>): void {
    this.#comeBack(grant.tenant);
    this.#queue.correct(grant.tenant, -1, 1, 1);
    if (grant.job !== undefined) grant.tenant.queue?.correct(grant.job, -1, 1, 1);
  }

  #comeBack(tenant: TenantWait<T>): void {
    if (!tenant.away) return;
    tenant.away = false;
    this.#away.remove(tenant);
  }

  #forget(): void {
    for (const [tenant, wait] of this.#tenants) {
      if (this.#queue.isPast(wait)) this.#tenants.delete(tenant);
    }
    this.#forgetAt = this.#tenants.size + FORGET_EVERY;
  }
}

function startsBefore(a: Flow, b: Flow): boolean {
  return a.startTag < b.startTag;
}
