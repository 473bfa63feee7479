import type { Clock } from '../base/clock.ts';
import { freshForMs, storable, validators } from './cache-rules.ts';
import type { Fetcher, FetchReply, FetchRequest } from './fetcher.ts';

/**
 * Answers kept to be asked about again: a page whose server gave it an ETag or a date is fetched
 * with that condition, and "not modified" becomes the kept page. While an answer is fresh by its
 * own word `kept` has it, and no request need be made at all; `exchange` always asks. Only plain
 * GETs without credentials take part, so nothing of one owner is ever shown to another.
 */
export interface HttpCache {
  /** With `freshAtMs` (wall time) only an answer that is still fresh then: a quicker no. */
  get(key: string, freshAtMs?: number): Promise<CachedReply | undefined> | CachedReply | undefined;
  /** Never fails: an answer that cannot be kept is fetched again. */
  set(key: string, cached: CachedReply): void;
  delete(key: string): void;
  /** Resolves when what was set is as safe as it will be. */
  close(): Promise<void>;
}

export interface CachedReply {
  readonly reply: FetchReply;
  /** Wall time until which it may be used without asking, ms; 0 = it is always asked about. */
  readonly freshUntilMs: number;
}

export interface HttpCacheOptions {
  /** Whether fresh answers are given unasked; else every page is asked about. */
  readonly useFresh: boolean;
  /** What else decides who answers for a name: answers of another scope are not seen. */
  readonly scope: string;
}

const EVERYWHERE: HttpCacheOptions = { useFresh: true, scope: '' };

/** Request headers that change nothing about which page is meant. */
const NEUTRAL_HEADERS: ReadonlySet<string> = new Set(['user-agent', 'accept-encoding', 'referer']);
const CONDITIONS = ['if-none-match', 'if-modified-since'];
/**
 * Headers that were true of the kept answer only: limits that were left, rests asked for, its
 * age.
 */
const OF_THE_MOMENT = /^(?:age|retry-after|(?:x-)?(?:app-)?rate-?limit(?:-.*)?)$/;

export function withHttpCache(
  fetcher: Fetcher,
  cache: HttpCache,
  clock: Clock,
  { useFresh, scope }: HttpCacheOptions = EVERYWHERE,
): Fetcher {
  return {
    ...(useFresh ? { kept: (request) => freshReply(cache, request, scope, clock) } : {}),
    async exchange(request, signal) {
      const key = cacheKey(request, scope);
      if (key === undefined) return fetcher.exchange(request, signal);
      const found = await cache.get(key);
      // One that is too large for this request is no use to it: the whole page is asked for.
      const cached = found !== undefined && withinLimit(found.reply, request) ? found : undefined;
      const reply = await fetcher.exchange(conditional(request, cached), signal);
      if (reply.status !== 304 || cached === undefined) {
        return keep(cache, key, reply, clock) ? { ...reply, cached: true } : reply;
      }
      const renewed = renew(cached.reply, reply);
      if (!askedAlike(cached.reply, renewed, clock)) keep(cache, key, renewed, clock);
      return { ...renewed, cached: true };
    },
    async close() {
      // What runs may still be keeping something when it is ended.
      await fetcher.close();
      await cache.close();
    },
  };
}

function freshReply(
  cache: HttpCache,
  request: FetchRequest,
  scope: string,
  clock: Clock,
): Promise<FetchReply | undefined> | undefined {
  const key = cacheKey(request, scope);
  const found = key === undefined ? undefined : cache.get(key, clock.wallMs());
  if (found === undefined) return undefined;
  return Promise.resolve(found).then((cached) =>
    cached !== undefined && withinLimit(cached.reply, request) ? instant(cached.reply) : undefined,
  );
}

function cacheKey(request: FetchRequest, scope: string): string | undefined {
  if (request.method !== 'GET' || request.body !== undefined || request.stream) return undefined;
  const { url } = request;
  if (url.username !== '' || url.password !== '') return undefined;
  const kept = scope === '' ? [] : [scope];
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

/** Whether the cache may hold the answer from now on. */
function keep(cache: HttpCache, key: string, reply: FetchReply, clock: Clock): boolean {
  // A server in trouble, or "not modified" that nobody asked for, says nothing about the page.
  if (reply.status === 304 || reply.status === 429 || reply.status >= 500) return false;
  if (!storable(reply)) {
    cache.delete(key);
    return false;
  }
  const nowMs = clock.wallMs();
  const freshMs = freshForMs(reply, nowMs);
  cache.set(key, { reply, freshUntilMs: freshMs > 0 ? nowMs + freshMs : 0 });
  return true;
}

/** Whether the next question will be the same, so that nothing need be written anew. */
function askedAlike(kept: FetchReply, renewed: FetchReply, clock: Clock): boolean {
  if (!storable(renewed) || freshForMs(renewed, clock.wallMs()) > 0) return false;
  const [before, after] = [validators(kept), validators(renewed)];
  return CONDITIONS.every((name) => before[name] === after[name]);
}

/** The kept body under the new headers, as RFC 9111 section 3.2 has it. */
function renew(kept: FetchReply, fresh: FetchReply): FetchReply {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(kept.headers)) {
    if (!OF_THE_MOMENT.test(name)) headers[name] = value;
  }
  for (const [name, value] of Object.entries(fresh.headers)) {
    if (!name.startsWith('content-') && name !== 'transfer-encoding') headers[name] = value;
  }
  return {
    ...kept,
    headers,
    sentMs: fresh.sentMs,
    headersMs: fresh.headersMs,
    totalMs: fresh.totalMs,
    wireBytes: fresh.wireBytes,
  };
}

function instant(reply: FetchReply): FetchReply {
  return { ...reply, cached: true, sentMs: 0, headersMs: 0, totalMs: 0, wireBytes: 0 };
}

function withinLimit(reply: FetchReply, request: FetchRequest): boolean {
  return reply.body.byteLength <= request.bodyBytesMax;
}
