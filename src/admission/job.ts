import type { LaneLimits } from '../model/lane.ts';
import { AdaptiveConcurrency, type AdaptiveOptions } from './adaptive-concurrency.ts';
import { FairQueue, type Flow } from './fair-queue.ts';
import { type Group, ReadyGroups } from './group.ts';
import { HoldTime } from './hold-time.ts';
import type { Unit } from './unit.ts';

/** A tenant: a share of the node, and a cap. */
export class Tenant<T> implements Flow {
  readonly name: string;
  weight = 1;
  slots = 0;
  running = 0;
  heapAt = -1;
  startTag = 0;
  servedTurn = 0;
  /** Its jobs that have something to start and room for it. */
  readonly ready = new FairQueue<Job<T>>();
  readonly jobs = new Set<Job<T>>();
  /** Its groups that were woken and not tried yet. */
  readonly granted = new Set<Group<T>>();

  constructor(name: string) {
    this.name = name;
  }

  get full(): boolean {
    return this.running >= this.slots;
  }
}

/** A job: a share of its tenant, and a cap that may be learned. */
export class Job<T> implements Flow {
  readonly id: string;
  readonly tenant: Tenant<T>;
  weight = 1;
  adaptive: AdaptiveConcurrency | undefined;
  running = 0;
  /** Units that wait, in all its groups. */
  waiting = 0;
  /** True from its removal; it is kept while its permits are out, so that a return is exact. */
  removed = false;
  heapAt = -1;
  startTag = 0;
  servedTurn = 0;
  readonly seatTime: HoldTime;
  readonly ready = new ReadyGroups<T>();
  readonly tasks = new Map<string, Group<T>>();
  readonly resumes = new Map<string, Group<T>>();
  readonly granted = new Set<Group<T>>();
  #concurrency: LaneLimits['concurrency'] = 0;

  constructor(id: string, tenant: Tenant<T>, seatMs: number) {
    this.id = id;
    this.tenant = tenant;
    this.seatTime = new HoldTime(seatMs);
  }

  get slots(): number {
    return this.adaptive === undefined ? (this.#concurrency as number) : this.adaptive.limit;
  }

  /** Sets the slots, or the bounds of their learning, which starts anew if they are others. */
  setConcurrency(concurrency: LaneLimits['concurrency']): void {
    const before = this.#concurrency;
    this.#concurrency = concurrency;
    if (typeof concurrency === 'number') this.adaptive = undefined;
    else if (typeof before === 'number' || !sameBounds(before, concurrency)) {
      this.adaptive = new AdaptiveConcurrency(concurrency);
    }
  }

  get full(): boolean {
    return this.running >= this.slots;
  }

  /** Nothing of it can start before one of its, or its tenant's, seats is given back. */
  get asleep(): boolean {
    return this.full || this.tenant.full;
  }

  groups(kind: Unit<T>['kind']): Map<string, Group<T>> {
    return kind === 'task' ? this.tasks : this.resumes;
  }
}

function sameBounds(a: AdaptiveOptions, b: AdaptiveOptions): boolean {
  return a.min === b.min && a.max === b.max && a.start === b.start;
}
