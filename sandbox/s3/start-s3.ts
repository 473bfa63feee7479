/**
 * S3-compatible storage on this machine: signatures and checksums are checked, objects come whole or
 * in parts, and it can be told to be slow, to be down, and to lose connections. Buckets are named in
 * the path.
 */
import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { StandIn } from '../servers/stand-in.ts';
import { randomOf } from '../sites/seed.ts';
import { tryLines } from '../try-lines.ts';
import { type S3Call, serveCall } from './s3-calls.ts';
import type { S3Options, S3Order, S3Stats, S3Truth } from './s3-options.ts';
import { S3Fault, S3World } from './s3-world.ts';
import { signatureFault } from './signature.ts';

export interface S3StandIn extends StandIn<S3Stats> {
  order(order: S3Order): void;
  /** Of objects that are whole, as they came. */
  readonly truth: readonly S3Truth[];
}

const BODY_BYTES_MAX = 512 * 2 ** 20;

/** Starts it on 127.0.0.1; its key is SANDBOX and SANDBOX-SECRET, its bucket `bucket`, unless told. */
export async function startS3(options: S3Options = {}): Promise<S3StandIn> {
  const storage = new Storage(options);
  const server = createServer({ keepAliveTimeout: 60_000, noDelay: true }, (request, response) => {
    void storage.handle(request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    truth: storage.truth,
    stats: () => storage.stats(),
    order: (order) => storage.order(order),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What to tell a person who started it; of one with the keys that it has by itself. */
export function describeS3({ url }: S3StandIn): string {
  const lines = [
    `storage at ${url}, with the bucket s3://bucket`,
    `what it took: ${url}/__truth; what it saw: ${url}/__stats`,
    ...tryLines({
      AWS_ENDPOINT_URL_S3: url,
      AWS_ACCESS_KEY_ID: 'SANDBOX',
      AWS_SECRET_ACCESS_KEY: 'SANDBOX-SECRET',
    }),
  ];
  return `${lines.join('\n')}\n`;
}

class Storage {
  readonly truth: S3Truth[] = [];
  readonly #world: S3World;
  readonly #key: { readonly id: string; readonly secret: string };
  readonly #random: () => number;
  #slowDownShare: number;
  #resetShare: number;
  #latencyMs: number;
  #downUntilMs = 0;
  #lostCompletions = 0;
  #takenBytes = 0;
  #coming = 0;
  #comingMost = 0;
  readonly #asked: Record<string, number> = {};
  readonly #statuses: Record<string, number> = {};

  constructor(options: S3Options) {
    const { keyId = 'SANDBOX', keySecret = 'SANDBOX-SECRET', directory } = options;
    this.#key = { id: keyId, secret: keySecret };
    const random = randomOf(options.seed ?? 1, 's3');
    this.#random = () => random.next();
    this.#slowDownShare = options.slowDownShare ?? 0;
    this.#resetShare = options.resetShare ?? 0;
    this.#latencyMs = options.latencyMs ?? 0;
    const file = directory && join(directory, 'truth.jsonl');
    if (directory && file) {
      mkdirSync(directory, { recursive: true });
      writeFileSync(file, '');
    }
    this.#world = new S3World(options.buckets ?? ['bucket'], (truth) => {
      this.truth.push(truth);
      if (file) appendFileSync(file, `${JSON.stringify(truth)}\n`);
    });
  }

  stats(): S3Stats {
    return {
      asked: { ...this.#asked },
      statuses: { ...this.#statuses },
      takenBytes: this.#takenBytes,
      together: this.#comingMost,
      openUploads: this.#world.openUploads,
    };
  }

  order(order: S3Order): void {
    if (order.do === 'down') this.#downUntilMs = performance.now() + order.ms;
    else if (order.do === 'slow-down') this.#slowDownShare = order.share;
    else if (order.do === 'reset') this.#resetShare = order.share;
    else if (order.do === 'latency') this.#latencyMs = order.ms;
    else this.#lostCompletions = order.count;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url?.startsWith('/__')) return this.#control(request, response);
    if (performance.now() < this.#downUntilMs) {
      request.socket.destroy();
      return;
    }
    try {
      const call = await this.#read(request);
      if (call === undefined) return;
      if (this.#latencyMs > 0) await delay(this.#latencyMs);
      const done = serveCall(this.#world, call);
      this.#count(done.name, done.status);
      if (done.name === 'CompleteMultipartUpload' && this.#lostCompletions > 0) {
        this.#lostCompletions -= 1;
        request.socket.destroy();
        return;
      }
      response.writeHead(done.status, done.headers);
      for (const piece of done.body) response.write(piece);
      response.end();
    } catch (error) {
      if (!(error instanceof S3Fault)) {
        request.socket.destroy();
        return;
      }
      this.#count('Error', error.status);
      const xml = `<?xml version="1.0"?><Error><Code>${error.code}</Code><Message>${error.message}</Message></Error>`;
      const body = request.method === 'HEAD' ? '' : xml;
      response.writeHead(error.status, { 'content-type': 'application/xml' }).end(body);
    }
  }

  /** The request with its body, checked; undefined where its connection was broken. */
  async #read(request: IncomingMessage): Promise<S3Call | undefined> {
    const fault = signatureFault(request, this.#key);
    const resets = request.method === 'PUT' && this.#random() < this.#resetShare;
    const length = Number(request.headers['content-length'] ?? 0);
    const coming = request.method === 'PUT' ? 1 : 0;
    this.#coming += coming;
    this.#comingMost = Math.max(this.#comingMost, this.#coming);
    const pieces: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const piece of request as AsyncIterable<Buffer>) {
        bytes += piece.length;
        if (bytes > BODY_BYTES_MAX) throw new S3Fault(400, 'EntityTooLarge');
        pieces.push(piece);
        if (resets && bytes * 2 >= length) {
          request.socket.destroy();
          return undefined;
        }
      }
    } catch (error) {
      if (error instanceof S3Fault) throw error;
      return undefined;
    } finally {
      this.#coming -= coming;
    }
    if (fault !== undefined) throw new S3Fault(403, fault);
    if (this.#random() < this.#slowDownShare) {
      throw new S3Fault(503, 'SlowDown', 'Please reduce your request rate.');
    }
    const body = Buffer.concat(pieces);
    if (String(request.headers['x-amz-content-sha256']) !== sha256(body)) {
      throw new S3Fault(400, 'XAmzContentSHA256Mismatch');
    }
    if (request.method === 'PUT') this.#takenBytes += body.length;
    const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
    const [, bucket = '', ...rest] = path.split('/').map(decodeURIComponent);
    const { method = 'GET', headers } = request;
    return {
      method,
      bucket,
      key: rest.join('/'),
      query: new URLSearchParams(query),
      headers,
      body,
    };
  }

  async #control(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const piece of request.setEncoding('utf8')) text += piece;
    let body: unknown = this.stats();
    if (request.url === '/__order') {
      this.order(JSON.parse(text) as S3Order);
      body = { done: true };
    } else if (request.url === '/__truth') body = this.truth;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  #count(name: string, status: number): void {
    this.#asked[name] = (this.#asked[name] ?? 0) + 1;
    this.#statuses[status] = (this.#statuses[status] ?? 0) + 1;
  }
}

function sha256(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex');
}
