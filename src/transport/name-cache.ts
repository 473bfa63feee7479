import type { Clock } from '../base/clock.ts';
import { Deque } from '../base/deque.ts';
import { messageOf, SluiceError, systemCode } from '../base/errors.ts';
import { RecentMap } from '../base/recent-map.ts';
import type { NameResolver } from './name-resolver.ts';

/**
 * Remembers what names resolved to, failures included, for a bounded number of names. Equal
 * questions at the same time are asked once, and no more than `lookupsMax` are open at once, so a
 * million hosts cannot flood the name server. A question goes on when its asker gives up: the
 * answer serves the next one.
 */
export interface NameCacheOptions {
  /** Names that are surely kept; there are at most twice as many. */
  readonly namesMax: number;
  readonly lookupsMax: number;
  /** Shortest and longest time that an answer is kept, whatever its TTL says, ms. */
  readonly ttlMinMs: number;
  readonly ttlMaxMs: number;
  /** How long "there is no such host" is kept, ms. */
  readonly notFoundTtlMs: number;
  /** How long "nobody could say" is kept, ms. */
  readonly failedTtlMs: number;
}

export const NAME_CACHE_DEFAULTS: NameCacheOptions = {
  namesMax: 10_000,
  lookupsMax: 256,
  ttlMinMs: 10_000,
  ttlMaxMs: 600_000,
  notFoundTtlMs: 60_000,
  failedTtlMs: 5_000,
};

/** Kept where the resolver names no TTL, ms. */
const TTL_UNKNOWN_MS = 60_000;

interface CachedName {
  readonly addresses: readonly string[];
  readonly error: SluiceError | undefined;
  readonly untilMs: number;
}

/** Codes by which name servers and the system say that a name has no address. */
const NOT_FOUND = new Set(['ENOTFOUND', 'ENODATA', 'EAI_NODATA', 'EAI_NONAME', 'EBADNAME']);

export class NameCache {
  readonly #resolver: NameResolver;
  readonly #clock: Clock;
  readonly #options: NameCacheOptions;
  readonly #names: RecentMap<string, CachedName>;
  readonly #pending = new Map<string, Promise<readonly string[]>>();
  readonly #queue = new Deque<() => void>();
  #open = 0;

  constructor(resolver: NameResolver, clock: Clock, options: NameCacheOptions) {
    this.#resolver = resolver;
    this.#clock = clock;
    this.#options = options;
    this.#names = new RecentMap(options.namesMax);
  }

  get size(): number {
    return this.#names.size;
  }

  /** Rejects with `fetch.dns_not_found` or `fetch.dns_failed`. */
  addresses(host: string): Promise<readonly string[]> {
    const cached = this.#names.get(host);
    if (cached !== undefined && cached.untilMs > this.#clock.monoMs()) {
      this.#names.set(host, cached);
      return cached.error ? Promise.reject(cached.error) : Promise.resolve(cached.addresses);
    }
    let pending = this.#pending.get(host);
    if (pending === undefined) {
      pending = this.#ask(host).finally(() => this.#pending.delete(host));
      this.#pending.set(host, pending);
    }
    return pending;
  }

  async #ask(host: string): Promise<readonly string[]> {
    if (this.#open >= this.#options.lookupsMax) {
      await new Promise<void>((resolve) => this.#queue.push(resolve));
    } else {
      this.#open += 1;
    }
    try {
      const { addresses, ttlMs = TTL_UNKNOWN_MS } = await this.#resolver.resolve(host);
      if (addresses.length === 0) throw Object.assign(new Error('no address'), { code: 'ENODATA' });
      const { ttlMinMs, ttlMaxMs } = this.#options;
      this.#keep(host, addresses, undefined, Math.min(Math.max(ttlMs, ttlMinMs), ttlMaxMs));
      return addresses;
    } catch (cause) {
      const missing = NOT_FOUND.has(systemCode(cause) ?? '');
      const error = missing
        ? new SluiceError('fetch.dns_not_found', { host }, { cause })
        : new SluiceError('fetch.dns_failed', { host, detail: dnsDetail(cause) }, { cause });
      const { notFoundTtlMs, failedTtlMs } = this.#options;
      this.#keep(host, [], error, missing ? notFoundTtlMs : failedTtlMs);
      throw error;
    } finally {
      // A waiter takes over the place, so `#open` stays.
      const next = this.#queue.shift();
      if (next === undefined) this.#open -= 1;
      else next();
    }
  }

  #keep(
    host: string,
    addresses: readonly string[],
    error: SluiceError | undefined,
    ttlMs: number,
  ): void {
    this.#names.set(host, { addresses, error, untilMs: this.#clock.monoMs() + ttlMs });
  }
}

function dnsDetail(cause: unknown): string {
  switch (systemCode(cause)) {
    case 'ETIMEOUT':
    case 'EAI_AGAIN':
      return 'no name server answered in time';
    case 'ESERVFAIL':
      return 'the name server reports a failure';
    case 'EREFUSED':
    case 'ECONNREFUSED':
      return 'the name server refuses to answer';
    default:
      return messageOf(cause);
  }
}
