/**
 * Hosts with tempers: latencies, rate limits with Retry-After, resets, time-outs, dead ones. It keeps
 * books on what it was asked, from which the simulation checks the engine's manners.
 */
import type { Clock } from '../../src/base/clock.ts';
import { SluiceError } from '../../src/base/errors.ts';
import { pick, type Random } from '../../src/base/random.ts';
import type { Fetcher, FetchReply, FetchRequest } from '../../src/transport/fetcher.ts';

interface SimHost {
  readonly name: string;
  readonly latencyMs: number;
  /** Requests a second beyond which it answers 429; 0 = no limit. */
  readonly perSecond: number;
  readonly faults: number;
  readonly dead: boolean;
  tokens: number;
  filledMs: number;
  restUntilMs: number;
  active: number;
}

export interface Manners {
  /** Most requests to one host at once. */
  activeMax: number;
  /** Requests sent before a Retry-After that was answered earlier had passed. */
  early: number;
  throttled: number;
  requests: number;
  /** Pages asked for again although they had been served to the same process: work done twice. */
  repeated: number;
}

export class SimInternet implements Fetcher {
  readonly manners: Manners = { activeMax: 0, early: 0, throttled: 0, requests: 0, repeated: 0 };
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #hosts = new Map<string, SimHost>();
  readonly #served = new Set<string>();
  #epoch = 0;

  constructor(clock: Clock, random: Random, hosts: number) {
    this.#clock = clock;
    this.#random = random;
    for (let i = 0; i < hosts; i += 1) {
      const name = `h${i}.test`;
      const perSecond = random.next() < 0.3 ? pick(random, [1, 2, 5]) : 0;
      this.#hosts.set(name, {
        name,
        latencyMs: 5 + 300 * random.next() ** 3,
        perSecond,
        faults: random.next() < 0.3 ? 0.1 : 0,
        dead: random.next() < 0.05,
        tokens: 1,
        filledMs: 0,
        restUntilMs: 0,
        active: 0,
      });
    }
  }

  get hostNames(): readonly string[] {
    return [...this.#hosts.keys()];
  }

  /** The asking process died: its connections are gone, and with it what it was told of rests. */
  onDeath(): void {
    this.#epoch += 1;
    this.#served.clear();
    for (const host of this.#hosts.values()) {
      host.active = 0;
      host.restUntilMs = 0;
    }
  }

  async exchange(request: FetchRequest, signal: AbortSignal): Promise<FetchReply> {
    const host = this.#hosts.get(request.url.hostname);
    if (!host) throw new SluiceError('fetch.dns_not_found', { host: request.url.hostname });
    this.#note(host);
    if (this.#served.has(request.url.href)) this.manners.repeated += 1;
    const epoch = this.#epoch;
    host.active += 1;
    try {
      return await this.#answer(host, request, signal);
    } finally {
      if (epoch === this.#epoch) host.active -= 1;
    }
  }

  async close(): Promise<void> {}

  #note(host: SimHost): void {
    const nowMs = this.#clock.monoMs();
    this.manners.requests += 1;
    // What was already on its way when the 429 came back is nobody's fault; a latency's grace.
    if (nowMs < host.restUntilMs) this.manners.early += 1;
    this.manners.activeMax = Math.max(this.manners.activeMax, host.active + 1);
  }

  async #answer(host: SimHost, request: FetchRequest, signal: AbortSignal): Promise<FetchReply> {
    const startedMs = this.#clock.monoMs();
    const epoch = this.#epoch;
    if (host.dead) {
      await this.#clock.sleep(request.timeoutMs, signal);
      throw new SluiceError('fetch.timeout_connect', { host: host.name, limit: 'its limit' });
    }
    const granted = this.#grant(host);
    await this.#clock.sleep(host.latencyMs * (0.5 + this.#random.next()), signal);
    if (!granted) {
      this.manners.throttled += 1;
      if (epoch === this.#epoch) host.restUntilMs = this.#clock.monoMs() + 1_000;
      return reply(request, 429, { 'retry-after': '1' }, this.#clock.monoMs() - startedMs);
    }
    if (this.#random.next() < host.faults) {
      if (this.#random.next() < 0.3) return reply(request, 503, {}, 1);
      throw new SluiceError('fetch.reset', { host: host.name, when: 'before it answered' });
    }
    if (epoch === this.#epoch) this.#served.add(request.url.href);
    return reply(request, 200, {}, this.#clock.monoMs() - startedMs);
  }

  #grant(host: SimHost): boolean {
    if (host.perSecond === 0) return true;
    const nowMs = this.#clock.monoMs();
    const gained = ((nowMs - host.filledMs) / 1_000) * host.perSecond;
    host.tokens = Math.min(host.perSecond, host.tokens + gained);
    host.filledMs = nowMs;
    if (host.tokens < 1) return false;
    host.tokens -= 1;
    return true;
  }
}

function reply(
  request: FetchRequest,
  status: number,
  headers: Readonly<Record<string, string>>,
  totalMs: number,
): FetchReply {
  const body = Buffer.from(request.url.href);
  return {
    url: request.url.href,
    status,
    headers,
    body,
    sentMs: 0,
    headersMs: totalMs,
    totalMs,
    wireBytes: body.length,
  };
}
