import type { Random } from '../base/random.ts';
import type { LaneVerdict } from '../model/lane.ts';

/**
 * A circuit breaker for one host, so that a dead site costs a probe now and then and not a time-out
 * a row.
 *
 * | state     | starts            | leaves it                                                     |
 * |-----------|-------------------|---------------------------------------------------------------|
 * | closed    | all               | several failures in a row, or most of the last few: open      |
 * | open      | none until a time | the time comes: half-open; a late success of old: closed      |
 * | half-open | exactly one probe | it succeeds: closed; it fails: open, for twice as long        |
 *
 * Invariant: a result counts only in the state in which its work started, so a hundred time-outs in
 * flight open the breaker once. Being throttled is an answer: the host lives.
 */
export interface BreakerOptions {
  /** Failures in a row that open it. */
  readonly consecutiveMax: number;
  /** Share of failures that opens it, once `ratioSamplesMin` results are known. */
  readonly ratioMax: number;
  readonly ratioSamplesMin: number;
  /** After this time, ms, an old result counts half. */
  readonly halfLifeMs: number;
  /** How long it stays open at first, ms; doubles with every failed probe. */
  readonly openMs: number;
  readonly openMsMax: number;
}

export const BREAKER_DEFAULTS: BreakerOptions = {
  consecutiveMax: 5,
  ratioMax: 0.6,
  ratioSamplesMin: 20,
  halfLifeMs: 10_000,
  openMs: 5_000,
  openMsMax: 300_000,
};

type State =
  | { readonly kind: 'closed'; readonly sinceMs: number }
  | { readonly kind: 'open'; readonly untilMs: number; readonly cause: 'consecutive' | 'ratio' }
  | { readonly kind: 'half-open'; readonly probeMs: number };

export class Breaker {
  readonly #options: BreakerOptions;
  readonly #random: Random;
  #state: State = { kind: 'closed', sinceMs: -Infinity };
  #openings = 0;
  #consecutive = 0;
  /** Successes since the last opening. */
  #answers = 0;
  #good = 0;
  #bad = 0;
  #countedMs = 0;

  constructor(random: Random, options: BreakerOptions = BREAKER_DEFAULTS) {
    this.#random = random;
    this.#options = options;
  }

  get state(): 'closed' | 'open' | 'half-open' {
    return this.#state.kind;
  }

  /** When a start may be made: `nowMs`, a later time, or Infinity while a probe is under way. */
  earliestMs(nowMs: number): number {
    if (this.#state.kind === 'closed') return nowMs;
    return this.#state.kind === 'open' ? Math.max(nowMs, this.#state.untilMs) : Infinity;
  }

  /** A start is made; only when `earliestMs` allows it. The first after an opening is the probe. */
  onStart(nowMs: number): void {
    if (this.#state.kind === 'open') this.#state = { kind: 'half-open', probeMs: nowMs };
  }

  /** What was started at `startedMs` has ended. `ignored` gives a probe back unused. */
  onEnd(nowMs: number, startedMs: number, verdict: LaneVerdict): void {
    const failed = verdict === 'unreachable' || verdict === 'timeout';
    const state = this.#state;
    if (state.kind === 'closed') {
      if (verdict !== 'ignored' && startedMs >= state.sinceMs) this.#count(nowMs, failed);
    } else if (state.kind === 'open') {
      if (verdict === 'ok' && state.cause === 'consecutive') this.#close(nowMs);
    } else if (startedMs >= state.probeMs) {
      if (verdict === 'ignored') this.#state = { kind: 'open', untilMs: nowMs, cause: 'ratio' };
      else if (failed) this.#open(nowMs, 'consecutive');
      else this.#close(nowMs);
    }
  }

  #count(nowMs: number, failed: boolean): void {
    const fade = 0.5 ** (Math.max(0, nowMs - this.#countedMs) / this.#options.halfLifeMs);
    this.#countedMs = nowMs;
    this.#good = this.#good * fade + (failed ? 0 : 1);
    this.#bad = this.#bad * fade + (failed ? 1 : 0);
    this.#consecutive = failed ? this.#consecutive + 1 : 0;
    if (!failed) {
      this.#answers += 1;
      // A host that keeps answering deserves a short first opening again.
      if (this.#answers >= this.#options.consecutiveMax) this.#openings = 0;
      return;
    }
    const total = this.#good + this.#bad;
    if (this.#consecutive >= this.#options.consecutiveMax) this.#open(nowMs, 'consecutive');
    else if (
      total >= this.#options.ratioSamplesMin &&
      this.#bad / total >= this.#options.ratioMax
    ) {
      this.#open(nowMs, 'ratio');
    }
  }

  #open(nowMs: number, cause: 'consecutive' | 'ratio'): void {
    const { openMs, openMsMax } = this.#options;
    const fullMs = Math.min(openMsMax, openMs * 2 ** Math.min(this.#openings, 30));
    this.#openings += 1;
    this.#answers = 0;
    // Jitter of a quarter keeps the probes of many dead hosts apart.
    const untilMs = nowMs + fullMs * (0.75 + 0.25 * this.#random.next());
    this.#state = { kind: 'open', untilMs, cause };
  }

  #close(nowMs: number): void {
    this.#state = { kind: 'closed', sinceMs: nowMs };
    this.#consecutive = 0;
    this.#good = 0;
    this.#bad = 0;
    this.#countedMs = nowMs;
  }
}
