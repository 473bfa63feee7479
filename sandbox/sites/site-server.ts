/**
 * The one port of the sites. A connection's first byte tells TLS from plain HTTP, so a single
 * resolver rule covers `http:` and `https:`; the Host header (or SNI) tells the site.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createNetServer, type Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import type { Behaviour } from './behaviours.ts';
import { type Exchange, redirect, send, sendStatus } from './exchange.ts';
import { BODY_MANNERS, PNG, reset } from './manners/body-manners.ts';
import { REDIRECT_MANNERS } from './manners/redirect-manners.ts';
import { createStatusManners } from './manners/status-manners.ts';
import { CRAWL_DELAY_SECONDS, MOVED_ROBOTS, robotsAnswer, robotsClose } from './robots-txt.ts';
import { sendPageLater } from './send-page.ts';
import type { SiteFarm } from './site-farm.ts';
import { pageAt } from './site-paths.ts';
import type { SiteCounters } from './site-stats.ts';
import type { TlsContexts } from './tls-contexts.ts';

export interface SiteServerOptions {
  readonly farm: SiteFarm;
  readonly tls: TlsContexts;
  readonly latencyScale: number;
  readonly pageLatencyScale: number;
  /** Serve HTTPS on every site; else only the TLS faults answer a handshake. */
  readonly https: boolean;
  readonly counters: SiteCounters;
}

export interface SiteServer {
  listen(port: number): Promise<number>;
  /** Forgets attempts and limits: every site is as on the first day. */
  reset(): void;
  close(): Promise<void>;
}

const TLS_HANDSHAKE = 0x16;
const HEADERS_MAX = 200;

/** The server of a farm; not listening yet. */
export function createSiteServer(options: SiteServerOptions): SiteServer {
  const { farm, counters } = options;
  const sockets = new Set<Socket>();
  const dispatcher = new Dispatcher(options);
  const http: Server = createServer({ keepAliveTimeout: 30_000 }, (request, response) =>
    dispatcher.handle(request, response),
  );
  http.maxHeadersCount = HEADERS_MAX;
  const tls = createTlsServer({
    SNICallback: (name, done) => {
      const site = farm.siteByHost(name);
      const served = options.https || (site?.behaviour.startsWith('tls-') ?? false);
      if (!site || !served) return done(new Error('no HTTPS here'));
      return done(null, options.tls.contextOf(name.toLowerCase(), site.behaviour));
    },
  });
  tls.on('secureConnection', (socket) => http.emit('connection', socket));
  tls.on('tlsClientError', (_error, socket) => socket.destroy());
  const net = createNetServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    counters.opened();
    socket.once('close', () => {
      sockets.delete(socket);
      counters.closed();
    });
    socket.on('error', () => socket.destroy());
    socket.once('data', (first: Buffer) => {
      socket.pause();
      socket.unshift(first);
      (first[0] === TLS_HANDSHAKE ? tls : http).emit('connection', socket);
      process.nextTick(() => socket.resume());
    });
  });
  return {
    listen: (port) =>
      new Promise((resolve, reject) => {
        net.once('error', reject);
        net.listen(port, '127.0.0.1', () => resolve((net.address() as AddressInfo).port));
      }),
    reset: () => dispatcher.reset(),
    close: () =>
      new Promise((resolve) => {
        net.close(() => resolve());
        http.close();
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Finds the site and the manner of each request. */
class Dispatcher {
  readonly #options: SiteServerOptions;
  readonly #attempts = new Map<string, number>();
  #manners = { ...BODY_MANNERS, ...REDIRECT_MANNERS, ...createStatusManners(now) };

  constructor(options: SiteServerOptions) {
    this.#options = options;
  }

  reset(): void {
    this.#attempts.clear();
    this.#manners = { ...BODY_MANNERS, ...REDIRECT_MANNERS, ...createStatusManners(now) };
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    const { farm, counters } = this.#options;
    const path = (request.url ?? '/').replace(/[?#].*$/s, '');
    if (path === '/__stats' || path === '/__reset') {
      this.#control(path, request, response);
      return;
    }
    const header = request.headers.host ?? '';
    const site = farm.siteByHost(header);
    request.resume();
    if (!site) {
      counters.unknownHost(header);
      response.writeHead(421, { 'content-type': 'text/plain' }).end('no such site here\n');
      return;
    }
    const counter = counters.host(site.host);
    counters.started(counter);
    response.once('close', () => counters.ended(counter, response.statusCode));
    response.on('error', () => response.destroy());
    this.#answer({
      request,
      response,
      farm,
      site,
      counter,
      host: header.toLowerCase().replace(/:\d+$/, ''),
      path,
      page: pageAt(site.paths, path),
      attempt: this.#count(site.behaviour, `${site.host}${path}`),
      hostAttempt: path === '/robots.txt' ? 0 : this.#count(site.behaviour, site.host),
      latencyScale: this.#options.latencyScale,
      pageLatencyScale: this.#options.pageLatencyScale,
    });
  }

  #answer(exchange: Exchange): void {
    const { site, path, counter, request } = exchange;
    if (site.behaviour === 'dns-failure') {
      reset(exchange);
      return;
    }
    if (path === '/robots.txt' || path === MOVED_ROBOTS) {
      counter.robotsRequests += 1;
      const { status, body, location } = robotsAnswer(site, path);
      const head = { 'content-type': 'text/plain', ...(location === '' ? {} : { location }) };
      send(exchange, status, head, body);
      return;
    }
    if (path.startsWith('/assets/') || path === '/favicon.ico') {
      send(exchange, 200, { 'content-type': 'image/png' }, PNG);
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      sendStatus(exchange, 405, { allow: 'GET, HEAD' });
      return;
    }
    this.#watch(exchange);
    if (site.behaviour.startsWith('tls-') && !(request.socket instanceof TLSSocket)) {
      redirect(exchange, 301, `https://${site.host}${path}`);
      return;
    }
    if (!this.#manners[site.behaviour]?.(exchange)) sendPageLater(exchange);
  }

  /** Counts what polite visitors do not do. */
  #watch(exchange: Exchange): void {
    const { site, path, counter } = exchange;
    if (robotsClose(site, path)) counter.disallowedRequests += 1;
    const at = now();
    if (site.behaviour === 'robots-crawl-delay') {
      // Five milliseconds of grace: timers may fire a little before their time.
      if (at - counter.lastRequestMs < CRAWL_DELAY_SECONDS * 1_000 - 5)
        counter.crawlDelayEarly += 1;
    }
    counter.lastRequestMs = at;
  }

  #count(behaviour: Behaviour, key: string): number {
    if (behaviour === 'ordinary') return 1;
    // Only the special sites are counted, and of an endless redirect only the first steps.
    if (this.#attempts.size > 100_000) this.#attempts.clear();
    const count = (this.#attempts.get(key) ?? 0) + 1;
    this.#attempts.set(key, count);
    return count;
  }

  #control(path: string, request: IncomingMessage, response: ServerResponse): void {
    if (path === '/__reset' && request.method === 'POST') {
      this.reset();
      this.#options.counters.clear();
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(`${JSON.stringify(this.#options.counters.read())}\n`);
  }
}

function now(): number {
  return performance.now();
}
