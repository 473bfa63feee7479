/**
 * A resource that works well up to its capacity of concurrent requests and collapses beyond it.
 *
 * With n requests in work and capacity C: up to C each takes the base latency. Beyond C each takes
 * base x (n / C)^2 and is refused with 503 with probability min(0.9, (n - C) / (2 C)) after a tenth
 * of that. So goodput peaks at C: C / base a second; at 2 C it is about a quarter of that.
 */
import { randomOf } from '../sites/seed.ts';
import { afterDelay, answer, type StandIn, smallPage, startStandIn } from './stand-in.ts';

export interface KneeServerOptions {
  readonly port?: number;
  readonly seed?: number;
  /** Concurrent requests at which goodput peaks. */
  readonly capacity?: number;
  readonly baseLatencyMs?: number;
  /** Capacity from a time on, ms after the first request; in order of time. */
  readonly changes?: readonly CapacityChange[];
}

export interface CapacityChange {
  readonly atMs: number;
  readonly capacity: number;
}

export interface KneeServerStats {
  readonly requests: number;
  /** Answers of 200. */
  readonly served: number;
  /** Answers of 503. */
  readonly rejected: number;
  readonly concurrent: number;
  readonly concurrencyMax: number;
  readonly capacity: number;
  /** ms since the first request. */
  readonly elapsedMs: number;
  /** Answers of 200 in each second since the first request, an hour at most. */
  readonly goodputBySecond: readonly number[];
  /** Mean concurrency seen by the requests that began in each second. */
  readonly concurrencyBySecond: readonly number[];
}

const SECONDS_MAX = 3_600;

/** What a request meets that finds `concurrent` in work, itself included. */
export function kneeOutcome(
  concurrent: number,
  capacity: number,
  baseLatencyMs: number,
  draw: number,
): { readonly latencyMs: number; readonly rejected: boolean } {
  if (concurrent <= capacity) return { latencyMs: baseLatencyMs, rejected: false };
  const latencyMs = baseLatencyMs * (concurrent / capacity) ** 2;
  const rejected = draw < Math.min(0.9, (concurrent - capacity) / (2 * capacity));
  return { latencyMs: rejected ? latencyMs / 10 : latencyMs, rejected };
}

/** Starts it; time runs from the first request. */
export function kneeServer(options: KneeServerOptions = {}): Promise<StandIn<KneeServerStats>> {
  const { port = 0, seed = 1, capacity = 30, baseLatencyMs = 50, changes = [] } = options;
  const random = randomOf(seed, 'knee');
  const goodput: number[] = [];
  const seen: { sum: number; count: number }[] = [];
  let firstMs = -1;
  let requests = 0;
  let served = 0;
  let rejectedCount = 0;
  let concurrent = 0;
  let concurrencyMax = 0;
  const elapsed = () => (firstMs < 0 ? 0 : performance.now() - firstMs);
  const second = () => Math.min(SECONDS_MAX - 1, Math.floor(elapsed() / 1_000));
  const capacityNow = () =>
    changes.filter((change) => change.atMs <= elapsed()).at(-1)?.capacity ?? capacity;
  const stats = (): KneeServerStats => ({
    requests,
    served,
    rejected: rejectedCount,
    concurrent,
    concurrencyMax,
    capacity: capacityNow(),
    elapsedMs: elapsed(),
    goodputBySecond: Array.from(goodput, (each) => each ?? 0),
    concurrencyBySecond: Array.from(seen, (each) => (each ? each.sum / each.count : 0)),
  });
  return startStandIn(port, stats, (request, response) => {
    if (request.url === '/robots.txt') return answer(response, 404, 'not found\n');
    if (firstMs < 0) firstMs = performance.now();
    requests += 1;
    concurrent += 1;
    concurrencyMax = Math.max(concurrencyMax, concurrent);
    const began = (seen[second()] ??= { sum: 0, count: 0 });
    began.sum += concurrent;
    began.count += 1;
    response.once('close', () => {
      concurrent -= 1;
    });
    const met = kneeOutcome(concurrent, capacityNow(), baseLatencyMs, random.next());
    return afterDelay(response, met.latencyMs, () => {
      if (met.rejected) {
        rejectedCount += 1;
        answer(response, 503, 'overloaded\n', { 'content-type': 'text/plain' });
        return;
      }
      served += 1;
      goodput[second()] = (goodput[second()] ?? 0) + 1;
      answer(response, 200, smallPage('knee'));
    });
  });
}
