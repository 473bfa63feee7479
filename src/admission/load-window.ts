import type { LaneVerdict } from '../model/lane.ts';

/**
 * What is seen at one level of concurrency, from the moment it is reached. Only requests that
 * started after that are measured, so what was under way at another level does not colour it.
 */

/** A level counts as filled from this share on. */
const FILLED = 0.85;
/**
 * Where latencies differ widely, those that have come back are the quick ones, the more so the
 * shorter the window: beyond the first of these spreads the time of those still under way counts as
 * well, beyond the second all of it. Where they hardly differ, it would tell of the window alone.
 */
const TAIL_FROM = 0.6;
const TAIL_FULL = 0.9;

export interface Measure {
  readonly level: number;
  readonly rejectedShare: number;
  readonly goodput: number;
  readonly latencyMs: number;
  /** Standard error of the goodput, relative. */
  readonly error: number;
}

export class LoadWindow {
  readonly #sinceMs: number;
  /** When the number under way first fitted the level. */
  settledMs: number | undefined;
  /** Starts since the window began, and how many of them were rejected: that is quick to know. */
  started = 0;
  rejected = 0;
  /** Ends of requests that started since it settled. */
  samples = 0;
  /** The most that was under way at once. */
  peak = 0;
  #ok = 0;
  #latencySum = 0;
  #latencySquares = 0;
  #area = 0;
  #load = 0;
  #seenMs = 0;
  /** The last start. */
  #startMs = 0;
  /** Requests that started since it settled, or since the last start, and are under way. */
  #open = 0;
  /** The sum of when they started. */
  #openSinceMs = 0;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  get okShare(): number {
    return this.samples === 0 ? 0 : this.#ok / this.samples;
  }

  get latencyMs(): number {
    return this.samples === 0 ? 0 : this.#latencySum / this.samples;
  }

  /** Standard deviation of the latency as a share of its mean. */
  get spread(): number {
    const mean = this.latencyMs;
    if (mean <= 0) return 0;
    const variance = this.#latencySquares / this.samples - mean * mean;
    return Math.sqrt(Math.max(0, variance)) / mean;
  }

  /** Goodput by Little's law; by count where most requests have not come back yet. */
  measure(nowMs: number, level: number): Measure {
    const load = this.load(nowMs);
    const spanMs = nowMs - (this.settledMs ?? nowMs);
    const known = this.samples >= Math.max(6, level / 3);
    const latencyMs = known
      ? this.latencyMs + this.#tailMs(nowMs)
      : (load * spanMs) / Math.max(1, this.samples);
    return {
      level,
      rejectedShare: this.rejected / Math.max(1, this.started),
      goodput: (this.okShare * load) / Math.max(0.01, latencyMs),
      latencyMs,
      error: known ? this.spread / Math.sqrt(this.samples) : 0,
    };
  }

  /** What is under way has taken so far, for each sample; as much of it as counts. */
  #tailMs(nowMs: number): number {
    const share = Math.min(1, (this.spread - TAIL_FROM) / (TAIL_FULL - TAIL_FROM));
    if (share <= 0) return 0;
    return (share * (this.#open * nowMs - this.#openSinceMs)) / this.samples;
  }

  /** Mean number under way since settled. */
  load(nowMs: number): number {
    const spanMs = nowMs - (this.settledMs ?? nowMs);
    return spanMs <= 0 ? this.#load : this.#area / spanMs;
  }

  /** Whether demand filled the level; else there is nothing to learn from it. */
  filled(nowMs: number, level: number): boolean {
    return this.load(nowMs) >= FILLED * level;
  }

  onLoad(nowMs: number, inFlight: number, level: number): void {
    if (this.settledMs === undefined) {
      if (inFlight <= level && inFlight >= Math.floor(FILLED * level)) this.#settle(nowMs);
    } else {
      this.#area += this.#load * (nowMs - this.#seenMs);
    }
    this.#seenMs = nowMs;
    this.#load = inFlight;
    if (inFlight > this.peak) this.peak = inFlight;
  }

  /** Before `onLoad`. */
  onStart(nowMs: number): void {
    this.started += 1;
    if (this.settledMs === undefined && nowMs !== this.#startMs) this.#measureNone();
    this.#startMs = nowMs;
    this.#open += 1;
    this.#openSinceMs += nowMs;
  }

  /** What ended tells nothing. */
  onVoid(startedMs: number): void {
    if (!this.#measures(startedMs)) return;
    this.#open -= 1;
    this.#openSinceMs -= startedMs;
  }

  /** Those that start in that very moment are measured, all of them. */
  #settle(nowMs: number): void {
    this.settledMs = nowMs;
    if (nowMs !== this.#startMs) this.#measureNone();
  }

  #measureNone(): void {
    this.#open = 0;
    this.#openSinceMs = 0;
  }

  #measures(startedMs: number): boolean {
    return this.settledMs !== undefined && startedMs >= this.settledMs;
  }

  onEnd(startedMs: number, latencyMs: number, verdict: LaneVerdict): void {
    if (startedMs < this.#sinceMs) return;
    if (verdict !== 'ok') this.rejected += 1;
    if (!this.#measures(startedMs)) return;
    this.onVoid(startedMs);
    this.samples += 1;
    if (verdict === 'ok') this.#ok += 1;
    this.#latencySum += latencyMs;
    this.#latencySquares += latencyMs * latencyMs;
  }
}

/** By how much goodput grows with the level: 1 = in step, 0 = not at all, below 0 = it falls. */
export function elasticity(low: Measure, high: Measure): number {
  if (high.goodput <= 0) return low.goodput <= 0 ? 0 : -Infinity;
  return Math.log(high.goodput / low.goodput) / Math.log(high.level / low.level);
}

export function blend(a: Measure, b: Measure): Measure {
  return {
    level: b.level,
    rejectedShare: (a.rejectedShare + b.rejectedShare) / 2,
    goodput: (a.goodput + b.goodput) / 2,
    latencyMs: (a.latencyMs + b.latencyMs) / 2,
    error: Math.hypot(a.error, b.error) / 2,
  };
}
