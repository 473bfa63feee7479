/**
 * A rate limit in one number (GCRA): the theoretical arrival time, at which the next start would be
 * due if starts came evenly spaced. Up to `burst` starts may run ahead of it.
 *
 * Invariant: in any window of w ms at most `burst + perSecond * w / 1000` starts are granted,
 * across changes of the rate too. The number is kept relative to the first time seen, so that
 * microsecond intervals do not drown in the digits of a wall clock.
 */
export class Gcra {
  #intervalMs: number;
  #burst: number;
  #originMs: number | undefined;
  /** Theoretical arrival time, relative to the origin. */
  #tatMs = 0;

  /** `perSecond` > 0 starts a second; `burst` >= 1 starts at once after a rest. */
  constructor(perSecond: number, burst = 1) {
    this.#intervalMs = intervalOf(perSecond);
    this.#burst = checkedBurst(burst);
  }

  get perSecond(): number {
    return 1_000 / this.#intervalMs;
  }

  get burst(): number {
    return this.#burst;
  }

  /** The earliest time, not before `nowMs`, at which `take` will grant a start. */
  earliestMs(nowMs: number): number {
    return Math.max(nowMs, this.#dueMs(this.#origin(nowMs)));
  }

  /** Grants a start at `nowMs`, or returns false and changes nothing. */
  take(nowMs: number): boolean {
    const originMs = this.#origin(nowMs);
    if (nowMs < this.#dueMs(originMs)) return false;
    this.#tatMs = Math.max(this.#tatMs, nowMs - originMs) + this.#intervalMs;
    return true;
  }

  /**
   * A start that was granted went out only at `sentMs`: without a burst, the next counts from
   * there.
   */
  onSent(sentMs: number): void {
    if (this.#burst > 1) return;
    this.#tatMs = Math.max(this.#tatMs, sentMs - this.#origin(sentMs) + this.#intervalMs);
  }

  /** Gives back a start that was granted and not made. */
  refund(): void {
    this.#tatMs -= this.#intervalMs;
  }

  /** The theoretical arrival time, for who goes on with this rate; undefined = never asked. */
  get tatMs(): number | undefined {
    return this.#originMs === undefined ? undefined : this.#originMs + this.#tatMs;
  }

  /** Goes on where another has left off: what was spent there is spent here. */
  adopt(tatMs: number, nowMs: number): void {
    this.#tatMs = Math.max(this.#tatMs, tatMs - this.#origin(nowMs));
  }

  /** Nobody knows what was spent until `atMs`: all of the burst. */
  exhaust(atMs: number, nowMs: number): void {
    this.adopt(atMs + this.#burst * this.#intervalMs, nowMs);
  }

  /** Changes the rate. What was spent stays spent: no change opens a burst. */
  setRate(nowMs: number, perSecond: number, burst = this.#burst): void {
    const sinceMs = nowMs - this.#origin(nowMs);
    const spent = Math.max(0, this.#tatMs - sinceMs) / this.#intervalMs;
    const left = Math.max(0, this.#burst - spent);
    const owed = Math.max(0, spent - this.#burst);
    this.#intervalMs = intervalOf(perSecond);
    this.#burst = checkedBurst(burst);
    this.#tatMs = sinceMs + (this.#burst - Math.min(left, this.#burst) + owed) * this.#intervalMs;
  }

  #origin(nowMs: number): number {
    this.#originMs ??= nowMs;
    return this.#originMs;
  }

  #dueMs(originMs: number): number {
    return originMs + (this.#tatMs - (this.#burst - 1) * this.#intervalMs);
  }
}

function intervalOf(perSecond: number): number {
  if (!(perSecond > 0 && perSecond < Infinity)) {
    throw new RangeError(`a rate must be above 0 and finite, not ${perSecond}`);
  }
  return 1_000 / perSecond;
}

function checkedBurst(burst: number): number {
  if (!(burst >= 1 && burst < Infinity)) {
    throw new RangeError(`a burst must be at least 1 and finite, not ${burst}`);
  }
  return burst;
}
