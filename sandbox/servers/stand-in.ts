/**
 * A small server that tests and benchmarks measure against: it listens on loopback, counts what it
 * sees, shows the counts at `/__stats`, and closes with all its connections.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StandIn<Stats> {
  readonly port: number;
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  stats(): Stats;
  close(): Promise<void>;
}

export type StandInHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** Serves `handle` on a port of 127.0.0.1 (0 = any free one). */
export async function startStandIn<Stats>(
  port: number,
  stats: () => Stats,
  handle: StandInHandler,
): Promise<StandIn<Stats>> {
  const server = createServer({ keepAliveTimeout: 60_000, noDelay: true }, (request, response) => {
    request.resume();
    if (request.url !== '/__stats') return handle(request, response);
    answer(response, 200, JSON.stringify(stats()), { 'content-type': 'application/json' });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    port: bound,
    url: `http://127.0.0.1:${bound}`,
    stats,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A whole answer with its length. */
export function answer(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = { 'content-type': 'text/html; charset=utf-8' },
): void {
  const bytes = Buffer.from(body, 'utf8');
  response.writeHead(status, { ...headers, 'content-length': bytes.length }).end(bytes);
}

/** Calls after `delayMs` unless the client has gone. Does not keep the process alive. */
export function afterDelay(response: ServerResponse, delayMs: number, call: () => void): void {
  if (delayMs <= 0) {
    call();
    return;
  }
  setTimeout(() => {
    if (!response.destroyed && !response.closed) call();
  }, delayMs).unref();
}

/** A short page that says where it was asked for. */
export function smallPage(title: string): string {
  return `<!DOCTYPE html><html lang="en"><head><title>${title}</title></head>
<body><h1>${title}</h1><p>Write to info@${title}.example</p></body></html>`;
}
