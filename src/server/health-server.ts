/**
 * What a worker answers by HTTP: whether it is alive, whether it has work to do, its metrics. No
 * keys: nothing in it is a secret, and whoever reaches the port may read it.
 */
import { createServer, type Server } from 'node:http';
import { listenError } from '../base/listen-error.ts';

export interface HealthParts {
  readonly version: string;
  /** Whether the node has its place and takes work. */
  readonly ready: () => boolean;
  readonly metrics: () => Promise<{ readonly type: string; readonly body: string }>;
}

export class HealthServer {
  readonly #parts: HealthParts;
  readonly #server: Server;

  constructor(parts: HealthParts) {
    this.#parts = parts;
    this.#server = createServer(async (request, response) => {
      const { status, type, body } = await this.#answer(request.method ?? '', request.url ?? '');
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
      response.end(request.method === 'HEAD' ? '' : body);
    });
  }

  /** Resolves with the address; rejects with `net.port_in_use` or `net.cannot_listen`. */
  async listen(host: string, port: number): Promise<string> {
    try {
      await new Promise<void>((resolve, reject) => {
        this.#server.once('error', reject);
        this.#server.listen(port, host, resolve);
      });
    } catch (error) {
      throw listenError(error, host, port);
    }
    const address = this.#server.address();
    const own = typeof address === 'object' && address !== null ? address.port : port;
    return `http://${host.includes(':') ? `[${host}]` : host}:${own}`;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(method: string, url: string) {
    const { version, ready, metrics } = this.#parts;
    const json = (status: number, said: object) => ({
      status,
      type: 'application/json',
      body: `${JSON.stringify(said)}\n`,
    });
    if (method !== 'GET' && method !== 'HEAD') return json(405, { status: 'only GET' });
    switch (url.split('?')[0]) {
      case '/livez':
      case '/healthz':
        return json(200, { status: 'ok', version });
      case '/readyz':
        return ready()
          ? json(200, { status: 'ok', version })
          : json(503, { status: 'without its place in the cluster, or draining', version });
      case '/metrics':
        return { status: 200, ...(await metrics()) };
      default:
        return json(404, { status: 'there are /livez, /readyz and /metrics' });
    }
  }
}
