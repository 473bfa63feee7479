import { connect as connectTcp, isIP, type Socket } from 'node:net';
import {
  connect as connectTls,
  createSecureContext,
  getCACertificates,
  type SecureContext,
} from 'node:tls';
import type { Clock, Timer } from '../base/clock.ts';
import { SluiceError } from '../base/errors.ts';
import { RecentMap } from '../base/recent-map.ts';
import type { AddressGuard } from './address-guard.ts';
import { connectError } from './fetch-errors.ts';
import type { NameCache } from './name-cache.ts';

/**
 * Opens connections. The address that the guard judged is the address connected to: names are
 * resolved here, judged here, and TCP is given the number. Where a name has several addresses, the
 * next is tried as soon as one fails, or beside it once it takes long; the first to connect wins.
 */
export interface DialTarget {
  readonly secure: boolean;
  /** As in the URL: punycode, IPv6 in brackets. */
  readonly host: string;
  readonly port: number;
}

export interface DiallerOptions {
  readonly guard: AddressGuard;
  readonly names: NameCache;
  readonly clock: Clock;
  /** PEM of certificates trusted beside the machine's own. */
  readonly extraCa: string | undefined;
}

export type DialDone = (error: SluiceError | undefined, socket: Socket | undefined) => void;

/** Addresses of one name that are tried. */
const ADDRESSES_MAX = 4;
/** Wait for one address before the next is tried beside it, ms. */
const STAGGER_MS = 1_000;
/** TLS sessions that are surely kept for resumption. */
const SESSIONS_MAX = 500;

export class Dialler {
  readonly #options: DiallerOptions;
  readonly #sessions = new RecentMap<string, Buffer>(SESSIONS_MAX);
  #context: SecureContext | undefined;

  constructor(options: DiallerOptions) {
    this.#options = options;
  }

  /**
   * Calls `done` once, never synchronously, unless the returned function is called first: that ends
   * everything that is under way.
   */
  dial(target: DialTarget, done: DialDone): () => void {
    let cancelled = false;
    let cancelStep = () => {};
    const finish: DialDone = (error, socket) => {
      if (!cancelled) done(error, socket);
    };
    this.#addresses(target).then(
      ({ addresses, port }) => {
        if (cancelled) return;
        cancelStep = this.#race(target, addresses, port, (error, socket) => {
          if (socket === undefined || !target.secure) finish(error, socket);
          else cancelStep = this.#secure(target, socket, finish);
        });
      },
      (error) => finish(error, undefined),
    );
    return () => {
      cancelled = true;
      cancelStep();
    };
  }

  /** Where to connect: judged addresses and the port. */
  async #addresses(target: DialTarget): Promise<{ addresses: readonly string[]; port: number }> {
    const { guard, names } = this.#options;
    const { host, port } = target;
    guard.checkPort(host, port);
    const route = guard.route(host, port);
    if (route !== undefined) return { addresses: [route.address], port: route.port };
    const literal = host.replace(/^\[|\]$/g, '');
    const found = isIP(literal) === 0 ? await names.addresses(trimDot(host)) : [literal];
    let refused: { readonly address: string; readonly kind: string } | undefined;
    const addresses: string[] = [];
    for (const address of found) {
      const kind = guard.refusal(host, port, address);
      if (kind === undefined) addresses.push(address);
      else refused ??= { address, kind };
    }
    if (addresses.length > 0) return { addresses: addresses.slice(0, ADDRESSES_MAX), port };
    throw new SluiceError('fetch.address_blocked', { host, ...refused });
  }

  /** Connects to the first address that takes the connection. */
  #race(
    target: DialTarget,
    addresses: readonly string[],
    port: number,
    done: DialDone,
  ): () => void {
    const { clock } = this.#options;
    const open = new Set<Socket>();
    let next = 0;
    let ended = false;
    let stagger: Timer | undefined;
    const end = () => {
      ended = true;
      stagger?.cancel();
      for (const socket of open) socket.destroy();
    };
    const tryNext = () => {
      stagger?.cancel();
      stagger = undefined;
      const socket = connectTcp({ host: addresses[next] as string, port, noDelay: true });
      next += 1;
      open.add(socket);
      socket.once('connect', () => {
        // The old listener would keep this dial, and its exchange, as long as the socket lives.
        socket.removeAllListeners('error');
        socket.on('error', () => {});
        open.delete(socket);
        if (ended) return;
        end();
        done(undefined, socket);
      });
      socket.on('error', (error) => {
        open.delete(socket);
        if (ended) return;
        if (next < addresses.length) tryNext();
        else if (open.size === 0) {
          end();
          done(connectError(error, target.host), undefined);
        }
      });
      if (next < addresses.length) stagger = clock.after(STAGGER_MS, tryNext);
    };
    tryNext();
    return end;
  }

  #secure(target: DialTarget, tcp: Socket, done: DialDone): () => void {
    const key = `${target.host}:${target.port}`;
    const host = trimDot(target.host.replace(/^\[|\]$/g, ''));
    const session = this.#sessions.get(key);
    const socket = connectTls({
      socket: tcp,
      host,
      servername: isIP(host) === 0 ? host : '',
      ALPNProtocols: ['http/1.1'],
      secureContext: this.#secureContext(),
      ...(session === undefined ? {} : { session }),
    });
    socket.on('error', () => {});
    socket.on('session', (fresh) => this.#sessions.set(key, fresh));
    const fail = (error: Error) => {
      this.#sessions.delete(key);
      socket.destroy();
      done(connectError(error, target.host), undefined);
    };
    socket.once('error', fail);
    socket.once('secureConnect', () => {
      socket.off('error', fail);
      done(undefined, socket);
    });
    return () => {
      socket.off('error', fail);
      socket.destroy();
    };
  }

  /** One for all connections: building it costs milliseconds. */
  #secureContext(): SecureContext {
    const { extraCa } = this.#options;
    this.#context ??= createSecureContext(
      extraCa === undefined ? {} : { ca: [...getCACertificates('default'), extraCa] },
    );
    return this.#context;
  }
}

/** `example.com.` is `example.com`, said more strictly. */
function trimDot(host: string): string {
  return host.endsWith('.') ? host.slice(0, -1) : host;
}
