import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AbortCause } from '../../src/base/abort.ts';
import { SluiceError } from '../../src/base/errors.ts';
import type { Fetcher, FetchRequest } from '../../src/transport/fetcher.ts';
import type { AnswerScript, ScriptedAnswer } from '../fakes/scripted-fetcher.ts';

/** What every fetcher promises, whatever is behind it. */
export interface FetcherUnderTest {
  readonly fetcher: Fetcher;
  /** Where the script answers, such as `http://127.0.0.1:1234`. */
  readonly origin: string;
  close(): Promise<void>;
}

const ANSWERS: Readonly<Record<string, ScriptedAnswer>> = {
  '/page': { headers: { 'content-type': 'text/plain', 'x-two': 'a, b' }, body: 'hello' },
  '/empty': { status: 204 },
  '/missing': { status: 404, body: 'no' },
  '/broken': { status: 503, headers: { 'retry-after': '7' } },
  '/moved': { status: 301, headers: { location: '/page' } },
  '/ten': { body: '0123456789' },
  '/slow': { delayMs: 60, body: 'late' },
  '/silent': { delayMs: Number.POSITIVE_INFINITY },
  '/stalls': {
    headers: { 'content-length': '100' },
    body: 'begun',
    bodyDelayMs: Number.POSITIVE_INFINITY,
  },
};

/** The script behind the suite; `make` puts it behind a server or into a fake. */
export const conformanceScript: AnswerScript = (request) => {
  if (request.url.pathname === '/echo') {
    const body = Buffer.from(request.body ?? '').toString();
    return { body: `${request.method} ${request.headers['x-mark'] ?? '-'} ${body}` };
  }
  return ANSWERS[request.url.pathname] ?? { status: 404 };
};

const never = new AbortController().signal;

export function exerciseFetcher(name: string, make: () => Promise<FetcherUnderTest>): void {
  describe(`${name} as a fetcher`, () => {
    let under: FetcherUnderTest;
    before(async () => {
      under = await make();
    });
    after(() => under.close());

    const ask = (path: string, more: Partial<FetchRequest> = {}): FetchRequest => ({
      method: 'GET',
      url: new URL(path, under.origin),
      headers: {},
      timeoutMs: 2_000,
      deadlineMs: 4_000,
      bodyBytesMax: 1_000,
      ...more,
    });
    const get = (path: string, more?: Partial<FetchRequest>, signal = never) =>
      under.fetcher.exchange(ask(path, more), signal);
    const fails = (promise: Promise<unknown>, code: string) =>
      assert.rejects(promise, (error) => {
        assert.ok(error instanceof SluiceError, String(error));
        assert.equal(error.code, code);
        assert.doesNotMatch(error.message, /\{\w+\}/, 'a parameter of the sentence is missing');
        return true;
      });

    test('answers with status, headers, body and times', async () => {
      const reply = await get('/page');
      assert.equal(reply.status, 200);
      assert.equal(reply.url, `${under.origin}/page`);
      assert.equal(reply.headers['content-type'], 'text/plain');
      assert.equal(reply.headers['x-two'], 'a, b');
      assert.equal(Buffer.from(reply.body).toString(), 'hello');
      assert.equal(reply.wireBytes, 5);
      assert.ok(reply.sentMs >= 0 && reply.headersMs >= reply.sentMs);
      assert.ok(reply.totalMs >= reply.headersMs);
    });

    test('takes every status for an answer and follows no redirect', async () => {
      for (const [path, status] of [
        ['/empty', 204],
        ['/missing', 404],
        ['/broken', 503],
        ['/moved', 301],
      ] as const) {
        assert.equal((await get(path)).status, status);
      }
      assert.equal((await get('/moved')).headers.location, '/page');
      assert.equal((await get('/broken')).headers['retry-after'], '7');
    });

    test('sends method, headers and body', async () => {
      const request = { method: 'POST', headers: { 'x-mark': 'm1' }, body: 'søk' };
      assert.equal(Buffer.from((await get('/echo', request)).body).toString(), 'POST m1 søk');
      const bytes = { ...request, body: new Uint8Array([97, 98]) };
      assert.equal(Buffer.from((await get('/echo', bytes)).body).toString(), 'POST m1 ab');
    });

    test('reads no body for HEAD', async () => {
      const reply = await get('/ten', { method: 'HEAD' });
      assert.equal(reply.status, 200);
      assert.equal(reply.body.byteLength, 0);
    });

    test('takes a body of just the cap and refuses one byte more', async () => {
      assert.equal((await get('/ten', { bodyBytesMax: 10 })).body.byteLength, 10);
      await fails(get('/ten', { bodyBytesMax: 9 }), 'fetch.body_too_large');
    });

    test('waits for slow headers and gives up on silence', async () => {
      assert.equal(Buffer.from((await get('/slow')).body).toString(), 'late');
      await fails(get('/silent', { timeoutMs: 60 }), 'fetch.timeout_headers');
      await fails(get('/stalls', { timeoutMs: 60 }), 'fetch.timeout_body');
      await fails(get('/silent', { timeoutMs: 5_000, deadlineMs: 60 }), 'fetch.deadline');
      await fails(get('/stalls', { timeoutMs: 5_000, deadlineMs: 60 }), 'fetch.deadline');
    });

    test('ends with the reason of its signal, before and in the middle', async () => {
      const early = new AbortController();
      const cause = new AbortCause('drain');
      early.abort(cause);
      await assert.rejects(get('/page', {}, early.signal), (error) => error === cause);
      for (const path of ['/silent', '/stalls']) {
        const late = new AbortController();
        const promise = get(path, {}, late.signal);
        setTimeout(() => late.abort(cause), 30);
        await assert.rejects(promise, (error) => error === cause);
      }
    });

    test('refuses what is not http', async () => {
      const url = new URL('ftp://example.com/');
      await fails(get('/page', { url }), 'fetch.url_invalid');
    });

    test('serves many at once', async () => {
      const replies = await Promise.all(Array.from({ length: 50 }, () => get('/ten')));
      assert.ok(replies.every(({ body }) => body.byteLength === 10));
    });

    test('ends what runs when it is closed, and takes nothing more', async () => {
      const other = await make();
      const request = { ...ask('/silent'), url: new URL('/silent', other.origin) };
      const running = other.fetcher.exchange(request, never);
      const ended = assert.rejects(running, AbortCause);
      await other.fetcher.close();
      await ended;
      await assert.rejects(other.fetcher.exchange(request, never), AbortCause);
      await other.close();
    });
  });
}
