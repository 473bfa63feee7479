import type { Clock } from '../base/clock.ts';
import { freshForMs, storable, validators } from './cache-rules.ts';
import type { Fetcher, FetchReply, FetchRequest } from './fetcher.ts';

/**
 * Answers kept to be asked about again: a page whose server gave it an ETag or a date is fetched
 * with that condition, and "not modified" becomes the kept page. While an answer is fresh by its
 * own word no request is made at all. Only plain GETs without credentials take part, so nothing of
 * one owner is ever shown to another.
 */
export interface HttpCache {
  get(key: string): Promise<CachedReply | undefined> | CachedReply | undefined;
  set(key: string, cached: CachedReply): Promise<void> | void;
  delete(key: string): Promise<void> | void;
}

export interface CachedReply {
  readonly reply: FetchReply;
  /** Wall time until which it may be used without asking, ms. */
  readonly freshUntilMs: number;
}

/** Request headers that change nothing about which page is meant. */
const NEUTRAL_HEADERS: ReadonlySet<string> = new Set(['user-agent', 'accept-encoding', 'referer']);

export function withHttpCache(fetcher: Fetcher, cache: HttpCache, clock: Clock): Fetcher {
  return {
    async exchange(request, signal) {
      const key = cacheKey(request);
      if (key === undefined) return fetcher.exchange(request, signal);
      const cached = await cache.get(key);
      if (cached !== undefined && cached.freshUntilMs > clock.wallMs()) {
        return withinLimit(cached.reply, request)
          ? instant(cached.reply)
          : fetcher.exchange(request, signal);
      }
      const reply = await fetcher.exchange(conditional(request, cached), signal);
      if (reply.status === 304 && cached !== undefined && withinLimit(cached.reply, request)) {
        const renewed = renew(cached.reply, reply);
        await keep(cache, key, renewed, clock);
        return renewed;
      }
      // The kept page is too large for this request: asked again without the condition.
      if (reply.status === 304 && cached !== undefined) return fetcher.exchange(request, signal);
      await keep(cache, key, reply, clock);
      return reply;
    },
    close: () => fetcher.close(),
  };
}

/** The least recently used answers give way once they hold more than `bytesMax` together. */
export function createMemoryHttpCache(bytesMax: number): HttpCache & { readonly bytes: number } {
  const entries = new Map<string, CachedReply>();
  let bytes = 0;
  const drop = (key: string) => {
    const old = entries.get(key);
    if (old === undefined) return;
    entries.delete(key);
    bytes -= weight(key, old);
  };
  return {
    get bytes() {
      return bytes;
    },
    get(key) {
      const cached = entries.get(key);
      if (cached === undefined) return undefined;
      entries.delete(key);
      entries.set(key, cached);
      return cached;
    },
    set(key, cached) {
      drop(key);
      // One giant must not throw out all the others.
      if (weight(key, cached) > bytesMax / 8) return;
      entries.set(key, cached);
      bytes += weight(key, cached);
      for (const oldest of entries.keys()) {
        if (bytes <= bytesMax) break;
        drop(oldest);
      }
    },
    delete: drop,
  };
}

/** Of keys, headers and the objects around them, roughly: two bytes a character and a kilobyte. */
function weight(key: string, { reply }: CachedReply): number {
  let chars = key.length + reply.url.length;
  for (const name of Object.keys(reply.headers)) {
    chars += name.length + (reply.headers[name] as string).length;
  }
  return reply.body.byteLength + 2 * chars + 1_024;
}

function cacheKey(request: FetchRequest): string | undefined {
  if (request.method !== 'GET' || request.body !== undefined) return undefined;
  const { url } = request;
  if (url.username !== '' || url.password !== '') return undefined;
  const kept: string[] = [];
  for (const name of Object.keys(request.headers).sort()) {
    if (NEUTRAL_HEADERS.has(name)) continue;
    // Credentials, conditions and ranges of the caller's own are the caller's own business.
    if (!name.startsWith('accept')) return undefined;
    kept.push(`${name}:${request.headers[name]}`);
  }
  return [url.origin + url.pathname + url.search, ...kept].join('\n');
}

function conditional(request: FetchRequest, cached: CachedReply | undefined): FetchRequest {
  if (cached === undefined) return request;
  return { ...request, headers: { ...request.headers, ...validators(cached.reply) } };
}

async function keep(cache: HttpCache, key: string, reply: FetchReply, clock: Clock): Promise<void> {
  const nowMs = clock.wallMs();
  if (storable(reply))
    await cache.set(key, { reply, freshUntilMs: nowMs + freshForMs(reply, nowMs) });
  else await cache.delete(key);
}

/** The kept body under the new headers, as RFC 9111 has it. */
function renew(kept: FetchReply, fresh: FetchReply): FetchReply {
  const headers: Record<string, string> = { ...kept.headers };
  for (const [name, value] of Object.entries(fresh.headers)) {
    if (!name.startsWith('content-') && name !== 'transfer-encoding') headers[name] = value;
  }
  return {
    ...kept,
    headers,
    headersMs: fresh.headersMs,
    totalMs: fresh.totalMs,
    wireBytes: fresh.wireBytes,
  };
}

function instant(reply: FetchReply): FetchReply {
  return { ...reply, headersMs: 0, totalMs: 0, wireBytes: 0 };
}

function withinLimit(reply: FetchReply, request: FetchRequest): boolean {
  return reply.body.byteLength <= request.bodyBytesMax;
}
