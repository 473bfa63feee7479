import type { Random } from '../base/random.ts';
import type { AnnouncedLimit, LaneFeedback } from '../model/lane.ts';

/**
 * A rate limit that nobody told us, found from the answers of one host.
 *
 * | phase  | starts                                   | when throttled                 |
 * |--------|------------------------------------------|--------------------------------|
 * | open   | unpaced; few at once at first, then more | search or steady               |
 * | search | paced, from a rate that is surely safe;  | steady, at the last rate that  |
 * |        | doubled whenever a rate has held         | held                           |
 * | steady | paced like CUBIC: quickly back towards   | steady, a little lower         |
 * |        | the last limit, slowly past it           |                                |
 *
 * Invariants: nothing starts before a `Retry-After` has passed; a burst of rejections that was
 * already under way counts once; a rate only grows while it is what holds the work back; a host
 * that never throttles is never paced.
 *
 * All times are of one clock (`nowMs`, `startedMs`, `restUntilMs`, `resetMs`).
 */
export type RateFeedback = Pick<LaneFeedback, 'verdict' | 'sentMs' | 'restUntilMs' | 'announced'>;

/** What is remembered of a host between runs. Plain JSON. */
export interface RateMemory {
  /** Starts a second at which the host last began to throttle. */
  readonly perSecond: number;
}

/** Paces run this far below the estimate: neither clocks nor the network are exact. */
const MARGIN = 0.98;
/** After a rejection, the pace falls to this share of the limit. */
const CUT = 0.93;
/** A pace that is rejected almost at once was far too high: cut to this at most, */
const DEEP_CUT = 0.75;
/** and to this at least. */
const DEEPEST_CUT = 0.25;
/** Accepted starts, or ms, within which a rejection counts as "almost at once". */
const QUICK_STARTS = 3;
const QUICK_MS = 500;
const HELD_STARTS_MIN = 8;
/** The way back to the last limit takes this many accepted starts, and this long at least. */
const RECOVERY_STARTS = 30;
const RECOVERY_MS = 10_000;
/** Every time the same limit is met again, the way to the next look at it gets longer. */
const PATIENCE_FACTOR = 1.5;
const PATIENCE_MAX = 4;
/** Growth past the last limit, as a share of it, at twice the recovery. */
const BEYOND = 0.1;

/** In the open phase: this many answers one by one, then one more at once for each answer. */
const SERIAL_ANSWERS = 3;
/** Who takes so long for one, ms, is not asked often by two at once: one such answer is enough. */
const SLOW_ANSWER_MS = 2_000;
const AT_ONCE_MAX = 4_096;
/** Accepted starts that prove a pace in the search; more than a burst, and this long at least. */
const PROOF_STARTS = 4;
const PROOF_MS = 500;
const BURST_MAX = 100;
/** The first pace of the search is proved for this many more, at random: hosts probe at odds. */
const FIRST_PROOF_SPREAD = 8;

/** Without Retry-After the rest starts here and doubles. */
const REST_MS = 1_000;
const REST_MS_CAP = 60_000;
const PER_SECOND_MIN = 1 / 600;
const PER_SECOND_MAX = 100_000;

type SearchPhase = {
  readonly kind: 'search';
  readonly proofs: number;
  readonly toProve: number;
  /** Whether the pace is what the host itself said by Retry-After, not a guess. */
  readonly told: boolean;
};
type Phase =
  | { readonly kind: 'open' }
  | SearchPhase
  | { readonly kind: 'steady'; readonly fromPerSecond: number; readonly limitPerSecond: number };

