import type { Random } from '../base/random.ts';
import { ACCOUNTS_KIND } from '../model/account.ts';
import type { Blockage, LaneFeedback, LaneKey, LaneLimits } from '../model/lane.ts';
import { laneKind } from '../model/lane.ts';
import { AdaptiveConcurrency } from './adaptive-concurrency.ts';
import { Breaker } from './breaker.ts';
import { Gcra } from './gcra.ts';
import { HOLD_MS_FLOOR, HoldTime } from './hold-time.ts';
import type { HeapItem } from './indexed-heap.ts';
import { LearnedRate, type RateMemory } from './learned-rate.ts';
import type { WaitList } from './wait-list.ts';

/** What was learned of a lane, for its next use. Plain JSON. */
export interface LaneMemory {
  /** The learned rate. */
  readonly rate?: RateMemory;
  /** The learned number of slots. */
  readonly slots?: number;
}

/**
 * What the next owner of a lane must know of its present, beside its memory. Monotonic times, ms.
 */
export interface LaneCarry {
  /** Nothing may start before. */
  readonly opensMs?: number;
  /** How far its rate has run ahead. */
  readonly tatMs?: number;
  /** When it was taken from an owner that ended without a word: all of its rate may be spent. */
  readonly lostMs?: number;
}

/** A lane at one moment, for views. */
export interface LaneStatus {
  readonly lane: LaneKey;
  readonly inUse: number;
  /** Units that wait here. */
  readonly waiting: number;
  readonly slots: number;
  /** Starts a second; undefined = no rate, or none known yet. */
  readonly perSecond: number | undefined;
  readonly blocked: Blockage['reason'] | undefined;
  /** Monotonic time, ms, at which it opens; undefined = open, or when a slot is freed. */
  readonly wakeAtMs: number | undefined;
  readonly memory: LaneMemory | undefined;
  /** Answers that asked to go slower, since the lane was made. */
  readonly throttled?: number;
}

/** What a lane takes from its surroundings. */
export interface LaneWorld {
  readonly random: Random;
  /** Monotonic time of a wall time, ms. */
  toMonoMs(wallMs: number): number;
}

/** After a rest that was asked for, this share of it more, at most `REST_JITTER_MS_MAX`. */
const REST_JITTER = 0.03;
const REST_JITTER_MS_MAX = 1_000;
/** Failures are remembered at least this long, ms, though the lane is idle. */
const FAILURE_MEMORY_MS = 60_000;

/**
 * One limit: slots, a rate, a rest that the other side asked for and a breaker, as one yes or no.
 * Whoever asks first asks `room`; `take` follows in the same step.
 *
 * Invariants: `inUse` never exceeds the slots at the time of a take; nothing is taken before the
 * rest has passed; what a stale refund would give back beyond the rate is not given back.
 */
export class Lane<T> implements HeapItem {
  readonly key: LaneKey;
  /** Made when the first group parks here, dropped when the lane falls idle. */
  waiters: WaitList<T> | undefined;
  /** Place among the timers; written by them alone. */
  heapAt = -1;
  /** Monotonic time, ms, at which its waiters are looked at again. */
  wakeAtMs = Infinity;
  /** Woken groups that have not been tried yet. */
  granted = 0;
  /** Ready groups that came when nobody else was here. */
  untried = 0;
  /** Units in the groups that wait here. */
  waiting = 0;
  /** Whether it is among the lanes to be looked at. */
  dirty = false;
  /** Neighbours among the idle lanes, least recently used first. Written by the lane table. */
  older: Lane<T> | undefined;
  newer: Lane<T> | undefined;
  idle = false;
  /** It was forgotten: another one has its key, or none. Written by the lane table. */
  gone = false;

  readonly #world: LaneWorld;
  /** One account that rests is no reason for the others to: who keeps them closes their lanes. */
  readonly #heedsRest: boolean;
  #limits: LaneLimits;
  #adaptive: AdaptiveConcurrency | undefined;
  #fixedSlots = 0;
  #gcra: Gcra | undefined;
  #learned: LearnedRate | undefined;
  #breaker: Breaker | undefined;
  readonly #holdTime = new HoldTime(HOLD_MS_FLOOR);
  #inUse = 0;
  #throttled = 0;
  #restUntilMs = -Infinity;
  #lastTakeMs = -Infinity;
  #lastFailureMs = -Infinity;
  /** The number of slots to start from, where it was not remembered. */
  #unlearnedSlots: number | undefined;
  /** The permit that took the lane last. */
  #lastTaker: object | undefined;

  constructor(key: LaneKey, limits: LaneLimits, world: LaneWorld, memory?: LaneMemory) {
    this.key = key;
    this.#limits = limits;
    this.#world = world;
    this.#heedsRest = laneKind(key) !== ACCOUNTS_KIND;
    const { concurrency, rate } = limits;
    if (typeof concurrency === 'number') this.#fixedSlots = concurrency;
    else {
      const start = memory?.slots ?? concurrency.start;
      this.#adaptive = new AdaptiveConcurrency({ ...concurrency, start });
      if (memory?.slots === undefined) this.#unlearnedSlots = this.#adaptive.limit;
    }
    if (rate === 'learned') this.#learned = new LearnedRate(world.random, memory?.rate);
    else if (rate !== 'none') this.#gcra = new Gcra(rate.perSecond, rate.burst);
    if (limits.breaker) this.#breaker = new Breaker(world.random);
  }

