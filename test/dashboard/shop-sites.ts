/** Stand-in shops on one port of the loopback: what an address says is how it is answered. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export const HOSTILE = [
  '<img src=x onerror="document.title=1"><b>bold</b>',
  '\u202egnp.exe\u202c turned',
  '=HYPERLINK("https://evil.example","click")',
  `long ${'x'.repeat(10_000)}`,
] as const;

export interface ShopSites {
  readonly port: number;
  /** Requests so far. */
  readonly asked: () => number;
  /** From now on what was broken or asked for rest answers. */
  heal(): void;
  /** So long what is slow takes from now on, ms. */
  pace(ms: number): void;
  close(): Promise<void>;
}

export async function openShops(firstPaceMs = 200): Promise<ShopSites> {
  let healed = false;
  let paceMs = firstPaceMs;
  let asked = 0;
  const server = createServer(async (request, response) => {
    asked += 1;
    const { url = '/', headers } = request;
    const json = (status: number, body: unknown, more: Record<string, string> = {}) => {
      response.writeHead(status, { 'content-type': 'application/json', ...more });
      response.end(JSON.stringify(body));
    };
    if (headers.host?.startsWith('api.') && !healed) {
      json(429, {}, { 'retry-after': '2400' });
      return;
    }
    if (url.startsWith('/slow')) await delay(paceMs);
    const number = Number(/\d+$/.exec(url)?.[0] ?? 0);
    if (url.startsWith('/missing')) json(404, {});
    else if (url.startsWith('/broken') && !healed) json(503, {});
    else if (url.startsWith('/sold')) {
      json(200, { title: '', price: '', failure: `Sold out: ${HOSTILE[number % HOSTILE.length]}` });
    } else {
      const title = url.startsWith('/hostile')
        ? (HOSTILE[number % HOSTILE.length] as string)
        : `Product ${number}`;
      json(200, { title, price: `${number}.90` });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked: () => asked,
    heal: () => {
      healed = true;
    },
    pace: (ms) => {
      paceMs = ms;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