export class LearnedRate {
  readonly #random: Random;
  #phase: Phase = { kind: 'open' };
  #perSecond = Infinity;
  #restUntilMs = -Infinity;
  #dueMs = -Infinity;
  /** When the pace was last changed by a rejection or a proof; older starts say nothing of it. */
  #paceSinceMs = -Infinity;
  #cutMs = -Infinity;
  /** When the rest before the last rejection was over. */
  #resumedMs = -Infinity;
  /** Accepted starts before the first rejection: no pace is proved by fewer. */
  #burst = 0;
  #accepted = 0;
  #rejectionsInRow = 0;
  #patience = 1;
  /** A pace that held for a while. */
  #heldPerSecond = 0;
  #atOnce = 1;
  /** Answers of the open phase, however long ago. */
  #answers = 0;
  readonly #recent = new RecentCount();
  /** Starts are spaced by this as well, until `untilMs`, because the host said what remains. */
  #announced = { intervalMs: 0, untilMs: -Infinity };
  /** The last start that had to wait for the pace: only such starts prove it. */
  #pacedStartMs = -Infinity;

  constructor(random: Random, memory?: RateMemory) {
    this.#random = random;
    if (memory && memory.perSecond > 0 && memory.perSecond < PER_SECOND_MAX) {
      this.#steady(memory.perSecond * CUT, memory.perSecond);
    }
  }

  /** Starts a second at present; undefined while the host has not throttled. */
  get perSecond(): number | undefined {
    return this.#phase.kind === 'open' ? undefined : this.#perSecond;
  }

