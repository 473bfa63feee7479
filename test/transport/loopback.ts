import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net';
import { systemClock } from '../../src/base/clock.ts';
import { SluiceError } from '../../src/base/errors.ts';
import type { FetchReply, FetchRequest } from '../../src/transport/fetcher.ts';
import type { NameResolver } from '../../src/transport/name-resolver.ts';
import {
  createUndiciFetcher,
  FETCHER_DEFAULTS,
  type UndiciFetcher,
  type UndiciFetcherOptions,
} from '../../src/transport/undici-fetcher.ts';
import { defaultHeaders } from '../../src/transport/user-agent.ts';

/** Servers on 127.0.0.1 for the tests of this folder, and a fetcher that may reach them. */
export interface Loopback extends AsyncDisposable {
  readonly port: number;
  readonly origin: string;
  /** Connections taken so far. */
  readonly connections: number;
  /** Connections open at present. */
  readonly open: number;
}

/** No name exists unless the test says so. */
export const noNames: NameResolver = {
  resolve: (host) => Promise.reject(Object.assign(new Error(host), { code: 'ENOTFOUND' })),
};

export function testFetcher(options: Partial<UndiciFetcherOptions> = {}): UndiciFetcher {
  return createUndiciFetcher({
    ...FETCHER_DEFAULTS,
    clock: systemClock,
    allowHosts: ['127.0.0.1', '[::1]'],
    headers: defaultHeaders('Sluice/test'),
    resolver: noNames,
    timeoutTickMs: 5,
    ...options,
  });
}

export function httpServer(listener: RequestListener): Promise<Loopback> {
  return listen(createServer({ keepAlive: true }, listener));
}

/** Writes raw bytes to whoever connects and asks. */
export function rawServer(answer: (socket: Socket) => void): Promise<Loopback> {
  return listen(
    createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => answer(socket));
    }),
  );
}

export async function listen(server: Server): Promise<Loopback> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    get connections() {
      return connections;
    },
    get open() {
      return sockets.size;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function fetchRequest(url: string, more: Partial<FetchRequest> = {}): FetchRequest {
  return {
    method: 'GET',
    url: new URL(url),
    headers: {},
    timeoutMs: 2_000,
    deadlineMs: 5_000,
    bodyBytesMax: 1_000_000,
    ...more,
  };
}

export function exchange(
  fetcher: UndiciFetcher,
  url: string,
  more: Partial<FetchRequest> = {},
): Promise<FetchReply> {
  return fetcher.exchange(fetchRequest(url, more), new AbortController().signal);
}

/** The code with which it fails; throws where it does not. */
export async function failureOf(promise: Promise<unknown>): Promise<SluiceError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof SluiceError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

export function textOf(reply: FetchReply): string {
  return Buffer.from(reply.body).toString();
}

export async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`never: ${condition}`);
}

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export type Respond = (request: IncomingMessage, response: ServerResponse) => void;
