import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { BodyStream } from '../../src/transport/body-stream.ts';
import {
  exchange,
  fetchRequest,
  httpServer,
  type Loopback,
  rawServer,
  testFetcher,
} from './loopback.ts';

const PIECE = Buffer.alloc(65_536, 'x');
const PIECES = 400;
const WHOLE = Buffer.concat([Buffer.from('begin '), ...Array(20).fill(PIECE), Buffer.from(' end')]);

describe('a body that is streamed', () => {
  let server: Loopback;
  const fetcher = testFetcher();
  /** Pieces that the system has taken from the server. */
  let sent = 0;
  let closed: Promise<unknown> = Promise.resolve();
  const routes: Record<string, (response: ServerResponse) => void> = {
    '/long': async (response) => {
      sent = 0;
      closed = once(response, 'close');
      for (; sent < PIECES && !response.destroyed; sent += 1) {
        if (!response.write(PIECE)) await Promise.race([once(response, 'drain'), closed]);
      }
      response.end();
    },
    '/gzip': (response) =>
      response
        .writeHead(200, { 'content-encoding': 'gzip, br' })
        .end(brotliCompressSync(gzipSync(WHOLE))),
    '/cut': (response) => {
      response.writeHead(200, { 'content-length': 1_000_000 });
      response.write(PIECE, () => response.socket?.end());
    },
    '/silent': (response) => {
      response.writeHead(200);
      response.write('one');
    },
    '/bomb': (response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(9e6))),
  };
  before(async () => {
    server = await httpServer((request, response) => routes[request.url ?? '']?.(response));
  });
  after(async () => {
    await fetcher.close();
    await server[Symbol.asyncDispose]();
  });

  const open = async (path: string, more = {}, signal = new AbortController().signal) => {
    const url = new URL(path, server.origin).href;
    const request = fetchRequest(url, { stream: true, bodyBytesMax: 1e9, ...more });
    const reply = await fetcher.exchange(request, signal);
    assert.equal(reply.body.length, 0);
    return reply.stream as BodyStream;
  };
  const read = async (stream: BodyStream) => {
    const pieces: Uint8Array[] = [];
    for await (const piece of stream) pieces.push(piece);
    return Buffer.concat(pieces);
  };

  it('comes as fast as it is taken, and whole', async () => {
    const stream = await open('/long');
    const ends: unknown[] = [];
    stream.onEnd((reason) => ends.push(reason));
    let bytes = 0;
    let stood = -1;
    for await (const piece of stream) {
      if (bytes === 0) {
        // The server gets no further than what the sockets hold, however long it is left alone.
        while (stood !== sent) {
          stood = sent;
          await new Promise((resolve) => setTimeout(resolve, 60));
        }
        assert.ok(sent < PIECES, 'all of it was taken ahead');
      }
      bytes += piece.length;
    }
    assert.equal(bytes, PIECES * PIECE.length);
    assert.deepEqual(ends, [undefined]);
    assert.equal(fetcher.gauges().exchanges, 0);
  });

  it('closes its connection where it is left', async () => {
    for await (const piece of await open('/long')) {
      assert.ok(piece.length > 0);
      break;
    }
    await closed;
    assert.ok(sent < PIECES);
    assert.equal(fetcher.gauges().exchanges, 0);
  });

  it('undoes its codings', async () => {
    assert.deepEqual(await read(await open('/gzip')), WHOLE);
  });

  it('fails where it is cut off, too large, or not wanted any more', async () => {
    await assert.rejects(read(await open('/cut')), { code: 'fetch.reset' });
    const small = open('/bomb', { bodyBytesMax: 1e6 }).then(read);
    await assert.rejects(small, { code: 'fetch.body_too_large' });
    const controller = new AbortController();
    const stream = await open('/long', {}, controller.signal);
    const reason = new Error('enough');
    controller.abort(reason);
    await assert.rejects(read(stream), reason);
  });

  it('times out where the server is silent, not where the reader is slow', async () => {
    await assert.rejects(read(await open('/silent', { timeoutMs: 80 })), {
      code: 'fetch.timeout_body',
    });
    let bytes = 0;
    for await (const piece of await open('/long', { timeoutMs: 1_000 })) {
      if (bytes === 0) await new Promise((resolve) => setTimeout(resolve, 1_500));
      bytes += piece.length;
    }
    assert.equal(bytes, PIECES * PIECE.length);
  });

  it('can be read once, and refuses what is no answer as ever', async () => {
    const stream = await open('/gzip');
    await read(stream);
    assert.throws(() => stream[Symbol.asyncIterator](), TypeError);
    await using raw = await rawServer((socket) => socket.end('nonsense\r\n\r\n'));
    await assert.rejects(exchange(fetcher, `${raw.origin}/`, { stream: true }), {
      code: 'fetch.protocol',
    });
  });
});
