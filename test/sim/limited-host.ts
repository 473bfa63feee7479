import type { LearnedRate } from '../../src/admission/learned-rate.ts';
import { Heap } from '../../src/base/heap.ts';
import type { Random } from '../../src/base/random.ts';

/**
 * One host with a token bucket and one lane that works through rows on it, event by event. Answers
 * are decided when a request arrives; the way there and back takes the latency.
 */
export interface LimitedHost {
  readonly rows: number;
  /** Starts a second; Infinity = no limit. */
  readonly perSecond: number;
  readonly burst: number;
  readonly latencyMs: number;
  /** `ceil`: whole seconds, as most servers do; `exact`: decimals; `none`: no header. */
  readonly retryAfter: 'ceil' | 'exact' | 'none';
  /** A window of this length instead of a bucket: `perSecond * windowMs / 1000` starts in each. */
  readonly windowMs?: number;
  /** Slots of the lane. */
  readonly slots: number;
  /** From this time on the rate is `perSecond` times this. */
  readonly change?: { readonly atMs: number; readonly factor: number };
}

export interface HostRun {
  readonly wallMs: number;
  readonly idealMs: number;
  readonly rejected: number;
  /** Requests that arrived before the rest they had been told of was over. */
  readonly early: number;
}

interface Arrival {
  readonly atMs: number;
  readonly kind: 'arrive' | 'answer';
  readonly startedMs: number;
  readonly restUntilMs?: number | undefined;
  readonly accepted?: boolean;
}

const WALL_MS_MAX = 4 * 3_600_000;

export function runHost(host: LimitedHost, rate: LearnedRate, random: Random): HostRun {
  const events = new Heap<Arrival>((a, b) => a.atMs < b.atMs);
  const server = new Bucket(host);
  let nowMs = 0;
  let left = host.rows;
  let open = host.rows;
  let inFlight = 0;
  let rejected = 0;
  let early = 0;
  let toldUntilMs = -Infinity;
  while (open > 0 && nowMs < WALL_MS_MAX) {
    const free = inFlight < Math.min(host.slots, rate.inFlightMax);
    const startMs = left > 0 && free ? rate.earliestMs(nowMs) : Infinity;
    const event = events.peek();
    if (startMs < (event?.atMs ?? Infinity)) {
      // A timer is late by a little.
      nowMs = startMs > nowMs ? startMs + 2 * random.next() : nowMs;
      rate.onStart(nowMs);
      left -= 1;
      inFlight += 1;
      if (nowMs < toldUntilMs) early += 1;
      const wayMs = host.latencyMs * (0.25 + 0.05 * random.next());
      events.push({ atMs: nowMs + wayMs, kind: 'arrive', startedMs: nowMs });
      continue;
    }
    if (!event) break;
    events.pop();
    nowMs = Math.max(nowMs, event.atMs);
    if (event.kind === 'arrive') {
      const answer = server.ask(nowMs);
      const backMs = host.latencyMs * (0.6 + 0.3 * random.next());
      events.push({ ...event, ...answer, atMs: nowMs + backMs, kind: 'answer' });
    } else {
      inFlight -= 1;
      const { restUntilMs } = event;
      if (event.accepted) {
        open -= 1;
        rate.onEnd(nowMs, event.startedMs, { verdict: 'ok' });
      } else {
        left += 1;
        rejected += 1;
        // The header is a span: it counts from when the answer is read.
        const untilMs = restUntilMs === undefined ? undefined : nowMs + restUntilMs;
        if (untilMs !== undefined) toldUntilMs = Math.max(toldUntilMs, untilMs);
        rate.onEnd(nowMs, event.startedMs, {
          verdict: 'throttled',
          ...(untilMs === undefined ? {} : { restUntilMs: untilMs }),
        });
      }
    }
  }
  const idealMs =
    Math.max(0, (host.rows - server.atOnce) / host.perSecond) * 1_000 + host.latencyMs;
  return { wallMs: open > 0 ? Infinity : nowMs, idealMs, rejected, early };
}

class Bucket {
  readonly #host: LimitedHost;
  readonly atOnce: number;
  #tokens: number;
  #atMs = 0;

  constructor(host: LimitedHost) {
    this.#host = host;
    this.atOnce = host.windowMs ? (host.perSecond * host.windowMs) / 1_000 : host.burst;
    this.#tokens = this.atOnce;
  }

  ask(nowMs: number): { accepted: boolean; restUntilMs?: number | undefined } {
    const { perSecond, windowMs, retryAfter, change } = this.#host;
    if (perSecond === Infinity) return { accepted: true };
    const rate = perSecond * (change && nowMs >= change.atMs ? change.factor : 1);
    if (windowMs) {
      if (Math.floor(nowMs / windowMs) > Math.floor(this.#atMs / windowMs)) {
        this.#tokens = this.atOnce;
      }
    } else {
      const gained = ((nowMs - this.#atMs) * rate) / 1_000;
      this.#tokens = Math.min(this.atOnce, this.#tokens + gained);
    }
    this.#atMs = nowMs;
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return { accepted: true };
    }
    const waitMs = windowMs ? windowMs - (nowMs % windowMs) : ((1 - this.#tokens) / rate) * 1_000;
    if (retryAfter === 'none') return { accepted: false };
    const spanMs = retryAfter === 'ceil' ? Math.ceil(waitMs / 1_000) * 1_000 : waitMs;
    return { accepted: false, restUntilMs: spanMs };
  }
}
