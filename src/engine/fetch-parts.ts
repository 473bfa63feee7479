import type { FetchParts } from './attempt-fetch.ts';
import type { EngineOptions } from './engine-options.ts';
import { HostHealth } from './host-health.ts';
import type { LaneBook } from './lane-book.ts';
import type { Observed } from './observer.ts';
import { RobotsGate } from './robots-gate.ts';
import { ThrottledLanes } from './throttled-lanes.ts';

/** What all attempts of one engine fetch through. */
export function createFetchParts(
  options: EngineOptions,
  book: LaneBook,
  observed: Observed,
): FetchParts {
  const { clock, fetch, fetcher, random } = options;
  return {
    fetcher,
    clock,
    observed,
    holds: options.node && ((nowMs) => options.node?.holds(nowMs) ?? true),
    health: new HostHealth(random),
    throttled: new ThrottledLanes(),
    robots: fetch.robots
      ? new RobotsGate({
          clock,
          userAgent: fetch.userAgent,
          timeoutMs: fetch.timeoutMs,
          crawlDelayMaxMs: fetch.crawlDelayMaxMs,
          onCrawlDelay: (host, delayMs) => book.crawlDelay(host, delayMs),
        })
      : undefined,
    defaults: fetch,
  };
}
