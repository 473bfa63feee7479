import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import type { Client } from 'undici';
import type { SluiceError } from '../base/errors.ts';
import type { Dialler, DialTarget } from './dial.ts';

/** Alone: a tenth of a start would go by with the rest of undici, which is of no use here. */
const UndiciClient: typeof Client = createRequire(import.meta.url)(
  'undici/lib/dispatcher/client.js',
);

/**
 * Every open connection of the process, whatever its host: at most `socketsMax`, of which at most
 * `idleMax` wait for a next request, and those only for `idleMs`. When all are in use, a request
 * waits; when some are idle, the one idle for longest gives way. Nothing is kept for a host without
 * a connection, so the number of hosts ever met does not matter.
 *
 * A connection is one undici `Client` around one socket that was dialled here: undici does the
 * HTTP, while names, addresses, TLS and the number of sockets stay in our hands.
 */
export interface ConnectionPoolOptions {
  readonly socketsMax: number;
  readonly idleMax: number;
  /** How long an idle connection is kept, ms; less where the server's Keep-Alive says so. */
  readonly idleMs: number;
  readonly headerBytesMax: number;
}

export interface Connection {
  readonly key: string;
  readonly client: Client;
  readonly socket: Socket;
  /** Exchanges begun on it; above 1 it may be stale. */
  exchanges: number;
}

export type OpenDone = (error: SluiceError | undefined, connection: Connection | undefined) => void;

interface Waiter {
  readonly key: string;
  readonly target: DialTarget;
  readonly done: OpenDone;
  /** Called when it leaves the queue and dialling begins. */
  readonly started: () => void;
  cancelDial: (() => void) | undefined;
}

/** Taken off a server's Keep-Alive time, since it began to count earlier, ms. */
const IDLE_HINT_MARGIN_MS = 1_000;

export class ConnectionPool {
  readonly #dialler: Dialler;
  readonly #options: ConnectionPoolOptions;
  /** By key, the most recently used last. */
  readonly #idleByKey = new Map<string, Connection[]>();
  /** In the order of release. */
  readonly #idle = new Set<Connection>();
  readonly #open = new Set<Connection>();
  readonly #waiters = new Set<Waiter>();
  #dialling = 0;
  #closed: (() => void) | undefined;

  constructor(dialler: Dialler, options: ConnectionPoolOptions) {
    this.#dialler = dialler;
    this.#options = options;
  }

  get open(): number {
    return this.#open.size + this.#dialling;
  }

  get idle(): number {
    return this.#idle.size;
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  /** An idle connection, if there is one. */
  take(key: string): Connection | undefined {
    const idle = this.#idleByKey.get(key);
    while (idle !== undefined && idle.length > 0) {
      const connection = idle.pop() as Connection;
      this.#idle.delete(connection);
      if (idle.length === 0) this.#idleByKey.delete(key);
      if (!connection.socket.destroyed) return connection;
    }
    return undefined;
  }

  /**
   * A new connection. Calls `done` once and never synchronously, unless the returned function is
   * called first; `started` when its turn has come.
   */
  dial(key: string, target: DialTarget, started: () => void, done: OpenDone): () => void {
    const waiter: Waiter = { key, target, done, started, cancelDial: undefined };
    if (this.open < this.#options.socketsMax && this.#waiters.size === 0) {
      this.#start(waiter);
    } else {
      this.#waiters.add(waiter);
      this.#closeOldestIdle();
    }
    return () => {
      if (this.#waiters.delete(waiter) || waiter.cancelDial === undefined) return;
      waiter.cancelDial();
      waiter.cancelDial = undefined;
      this.#dialling -= 1;
      this.#serveWaiters();
    };
  }

  /** Gives a connection back after a whole exchange. */
  release(connection: Connection): void {
    if (connection.socket.destroyed) return;
    if (this.#closed !== undefined) {
      this.discard(connection);
      return;
    }
    const [waiter] = this.#waiters;
    if (waiter !== undefined && waiter.key === connection.key) {
      this.#waiters.delete(waiter);
      queueMicrotask(() => waiter.done(undefined, connection));
      return;
    }
    this.#idle.add(connection);
    const idle = this.#idleByKey.get(connection.key);
    if (idle === undefined) this.#idleByKey.set(connection.key, [connection]);
    else idle.push(connection);
    if (waiter !== undefined || this.#idle.size > this.#options.idleMax) this.#closeOldestIdle();
  }

  /** Closes a connection at once, with whatever runs on it. */
  discard(connection: Connection): void {
    connection.client.destroy(null, () => {});
    connection.socket.destroy();
  }

  /** Resolves when every socket is closed. Those in use are closed by their exchanges' ends. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#closed = resolve;
      for (const connection of this.#idle) this.discard(connection);
      this.#settleClose();
    });
  }

  #start(waiter: Waiter): void {
    this.#dialling += 1;
    waiter.started();
    waiter.cancelDial = this.#dialler.dial(waiter.target, (error, socket) => {
      waiter.cancelDial = undefined;
      this.#dialling -= 1;
      if (socket === undefined) {
        waiter.done(error, undefined);
        this.#serveWaiters();
      } else {
        waiter.done(undefined, this.#connection(waiter.key, waiter.target, socket));
      }
    });
  }

  #connection(key: string, target: DialTarget, socket: Socket): Connection {
    const { idleMs, headerBytesMax } = this.#options;
    let dialled: Socket | undefined = socket;
    const client = new UndiciClient(
      `${target.secure ? 'https' : 'http'}://${target.host}:${target.port}`,
      {
        // Time-outs are kept by the exchange, on one timer for all.
        headersTimeout: 0,
        bodyTimeout: 0,
        keepAliveTimeout: idleMs,
        keepAliveMaxTimeout: idleMs,
        keepAliveTimeoutThreshold: IDLE_HINT_MARGIN_MS,
        maxHeaderSize: headerBytesMax,
        allowH2: false,
        connect: (_options, callback) => {
          const ready = dialled;
          dialled = undefined;
          // Asked a second time, the socket was closed under a request: the exchange dials anew.
          queueMicrotask(() =>
            ready === undefined || ready.destroyed
              ? callback(new Error('the connection is gone'), null)
              : callback(null, ready),
          );
        },
      },
    );
    const connection: Connection = { key, client, socket, exchanges: 0 };
    this.#open.add(connection);
    // Between here and the first request nobody else listens.
    socket.on('error', () => {});
    socket.once('close', () => this.#gone(connection));
    return connection;
  }

  #gone(connection: Connection): void {
    this.#open.delete(connection);
    this.#forgetIdle(connection);
    if (!connection.client.destroyed) connection.client.destroy(null, () => {});
    this.#serveWaiters();
    this.#settleClose();
  }

  #serveWaiters(): void {
    for (const waiter of this.#waiters) {
      if (this.open >= this.#options.socketsMax) return;
      this.#waiters.delete(waiter);
      const idle = this.take(waiter.key);
      if (idle === undefined) this.#start(waiter);
      else queueMicrotask(() => waiter.done(undefined, idle));
    }
  }

  #closeOldestIdle(): void {
    const [oldest] = this.#idle;
    if (oldest === undefined) return;
    this.#forgetIdle(oldest);
    this.discard(oldest);
  }

  #forgetIdle(connection: Connection): void {
    if (!this.#idle.delete(connection)) return;
    const idle = this.#idleByKey.get(connection.key) as Connection[];
    idle.splice(idle.indexOf(connection), 1);
    if (idle.length === 0) this.#idleByKey.delete(connection.key);
  }

  #settleClose(): void {
    if (this.#open.size === 0) this.#closed?.();
  }
}
