import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { plainUrl } from '../base/plain-url.ts';
import { type Exchange, ExchangeTrace } from './exchange-trace.ts';

const SECRET = 'AAFk-long/secret+of=account';

function exchange(url: string, more: Partial<Exchange> = {}): Exchange {
  return {
    request: {
      method: 'GET',
      url: new URL(url),
      headers: { authorization: `Bearer ${SECRET}`, 'user-agent': 'test', cookie: 'a=b' },
    },
    reply: {
      status: 429,
      headers: {
        'set-cookie': 'session=1',
        'retry-after': '5',
        'x-rate-limit-remaining': '0',
        server: `behind ${SECRET}`,
      },
    },
    wireBytes: 100,
    failure: undefined,
    account: { secret: { keys: [SECRET], short: 'a' } },
    startedMs: 1_010,
    headersMs: 3,
    tookMs: 4.06,
    waitedMs: 2,
    ...more,
  };
}

describe('the trace of an attempt', () => {
  it('tells no login, no cookie and nothing that opens anything', () => {
    const trace = new ExchangeTrace();
    const inAddress = encodeURIComponent(SECRET);
    trace.add(exchange(`https://me:pw@a.example/say/${inAddress}?page=2&api_key=k&q=${inAddress}`));
    const { exchanges, receivedBytes, requests } = trace.kept(1_000);
    const [kept] = exchanges ?? [];
    assert.equal(kept?.url, 'https://a.example/say/•••?page=2&api_key=•••&q=•••');
    assert.deepEqual(kept?.requestHeaders, { 'user-agent': 'test' });
    assert.deepEqual(kept?.headers, {
      'retry-after': '5',
      'x-rate-limit-remaining': '0',
      server: 'behind •••',
    });
    assert.deepEqual([kept?.atMs, kept?.tookMs, kept?.status], [10, 4.1, 429]);
    assert.deepEqual([receivedBytes, requests], [100, 1]);
  });

  it('hides in addresses what is called, or looks like, a key, and nothing else', () => {
    const shown = (text: string) => plainUrl(new URL(text));
    for (const name of [
      'token',
      'access_token',
      'apiKey',
      'key',
      'sig',
      'X-Amz-Signature',
      'pass',
    ]) {
      assert.equal(shown(`http://a.example/?${name}=v`), `http://a.example/?${name}=•••`);
    }
    assert.equal(shown('http://a.example/bot12:AAx/send'), 'http://a.example/•••/send');
    assert.equal(shown(`http://a.example/${'a1'.repeat(20)}#part`), 'http://a.example/•••');
    const jwt = 'eyJhbGciOi.eyJzdWIi.c2ln';
    assert.equal(shown(`http://a.example/?q=${jwt}`), 'http://a.example/?q=•••');
    for (const plain of [
      'https://a.example/how-to-build-a-house-of-2024-stones-and-more',
      'https://a.example/f3b0c442-98fc-1c14-9afb-f4c8996fb924?keyword=b%20c&page=3',
    ]) {
      assert.equal(shown(plain), plain);
    }
  });

  it('is bounded: the first request and the last ones, short', () => {
    const trace = new ExchangeTrace();
    const long = `https://a.example/${'part/'.repeat(1_000)}`;
    for (let i = 0; i < 50; i += 1) trace.add(exchange(`${long}?n=${i}`, { startedMs: i }));
    const kept = trace.kept(0);
    assert.deepEqual([kept.requests, kept.receivedBytes], [50, 5_000]);
    assert.deepEqual(
      kept.exchanges?.map(({ atMs }) => atMs),
      [0, 47, 48, 49],
    );
    assert.ok(JSON.stringify(kept).length < 4_000);
  });
});
