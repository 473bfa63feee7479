import { SluiceError } from '../base/errors.ts';

/**
 * Where a redirect leads and what is sent there, as the Fetch Standard has it. Pure: the caller
 * sends, counts and passes each hop through limits, robots.txt and the address guard like any
 * request.
 */
export interface HopRequest {
  readonly method: string;
  readonly url: URL;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface HopReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Headers that must not be shown to another origin. */
const CREDENTIALS: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'cookie2',
  'proxy-authorization',
  'x-api-key',
  'api-key',
]);
/** Headers that describe a body, dropped with it. */
const BODY_HEADERS: ReadonlySet<string> = new Set([
  'content-type',
  'content-length',
  'content-encoding',
  'content-language',
  'content-location',
  'transfer-encoding',
]);
const LOCATION_CHARS_MAX = 8_192;

/** The next request; undefined = no redirect; an error, not thrown, where it cannot be followed. */
export function nextHop(
  request: HopRequest,
  reply: HopReply,
): HopRequest | SluiceError | undefined {
  const { status } = reply;
  if (status !== 301 && status !== 302 && status !== 303 && status !== 307 && status !== 308) {
    return undefined;
  }
  const location = reply.headers.location;
  // Without a Location it is a page like any other.
  if (location === undefined || location === '') return undefined;
  const url = redirectTarget(location, request.url);
  if (url instanceof SluiceError) return url;
  const { method } = request;
  const toGet =
    (status === 303 && method !== 'GET' && method !== 'HEAD') ||
    ((status === 301 || status === 302) && method === 'POST');
  const sameOrigin = url.origin === request.url.origin;
  const headers = Object.entries(request.headers).filter(
    ([name]) =>
      name !== 'host' &&
      (sameOrigin || !CREDENTIALS.has(name)) &&
      !(toGet && BODY_HEADERS.has(name)),
  );
  return {
    method: toGet ? 'GET' : method,
    url,
    headers: Object.fromEntries(headers),
    ...(toGet || request.body === undefined ? {} : { body: request.body }),
  };
}

/**
 * Counts hops and notices circles. A request that was already sent (same method and URL) is a
 * circle unless the server may have changed its mind through a cookie, which is not kept here.
 */
export class RedirectTrail {
  readonly #limit: number;
  readonly #seen = new Set<string>();
  readonly #urls: string[] = [];

  constructor(first: HopRequest, limit: number) {
    this.#limit = limit;
    this.#seen.add(hopKey(first));
  }

  /** URLs redirected to so far. */
  get urls(): readonly string[] {
    return this.#urls;
  }

  /** Takes note of the next hop; an error (not thrown) where the trail ends here. */
  follow(next: HopRequest): SluiceError | undefined {
    const { host } = next.url;
    if (this.#seen.has(hopKey(next))) return new SluiceError('fetch.redirect_loop', { host });
    if (this.#urls.length >= this.#limit) {
      return new SluiceError('fetch.redirects_too_many', { host, limit: this.#limit });
    }
    this.#seen.add(hopKey(next));
    this.#urls.push(next.url.href);
    return undefined;
  }
}

function hopKey({ method, url }: HopRequest): string {
  return `${method} ${url.origin}${url.pathname}${url.search}`;
}

function redirectTarget(location: string, base: URL): URL | SluiceError {
  const { host } = base;
  if (location.length > LOCATION_CHARS_MAX) {
    return new SluiceError('fetch.redirect_invalid', { host, detail: 'its Location is too long' });
  }
  const text = utf8Location(location);
  const url = URL.parse(text, base.href);
  if (url === null) {
    const detail = `"${text.slice(0, 200)}" is no address`;
    return new SluiceError('fetch.redirect_invalid', { host, detail });
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return new SluiceError('fetch.redirect_invalid', { host, detail: `${url.protocol} address` });
  }
  if (url.hash === '') url.hash = base.hash;
  return url;
}

/** Headers are read byte by byte; servers that write raw UTF-8 into Location mean UTF-8. */
function utf8Location(location: string): string {
  if (!/[\x80-\xff]/.test(location)) return location;
  const bytes = Buffer.from(location, 'latin1');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return location;
  }
}

/** How far into a page a refresh is looked for, characters. */
const REFRESH_CHARS = 16_384;
/** A refresh later than this shows a page first; it is no redirect, ms. */
const REFRESH_MS_MAX = 5_000;

/**
 * Where a page's `<meta http-equiv=refresh>` (or `Refresh` header, passed as `header`) sends its
 * reader within five seconds; undefined where it does not, or stays where it is.
 */
export function refreshTarget(html: string, base: URL, header?: string): URL | undefined {
  const content = header ?? metaRefresh(html.slice(0, REFRESH_CHARS));
  if (content === undefined) return undefined;
  const text = content.slice(0, LOCATION_CHARS_MAX).trim();
  const delay = /^(?:\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})/.exec(text)?.[0] ?? '';
  if (delay === '' || Number.parseFloat(delay) * 1_000 > REFRESH_MS_MAX) return undefined;
  const rest = text.slice(delay.length).replace(/^[\s;,]+/, '');
  const target = unquoted(rest.replace(/^url\s*=\s*/i, ''));
  const url = target === '' ? null : URL.parse(target, base.href);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined;
  const same = url.origin === base.origin && url.pathname === base.pathname;
  return same && url.search === base.search ? undefined : url;
}

function unquoted(text: string): string {
  const quote = text[0];
  if (quote !== '"' && quote !== "'") return text.trim();
  const end = text.indexOf(quote, 1);
  return text.slice(1, end < 0 ? undefined : end).trim();
}

function metaRefresh(html: string): string | undefined {
  if (!/http-equiv/i.test(html)) return undefined;
  for (const [meta] of html.matchAll(/<meta[\s/][^>]{0,2000}/gi)) {
    if (!/\bhttp-equiv\s*=\s*["']?\s*refresh\b/i.test(meta)) continue;
    const content = /\bcontent\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))/i.exec(meta);
    const text = content?.[1] ?? content?.[2] ?? content?.[3];
    return text?.replaceAll('&amp;', '&').replace(/&(?:quot|#39|#34|apos);/g, '"');
  }
  return undefined;
}
