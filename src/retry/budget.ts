/**
 * A retry budget for one job: retries may be at most a share of the starts, plus a trickle, so that
 * a broken world is not asked many times as much as a whole one.
 *
 * A token bucket: every start puts in `share`, every second `perSecond`, a retry takes one. It is
 * full at first and never holds more than `capacity`, so a job that went well for a day cannot
 * spend a day's retries in a minute. A retry is never refused: it is put off until its token comes,
 * each behind the one before, so a thousand failures at once do not come back together.
 */
export interface BudgetOptions {
  /** Retries for each start. */
  readonly share: number;
  /** Retries a second that are always allowed. */
  readonly perSecond: number;
  readonly capacity: number;
  /** The longest that a retry is put off, ms. */
  readonly waitMsMax: number;
}

export const BUDGET_DEFAULTS: BudgetOptions = Object.freeze({
  share: 0.2,
  perSecond: 1,
  capacity: 100,
  waitMsMax: 600_000,
});

/** The pace of starts is known over about this long. */
const START_RATE_MS = 10_000;

export class RetryBudget {
  readonly #options: BudgetOptions;
  /** Below zero: retries that were promised ahead. */
  #tokens: number;
  #updatedMs: number | undefined;
  /** Starts since the last look at the time. */
  #starts = 0;
  #startsPerSecond = 0;

  constructor(options: BudgetOptions = BUDGET_DEFAULTS) {
    this.#options = options;
    this.#tokens = options.capacity;
  }

  /** A task was started, for the first time or again. */
  onStart(): void {
    this.#tokens = Math.min(this.#options.capacity, this.#tokens + this.#options.share);
    this.#starts += 1;
  }

  /** Books one retry and returns after how many ms it may be made: 0 while the budget lasts. */
  reserveMs(nowMs: number): number {
    this.#refill(nowMs);
    const { perSecond, share, waitMsMax } = this.#options;
    // Starts will go on at about the pace of late: their share counts on when a token comes.
    const comingPerSecond = perSecond + share * this.#startsPerSecond;
    this.#tokens = Math.max(this.#tokens - 1, (-waitMsMax * comingPerSecond) / 1_000);
    return (Math.max(0, -this.#tokens) / comingPerSecond) * 1_000;
  }

  #refill(nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - (this.#updatedMs ?? nowMs));
    this.#updatedMs ??= nowMs;
    if (elapsedMs === 0) return;
    this.#updatedMs = nowMs;
    const { capacity, perSecond } = this.#options;
    this.#tokens = Math.min(capacity, this.#tokens + (elapsedMs * perSecond) / 1_000);
    const keep = Math.exp(-elapsedMs / START_RATE_MS);
    const lately = (this.#starts * 1_000) / elapsedMs;
    this.#startsPerSecond = this.#startsPerSecond * keep + lately * (1 - keep);
    this.#starts = 0;
  }
}
