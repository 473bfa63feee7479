/**
 * A TCP proxy on the loopback between one process and one server: a network that breaks when it is
 * told to. What was said before a cut is not said again after it.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * `drop`: connections end at once and new ones are refused, as where a machine is gone.
 * `black-hole`: connections stay and new ones are taken, but no byte passes, as where a cable is
 * cut; what was on its way is lost, so these connections end when the network is back.
 */
export type CutKind = 'drop' | 'black-hole';

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  /** Bytes of this connection were lost. */
  torn: boolean;
}

export class CutProxy {
  port = 0;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #cut: CutKind | undefined;
  #delayMs = 0;

  private constructor(host: string, port: number) {
    this.#target = { host, port };
    // A side that has ended hears of the other's end only where it is carried.
    const options = { pauseOnConnect: true, allowHalfOpen: true };
    this.#server = createServer(options, (near) => this.#join(near));
  }

  /** To a port of the loopback, unless `host` says otherwise. */
  static async start(port: number, host = '127.0.0.1'): Promise<CutProxy> {
    const proxy = new CutProxy(host, port);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    proxy.port = (proxy.#server.address() as AddressInfo).port;
    return proxy;
  }

  /** The same URL by way of this proxy. */
  through(url: string): string {
    const other = new URL(url);
    other.hostname = '127.0.0.1';
    other.port = String(this.port);
    return other.href;
  }

  get connections(): number {
    return this.#pairs.size;
  }

  cut(kind: CutKind): void {
    this.#cut = kind;
    if (kind === 'drop') this.#endAll();
  }

  /** Of what is connected now no byte passes any more, and nobody is told; what comes is carried. */
  strand(): void {
    for (const pair of this.#pairs) pair.torn = true;
  }

  restore(): void {
    this.#cut = undefined;
    for (const pair of [...this.#pairs]) if (pair.torn) this.#forget(pair);
  }

  /** Each piece arrives so much later, both ways, from now on. */
  slow(ms: number): void {
    this.#delayMs = ms;
  }

  async close(): Promise<void> {
    this.#endAll();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #endAll(): void {
    for (const pair of [...this.#pairs]) this.#forget(pair);
  }

  #join(near: Socket): void {
    if (this.#cut === 'drop') {
      near.resetAndDestroy();
      return;
    }
    const far = connect({ ...this.#target, noDelay: true, allowHalfOpen: true });
    near.setNoDelay(true);
    const pair: Pair = { near, far, torn: false };
    this.#pairs.add(pair);
    for (const socket of [near, far]) {
      socket.on('error', () => {});
      socket.on('close', () => {
        // The other side of a cut is not told that this one is gone.
        if (this.#cut === 'black-hole' || pair.torn) pair.torn = true;
        else this.#forget(pair);
      });
    }
    this.#carry(pair, near, far);
    this.#carry(pair, far, near);
    near.resume();
  }

  #forget(pair: Pair): void {
    this.#pairs.delete(pair);
    end(pair);
  }

  #carry(pair: Pair, from: Socket, to: Socket): void {
    // One chain a direction: pieces keep their order whatever the delay.
    let last: Promise<void> = Promise.resolve();
    const pass = (act: () => void) => {
      if (this.#cut === 'black-hole') {
        pair.torn = true;
        return;
      }
      if (!pair.torn && !to.destroyed) act();
    };
    const later = (act: () => void) => {
      const ms = this.#delayMs;
      last = last.then(async () => {
        if (ms > 0) await delay(ms);
        pass(act);
      });
    };
    from.on('data', (piece: Buffer) => {
      later(() => {
        if (to.write(piece)) return;
        from.pause();
        to.once('drain', () => from.resume());
      });
    });
    from.on('end', () => later(() => to.end()));
  }
}

function end({ near, far }: Pair): void {
  near.destroy();
  far.destroy();
}
