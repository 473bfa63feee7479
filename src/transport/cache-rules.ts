import type { FetchReply } from './fetcher.ts';

/**
 * What of RFC 9111 a private cache of pages needs: which answers may be kept, for how long they are
 * good unasked, and by which words to ask whether they still are. In doubt it asks.
 */

/** Longest time that an answer is believed to be fresh, whatever it says, ms. */
const FRESH_MS_MAX = 24 * 3_600_000;
/** Statuses whose answers are worth keeping. */
const KEPT_STATUSES: ReadonlySet<number> = new Set([200, 203, 301, 308, 404, 410]);

/** Whether an answer may be kept and would be of use: it can be asked about, or is fresh. */
export function storable(reply: FetchReply): boolean {
  if (!KEPT_STATUSES.has(reply.status)) return false;
  const { headers } = reply;
  // Most answers give nothing to ask by.
  const marked = 'etag' in headers || 'last-modified' in headers;
  if (!marked && headers['cache-control'] === undefined) return false;
  const directives = cacheDirectives(headers['cache-control']);
  if (directives.has('no-store') || directives.has('private')) return false;
  if (headers['set-cookie'] !== undefined || !variesHarmlessly(headers.vary)) return false;
  return marked || directives.has('max-age');
}

/** How long it may be used without asking, ms; 0 = ask each time. */
export function freshForMs(reply: FetchReply, nowMs: number): number {
  const { headers } = reply;
  const directives = cacheDirectives(headers['cache-control']);
  if (directives.has('no-cache') || directives.has('no-store')) return 0;
  const age = seconds(headers.age) ?? 0;
  const maxAge = seconds(directives.get('max-age'));
  if (directives.has('max-age')) return clamp(((maxAge ?? 0) - age) * 1_000);
  const expiresMs = Date.parse(headers.expires ?? '');
  if (Number.isNaN(expiresMs)) return 0;
  const dateMs = Date.parse(headers.date ?? '');
  return clamp(expiresMs - (Number.isNaN(dateMs) ? nowMs : dateMs) - age * 1_000);
}

/** The conditions to ask with. */
export function validators(reply: FetchReply): Record<string, string> {
  const conditions: Record<string, string> = {};
  const etag = reply.headers.etag;
  const modified = reply.headers['last-modified'];
  if (etag !== undefined) conditions['if-none-match'] = etag;
  if (modified !== undefined) conditions['if-modified-since'] = modified;
  return conditions;
}

/** Directives in lower case with their values ('' where they have none). */
function cacheDirectives(header: string | undefined): ReadonlyMap<string, string> {
  const directives = new Map<string, string>();
  for (const part of (header ?? '').slice(0, 1_024).split(',')) {
    const [name = '', value = ''] = part.split('=', 2);
    const key = name.trim().toLowerCase();
    // The first word counts where a directive is repeated.
    if (!directives.has(key)) directives.set(key, value.trim().replace(/^"|"$/g, ''));
  }
  return directives;
}

/** The headers that a request may set are part of the key; others are the same in every request. */
function variesHarmlessly(header: string | undefined): boolean {
  return (header ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .every((name) => name === '' || name === 'user-agent' || name.startsWith('accept'));
}

function seconds(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

function clamp(ms: number): number {
  return Math.min(Math.max(ms, 0), FRESH_MS_MAX);
}