  /** Starts that may be under way at once; Infinity once a pace is known. */
  get inFlightMax(): number {
    if (this.#phase.kind !== 'open' || this.#atOnce >= AT_ONCE_MAX) return Infinity;
    return this.#atOnce;
  }

  /** Until when the host asked for rest, or -Infinity. */
  get restUntilMs(): number {
    return this.#restUntilMs;
  }

  /** What to remember of this host, if anything was learned. */
  get memory(): RateMemory | undefined {
    if (this.#phase.kind === 'open') return undefined;
    const { kind } = this.#phase;
    return { perSecond: kind === 'steady' ? this.#phase.limitPerSecond : this.#perSecond };
  }

  /** The earliest time, not before `nowMs`, at which something may start. */
  earliestMs(nowMs: number): number {
    return Math.max(nowMs, this.#restUntilMs, this.#dueMs);
  }

  /** Something starts; only when `earliestMs` and `inFlightMax` allow it. */
  onStart(nowMs: number): void {
    if (this.#recent.empty) this.#recent.start(nowMs);
    const paceMs = this.#phase.kind === 'open' ? 0 : 1_000 / this.#perSecond;
    // Work that waited for the pace starts right when it was due, give or take a timer.
    const dueMs = Math.max(this.#dueMs, this.#restUntilMs);
    if (nowMs - dueMs <= Math.max(20, paceMs / 2)) this.#pacedStartMs = nowMs;
    const spanMs = nowMs < this.#announced.untilMs ? this.#announced.intervalMs : 0;
    this.#dueMs = nowMs + Math.max(paceMs, spanMs);
  }

  /** What started at `startedMs` has ended. */
  onEnd(nowMs: number, startedMs: number, feedback: RateFeedback): void {
    if (feedback.announced) this.#heed(nowMs, feedback.announced);
    // The other side counts from when it was asked, not from when we began to look for a
    // connection.
    if (feedback.sentMs !== undefined && this.#phase.kind !== 'open') {
      this.#dueMs = Math.max(this.#dueMs, feedback.sentMs + 1_000 / this.#perSecond);
    }
    if (feedback.verdict === 'ok') this.#onAccepted(nowMs, startedMs);
    else if (feedback.verdict === 'throttled') this.#onThrottled(nowMs, startedMs, feedback);
  }

  #onAccepted(nowMs: number, startedMs: number): void {
    this.#recent.add(nowMs);
    if (this.#phase.kind === 'open') {
      this.#answers += nowMs - startedMs < SLOW_ANSWER_MS ? 1 : SERIAL_ANSWERS;
      if (this.#answers >= SERIAL_ANSWERS) {
        this.#atOnce = Math.min(AT_ONCE_MAX, this.#atOnce + 1);
      }
      return;
    }
    if (startedMs < this.#paceSinceMs) return;
    this.#rejectionsInRow = 0;
    if (this.#pacedStartMs < startedMs) return;
    this.#accepted += 1;
    if (this.#phase.kind === 'search') this.#prove(nowMs, this.#phase);
    else this.#grow(nowMs, this.#phase.fromPerSecond, this.#phase.limitPerSecond);
  }

  #prove(nowMs: number, phase: SearchPhase): void {
    if (this.#accepted < phase.toProve) return;
    this.#setPace(this.#perSecond * 2);
    const starts = Math.max(PROOF_STARTS, this.#burst + 2, (this.#perSecond * PROOF_MS) / 1_000);
    const toProve = this.#accepted + starts;
    this.#phase = { kind: 'search', proofs: phase.proofs + 1, toProve, told: false };
    this.#paceSinceMs = nowMs;
  }

  #grow(nowMs: number, fromPerSecond: number, limitPerSecond: number): void {
    const byStarts = this.#accepted / RECOVERY_STARTS;
    const byTime = (nowMs - this.#cutMs) / RECOVERY_MS;
    const along = Math.min(byStarts, byTime) / this.#patience - 1;
    const span = along < 0 ? limitPerSecond - fromPerSecond : limitPerSecond * BEYOND;
    this.#setPace(limitPerSecond + span * along ** 3);
  }

  #onThrottled(nowMs: number, startedMs: number, feedback: RateFeedback): void {
    const { announced } = feedback;
    const askedMs = feedback.restUntilMs ?? (announced?.remaining ? undefined : announced?.resetMs);
    const first = startedMs > this.#cutMs;
    if (first) this.#resumedMs = this.#restUntilMs;
    if (first) this.#rejectionsInRow += 1;
    const doublings = Math.min(this.#rejectionsInRow - 1, 16);
    const guessMs = Math.min(REST_MS_CAP, REST_MS * 2 ** doublings);
    const restMs = askedMs === undefined ? guessMs : Math.max(0, askedMs - nowMs);
    this.#rest(nowMs + restMs, restMs * (askedMs === undefined ? 0.25 : 0.03));
    if (!first) return;
    if (this.#phase.kind === 'open') this.#leaveOpen(nowMs, restMs, askedMs !== undefined);
    else this.#cut(nowMs);
    this.#cutMs = nowMs;
    this.#paceSinceMs = nowMs;
    this.#accepted = 0;
  }

  /** The first rejection: what does it say about the rate? */
  #leaveOpen(nowMs: number, restMs: number, asked: boolean): void {
    const { accepted, spanMs } = this.#recent.read(nowMs);
    this.#burst = Math.min(accepted, BURST_MAX);
    const perRest = (MARGIN * 1_000) / Math.max(restMs, 50);
    const perWindow = (MARGIN * accepted * 1_000) / (spanMs + restMs);
    if (spanMs > 2 * restMs && accepted >= 8) {
      // It went well for longer than the rest asked for: what was accepted is the limit.
      const held = (accepted * 1_000) / spanMs;
      this.#steady(held * CUT, held);
    } else if (asked && restMs > 1_100) {
      // Whole seconds say enough from two up; many at once and then a pause is a fixed window.
      const perSecond = accepted >= 4 ? Math.max(perRest, perWindow) : perRest;
      this.#steady(perSecond, perSecond / MARGIN);
    } else if (asked && restMs < 950) {
      this.#steady(perRest, perRest / MARGIN);
    } else {
      // A rest of one whole second says only "one a second or faster".
      const perSecond = accepted >= 4 ? Math.sqrt(perRest * perWindow) : perRest;
      const spread = Math.floor(this.#random.next() * FIRST_PROOF_SPREAD);
      const told = asked && accepted < 4;
      this.#phase = { kind: 'search', proofs: 0, toProve: PROOF_STARTS + spread, told };
      this.#setPace(perSecond);
    }
  }

  /** A further rejection: the pace was too high. */
  #cut(nowMs: number): void {
    const pace = this.#perSecond;
    const phase = this.#phase;
    if (phase.kind === 'search' && phase.proofs > 0) {
      // The pace before this one held. If it was the first, it is what Retry-After said.
      const proved = pace / 2;
      this.#heldPerSecond = proved;
      this.#steady(proved, proved * (phase.proofs > 1 ? Math.SQRT2 : 1 / MARGIN));
    } else if (phase.kind === 'search' ? !phase.told : this.#wasQuick(nowMs)) {
      const held = (this.#accepted * 1_000) / Math.max(1, nowMs - this.#cutMs);
      // A few starts after a rest tell nothing: the rest may have been longer than it had to be.
      const between = this.#accepted < HELD_STARTS_MIN ? pace : Math.sqrt(held * pace);
      let next = Math.max(pace * DEEPEST_CUT, Math.min(pace * DEEP_CUT, between));
      if (pace > this.#heldPerSecond) next = Math.max(next, this.#heldPerSecond * CUT);
      else this.#heldPerSecond = 0;
      this.#steady(next, next / CUT);
      this.#patience = 1;
    } else {
      const before = phase.kind === 'steady' ? phase.limitPerSecond : pace;
      const again = Math.abs(pace / before - 1) < 0.15;
      this.#patience = again ? Math.min(PATIENCE_MAX, this.#patience * PATIENCE_FACTOR) : 1;
      const limit = pace > before ? (pace + before) / 2 : pace;
      this.#heldPerSecond = limit * CUT;
      this.#steady(limit * CUT, limit);
    }
  }

  #wasQuick(nowMs: number): boolean {
    return this.#accepted <= QUICK_STARTS || nowMs - this.#resumedMs < QUICK_MS;
  }

  #steady(fromPerSecond: number, limitPerSecond: number): void {
    this.#phase = { kind: 'steady', fromPerSecond, limitPerSecond };
    this.#setPace(fromPerSecond);
  }

  #setPace(perSecond: number): void {
    this.#perSecond = Math.min(PER_SECOND_MAX, Math.max(PER_SECOND_MIN, perSecond));
  }

  #rest(untilMs: number, jitterMs: number): void {
    const lateMs = 2 + Math.min(1_000, jitterMs) * this.#random.next();
    this.#restUntilMs = Math.max(this.#restUntilMs, untilMs + lateMs);
  }

  /** The host says what remains: the last tenth is spread over the time, nothing means rest. */
  #heed(nowMs: number, { limit, remaining, resetMs }: AnnouncedLimit): void {
    if (remaining === undefined || resetMs === undefined || resetMs <= nowMs) return;
    if (remaining <= 0) this.#rest(resetMs, (resetMs - nowMs) * 0.03);
    else if (remaining <= Math.max(2, (limit ?? 0) / 10)) {
      const intervalMs = (resetMs - nowMs) / (remaining + 1);
      this.#announced = { intervalMs, untilMs: resetMs };
    } else if (this.#phase.kind === 'open') {
      this.#atOnce = Math.max(this.#atOnce, Math.min(AT_ONCE_MAX, Math.floor(remaining / 4)));
    }
  }
}

/** Accepted starts of the last 10 to 20 seconds, in two turns of a window. */
class RecentCount {
  static readonly #TURN_MS = 10_000;
  #sinceMs: number | undefined;
  #turnMs = 0;
  #before = 0;
  #now = 0;

  get empty(): boolean {
    return this.#sinceMs === undefined;
  }

  get accepted(): number {
    return this.#before + this.#now;
  }

  start(nowMs: number): void {
    this.#sinceMs = nowMs;
    this.#turnMs = nowMs;
  }

  add(nowMs: number): void {
    this.#turn(nowMs);
    this.#now += 1;
  }

  read(nowMs: number): { readonly accepted: number; readonly spanMs: number } {
    this.#turn(nowMs);
    return { accepted: this.accepted, spanMs: nowMs - (this.#sinceMs ?? nowMs) };
  }

  #turn(nowMs: number): void {
    const turns = Math.floor((nowMs - this.#turnMs) / RecentCount.#TURN_MS);
    if (turns < 1) return;
    this.#before = turns === 1 ? this.#now : 0;
    this.#now = 0;
    this.#sinceMs = turns === 1 ? this.#turnMs : nowMs;
    this.#turnMs = turns === 1 ? this.#turnMs + RecentCount.#TURN_MS : nowMs;
  }
}
