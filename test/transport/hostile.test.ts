import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { AbortCause } from '../../src/base/abort.ts';
import {
  exchange,
  failureOf,
  fetchRequest,
  httpServer,
  rawServer,
  testFetcher,
  textOf,
  until,
} from './loopback.ts';

/** Answers that no well-behaved server gives. None may hang, leak a socket or grow without end. */

interface RawCase {
  readonly name: string;
  readonly answer: (socket: Socket) => void;
  readonly code: string;
  readonly message?: RegExp;
}

const write = (text: string) => (socket: Socket) => socket.end(text, 'latin1');
const drip = (head: string, piece: string, everyMs: number) => (socket: Socket) => {
  socket.write(head);
  const timer = setInterval(() => socket.write(piece), everyMs);
  socket.once('close', () => clearInterval(timer));
};

const CASES: readonly RawCase[] = [
  {
    name: 'a close before the answer',
    answer: (s) => s.end(),
    code: 'fetch.reset',
    message: /before it answered/,
  },
  {
    name: 'a reset before the answer',
    answer: (s) => s.resetAndDestroy(),
    code: 'fetch.reset',
    message: /before/,
  },
  {
    name: 'a close in the headers',
    answer: write('HTTP/1.1 200 OK\r\ncontent-ty'),
    code: 'fetch.reset',
  },
  {
    name: 'a close in the body',
    answer: write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhello'),
    code: 'fetch.reset',
    message: /in the middle/,
  },
  {
    name: 'a reset in the body',
    answer: (socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhello');
      setTimeout(() => socket.resetAndDestroy(), 20);
    },
    code: 'fetch.reset',
    message: /in the middle/,
  },
  {
    name: 'a close between chunks',
    answer: write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n'),
    code: 'fetch.reset',
    message: /in the middle/,
  },
  {
    name: 'a chunk size that is none',
    answer: write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n'),
    code: 'fetch.protocol',
  },
  { name: 'another protocol', answer: write('SSH-2.0-OpenSSH_9.6\r\n'), code: 'fetch.protocol' },
  {
    name: 'noise',
    answer: write('\x00\x01\x02\xff\xfe not http at all\r\n\r\n'),
    code: 'fetch.protocol',
  },
  {
    name: 'two content lengths',
    answer: write('HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!'),
    code: 'fetch.protocol',
  },
  {
    name: 'huge headers',
    answer: write(`HTTP/1.1 200 OK\r\n${`x-pad: ${'y'.repeat(1_000)}\r\n`.repeat(100)}\r\n`),
    code: 'fetch.headers_too_large',
  },
  {
    name: 'one endless header',
    answer: drip('HTTP/1.1 200 OK\r\nx-long: ', 'z'.repeat(16_384), 1),
    code: 'fetch.headers_too_large',
  },
  {
    name: 'an upgrade nobody asked for',
    answer: write('HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    code: 'fetch.protocol',
  },
  {
    name: 'preliminary answers without end',
    answer: drip('', 'HTTP/1.1 103 Early Hints\r\n\r\n', 10),
    code: 'fetch.timeout_headers',
  },
  {
    name: 'headers drop by drop',
    answer: drip('HTTP/1.1 200 OK\r\n', 'a: b\r\n', 10),
    code: 'fetch.timeout_headers',
  },
  {
    name: 'a body without end',
    answer: drip('HTTP/1.1 200 OK\r\n\r\n', 'x'.repeat(65_536), 1),
    code: 'fetch.body_too_large',
  },
  {
    name: 'a body drop by drop',
    answer: drip('HTTP/1.1 200 OK\r\n\r\n', 'x', 20),
    code: 'fetch.deadline',
  },
  {
    name: 'a body that stalls',
    answer: (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhello'),
    code: 'fetch.timeout_body',
  },
  {
    name: 'an announced giant',
    answer: (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n'),
    code: 'fetch.body_too_large',
  },
];

describe('hostile answers', { concurrency: 4 }, () => {
  for (const { name, answer, code, message } of CASES) {
    test(name, async () => {
      await using server = await rawServer(answer);
      const fetcher = testFetcher();
      const limits = { timeoutMs: 150, deadlineMs: 500 };
      const error = await failureOf(exchange(fetcher, server.origin, limits));
      assert.equal(error.code, code, error.message);
      if (message !== undefined) assert.match(error.message, message);
      assert.match(error.message, /127\.0\.0\.1/);
      await until(() => fetcher.gauges().openSockets === 0 && server.open === 0);
      assert.deepEqual(fetcher.gauges().exchanges, 0);
      await fetcher.close();
    });
  }

  test('more body than announced ends at what was announced', async () => {
    await using server = await rawServer((socket) =>
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello and an answer out of turn'),
    );
    const fetcher = testFetcher();
    assert.equal(textOf(await exchange(fetcher, server.origin)), 'hello');
    await until(() => server.open === 0);
    await fetcher.close();
  });

  test('a body that ends with the connection is whole', async () => {
    await using server = await rawServer(write('HTTP/1.0 200 OK\r\n\r\nall of it'));
    const fetcher = testFetcher();
    assert.equal(textOf(await exchange(fetcher, server.origin)), 'all of it');
    await fetcher.close();
  });

  test('preliminary answers before the real one are passed over', async () => {
    await using server = await rawServer(
      write(
        'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n' +
          '\r\nok',
      ),
    );
    const fetcher = testFetcher();
    const reply = await exchange(fetcher, server.origin);
    assert.equal(reply.status, 200);
    assert.equal(textOf(reply), 'ok');
    assert.equal(reply.headers.link, undefined);
    await fetcher.close();
  });

  test('header names that mean something to JavaScript are plain headers', async () => {
    await using server = await rawServer(
      write(
        'HTTP/1.1 200 OK\r\n__proto__: a\r\nconstructor: b\r\n' +
          'set-cookie: c\r\nset-cookie: d\r\n\r\n',
      ),
    );
    const fetcher = testFetcher();
    const { headers } = await exchange(fetcher, server.origin);
    assert.equal(Object.getOwnPropertyDescriptor(headers, '__proto__')?.value, 'a');
    assert.equal(headers.constructor as unknown, 'b');
    assert.equal(headers['set-cookie'], 'c, d');
    await fetcher.close();
  });

  test('nobody listening', async () => {
    const server = await httpServer(() => {});
    await server[Symbol.asyncDispose]();
    const fetcher = testFetcher();
    const error = await failureOf(exchange(fetcher, server.origin));
    assert.equal(error.code, 'fetch.refused');
    await fetcher.close();
  });

  test('a request that cannot be sent is named, and costs no connection', async () => {
    await using server = await httpServer((_, response) => response.end('ok'));
    const fetcher = testFetcher();
    for (const more of [
      { headers: { 'bad name': 'x' } },
      { headers: { x: 'a\r\nb: c' } },
      { method: 'NO SUCH' },
      { method: 'POST', headers: { 'content-length': '99' }, body: 'short' },
    ]) {
      const error = await failureOf(exchange(fetcher, server.origin, more));
      assert.equal(error.code, 'fetch.request_invalid', error.message);
    }
    assert.equal(textOf(await exchange(fetcher, server.origin)), 'ok');
    await fetcher.close();
  });
});

describe('connections', () => {
  test('are reused, and dialled anew when the server closed them meanwhile', async () => {
    await using server = await httpServer((_, response) => response.end('ok'));
    const fetcher = testFetcher();
    for (let i = 0; i < 5; i += 1) await exchange(fetcher, server.origin);
    assert.equal(server.connections, 1);
    await fetcher.close();
    assert.equal(fetcher.gauges().openSockets, 0);
  });

  test('closed under a request are replaced once for GET, not for POST', async () => {
    const answered = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
    await using server = await rawServer((socket) => {
      socket.write(answered);
      // The second request on a connection meets a closed door.
      socket.once('data', () => socket.destroy());
    });
    const fetcher = testFetcher();
    assert.equal(textOf(await exchange(fetcher, server.origin)), 'ok');
    assert.equal(textOf(await exchange(fetcher, server.origin)), 'ok');
    assert.equal(server.connections, 2);
    const error = await failureOf(exchange(fetcher, server.origin, { method: 'POST', body: 'x' }));
    assert.equal(error.code, 'fetch.reset');
    await fetcher.close();
  });

  test('never number more than socketsMax; further requests wait their turn', async () => {
    let most = 0;
    const servers = await Promise.all(
      [1, 2, 3].map(() =>
        httpServer((_, response) => void setTimeout(() => response.end('ok'), 10)),
      ),
    );
    const fetcher = testFetcher({ socketsMax: 4 });
    const sample = setInterval(() => {
      most = Math.max(
        most,
        servers.reduce((sum, server) => sum + server.open, 0),
      );
    }, 1);
    const replies = await Promise.all(
      Array.from({ length: 60 }, (_, i) => exchange(fetcher, servers[i % 3]?.origin as string)),
    );
    clearInterval(sample);
    assert.equal(replies.length, 60);
    assert.ok(most <= 4, `${most} sockets at once`);
    await fetcher.close();
    for (const server of servers) await server[Symbol.asyncDispose]();
  });

  test('waiting for a turn costs no connect time-out, but counts for the deadline', async () => {
    await using server = await httpServer((request, response) => {
      if (request.url === '/hold') setTimeout(() => response.end('held'), 1_500);
      else response.end('ok');
    });
    const fetcher = testFetcher({ socketsMax: 1 });
    const held = exchange(fetcher, `${server.origin}/hold`);
    const short = { timeoutMs: 1_000, deadlineMs: 20_000 };
    const waited = exchange(fetcher, `${server.origin}/`, short);
    const late = failureOf(exchange(fetcher, `${server.origin}/`, { ...short, deadlineMs: 60 }));
    assert.equal((await late).code, 'fetch.deadline');
    assert.equal(textOf(await held), 'held');
    assert.equal(textOf(await waited), 'ok');
    await fetcher.close();
  });

  test('idle ones are few and short-lived', async () => {
    const servers = await Promise.all([1, 2, 3, 4].map(() => httpServer((_, r) => r.end('ok'))));
    const fetcher = testFetcher({ idleMax: 2, idleMs: 60 });
    for (const { origin } of servers) await exchange(fetcher, origin);
    assert.ok(fetcher.gauges().idleSockets <= 2);
    await until(() => fetcher.gauges().openSockets === 0);
    for (const server of servers) await server[Symbol.asyncDispose]();
    await fetcher.close();
  });

  test('an abort at any moment leaves nothing behind', async () => {
    await using server = await httpServer((_, response) => {
      response.write('x'.repeat(10_000));
      setTimeout(() => response.end(gzipSync('y')), 3);
    });
    const fetcher = testFetcher();
    const cause = new AbortCause('cancel');
    for (let i = 0; i < 120; i += 1) {
      const controller = new AbortController();
      const promise = fetcher.exchange(fetchRequest(server.origin), controller.signal);
      setTimeout(() => controller.abort(cause), (i % 12) * 0.7);
      await promise.catch((error) => assert.equal(error, cause));
    }
    assert.equal(fetcher.gauges().exchanges, 0);
    await fetcher.close();
    assert.equal(fetcher.gauges().openSockets, 0);
    await until(() => server.open === 0);
  });
});
