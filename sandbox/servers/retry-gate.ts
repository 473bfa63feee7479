/**
 * A token bucket that says 429 and remembers who did not listen: a request that comes before the
 * Retry-After it was given has passed is counted as early. Requests that were already on their way
 * when the first 429 left (within `inFlightMs`) are counted apart: their senders could not know.
 */
export interface RetryGateOptions {
  readonly ratePerSecond: number;
  readonly burst: number;
  /** What Retry-After asks for, ms, whole seconds; 0 = until the next token, rounded up. */
  readonly retryAfterMs: number;
  /** How long after a 429 a request may still have been sent before it, ms. */
  readonly inFlightMs: number;
  /** Milliseconds of any monotonic clock. */
  readonly nowMs: () => number;
}

export interface RetryGateStats {
  readonly requests: number;
  readonly throttled: number;
  readonly early: number;
  readonly earlyInFlight: number;
}

export type GateAnswer =
  | { readonly ok: true }
  | { readonly ok: false; readonly retryAfterSeconds: number };

/** Timers may fire a little before their time; this much is not held against a client, ms. */
const TIMER_SLACK_MS = 5;

/** The limit of one host. */
export class RetryGate {
  readonly #options: RetryGateOptions;
  #tokens: number;
  #filledAtMs: number;
  #restSinceMs = -1;
  #notBeforeMs = -1;
  #requests = 0;
  #throttled = 0;
  #early = 0;
  #earlyInFlight = 0;

  constructor(options: RetryGateOptions) {
    this.#options = options;
    this.#tokens = options.burst;
    this.#filledAtMs = options.nowMs();
  }

  /** Counts one request and says whether it may pass. */
  take(): GateAnswer {
    const { ratePerSecond, burst, retryAfterMs, inFlightMs, nowMs } = this.#options;
    const now = nowMs();
    this.#requests += 1;
    const resting = now < this.#notBeforeMs - TIMER_SLACK_MS;
    if (resting && now - this.#restSinceMs > inFlightMs) this.#early += 1;
    else if (resting) this.#earlyInFlight += 1;
    this.#tokens = Math.min(
      burst,
      this.#tokens + ((now - this.#filledAtMs) * ratePerSecond) / 1_000,
    );
    this.#filledAtMs = now;
    // A little less than a token will do: who waits exactly long enough must not be refused.
    if (this.#tokens >= 1 - Math.min(0.1, (TIMER_SLACK_MS * ratePerSecond) / 1_000)) {
      this.#tokens -= 1;
      return { ok: true };
    }
    const waitMs = retryAfterMs > 0 ? retryAfterMs : ((1 - this.#tokens) * 1_000) / ratePerSecond;
    const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1_000));
    if (!resting) this.#restSinceMs = now;
    this.#notBeforeMs = Math.max(this.#notBeforeMs, now + retryAfterSeconds * 1_000);
    this.#throttled += 1;
    return { ok: false, retryAfterSeconds };
  }

  stats(): RetryGateStats {
    return {
      requests: this.#requests,
      throttled: this.#throttled,
      early: this.#early,
      earlyInFlight: this.#earlyInFlight,
    };
  }
}
