import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Clock } from '../base/clock.ts';
import type { Fetcher, FetchReply, FetchRequest } from './fetcher.ts';
import { type HttpCacheOptions, withHttpCache } from './http-cache.ts';
import { createMemoryHttpCache } from './memory-http-cache.ts';

const never = new AbortController().signal;
const START_MS = Date.parse('2026-01-01T00:00:00Z');

function rig(
  answer: (request: FetchRequest) => Partial<FetchReply>,
  bytesMax = 1e6,
  options?: HttpCacheOptions,
) {
  const sent: FetchRequest[] = [];
  let nowMs = START_MS;
  const inner: Fetcher = {
    async exchange(request) {
      sent.push(request);
      return {
        url: request.url.href,
        status: 200,
        headers: {},
        body: Buffer.from('body'),
        sentMs: 1,
        headersMs: 5,
        totalMs: 9,
        wireBytes: 4,
        ...answer(request),
      };
    },
    async close() {},
  };
  const clock = { wallMs: () => nowMs } as Clock;
  const cache = createMemoryHttpCache(bytesMax);
  const fetcher = withHttpCache(inner, cache, clock, options);
  /** As an attempt does: what is at hand first, else it is asked for. */
  const get = async (path = '/', more: Partial<FetchRequest> = {}) => {
    const request: FetchRequest = {
      method: 'GET',
      url: new URL(path, 'http://a.test'),
      headers: {},
      timeoutMs: 1,
      deadlineMs: 1,
      bodyBytesMax: 1_000,
      ...more,
    };
    return (await fetcher.kept?.(request)) ?? fetcher.exchange(request, never);
  };
  return { get, sent, cache, pass: (ms: number) => (nowMs += ms) };
}

