/**
 * Asks one address again and again over kept connections, as cheaply as a client can: what is
 * measured is the server. At a rate, a request counts from when it was due, so that a server that
 * stands still is not asked less.
 */
import { connect, type Socket } from 'node:net';

export interface HttpLoad {
  readonly port: number;
  readonly path: string;
  readonly key: string;
  readonly connections: number;
  readonly durationMs: number;
  /** At the beginning, not counted: code is compiled at its first use. */
  readonly warmMs: number;
  /** Requests a second; undefined = each connection asks again when it is answered. */
  readonly perSecond?: number;
}

export interface HttpLoadDone {
  /** Those of the beginning included. */
  readonly answers: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const TICK_MS = 1;

class Connection {
  readonly #socket: Socket;
  #text = '';
  #dueMs = 0;
  #answered: ((dueMs: number) => void) | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => this.#take(chunk));
    socket.on('error', (error) => {
      throw error;
    });
  }

  ask(request: string, dueMs: number, answered: (dueMs: number) => void): void {
    this.#dueMs = dueMs;
    this.#answered = answered;
    this.#socket.write(request);
  }

  end(): void {
    this.#socket.destroy();
  }

  #take(chunk: string): void {
    this.#text += chunk;
    const head = this.#text.indexOf('\r\n\r\n');
    if (head < 0) return;
    const length = /\ncontent-length: (\d+)/i.exec(this.#text);
    if (length === null || !this.#text.startsWith('HTTP/1.1 200')) {
      throw new Error(`unexpected answer: ${this.#text.slice(0, 300)}`);
    }
    if (this.#text.length < head + 4 + Number(length[1])) return;
    this.#text = '';
    this.#answered?.(this.#dueMs);
  }
}

async function run(load: HttpLoad): Promise<HttpLoadDone> {
  const request = `GET ${load.path} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: ${load.key}\r\n\r\n`;
  const connections = await Promise.all(
    Array.from({ length: load.connections }, () => opened(load.port)),
  );
  const startedMs = performance.now();
  const endMs = startedMs + load.warmMs + load.durationMs;
  const times: number[] = [];
  const countedMs = startedMs + load.warmMs;
  let answers = 0;
  const took = (dueMs: number) => {
    answers += 1;
    if (dueMs >= countedMs) times.push(performance.now() - dueMs);
  };
  if (load.perSecond === undefined) {
    await Promise.all(
      connections.map(
        (connection) =>
          new Promise<void>((resolve) => {
            const next = (dueMs: number) => {
              took(dueMs);
              if (performance.now() < endMs) connection.ask(request, performance.now(), next);
              else resolve();
            };
            connection.ask(request, performance.now(), next);
          }),
      ),
    );
  } else {
    await atRate(connections, request, load, startedMs, took);
  }
  const wallMs = performance.now() - countedMs;
  for (const connection of connections) connection.end();
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor((times.length - 1) * share)] ?? Number.NaN;
  return {
    answers,
    perSecond: (times.length * 1_000) / wallMs,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
  };
}

/** What is due while all connections are busy waits for the next that is free. */
function atRate(
  connections: readonly Connection[],
  request: string,
  { perSecond = 1, warmMs, durationMs }: HttpLoad,
  startedMs: number,
  took: (dueMs: number) => void,
): Promise<void> {
  const free = [...connections];
  const total = Math.floor(((warmMs + durationMs) / 1_000) * perSecond);
  let sent = 0;
  let answered = 0;
  return new Promise((resolve) => {
    const dueMs = (number: number) => startedMs + (number * 1_000) / perSecond;
    const send = () => {
      while (sent < total && free.length > 0 && dueMs(sent) <= performance.now()) {
        const connection = free.pop() as Connection;
        connection.ask(request, dueMs(sent), (askedMs) => {
          took(askedMs);
          free.push(connection);
          answered += 1;
          if (answered === total) {
            clearInterval(timer);
            resolve();
          } else send();
        });
        sent += 1;
      }
    };
    const timer = setInterval(send, TICK_MS);
  });
}

function opened(port: number): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.off('error', reject);
      resolve(new Connection(socket));
    });
    socket.once('error', reject);
  });
}

const load = JSON.parse(process.argv.at(-1) ?? '') as HttpLoad;
process.stdout.write(`${JSON.stringify(await run(load))}\n`);
