/** Sites whose status is the point: throttled, unavailable, flaky, gone, not modified. */
import { RetryGate } from '../../servers/retry-gate.ts';
import { type Exchange, type Manner, type Manners, sendStatus } from '../exchange.ts';
import { entityTag, sendPage } from '../send-page.ts';

/** What the throttled sites ask for when they say 429, ms. */
const RETRY_AFTER_MS = 2_000;
const IN_FLIGHT_MS = 100;

const always =
  (status: number): Manner =>
  (exchange) => {
    sendStatus(exchange, status);
    return true;
  };

const homeFails =
  (status: number, times: number): Manner =>
  (exchange) => {
    if (exchange.page !== 'home' || exchange.attempt > times) return false;
    sendStatus(exchange, status);
    return true;
  };

/** The manners of one sandbox: the throttled sites' gates begin full with it. */
export function createStatusManners(nowMs: () => number): Manners {
  const gates = new Map<string, RetryGate>();
  const throttled =
    (header: (seconds: number) => Record<string, string>): Manner =>
    (exchange) => {
      const answer = takeGate(exchange, gates, nowMs);
      if (answer.ok) return false;
      exchange.counter.throttled += 1;
      sendStatus(exchange, 429, header(answer.retryAfterSeconds));
      return true;
    };
  return {
    'throttle-seconds': throttled((seconds) => ({ 'retry-after': String(seconds) })),
    'throttle-date': throttled((seconds) => ({
      // HTTP dates have no fractions: rounded up, so that the gate never opens after the date.
      'retry-after': new Date(
        Math.ceil((Date.now() + seconds * 1_000) / 1_000) * 1_000,
      ).toUTCString(),
    })),
    'throttle-bare': throttled(() => ({})),
    'unavailable-once': (exchange) => {
      if (exchange.hostAttempt > 1) return false;
      exchange.counter.throttled += 1;
      sendStatus(exchange, 503, { 'retry-after': '1' });
      return true;
    },
    unavailable: always(503),
    'flaky-500': homeFails(500, 1),
    'flaky-502-twice': homeFails(502, 2),
    'flaky-contact': (exchange) => {
      if (exchange.page !== 'contact' || exchange.attempt > 1) return false;
      sendStatus(exchange, 500);
      return true;
    },
    'gone-404': always(404),
    'gone-410': always(410),
    'forbidden-403': always(403),
    'revalidate-etag': (exchange) => {
      if (exchange.page === undefined) return false;
      const etag = entityTag(exchange);
      return revalidate(exchange, exchange.request.headers['if-none-match'] === etag, { etag });
    },
    'revalidate-modified': (exchange) => {
      if (exchange.page === undefined) return false;
      const modified = 'Tue, 03 Sep 2024 08:12:31 GMT';
      const since = Date.parse(String(exchange.request.headers['if-modified-since'] ?? ''));
      return revalidate(exchange, since >= Date.parse(modified), { 'last-modified': modified });
    },
  };
}

function takeGate(exchange: Exchange, gates: Map<string, RetryGate>, nowMs: () => number) {
  const { site, counter } = exchange;
  let gate = gates.get(site.host);
  if (!gate) {
    gate = new RetryGate({
      ratePerSecond: 1,
      burst: 2,
      retryAfterMs: RETRY_AFTER_MS,
      inFlightMs: IN_FLIGHT_MS,
      nowMs,
    });
    gates.set(site.host, gate);
  }
  const answer = gate.take();
  // Without the header nobody can know how long to wait, so nobody comes too early.
  if (site.behaviour !== 'throttle-bare') {
    counter.early = gate.stats().early;
    counter.earlyInFlight = gate.stats().earlyInFlight;
  }
  return answer;
}

function revalidate(
  exchange: Exchange,
  same: boolean,
  headers: Readonly<Record<string, string>>,
): true {
  if (same) {
    exchange.counter.notModified += 1;
    exchange.response.writeHead(304, headers).end();
  } else {
    sendPage(exchange, { ...headers, 'cache-control': 'no-cache' });
  }
  return true;
}
