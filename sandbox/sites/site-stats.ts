/** What the sites saw: counters for tests and for people, in-process and as JSON. */

/** Counters of one host. */
export interface HostStats {
  readonly requests: number;
  /** Answers of 429 and 503 that asked for patience. */
  readonly throttled: number;
  /** Requests that came before their Retry-After had passed, though it was known by then. */
  readonly early: number;
  /** The same, but sent before the 429 can have arrived. */
  readonly earlyInFlight: number;
  /** Requests closer to the one before than robots.txt asks for. */
  readonly crawlDelayEarly: number;
  readonly concurrencyMax: number;
  readonly robotsRequests: number;
  /** Pages asked for that robots.txt disallows. */
  readonly disallowedRequests: number;
  readonly notModified: number;
}

export interface SitesStats {
  readonly requests: number;
  readonly connections: number;
  readonly connectionsMax: number;
  readonly concurrencyMax: number;
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Hosts asked for that are no site, up to a hundred: nobody should come here for them. */
  readonly unknownHosts: readonly string[];
  readonly early: number;
  readonly throttled: number;
  readonly crawlDelayEarly: number;
  readonly disallowedRequests: number;
  readonly hosts: Readonly<Record<string, HostStats>>;
}

export type HostCounter = { -readonly [K in keyof HostStats]: number } & {
  concurrent: number;
  lastRequestMs: number;
};

const UNKNOWN_HOSTS_MAX = 100;

/** Counts requests. Its size is bounded by the number of sites. */
export class SiteCounters {
  readonly #hosts = new Map<string, HostCounter>();
  readonly #statuses = new Map<number, number>();
  readonly #unknownHosts = new Set<string>();
  #requests = 0;
  #connections = 0;
  #connectionsMax = 0;
  #concurrent = 0;
  #concurrencyMax = 0;

  host(host: string): HostCounter {
    let found = this.#hosts.get(host);
    if (!found) {
      found = {
        requests: 0,
        throttled: 0,
        early: 0,
        earlyInFlight: 0,
        crawlDelayEarly: 0,
        concurrencyMax: 0,
        robotsRequests: 0,
        disallowedRequests: 0,
        notModified: 0,
        concurrent: 0,
        lastRequestMs: Number.NEGATIVE_INFINITY,
      };
      this.#hosts.set(host, found);
    }
    return found;
  }

  opened(): void {
    this.#connections += 1;
    this.#connectionsMax = Math.max(this.#connectionsMax, this.#connections);
  }

  closed(): void {
    this.#connections -= 1;
  }

  started(counter: HostCounter): void {
    this.#requests += 1;
    this.#concurrent += 1;
    this.#concurrencyMax = Math.max(this.#concurrencyMax, this.#concurrent);
    counter.requests += 1;
    counter.concurrent += 1;
    counter.concurrencyMax = Math.max(counter.concurrencyMax, counter.concurrent);
  }

  ended(counter: HostCounter, status: number): void {
    this.#concurrent -= 1;
    counter.concurrent -= 1;
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
  }

  unknownHost(host: string): void {
    this.#requests += 1;
    if (this.#unknownHosts.size < UNKNOWN_HOSTS_MAX) this.#unknownHosts.add(host);
  }

  clear(): void {
    this.#hosts.clear();
    this.#statuses.clear();
    this.#unknownHosts.clear();
    this.#requests = 0;
    this.#connectionsMax = this.#connections;
    this.#concurrencyMax = this.#concurrent;
  }

  read(): SitesStats {
    const hosts: Record<string, HostStats> = {};
    const sums = { early: 0, throttled: 0, crawlDelayEarly: 0, disallowedRequests: 0 };
    for (const [host, counter] of this.#hosts) {
      const { concurrent: _concurrent, lastRequestMs: _last, ...shown } = counter;
      hosts[host] = shown;
      sums.early += counter.early;
      sums.throttled += counter.throttled;
      sums.crawlDelayEarly += counter.crawlDelayEarly;
      sums.disallowedRequests += counter.disallowedRequests;
    }
    return {
      requests: this.#requests,
      connections: this.#connections,
      connectionsMax: this.#connectionsMax,
      concurrencyMax: this.#concurrencyMax,
      statuses: Object.fromEntries(this.#statuses),
      unknownHosts: [...this.#unknownHosts],
      ...sums,
      hosts,
    };
  }
}
