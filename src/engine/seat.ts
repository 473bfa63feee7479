/**
 * An attempt's place among the active ones. While everything that the attempt does waits in lanes
 * or sleeps, the seat is lent to others and asked back when the wait ends: a waiting task holds
 * nothing.
 *
 * Invariant: at most one seat is held, and none after `finish`. Calls made through the seat are
 * counted; the seat is lent only when all of them wait. A collector that also waits for something
 * of its own, beside a waiting call, does so without a seat.
 */
import type { Admission, Permit, Unit } from '../admission/admission.ts';
import { orAborted } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { SluiceError } from '../base/errors.ts';
import type { LaneFeedback, LaneKey, LaneLimits } from '../model/lane.ts';
import type { LaneHome } from './engine-node.ts';
import { type Exchange, ExchangeTrace } from './exchange-trace.ts';

/** What the dispatcher starts: a task's attempt, or the rest of one. */
export interface Startable {
  start(permit: Permit): void;
}

export interface SeatParts {
  readonly admission: Admission<Startable>;
  readonly clock: Clock;
  /** A job is about to pass a lane that its tasks are not admitted by. */
  readonly useLane: (jobId: string, lane: LaneKey) => void;
  /** Which lanes are owned here; undefined = all. */
  readonly lanes: LaneHome | undefined;
  readonly limitsOf: (lane: LaneKey) => LaneLimits;
  /** Asks the dispatcher to look for work. */
  readonly kick: () => void;
}

/** Says nothing about a lane. */
export const NO_FEEDBACK: LaneFeedback = { verdict: 'ignored', latencyMs: 0 };

export class Seat {
  readonly #parts: SeatParts;
  /** Whose it is. */
  readonly unit: Pick<Unit<Startable>, 'tenant' | 'jobId' | 'seq'>;
  /** What the attempt was admitted with. */
  readonly #first: Permit;
  /** The permit whose seat is held, if any. */
  #seat: Permit | undefined;
  #prepaid: boolean;
  /** Starts of lanes that other nodes own, had with the first and not used yet. */
  #lent: Permit[] = [];
  /**
   * Whether other lanes were passed, or none was needed: then what the task was admitted with was
   * not used.
   */
  #entered = false;
  #calls = 0;
  #waiting = 0;
  #lentSinceMs = 0;
  #lentMs = 0;
  #waits: Map<string, number> | undefined;
  #trace: ExchangeTrace | undefined;
  #finished = false;

  constructor(
    parts: SeatParts,
    unit: Pick<Unit<Startable>, 'tenant' | 'jobId' | 'seq'>,
    permit: Permit,
  ) {
    this.#parts = parts;
    this.unit = unit;
    this.#first = permit;
    this.#seat = permit;
    this.#prepaid = permit.leafHeld;
  }

  /** Time without a seat so far, ms. */
  lentMs(nowMs: number): number {
    return this.#lentMs + (this.#seat || this.#finished ? 0 : nowMs - this.#lentSinceMs);
  }