describe('http cache', () => {
  test('says of which answers it holds the body too', async () => {
    const { get } = rig(({ url }) =>
      url.pathname === '/kept' ? { headers: { etag: '"v1"' } } : { headers: {} },
    );
    assert.equal((await get('/kept')).cached, true);
    assert.equal((await get('/kept')).cached, true);
    assert.equal((await get('/other')).cached, undefined);
  });

  test('asks with what the server gave and takes "not modified" for the kept page', async () => {
    const modified = 'Wed, 31 Dec 2025 00:00:00 GMT';
    const { get, sent } = rig((request) =>
      request.headers['if-none-match'] === '"v1"'
        ? { status: 304, body: new Uint8Array(0), headers: { 'x-new': '1', 'content-length': '0' } }
        : { headers: { etag: '"v1"', 'last-modified': modified, 'content-type': 'text/plain' } },
    );
    await get();
    const again = await get();
    assert.equal(sent.length, 2);
    assert.equal(sent[1]?.headers['if-modified-since'], modified);
    assert.equal(again.status, 200);
    assert.equal(Buffer.from(again.body).toString(), 'body');
    assert.equal(again.headers['content-type'], 'text/plain');
    assert.equal(again.headers['x-new'], '1');
    assert.equal(again.headers['content-length'], undefined);
  });

  test('a changed page takes the place of the kept one', async () => {
    let version = 1;
    const { get } = rig(() => ({
      headers: { etag: `"${version}"` },
      body: Buffer.from(`v${version}`),
    }));
    await get();
    version = 2;
    assert.equal(Buffer.from((await get()).body).toString(), 'v2');
  });

  test('asks nothing while the page is fresh', async () => {
    const cases: [headers: Record<string, string>, freshMs: number][] = [
      [{ 'cache-control': 'max-age=60' }, 60_000],
      [{ 'cache-control': 'public, MAX-AGE="60"' }, 60_000],
      [{ 'cache-control': 'max-age=60', age: '20' }, 40_000],
      [{ 'cache-control': 'max-age=99999999' }, 86_400_000],
      [
        {
          etag: 'x',
          date: 'Thu, 01 Jan 2026 00:00:00 GMT',
          expires: 'Thu, 01 Jan 2026 00:01:00 GMT',
        },
        60_000,
      ],
      [{ etag: 'x', expires: 'Thu, 01 Jan 2026 00:01:00 GMT', 'cache-control': 'max-age=0' }, 0],
      [{ etag: 'x', expires: '0' }, 0],
      [{ etag: 'x', 'cache-control': 'no-cache, max-age=60' }, 0],
      [{ etag: 'x', 'cache-control': 'max-age=-5' }, 0],
      [{ etag: 'x', 'cache-control': 'max-age=0, max-age=60' }, 0],
      [{ etag: 'x' }, 0],
    ];
    for (const [headers, freshMs] of cases) {
      const { get, sent, pass } = rig(() => ({ headers }));
      await get();
      pass(Math.max(freshMs - 1, 0));
      await get();
      const expected = freshMs > 0 ? 1 : 2;
      assert.equal(sent.length, expected, JSON.stringify(headers));
      pass(1);
      await get();
      assert.equal(sent.length, expected + 1, JSON.stringify(headers));
    }
  });

  test('keeps nothing that is private, varied, partial or an error', async () => {
    const etag = 'x';
    for (const reply of [
      { headers: { etag, 'cache-control': 'no-store' } },
      { headers: { etag, 'cache-control': 'Private' } },
      { headers: { etag, 'set-cookie': 'a=b' } },
      { headers: { etag, vary: '*' } },
      { headers: { etag, vary: 'accept, cookie' } },
      { headers: { etag }, status: 206 },
      { headers: { etag }, status: 500 },
      { headers: {} },
    ]) {
      const { get, sent, cache } = rig(() => reply);
      await get();
      await get();
      assert.equal(sent[1]?.headers['if-none-match'], undefined, JSON.stringify(reply));
      assert.equal(cache.bytes, 0);
    }
  });

  test('stays out of requests that are not plain', async () => {
    const { get, cache } = rig(() => ({ headers: { etag: 'x', 'cache-control': 'max-age=60' } }));
    for (const more of [
      { method: 'HEAD' },
      { method: 'POST', body: 'x' },
      { headers: { authorization: 'x' } },
      { headers: { cookie: 'x' } },
      { headers: { range: 'bytes=0-1' } },
      { headers: { 'if-none-match': 'y' } },
      { url: new URL('http://user:secret@a.test/') },
    ]) {
      await get('/', more);
      assert.equal(cache.bytes, 0, JSON.stringify(more));
    }
  });

  test('tells apart what was asked for', async () => {
    const { get, sent } = rig(() => ({ headers: { 'cache-control': 'max-age=60' } }));
    await get('/');
    await get('/?q');
    await get('/', { headers: { accept: 'application/json' } });
    assert.equal(sent.length, 3);
    await get('/#part', { headers: { 'user-agent': 'other' } });
    assert.equal(sent.length, 3);
  });

  test('an answer from elsewhere under the same name is not seen', async () => {
    const inner: Fetcher = {
      exchange: async ({ url, headers }) => ({
        url: url.href,
        status: 200,
        headers: { etag: 'x', 'cache-control': 'max-age=60' },
        body: Buffer.from(headers['if-none-match'] ?? 'asked anew'),
        sentMs: 0,
        headersMs: 0,
        totalMs: 0,
        wireBytes: 0,
      }),
      async close() {},
    };
    const clock = { wallMs: () => START_MS } as Clock;
    const cache = createMemoryHttpCache(1e6);
    const url = new URL('http://a.test/');
    const limits = { timeoutMs: 1, deadlineMs: 1, bodyBytesMax: 1_000 };
    const request: FetchRequest = { method: 'GET', url, headers: {}, ...limits };
    for (const scope of ['', '*=127.0.0.1:81', '*=127.0.0.1:82']) {
      const fetcher = withHttpCache(inner, cache, clock, { useFresh: true, scope });
      assert.equal(fetcher.kept?.(request), undefined);
      const reply = await fetcher.exchange(request, never);
      assert.equal(Buffer.from(reply.body).toString(), 'asked anew');
      assert.notEqual(await fetcher.kept?.(request), undefined);
    }
  });

  test('asks for the whole page where the kept one is too large now', async () => {
    const { get, sent } = rig((request) =>
      request.headers['if-none-match'] === undefined ? { headers: { etag: 'x' } } : { status: 304 },
    );
    await get();
    await get('/', { bodyBytesMax: 2 });
    assert.equal(sent.length, 2);
    assert.equal(sent[1]?.headers['if-none-match'], undefined);
  });

  test('a server in trouble takes nothing away', async () => {
    let trouble: Partial<FetchReply> | undefined;
    const { get, sent } = rig(() => trouble ?? { headers: { etag: '"v1"' } });
    await get();
    for (const status of [500, 503, 429, 304]) {
      trouble = { status, headers: {}, body: new Uint8Array(0) };
      await get();
      assert.equal(sent.at(-1)?.headers['if-none-match'], '"v1"', `before the ${status}`);
    }
    trouble = { status: 302, headers: { location: '/' } };
    await get();
    await get();
    assert.equal(sent.at(-1)?.headers['if-none-match'], undefined);
  });

  test('what was true of the first answer alone is not said again', async () => {
    const { get } = rig((request) =>
      request.headers['if-none-match']
        ? { status: 304, headers: { 'x-ratelimit-limit': '7' } }
        : {
            headers: {
              etag: '"v1"',
              age: '9',
              'retry-after': '5',
              'x-rate-limit-remaining': '0',
              'ratelimit-reset': '60',
              'x-ratelimited': 'no',
            },
          },
    );
    await get();
    const { headers } = await get();
    assert.deepEqual(headers, { etag: '"v1"', 'x-ratelimited': 'no', 'x-ratelimit-limit': '7' });
  });

  test('an answer that came back takes the times of the question', async () => {
    const { get } = rig((request) =>
      request.headers['if-none-match']
        ? {
            status: 304,
            body: new Uint8Array(0),
            sentMs: 2,
            headersMs: 3,
            totalMs: 4,
            wireBytes: 0,
          }
        : { headers: { etag: '"v1"' } },
    );
    await get();
    const { sentMs, headersMs, totalMs, wireBytes } = await get();
    assert.deepEqual([sentMs, headersMs, totalMs, wireBytes], [2, 3, 4, 0]);
  });

  test('asks about fresh pages too where that is wished', async () => {
    const reply = { headers: { etag: 'x', 'cache-control': 'max-age=60' } };
    const always = rig(() => reply, 1e6, { useFresh: false, scope: '' });
    await always.get();
    await always.get();
    assert.deepEqual(
      always.sent.map(({ headers }) => headers['if-none-match']),
      [undefined, 'x'],
    );
  });

  test('lets go of the least recently used, by bytes', async () => {
    const { get, sent, cache } = rig(
      () => ({ headers: { 'cache-control': 'max-age=60' }, body: Buffer.alloc(3_000) }),
      40_000,
    );
    const limit = { bodyBytesMax: 1e6 };
    for (let i = 0; i < 30; i += 1) {
      await get(`/${i}`, limit);
      await get('/0', limit);
      assert.ok(cache.bytes <= 40_000);
    }
    assert.equal(sent.length, 30, 'the one in use was never let go');
    await get('/1', limit);
    assert.equal(sent.length, 31);
    for (let i = 0; i < 30; i += 1) cache.delete(`http://a.test/${i}`);
    assert.equal(cache.bytes, 0);
  });
});
