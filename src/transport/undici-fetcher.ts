import { AbortCause } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { SluiceError } from '../base/errors.ts';
import { Slab } from '../base/slab.ts';
import { type AddressGuardOptions, createAddressGuard } from './address-guard.ts';
import { ConnectionPool, type ConnectionPoolOptions } from './connection-pool.ts';
import { Dialler } from './dial.ts';
import { Exchange } from './exchange.ts';
import type { Fetcher, FetchReply, FetchRequest } from './fetcher.ts';
import { NAME_CACHE_DEFAULTS, NameCache, type NameCacheOptions } from './name-cache.ts';
import { createDnsResolver, type NameResolver } from './name-resolver.ts';
import { TimeoutWheel } from './timeout-wheel.ts';

/**
 * The fetcher of real life. HTTP/1.1 by undici, over connections that are dialled, bounded and
 * guarded here; docs/decisions/transport.md says why. Whatever ends an exchange, its promise
 * settles once, its connection is either clean and idle or closed, and its timer is gone.
 */
export interface UndiciFetcherOptions extends AddressGuardOptions, ConnectionPoolOptions {
  readonly clock: Clock;
  /** Headers sent where the request has none of that name; lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** How late a time-out may be noticed, ms. */
  readonly timeoutTickMs: number;
  readonly names: NameCacheOptions;
  readonly resolver: NameResolver;
  /** PEM of certificates trusted beside the machine's own. */
  readonly extraCa: string | undefined;
}

/** Sound for a machine with a limit of 1,024 open files. */
export const FETCHER_DEFAULTS = {
  allowHosts: [],
  resolve: [],
  socketsMax: 512,
  idleMax: 256,
  idleMs: 5_000,
  headerBytesMax: 64 * 1024,
  timeoutTickMs: 20,
  names: NAME_CACHE_DEFAULTS,
  extraCa: undefined,
} as const satisfies Partial<UndiciFetcherOptions>;

/** Name servers of the machine, 2.5 s an answer, one repetition. */
export function defaultResolver(): NameResolver {
  return createDnsResolver({ servers: [], timeoutMs: 2_500, tries: 2 });
}

/** What it holds at present, for metrics and tests. */
export interface FetcherGauges {
  readonly openSockets: number;
  readonly idleSockets: number;
  readonly waiting: number;
  readonly exchanges: number;
  readonly names: number;
}

export interface UndiciFetcher extends Fetcher {
  gauges(): FetcherGauges;
}

/** Throws `settings.invalid` for rules that cannot be read. */
export function createUndiciFetcher(options: UndiciFetcherOptions): UndiciFetcher {
  const { clock } = options;
  const names = new NameCache(options.resolver, clock, options.names);
  const guard = createAddressGuard(options);
  const dialler = new Dialler({ guard, names, clock, extraCa: options.extraCa });
  const pool = new ConnectionPool(dialler, options);
  const wheel = new TimeoutWheel(clock, options.timeoutTickMs);
  const running = new Slab<Exchange>();
  const context = {
    clock,
    pool,
    wheel,
    running,
    defaultHeaders: Object.entries(options.headers),
    headerBytesMax: options.headerBytesMax,
  };
  let closing: Promise<void> | undefined;
  return {
    exchange(request: FetchRequest, signal: AbortSignal): Promise<FetchReply> {
      if (signal.aborted) return Promise.reject(signal.reason);
      if (closing !== undefined) return Promise.reject(closed());
      const { protocol, hostname } = request.url;
      if ((protocol !== 'http:' && protocol !== 'https:') || hostname === '') {
        return Promise.reject(urlInvalid(request.url));
      }
      return new Promise((resolve, reject) => {
        new Exchange(context, request, signal, resolve, reject).start();
      });
    },
    close() {
      if (closing === undefined) {
        closing = pool.close();
        for (const exchange of running) exchange.fail(closed());
      }
      return closing;
    },
    gauges: () => ({
      openSockets: pool.open,
      idleSockets: pool.idle,
      waiting: pool.waiting,
      exchanges: running.size,
      names: names.size,
    }),
  };
}

function closed(): AbortCause {
  return new AbortCause('abort', 'the fetcher is closed');
}

function urlInvalid(url: URL): SluiceError {
  return new SluiceError('fetch.url_invalid', {
    url: url.href.slice(0, 200),
    detail: url.hostname === '' ? 'it has no host' : `${url.protocol} is not fetched`,
  });
}
