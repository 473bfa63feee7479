import type { LaneKey } from '../model/lane.ts';
import { type HeapItem, IndexedHeap } from './indexed-heap.ts';
import type { Job } from './job.ts';
import type { Lane } from './lane.ts';
import type { Unit } from './unit.ts';
import { UnitQueue } from './unit-queue.ts';
import type { Grant } from './wait-list.ts';

/** One pick in so many goes to groups of unknown pace, however much work the paced ones have. */
const UNPACED_EVERY = 4;

/**
 * The waiting units of one job that need the same leaf lanes. What is true of one of them is true
 * of all, so groups are what is tried, parked and woken, never single units.
 *
 * A group with units is in exactly one place: among its job's ready groups, or in the wait list of
 * the one lane that blocks it.
 */
export class Group<T> implements HeapItem {
  readonly job: Job<T>;
  readonly kind: 'task' | 'resume';
  readonly key: string;
  readonly lanes: readonly LaneKey[];
  readonly units: UnitQueue<T>;
  /** What its lanes are at present; looked up again where one of them was forgotten. */
  leaves: readonly Lane<T>[] | undefined;
  heapAt = -1;
  /** Order among the job's groups: that of the first unit. */
  seq: number;
  /** The lane in whose wait list it is. */
  parkedOn: Lane<T> | undefined;
  /** The right to the next free place of a lane, held from being woken to being tried. */
  grant: Grant<T> | undefined;
  /** Whether it is ready since it got its first unit and its lanes count it as such. */
  untried = false;
  /** Whether it ever had to wait for a lane. */
  contended = false;
  /** Whether a lane of known pace bounds it. */
  paced = false;
  /** Remaining work, ms at its lane's pace, plus its age: more comes first. Fixed while queued. */
  urgency = 0;

  constructor(job: Job<T>, unit: Unit<T>, key: string) {
    this.job = job;
    this.kind = unit.kind;
    this.key = key;
    this.lanes = unit.lanes.length > 1 ? [...new Set(unit.lanes)] : unit.lanes;
    this.units = new UnitQueue(unit);
    this.seq = unit.seq;
  }

  /** Takes its order from its first unit, after that one has changed. */
  renumber(): void {
    this.seq = this.units.peek()?.seq ?? 0;
  }

  /** Weighs the group anew, at a pace of `intervalMs` a start; undefined = pace unknown. */
  weigh(intervalMs: number | undefined, nowMs: number): void {
    this.paced = intervalMs !== undefined && this.kind === 'task';
    this.urgency = this.units.size * (intervalMs ?? 0) - nowMs;
  }
}

/** Resumed attempts first, then the most urgent, then in order of `seq`. */
export function groupBefore<T>(a: Group<T>, b: Group<T>): boolean {
  if (a.kind !== b.kind) return a.kind === 'resume';
  if (a.urgency !== b.urgency) return a.urgency > b.urgency;
  return a.seq < b.seq;
}

/** Resumed attempts first, then in order of `seq`. */
function earlierBefore<T>(a: Group<T>, b: Group<T>): boolean {
  if (a.kind !== b.kind) return a.kind === 'resume';
  return a.seq < b.seq;
}

/**
 * The groups of a job that may be tried. Resumed attempts come first. Then the group with the most
 * remaining work at its lane's pace, for it decides when the job ends; its age counts as work, so a
 * small one's turn comes too. Groups that never had to wait come in order of `seq`, and at least
 * one pick in four is theirs.
 */
export class ReadyGroups<T> {
  readonly #paced = new IndexedHeap<Group<T>>(groupBefore);
  readonly #plain = new IndexedHeap<Group<T>>(earlierBefore);
  #turn = 0;

  get size(): number {
    return this.#paced.size + this.#plain.size;
  }

  peek(): Group<T> | undefined {
    const plain = this.#plain.peek();
    const paced = this.#paced.peek();
    if (plain === undefined) return paced;
    if (paced === undefined || plain.kind === 'resume') return plain;
    return this.#turn === 0 ? plain : paced;
  }

  add(group: Group<T>): void {
    (group.paced ? this.#paced : this.#plain).push(group);
  }

  remove(group: Group<T>): void {
    (group.paced ? this.#paced : this.#plain).remove(group);
  }

  /** Its first unit has changed, and with it what it is worth at its lanes' pace. */
  weigh(group: Group<T>, intervalMs: number | undefined, nowMs: number): void {
    const before = group.paced ? this.#paced : this.#plain;
    group.weigh(intervalMs, nowMs);
    const now = group.paced ? this.#paced : this.#plain;
    if (now === before) now.update(group);
    else {
      before.remove(group);
      now.push(group);
    }
  }

  /** Its first unit has changed. */
  update(group: Group<T>): void {
    (group.paced ? this.#paced : this.#plain).update(group);
  }

  /** Counts a start of a task. */
  onStart(): void {
    this.#turn = (this.#turn + 1) % UNPACED_EVERY;
  }
}
