/** One request to a site and the means to answer it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Behaviour } from './behaviours.ts';
import type { PageKey } from './locales/locale.ts';
import { randomOf } from './seed.ts';
import type { Site } from './site.ts';
import type { SiteFarm } from './site-farm.ts';
import type { HostCounter } from './site-stats.ts';

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly farm: SiteFarm;
  readonly site: Site;
  readonly counter: HostCounter;
  /** The Host header without its port, lower case. */
  readonly host: string;
  /** Path without query. */
  readonly path: string;
  readonly page: PageKey | undefined;
  /** How often this path was asked for, this time included; counted on special sites only. */
  readonly attempt: number;
  /** How often the host was asked for pages. */
  readonly hostAttempt: number;
  /** All latencies are multiplied by it. */
  readonly latencyScale: number;
  /** The latencies of ordinary pages are, besides. */
  readonly pageLatencyScale: number;
}

/** Answers in the behaviour's own manner; false leaves the answer to the ordinary one. */
export type Manner = (exchange: Exchange) => boolean;
export type Manners = Readonly<Partial<Record<Behaviour, Manner>>>;

/** Calls later, unless the client has gone by then. Does not keep the process alive. */
export function later(exchange: Exchange, delayMs: number, call: () => void): void {
  const { response } = exchange;
  setTimeout(() => {
    if (!response.destroyed && !response.closed) call();
  }, delayMs).unref();
}

/** Longest latency of an ordinary page, ms, before `latencyScale`. */
export const PAGE_LATENCY_MS_MAX = 2_000;

/** Latency of a path on this site, ms: log-normal round the site's own, or a Pareto tail. */
export function latencyMs(site: Site, path: string): number {
  const random = randomOf(site.seed, 'latency', path);
  if (site.behaviour === 'heavy-tail') {
    return Math.min(6_000, 40 * (1 - random.next()) ** (-1 / 1.1));
  }
  const normal = random.next() + random.next() + random.next() + random.next() - 2;
  return Math.min(PAGE_LATENCY_MS_MAX, site.latencyMs * Math.exp(normal));
}

/** A whole answer with its length. */
export function send(
  exchange: Exchange,
  status: number,
  headers: Readonly<Record<string, string | number>>,
  body: string | Buffer = '',
): void {
  const { response } = exchange;
  const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
  response.writeHead(status, { ...headers, 'content-length': bytes.length });
  response.end(exchange.request.method === 'HEAD' ? undefined : bytes);
}

/** A short page that only names a status. */
export function sendStatus(
  exchange: Exchange,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): void {
  const type = { 'content-type': 'text/html; charset=utf-8' };
  const body = `<!DOCTYPE html><html><head><title>${status}</title></head>
<body><h1>${status}</h1></body></html>`;
  send(exchange, status, { ...type, ...headers }, body);
}

/** Sends on to another place. */
export function redirect(exchange: Exchange, status: number, location: string): true {
  send(exchange, status, { location, 'content-type': 'text/html' }, '<a href="#">moved</a>');
  return true;
}
