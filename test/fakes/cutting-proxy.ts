/** A way to a server on the loopback that can be cut just when an answer is on its way back. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

export class CuttingProxy {
  port = 0;
  /** How often a connection was cut. */
  cuts = 0;
  #server: Server | undefined;
  readonly #sockets = new Set<Socket>();
  #asked: string | undefined;

  static async start(targetPort: number): Promise<CuttingProxy> {
    const proxy = new CuttingProxy();
    const server = createServer((client) => proxy.#pass(client, targetPort));
    proxy.#server = server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    proxy.port = (server.address() as { port: number }).port;
    return proxy;
  }

  /** The next request that has these bytes in it is passed on; its answer never arrives. */
  cutAfter(request: string): void {
    this.#asked = request;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server?.close();
  }

  #pass(client: Socket, targetPort: number): void {
    const server = connect(targetPort, '127.0.0.1');
    let cutting = false;
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
    client.on('data', (part) => {
      if (this.#asked !== undefined && part.includes(this.#asked)) {
        cutting = true;
        this.#asked = undefined;
      }
      server.write(part);
    });
    server.on('data', (part) => {
      if (!cutting) client.write(part);
      else {
        this.cuts += 1;
        client.destroy();
      }
    });
  }
}
