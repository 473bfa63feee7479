/** The ordinary answer: a page at its latency, in the coding that the client takes. */
import { createHash } from 'node:crypto';
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import type { Behaviour } from './behaviours.ts';
import {
  type Exchange,
  latencyMs,
  later,
  PAGE_LATENCY_MS_MAX,
  send,
  sendStatus,
} from './exchange.ts';
import type { PageKey } from './locales/locale.ts';
import type { PageBytes } from './page-bytes.ts';

/** Sends the page that the path asks for, or 404, after the site's latency. */
export function sendPageLater(exchange: Exchange): void {
  const { site, path, latencyScale, pageLatencyScale } = exchange;
  const meanMs = latencyMs(site, path);
  const longestMs = Math.max(meanMs, PAGE_LATENCY_MS_MAX);
  const delayMs = Math.min(longestMs, meanMs * pageLatencyScale) * latencyScale;
  if (delayMs < 1) sendPage(exchange);
  else later(exchange, delayMs, () => sendPage(exchange));
}

/** Sends it now. */
export function sendPage(exchange: Exchange, headers: Readonly<Record<string, string>> = {}): void {
  const { page, site } = exchange;
  if (page === undefined) {
    sendStatus(exchange, 404);
    return;
  }
  const coding = codingOf(exchange);
  const { body, contentType } =
    coding === undefined
      ? exchange.farm.page(site, page)
      : exchange.farm.page(site, page, coding.key, (plain) => coded(plain, coding));
  const all: Record<string, string> = { 'content-type': contentType, vary: 'Accept-Encoding' };
  if (coding) all['content-encoding'] = coding.name;
  send(exchange, 200, { ...all, ...headers }, body);
}

/** The plain bytes of a page, for manners that mistreat them. */
export function plainPage(exchange: Exchange, page: PageKey = 'home'): PageBytes {
  return exchange.farm.page(exchange.site, exchange.page ?? page);
}

/** An entity tag of the page's bytes. */
export function entityTag(exchange: Exchange): string {
  const hash = createHash('sha1').update(plainPage(exchange).body).digest('hex');
  return `"${hash.slice(0, 16)}"`;
}

interface Coding {
  /** As Content-Encoding names it. */
  readonly name: string;
  readonly key: string;
  readonly encode: (body: Buffer) => Buffer;
}

const GZIP: Coding = { name: 'gzip', key: 'gzip', encode: (body) => gzipSync(body) };

const CODINGS: Partial<Record<Behaviour, Coding>> = {
  'encoding-gzip': GZIP,
  'encoding-br': {
    name: 'br',
    key: 'br',
    encode: (body) => brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  },
  'encoding-deflate': { name: 'deflate', key: 'deflate', encode: (body) => deflateSync(body) },
  'encoding-deflate-raw': { name: 'deflate', key: 'raw', encode: (body) => deflateRawSync(body) },
};

/** Of the ordinary sites, every third compresses. */
function codingOf(exchange: Exchange): Coding | undefined {
  const { site, request } = exchange;
  const own = CODINGS[site.behaviour];
  const coding = own ?? (site.behaviour === 'ordinary' && site.index % 3 === 0 ? GZIP : undefined);
  if (coding === undefined) return undefined;
  const accepted = String(request.headers['accept-encoding'] ?? '');
  return accepted.includes(coding.name) ? coding : undefined;
}

function coded(plain: PageBytes, coding: Coding): PageBytes {
  return { body: coding.encode(plain.body), contentType: plain.contentType };
}
