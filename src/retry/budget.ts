/**
 * A retry budget for one job: retries may be at most a share of the starts, plus a trickle, so that
 * a broken world is not asked many times as much as a whole one.
 *
 * A token bucket: every start puts in `share`, every second `perSecond`, a retry takes one. It is
 * full at first and never holds more than `capacity`, so a job that went well for a day cannot
 * spend a day's retries in a minute.
 */
export interface BudgetOptions {
  /** Retries for each start. */
  readonly share: number;
  /** Retries a second that are always allowed. */
  readonly perSecond: number;
  readonly capacity: number;
}

export const BUDGET_DEFAULTS: BudgetOptions = Object.freeze({
  share: 0.2,
  perSecond: 1,
  capacity: 100,
});

export class RetryBudget {
  readonly #options: BudgetOptions;
  #tokens: number;
  #updatedMs: number | undefined;

  constructor(options: BudgetOptions = BUDGET_DEFAULTS) {
    this.#options = options;
    this.#tokens = options.capacity;
  }

  /** A task was started, for the first time or again. */
  onStart(): void {
    this.#tokens = Math.min(this.#options.capacity, this.#tokens + this.#options.share);
  }

  /** Takes one retry; where there is none, says after how many ms there will be one. */
  take(nowMs: number): { readonly ok: true } | { readonly ok: false; readonly waitMs: number } {
    this.#refill(nowMs);
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return { ok: true };
    }
    return { ok: false, waitMs: ((1 - this.#tokens) / this.#options.perSecond) * 1_000 };
  }

  #refill(nowMs: number): void {
    const { capacity, perSecond } = this.#options;
    const elapsedMs = Math.max(0, nowMs - (this.#updatedMs ?? nowMs));
    this.#updatedMs = nowMs;
    this.#tokens = Math.min(capacity, this.#tokens + (elapsedMs * perSecond) / 1_000);
  }
}