  /** What was waited for so far, and how long, ms; the longest first. */
  get waits(): readonly (readonly [lane: string, ms: number])[] {
    return [...(this.#waits ?? [])].sort(([, a], [, b]) => b - a);
  }

  /** What was sent and what came; undefined = nothing was. */
  get trace(): ExchangeTrace | undefined {
    return this.#trace;
  }

  exchanged(exchange: Exchange): void {
    this.#trace ??= new ExchangeTrace();
    this.#trace.add(exchange);
  }

  /** Whether calls are under way: after the end they are the collector's leaks. */
  get busy(): boolean {
    return this.#calls > 0;
  }

  /**
   * Counts a call as active until it ends; waits inside it (`enter`, `pause`) may lend the seat.
   */
  async call<T>(work: () => Promise<T>): Promise<T> {
    if (this.#finished) {
      const detail = 'it used the ctx of an attempt that has ended';
      throw new SluiceError('collector.threw', { detail });
    }
    this.#calls += 1;
    try {
      return await work();
    } finally {
      this.#calls -= 1;
      // Only waiting calls are left: unless the collector goes on by itself, it waits for them.
      if (this.#waiting > 0 && this.#calls === this.#waiting) {
        this.#parts.clock.after(0, () => this.#lendIfIdle());
      }
    }
  }

  /**
   * Passes a lane: the start that the task was admitted with where it is for this lane, else one
   * taken at once, else one waited for. The permit's leaf is the caller's to settle.
   */
  enter(lane: LaneKey, signal: AbortSignal): Promise<Permit> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (this.#prepaid && this.#first.leafHeld && this.#first.lanes.includes(lane)) {
      this.#prepaid = false;
      return Promise.resolve(this.#first);
    }
    this.#entered = true;
    const lent = this.#lent.findIndex((permit) => permit.leafHeld && permit.lanes.includes(lane));
    if (lent >= 0) return Promise.resolve(this.#lent.splice(lent, 1)[0] as Permit);
    this.#parts.useLane(this.unit.jobId, lane);
    if (this.#parts.lanes?.isHere(lane) === false) {
      return this.timed(lane, this.#borrow(lane, signal));
    }
    const leaf = this.#parts.admission.tryLeaf([lane], this.#parts.clock.monoMs());
    return leaf ? Promise.resolve(leaf) : this.timed(lane, this.#queue([lane], signal));
  }

  /** What is waited for under a name: it is told of the attempt. */
  async timed<T>(lane: string, wait: Promise<T>): Promise<T> {
    const { clock } = this.#parts;
    const fromMs = clock.monoMs();
    try {
      return await wait;
    } finally {
      this.#waits ??= new Map();
      this.#waits.set(lane, (this.#waits.get(lane) ?? 0) + clock.monoMs() - fromMs);
    }
  }

  /** Starts of lanes that other nodes own, for as long as the attempt takes. */
  async hold(lanes: readonly LaneKey[], signal: AbortSignal): Promise<readonly Permit[]> {
    const held: Permit[] = [];
    try {
      for (const lane of lanes) {
        this.#parts.useLane(this.unit.jobId, lane);
        held.push(await this.timed(lane, this.#borrow(lane, signal)));
      }
      this.#lent = [...held];
      return held;
    } catch (error) {
      for (const permit of held) permit.refundLeaf(this.#parts.clock.monoMs());
      throw error;
    }
  }

  /** A start that another node grants. Without a seat meanwhile. */
  async #borrow(lane: LaneKey, signal: AbortSignal): Promise<Permit> {
    const home = this.#parts.lanes as LaneHome;
    this.#waiting += 1;
    this.#lendIfIdle();
    let permit: Permit | undefined;
    try {
      const { tenant } = this.unit;
      permit = await home.borrow({ lane, tenant, limits: this.#parts.limitsOf(lane) }, signal);
    } finally {
      this.#waiting -= 1;
    }
    // Nobody owned it: it is owned here by now, unless it has been given away again.
    if (permit === undefined) {
      if (this.#seat) return this.enter(lane, signal);
      return home.isHere(lane) ? this.#queue([lane], signal) : this.#borrow(lane, signal);
    }
    if (this.#seat) return permit;
    try {
      await this.#queue([], signal);
      return permit;
    } catch (error) {
      permit.refundLeaf(this.#parts.clock.monoMs());
      throw error;
    }
  }

  /** Something was had without a lane: unless one is passed later, no start of it was used. */
  spare(): void {
    this.#entered = true;
  }

  /** Sleeps, then takes a seat again. */
  async pause(ms: number, signal: AbortSignal): Promise<void> {
    this.#waiting += 1;
    this.#lendIfIdle();
    try {
      await this.#parts.clock.sleep(ms, signal);
    } finally {
      this.#waiting -= 1;
    }
    if (!this.#seat) await this.#queue([], signal);
  }

  /**
   * Waits for what another attempt is doing in a lane. Holds nothing meanwhile, not even the start
   * of that lane that the task was admitted with: the other may be waiting for just that.
   */
  async waitFor<R>(lane: LaneKey, work: Promise<R>, signal: AbortSignal): Promise<R> {
    if (this.#prepaid && this.#first.leafHeld && this.#first.lanes.includes(lane)) {
      this.#prepaid = false;
      this.#first.refundLeaf(this.#parts.clock.monoMs());
      this.#parts.kick();
    }
    return this.waitHolding(work, signal);
  }

  /** The same, with the start that the task was admitted with: so few wait at a time. */
  async waitHolding<R>(work: Promise<R>, signal: AbortSignal): Promise<R> {
    this.#waiting += 1;
    this.#lendIfIdle();
    let result: R;
    try {
      result = await orAborted(work, signal);
    } finally {
      this.#waiting -= 1;
    }
    if (!this.#seat) await this.#queue([], signal);
    return result;
  }

  /** Ends the use of the seat and of the lanes that the task was admitted with. */
  finish(feedback: LaneFeedback): void {
    this.#finished = true;
    const nowMs = this.#parts.clock.monoMs();
    if (this.#first.leafHeld) {
      if (this.#entered) this.#first.refundLeaf(nowMs);
      else this.#first.settleLeaf(feedback, nowMs);
    }
    this.#seat?.releaseSeat(feedback, nowMs);
    this.#seat = undefined;
  }

  #queue(lanes: readonly LaneKey[], signal: AbortSignal): Promise<Permit> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        if (!this.#parts.admission.withdraw(unit)) return;
        this.#waiting -= 1;
        reject(signal.reason);
      };
      const start = (permit: Permit) => {
        signal.removeEventListener('abort', onAbort);
        this.#waiting -= 1;
        this.#adopt(permit);
        resolve(permit);
      };
      const unit: Unit<Startable> = { ...this.unit, lanes, kind: 'resume', payload: { start } };
      this.#parts.admission.enqueue(unit);
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting += 1;
      this.#lendIfIdle();
      this.#parts.kick();
    });
  }

  #adopt(permit: Permit): void {
    const nowMs = this.#parts.clock.monoMs();
    if (this.#seat || this.#finished) {
      permit.releaseSeat(NO_FEEDBACK, nowMs);
      if (this.#finished) permit.refundLeaf(nowMs);
      return;
    }
    this.#lentMs += nowMs - this.#lentSinceMs;
    this.#seat = permit;
  }

  #lendIfIdle(): void {
    if (!this.#seat || this.#waiting === 0 || this.#calls > this.#waiting) return;
    const nowMs = this.#parts.clock.monoMs();
    this.#seat.releaseSeat(NO_FEEDBACK, nowMs);
    this.#seat = undefined;
    this.#lentSinceMs = nowMs;
    this.#parts.kick();
  }
}
