/** Any number of hosts on one port, each with its own rate limit that it tells nobody. */
import { RetryGate } from './retry-gate.ts';
import { afterDelay, answer, type StandIn, smallPage, startStandIn } from './stand-in.ts';

export interface RateLimitedHostsOptions {
  readonly port?: number;
  /** Tokens a second, per host. */
  readonly ratePerSecond?: number;
  readonly burst?: number;
  /** What Retry-After asks for, ms; 0 = until the next token, in whole seconds rounded up. */
  readonly retryAfterMs?: number;
  readonly latencyMs?: number;
  /** A request this soon after the first 429 may have been on its way, ms. */
  readonly inFlightMs?: number;
}

export interface RatedHostStats {
  readonly requests: number;
  readonly served: number;
  readonly throttled: number;
  /** Requests before their Retry-After had passed, though it was known by then. */
  readonly early: number;
  readonly earlyInFlight: number;
  readonly concurrencyMax: number;
}

export interface RateLimitedHostsStats extends RatedHostStats {
  readonly hosts: number;
  /** Mean answers of 429 a host. */
  readonly throttledPerHost: number;
  readonly perHost: Readonly<Record<string, RatedHostStats>>;
}

const HOSTS_MAX = 200_000;

interface RatedHost {
  readonly gate: RetryGate;
  concurrent: number;
  concurrencyMax: number;
}

/** Serves every host, each at its own rate; beyond it 429 with Retry-After in seconds. */
export function rateLimitedHosts(
  options: RateLimitedHostsOptions = {},
): Promise<StandIn<RateLimitedHostsStats>> {
  const { port = 0, ratePerSecond = 1, burst = 1, retryAfterMs = 0 } = options;
  const { latencyMs = 0, inFlightMs = 100 } = options;
  const hosts = new Map<string, RatedHost>();
  const nowMs = () => performance.now();
  const newHost = (): RatedHost => ({
    gate: new RetryGate({ ratePerSecond, burst, retryAfterMs, inFlightMs, nowMs }),
    concurrent: 0,
    concurrencyMax: 0,
  });
  return startStandIn(
    port,
    () => readStats(hosts),
    (request, response) => {
      const name = request.headers.host ?? '';
      let host = hosts.get(name);
      if (!host) {
        if (hosts.size >= HOSTS_MAX) return answer(response, 421, 'too many hosts\n');
        host = newHost();
        hosts.set(name, host);
      }
      // Rules are no page: asking for them costs no token.
      if (request.url === '/robots.txt') return answer(response, 404, 'not found\n');
      const known = host;
      known.concurrent += 1;
      known.concurrencyMax = Math.max(known.concurrencyMax, known.concurrent);
      response.once('close', () => {
        known.concurrent -= 1;
      });
      const verdict = known.gate.take();
      if (verdict.ok) {
        return afterDelay(response, latencyMs, () => answer(response, 200, smallPage(name)));
      }
      const seconds = String(verdict.retryAfterSeconds);
      return answer(response, 429, 'slow down\n', {
        'content-type': 'text/plain',
        'retry-after': seconds,
      });
    },
  );
}

function readStats(hosts: ReadonlyMap<string, RatedHost>): RateLimitedHostsStats {
  const perHost: Record<string, RatedHostStats> = {};
  const sums = { requests: 0, served: 0, throttled: 0, early: 0, earlyInFlight: 0 };
  let concurrencyMax = 0;
  for (const [name, host] of hosts) {
    const gate = host.gate.stats();
    const served = gate.requests - gate.throttled;
    perHost[name] = { ...gate, served, concurrencyMax: host.concurrencyMax };
    sums.requests += gate.requests;
    sums.served += served;
    sums.throttled += gate.throttled;
    sums.early += gate.early;
    sums.earlyInFlight += gate.earlyInFlight;
    concurrencyMax = Math.max(concurrencyMax, host.concurrencyMax);
  }
  const throttledPerHost = hosts.size === 0 ? 0 : sums.throttled / hosts.size;
  return { ...sums, concurrencyMax, hosts: hosts.size, throttledPerHost, perHost };
}
