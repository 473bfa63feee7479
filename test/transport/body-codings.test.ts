import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import zlib from 'node:zlib';
import { exchange, failureOf, httpServer, testFetcher, until } from './loopback.ts';

const ENCODERS: Readonly<Record<string, (body: Uint8Array) => Uint8Array>> = {
  gzip: (body) => zlib.gzipSync(body),
  'x-gzip': (body) => zlib.gzipSync(body),
  deflate: (body) => zlib.deflateSync(body),
  'deflate ': (body) => zlib.deflateRawSync(body),
  br: (body) =>
    zlib.brotliCompressSync(body, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } }),
  zstd: (body) => zlib.zstdCompressSync(body),
  'gzip, br': (body) => zlib.brotliCompressSync(zlib.gzipSync(body)),
};
/** Short ones are decompressed at once, long ones as a stream. */
const BODIES = [Buffer.from('hello'), randomBytes(300_000), Buffer.alloc(600_000, 'page ')];

/** A server that answers with what the path names: `/0` is the first of `answers`. */
function serving(answers: readonly { readonly coding: string; readonly wire: Uint8Array }[]) {
  return httpServer((request, response) => {
    const answer = answers[Number(request.url?.slice(1))];
    response.writeHead(200, { 'content-encoding': answer?.coding ?? '' });
    const wire = answer?.wire ?? new Uint8Array(0);
    // In pieces, so that streams are met in the middle.
    for (let at = 0; at < wire.length; at += 50_000) response.write(wire.subarray(at, at + 50_000));
    response.end();
  });
}

describe('content codings', () => {
  for (const [coding, encode] of Object.entries(ENCODERS)) {
    test(`${coding}: short, random, repetitive, capped, cut and damaged`, async () => {
      const answers = BODIES.map((body) => ({ coding, wire: encode(body) }));
      const cut = answers.map(({ wire }) => ({ coding, wire: wire.subarray(0, wire.length - 3) }));
      const noise = [40, 200_000].map((size) => ({
        coding,
        wire: randomBytes(size).fill(7, 0, 20),
      }));
      await using server = await serving([...answers, ...cut, ...noise]);
      const fetcher = testFetcher();
      for (const [i, body] of BODIES.entries()) {
        const reply = await exchange(fetcher, `${server.origin}/${i}`, {
          bodyBytesMax: body.length,
        });
        assert.ok(body.equals(reply.body), `body ${i}`);
        assert.equal(reply.wireBytes, answers[i]?.wire.length);
        const over = { bodyBytesMax: body.length - 1 };
        const error = await failureOf(exchange(fetcher, `${server.origin}/${i}`, over));
        assert.equal(error.code, 'fetch.body_too_large');
      }
      for (let i = BODIES.length; i < BODIES.length * 2 + noise.length; i += 1) {
        const error = await failureOf(exchange(fetcher, `${server.origin}/${i}`));
        assert.equal(error.code, 'fetch.body_corrupt', `body ${i}: ${error.message}`);
      }
      await fetcher.close();
      assert.equal(fetcher.gauges().openSockets, 0);
    });
  }

  test('a bomb is stopped at the cap, before it is read to its end', async () => {
    const megabyte = Buffer.alloc(1_000_000);
    let sent = 0;
    await using server = await httpServer((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      const gzip = zlib.createGzip({ level: 9 });
      gzip.on('data', (chunk: Buffer) => {
        sent += chunk.length;
      });
      gzip.pipe(response);
      const feed = () => {
        if (!response.destroyed) gzip.write(megabyte, feed);
      };
      feed();
    });
    const fetcher = testFetcher();
    const before = process.memoryUsage().rss;
    const error = await failureOf(exchange(fetcher, server.origin, { bodyBytesMax: 2_000_000 }));
    assert.equal(error.code, 'fetch.body_too_large');
    await until(() => server.open === 0);
    assert.ok(sent < 2_000_000, `${sent} bytes were sent`);
    assert.ok(process.memoryUsage().rss - before < 600e6);
    await fetcher.close();
  });

  test('small bombs of every coding stop at the cap', async () => {
    const zeros = Buffer.alloc(20_000_000);
    const answers = ['gzip', 'deflate', 'br', 'zstd'].map((coding) => ({
      coding,
      wire: (ENCODERS[coding] as (body: Uint8Array) => Uint8Array)(zeros),
    }));
    // A bomb in a bomb.
    const inner = zlib.gzipSync(zlib.gzipSync(zeros));
    await using server = await serving([...answers, { coding: 'gzip, gzip', wire: inner }]);
    const fetcher = testFetcher();
    for (let i = 0; i <= answers.length; i += 1) {
      const error = await failureOf(exchange(fetcher, `${server.origin}/${i}`));
      assert.equal(error.code, 'fetch.body_too_large', `${i}: ${error.message}`);
    }
    await fetcher.close();
  });

  test('nothing in a coding is nothing; unknown codings are left alone', async () => {
    await using server = await serving([
      { coding: 'gzip', wire: new Uint8Array(0) },
      { coding: 'utf-8', wire: Buffer.from('plain') },
      { coding: 'identity', wire: Buffer.from('plain') },
      { coding: 'gzip, gzip, gzip, gzip', wire: Buffer.from('x') },
    ]);
    const fetcher = testFetcher();
    assert.equal((await exchange(fetcher, `${server.origin}/0`)).body.byteLength, 0);
    for (const path of ['/1', '/2']) {
      const { body } = await exchange(fetcher, server.origin + path);
      assert.equal(Buffer.from(body).toString(), 'plain');
    }
    const error = await failureOf(exchange(fetcher, `${server.origin}/3`));
    assert.equal(error.code, 'fetch.body_corrupt');
    await fetcher.close();
  });
});