  /** Other limits from now on. What runs goes on; a new rate counts from the last start. */
  setLimits(limits: LaneLimits, nowMs: number): void {
    const before = this.#limits;
    this.#limits = limits;
    if (!sameConcurrency(before.concurrency, limits.concurrency)) {
      const { concurrency } = limits;
      const fixed = typeof concurrency === 'number';
      this.#fixedSlots = fixed ? concurrency : 0;
      this.#adaptive = fixed ? undefined : new AdaptiveConcurrency(concurrency);
      this.#unlearnedSlots = this.#adaptive?.limit;
    }
    this.#setRate(limits.rate, nowMs);
    if (!limits.breaker) this.#breaker = undefined;
    else this.#breaker ??= new Breaker(this.#world.random);
  }

  #setRate(rate: LaneLimits['rate'], nowMs: number): void {
    const learned = this.#learned;
    if (rate === 'learned') {
      this.#gcra = undefined;
      this.#learned ??= new LearnedRate(this.#world.random);
      return;
    }
    // A rest was asked for whatever the pace is now.
    if (learned !== undefined) this.#restUntilMs = Math.max(this.#restUntilMs, learned.restUntilMs);
    this.#learned = undefined;
    if (rate === 'none') this.#gcra = undefined;
    else if (this.#gcra !== undefined) this.#gcra.setRate(nowMs, rate.perSecond, rate.burst);
    else {
      this.#gcra = new Gcra(rate.perSecond, rate.burst);
      if (this.#lastTakeMs > -Infinity) this.#gcra.take(this.#lastTakeMs);
    }
  }

  /** Groups that wait here. */
  get queued(): number {
    return this.waiters === undefined ? 0 : this.waiters.size;
  }

  /** Whether nothing uses it, waits for it or is about to. */
  get unused(): boolean {
    return this.#inUse === 0 && this.granted === 0 && this.untried === 0 && this.queued === 0;
  }

  get inUse(): number {
    return this.#inUse;
  }

  /** Slots at present. */
  get slots(): number {
    let slots = this.#adaptive === undefined ? this.#fixedSlots : this.#adaptive.limit;
    if (this.#learned !== undefined) slots = Math.min(slots, this.#learned.inFlightMax);
    return slots;
  }

  /** Starts a second at present; undefined = no rate, or none known yet. */
  get perSecond(): number | undefined {
    return this.#gcra?.perSecond ?? this.#learned?.perSecond;
  }

  /** Time between two starts when the lane is always full, ms. */
  get intervalMs(): number {
    const { perSecond } = this;
    return perSecond === undefined ? this.#holdTime.meanMs / this.slots : 1_000 / perSecond;
  }

  /** What was learned, if anything: a million hosts that behave leave nothing to remember. */
  get memory(): LaneMemory | undefined {
    const rate = this.#learned?.memory;
    const limit = this.#adaptive?.limit;
    const slots = limit === this.#unlearnedSlots ? undefined : limit;
    if (rate === undefined && slots === undefined) return undefined;
    return { ...(rate && { rate }), ...(slots !== undefined && { slots }) };
  }

  /** How many may start now. Paced lanes answer one at a time. */
  room(nowMs: number): number {
    const free = this.slots - this.#inUse;
    if (free <= 0 || this.#openMs(nowMs) > nowMs) return 0;
    const single =
      this.perSecond !== undefined ||
      (this.#breaker !== undefined && this.#breaker.state !== 'closed');
    return single ? 1 : free;
  }

  /** When time alone opens the lane: `nowMs` = open; Infinity = when something is given back. */
  opensMs(nowMs: number): number {
    return this.#inUse >= this.slots ? Infinity : this.#openMs(nowMs);
  }

  /** Why nothing may start now; undefined = something may. */
  blocked(nowMs: number): Blockage['reason'] | undefined {
    if (this.#restUntilMs > nowMs) return 'rest';
    if (this.#breaker !== undefined && this.#breaker.earliestMs(nowMs) > nowMs) return 'breaker';
    if (this.#inUse >= this.slots) return 'concurrency';
    if (this.#learned !== undefined && this.#learned.restUntilMs > nowMs) return 'rest';
    return this.#openMs(nowMs) > nowMs ? 'rate' : undefined;
  }

  /** Whether a newcomer has to queue: it is full, or others came before. */
  get crowded(): boolean {
    return this.queued > 0 || this.granted > 0 || this.untried > 0 || this.#inUse >= this.slots;
  }

  /** Starts something; only where `room` allows it. */
  take(taker: object, nowMs: number): void {
    this.#inUse += 1;
    this.#lastTakeMs = nowMs;
    this.#lastTaker = taker;
    this.#gcra?.take(nowMs);
    this.#learned?.onStart(nowMs);
    this.#breaker?.onStart(nowMs);
    this.#adaptive?.onStart(nowMs, this.#inUse);
  }

  /** What started at `startedMs` has ended. */
  settle(feedback: LaneFeedback, startedMs: number, nowMs: number): void {
    const { verdict } = feedback;
    const asked = this.#inMonoTime(feedback);
    if (verdict === 'throttled') this.#throttled += 1;
    this.#holdTime.add(nowMs - startedMs);
    this.#adaptive?.onEnd(nowMs, startedMs, verdict, this.#inUse);
    this.#inUse -= 1;
    if (feedback.sentMs !== undefined) this.#gcra?.onSent(feedback.sentMs);
    this.#learned?.onEnd(nowMs, startedMs, asked);
    this.#breaker?.onEnd(nowMs, startedMs, verdict);
    if (verdict === 'timeout' || verdict === 'unreachable') this.#lastFailureMs = nowMs;
    if (asked.restUntilMs !== undefined && this.#heedsRest) this.#rest(asked.restUntilMs, nowMs);
  }

  /** Nothing starts before a monotonic time, ms, whatever was said before. */
  closeUntil(untilMs: number): void {
    this.#restUntilMs = untilMs;
  }

  /** What started at `startedMs` was never used. */
  refund(taker: object, startedMs: number, nowMs: number): void {
    this.#adaptive?.onEnd(nowMs, startedMs, 'ignored', this.#inUse);
    this.#inUse -= 1;
    // Later starts were spaced from this one: only the last can be undone exactly.
    if (this.#lastTaker === taker) this.#gcra?.refund();
    this.#breaker?.onEnd(nowMs, startedMs, 'ignored');
  }

  /** What its next owner must know; undefined = nothing but its memory. */
  carry(nowMs: number): LaneCarry | undefined {
    const opensMs = this.#openMs(nowMs);
    const tatMs = this.#gcra?.tatMs;
    if (opensMs <= nowMs && (tatMs === undefined || tatMs <= nowMs)) return undefined;
    return { ...(opensMs > nowMs && { opensMs }), ...(tatMs !== undefined && { tatMs }) };
  }

  /** Takes over from another owner. Before its first use. */
  adopt({ opensMs, tatMs, lostMs }: LaneCarry, nowMs: number): void {
    if (opensMs !== undefined) this.#restUntilMs = Math.max(this.#restUntilMs, opensMs);
    if (tatMs !== undefined) this.#gcra?.adopt(tatMs, nowMs);
    if (lostMs !== undefined) this.#gcra?.exhaust(lostMs, nowMs);
  }

  /** Whether forgetting it, apart from its memory, changes nothing. */
  atRest(nowMs: number): boolean {
    if (!this.unused || this.#openMs(nowMs) > nowMs) return false;
    if (this.#lastFailureMs > nowMs - FAILURE_MEMORY_MS) return false;
    const { rate } = this.#limits;
    if (rate === 'none' || rate === 'learned') return true;
    return this.#lastTakeMs + (rate.burst * 1_000) / rate.perSecond <= nowMs;
  }

  status(nowMs: number): LaneStatus {
    const opensMs = this.opensMs(nowMs);
    return {
      lane: this.key,
      inUse: this.#inUse,
      waiting: this.waiting,
      slots: this.slots,
      perSecond: this.perSecond,
      blocked: this.blocked(nowMs),
      wakeAtMs: opensMs > nowMs && opensMs < Infinity ? opensMs : undefined,
      memory: this.memory,
      throttled: this.#throttled,
    };
  }

  #openMs(nowMs: number): number {
    let openMs = Math.max(nowMs, this.#restUntilMs);
    if (this.#gcra !== undefined) openMs = Math.max(openMs, this.#gcra.earliestMs(nowMs));
    if (this.#learned !== undefined) openMs = Math.max(openMs, this.#learned.earliestMs(nowMs));
    if (this.#breaker !== undefined) openMs = Math.max(openMs, this.#breaker.earliestMs(nowMs));
    return openMs;
  }

  /** A burst of answers that ask for the same rest counts once: the latest end holds. */
  #rest(untilMs: number, nowMs: number): void {
    if (untilMs <= this.#restUntilMs || untilMs <= nowMs) return;
    const jitterMs = Math.min(REST_JITTER_MS_MAX, (untilMs - nowMs) * REST_JITTER);
    this.#restUntilMs = untilMs + jitterMs * this.#world.random.next();
  }

  #inMonoTime(feedback: LaneFeedback): LaneFeedback {
    const { restUntilMs, announced } = feedback;
    if (restUntilMs === undefined && announced?.resetMs === undefined) return feedback;
    const { toMonoMs } = this.#world;
    return {
      ...feedback,
      ...(restUntilMs !== undefined && { restUntilMs: toMonoMs(restUntilMs) }),
      ...(announced?.resetMs !== undefined && {
        announced: { ...announced, resetMs: toMonoMs(announced.resetMs) },
      }),
    };
  }
}

function sameConcurrency(a: LaneLimits['concurrency'], b: LaneLimits['concurrency']): boolean {
  if (typeof a === 'number' || typeof b === 'number') return a === b;
  return a.min === b.min && a.max === b.max && a.start === b.start;
}
