/**
 * Pages with contacts as fast as one thread can send them: rendered and framed before the port
 * opens, requests read with the least parsing that is right for GET without a body, any host.
 */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { renderPage } from '../sites/render-page.ts';
import { behaviourAt } from '../sites/site-name.ts';
import { planSite } from '../sites/site-plan.ts';
import type { StandIn } from './stand-in.ts';

export interface PagesServerOptions {
  readonly port?: number;
  readonly seed?: number;
  /** Number of different pages. */
  readonly pages?: number;
  readonly pageBytes?: number;
}

export interface PagesServerStats {
  readonly requests: number;
  readonly connections: number;
  readonly connectionsMax: number;
  readonly sentBytes: number;
}

const HEAD_BYTES_MAX = 64 * 1_024;
const END_OF_HEAD = Buffer.from('\r\n\r\n');

/** Any path answers the page of its last number, or of its hash, modulo `pages`. */
export async function pagesServer(
  options: PagesServerOptions = {},
): Promise<StandIn<PagesServerStats>> {
  const { port = 0, seed = 1, pages = 200, pageBytes = 20_000 } = options;
  const answers = renderAnswers(seed, pages, pageBytes);
  const missing = framed('404 Not Found', 'text/plain', Buffer.from('not found\n'));
  const sockets = new Set<Socket>();
  const counts = { requests: 0, connectionsMax: 0, sentBytes: 0 };
  const stats = () => ({ ...counts, connections: sockets.size });
  const answerTo = (path: string): Buffer => {
    if (path === '/robots.txt') return missing;
    if (path === '/__stats') {
      return framed('200 OK', 'application/json', Buffer.from(JSON.stringify(stats())));
    }
    counts.requests += 1;
    const bytes = answers[pageNumber(path) % answers.length] as Buffer;
    counts.sentBytes += bytes.length;
    return bytes;
  };
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    counts.connectionsMax = Math.max(counts.connectionsMax, sockets.size);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    serve(socket, answerTo);
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
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function serve(socket: Socket, answerTo: (path: string) => Buffer): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    let unread = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      const end = unread.indexOf(END_OF_HEAD);
      if (end < 0) break;
      // "GET /path HTTP/1.1": the path lies between the first two spaces.
      const from = unread.indexOf(0x20) + 1;
      const path = unread.toString('latin1', from, unread.indexOf(0x20, from));
      socket.write(answerTo(path));
      unread = unread.subarray(end + END_OF_HEAD.length);
    }
    if (unread.length > HEAD_BYTES_MAX) socket.destroy();
    rest = unread;
  });
}

function pageNumber(path: string): number {
  const digits = /(\d{1,9})(?!.*\d)/.exec(path);
  if (digits) return Number(digits[1]);
  let hash = 0;
  for (let at = 0; at < path.length; at += 1) hash = (hash * 31 + path.charCodeAt(at)) >>> 0;
  return hash;
}

/** Contact pages of ordinary sites; links to others of theirs made fragments: each stands alone. */
function renderAnswers(seed: number, pages: number, pageBytes: number): readonly Buffer[] {
  const answers: Buffer[] = [];
  for (let index = 0; answers.length < pages; index += 1) {
    if (behaviourAt(index) !== 'ordinary') continue;
    const site = planSite(seed, index);
    const page = site.pages.includes('contact') ? 'contact' : 'home';
    // Other pages than home get 0.6 of a site's size.
    const sized = { ...site, pageBytes: page === 'home' ? pageBytes : pageBytes / 0.6 };
    const html = renderPage(sized, page, { metaCharset: 'utf-8' });
    const others = new Set<string>(Object.values(site.paths));
    const alone = html.replace(/(<a [^>]*href=")(\/[^"]*)"/g, (link, before, path) =>
      others.has(path) ? `${before}#"` : link,
    );
    answers.push(framed('200 OK', 'text/html; charset=utf-8', Buffer.from(alone)));
  }
  return answers;
}

function framed(status: string, type: string, body: Buffer): Buffer {
  const head = [`HTTP/1.1 ${status}`, `Content-Type: ${type}`, `Content-Length: ${body.length}`];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), body]);
}
