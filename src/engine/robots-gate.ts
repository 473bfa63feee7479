/**
 * robots.txt of every site that is asked: fetched once (through the asking attempt's lanes), kept
 * for a day at most, bounded. A crawl-delay becomes the host lane's rate.
 */
import { AbortCause } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { SluiceError } from '../base/errors.ts';
import { RecentMap } from '../base/recent-map.ts';
import type { FetchReply, FetchRequest } from '../transport/fetcher.ts';
import { ALLOW_ALL, ROBOTS_BYTES_MAX, type Robots, robotsFromReply } from '../transport/robots.ts';

const SITES_MAX = 20_000;
const KEPT_MS = 24 * 3_600_000;
/** How long a site whose robots.txt cannot be had stays closed. */
const CLOSED_MS = 60_000;
/**
 * A longer robots.txt is no failure: it is read to here and obeyed as far as its rules are
 * parsed.
 */
const READ_BYTES_MAX = 8 * ROBOTS_BYTES_MAX;

export interface RobotsGateOptions {
  readonly clock: Clock;
  readonly userAgent: string;
  readonly timeoutMs: number;
  readonly crawlDelayMaxMs: number;
  /** Told once a site's crawl-delay is known. */
  readonly onCrawlDelay: (host: string, delayMs: number) => void;
}

interface Entry {
  readonly robots: Promise<Robots>;
  settled: boolean;
  untilMs: number;
}

type Exchange = (request: FetchRequest) => Promise<FetchReply>;
/** How an attempt waits for a robots.txt that another one is fetching: without holding anything. */
type Wait = <T>(work: Promise<T>) => Promise<T>;

export class RobotsGate {
  readonly #options: RobotsGateOptions;
  /** By origin. */
  readonly #sites = new RecentMap<string, Entry>(SITES_MAX);

  constructor(options: RobotsGateOptions) {
    this.#options = options;
  }

  /** Rejects with `fetch.robots_denied` where the site does not want the page to be read. */
  async pass(url: URL, signal: AbortSignal, exchange: Exchange, wait: Wait): Promise<void> {
    const robots = await this.#robots(url, signal, exchange, wait);
    if (robots.unreachable) {
      throw new SluiceError('fetch.robots_unreachable', {
        host: url.host,
        detail: 'the server answered with an error',
      });
    }
    if (!robots.allows(url.pathname + url.search)) {
      throw new SluiceError('fetch.robots_denied', { host: url.host, path: url.pathname });
    }
  }

  async #robots(url: URL, signal: AbortSignal, exchange: Exchange, wait: Wait): Promise<Robots> {
    for (;;) {
      const known = this.#sites.get(url.origin);
      const entry = this.#entry(url, exchange);
      try {
        if (entry === known && !entry.settled) return await wait(entry.robots);
        return await entry.robots;
      } catch (error) {
        if (this.#sites.get(url.origin) === entry) this.#sites.delete(url.origin);
        // The attempt that fetched it was ended; that is no reason for this one to end.
        if (!(error instanceof AbortCause) || signal.aborted) throw error;
      }
    }
  }

  #entry(url: URL, exchange: Exchange): Entry {
    const nowMs = this.#options.clock.monoMs();
    const known = this.#sites.get(url.origin);
    if (known && known.untilMs > nowMs) return known;
    this.#sites.delete(url.origin);
    const robots = this.#fetch(url, exchange);
    const entry: Entry = { robots, settled: false, untilMs: nowMs + KEPT_MS };
    this.#sites.set(url.origin, entry);
    entry.robots.then(
      (robots) => {
        entry.settled = true;
        if (robots.unreachable) entry.untilMs = this.#options.clock.monoMs() + CLOSED_MS;
        const delayMs = Math.min(robots.crawlDelayMs ?? 0, this.#options.crawlDelayMaxMs);
        if (delayMs > 0) this.#options.onCrawlDelay(url.host, delayMs);
      },
      () => {
        entry.settled = true;
      },
    );
    return entry;
  }

  async #fetch(url: URL, exchange: Exchange): Promise<Robots> {
    let target = new URL('/robots.txt', url.origin);
    for (let hops = 0; hops <= 5; hops += 1) {
      const reply = await exchange({
        method: 'GET',
        url: target,
        headers: { 'user-agent': this.#options.userAgent, accept: 'text/plain,*/*;q=0.5' },
        timeoutMs: this.#options.timeoutMs,
        deadlineMs: this.#options.timeoutMs * 2,
        bodyBytesMax: READ_BYTES_MAX,
      });
      const location = reply.headers.location;
      const next =
        reply.status >= 300 && reply.status < 400 && location
          ? URL.parse(location, target.href)
          : null;
      if (!next || !/^https?:$/.test(next.protocol)) {
        return robotsFromReply(reply.status, reply.body, this.#options.userAgent);
      }
      target = next;
    }
    // More than five redirects: as if there were none (RFC 9309, 2.3.1.2).
    return ALLOW_ALL;
  }
}
