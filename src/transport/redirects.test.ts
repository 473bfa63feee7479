import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SluiceError } from '../base/errors.ts';
import { type HopRequest, nextHop, RedirectTrail, refreshTarget } from './redirects.ts';

const hop = (url: string, more: Partial<HopRequest> = {}): HopRequest => ({
  method: 'GET',
  url: new URL(url),
  headers: {},
  ...more,
});
const reply = (status: number, location?: string) => ({
  status,
  headers: location === undefined ? {} : ({ location } as Record<string, string>),
});
const followed = (request: HopRequest, status: number, location?: string): HopRequest => {
  const next = nextHop(request, reply(status, location));
  assert.ok(next !== undefined && !(next instanceof SluiceError), String(next));
  return next;
};

describe('redirects', () => {
  test('method and body', () => {
    const cases: [status: number, method: string, then: string, body: boolean][] = [
      [301, 'GET', 'GET', true],
      [301, 'POST', 'GET', false],
      [302, 'POST', 'GET', false],
      [301, 'PUT', 'PUT', true],
      [302, 'HEAD', 'HEAD', true],
      [303, 'POST', 'GET', false],
      [303, 'PUT', 'GET', false],
      [303, 'HEAD', 'HEAD', true],
      [307, 'POST', 'POST', true],
      [308, 'POST', 'POST', true],
    ];
    for (const [status, method, then, body] of cases) {
      const headers = { 'content-type': 'text/plain', 'x-own': '1' };
      const request = hop('http://a.test/', { method, body: 'b', headers });
      const next = followed(request, status, '/x');
      assert.equal(next.method, then, `${status} ${method}`);
      assert.equal(next.body, body ? 'b' : undefined);
      assert.equal('content-type' in next.headers, body);
      assert.equal(next.headers['x-own'], '1');
    }
  });

  test('where to', () => {
    const cases: [from: string, location: string, to: string][] = [
      ['http://a.test/x/y?q', '/z', 'http://a.test/z'],
      ['http://a.test/x/y?q', 'z', 'http://a.test/x/z'],
      ['http://a.test/x/y?q', '../z', 'http://a.test/z'],
      ['http://a.test/x/y?q', '?r', 'http://a.test/x/y?r'],
      ['https://a.test/', '//b.test/z', 'https://b.test/z'],
      ['https://a.test/', 'http://b.test', 'http://b.test/'],
      ['http://a.test/', '  /z ', 'http://a.test/z'],
      ['http://a.test/', '/a b', 'http://a.test/a%20b'],
      ['http://a.test/', Buffer.from('/über').toString('latin1'), 'http://a.test/%C3%BCber'],
      ['http://a.test/', 'http://BÜCHER.test/', 'http://xn--bcher-kva.test/'],
      ['http://a.test/#part', '/z', 'http://a.test/z#part'],
      ['http://a.test/#part', '/z#other', 'http://a.test/z#other'],
    ];
    for (const [from, location, to] of cases) {
      assert.equal(followed(hop(from), 302, location).url.href, to, location);
    }
  });

  test('no redirect', () => {
    for (const status of [200, 204, 300, 304, 305, 306, 404, 500]) {
      assert.equal(nextHop(hop('http://a.test/'), reply(status, '/x')), undefined);
    }
    assert.equal(nextHop(hop('http://a.test/'), reply(302)), undefined);
    assert.equal(nextHop(hop('http://a.test/'), reply(302, '')), undefined);
  });

  test('what cannot be followed', () => {
    for (const location of [
      'ftp://a.test/',
      'javascript:alert(1)',
      'data:text/html,x',
      'file:///etc/passwd',
      'http://',
      'http://[::1',
      'mailto:a@b.test',
      `/${'x'.repeat(9_000)}`,
    ]) {
      const next = nextHop(hop('http://a.test/'), reply(302, location));
      assert.ok(next instanceof SluiceError && next.code === 'fetch.redirect_invalid', location);
      assert.match(next.message, /a\.test/);
    }
  });

  test('credentials stay with their origin', () => {
    const headers = { authorization: 'x', cookie: 'y', 'x-api-key': 'z', accept: 'a', host: 'h' };
    const request = hop('https://a.test/', { headers });
    assert.deepEqual(Object.keys(followed(request, 302, '/x').headers).sort(), [
      'accept',
      'authorization',
      'cookie',
      'x-api-key',
    ]);
    for (const location of [
      'https://b.test/',
      'http://a.test/',
      'https://a.test:8443/',
      'https://x.a.test/',
    ]) {
      assert.deepEqual(followed(request, 302, location).headers, { accept: 'a' }, location);
    }
  });

  test('a trail ends in a circle and at its limit', () => {
    const start = hop('http://a.test/0');
    const trail = new RedirectTrail(start, 3);
    for (const n of [1, 2, 3]) assert.equal(trail.follow(hop(`http://a.test/${n}`)), undefined);
    assert.equal(trail.follow(hop('http://a.test/4'))?.code, 'fetch.redirects_too_many');
    assert.equal(trail.follow(hop('http://a.test/2#part'))?.code, 'fetch.redirect_loop');
    assert.equal(trail.follow(start)?.code, 'fetch.redirect_loop');
    assert.deepEqual(trail.urls, ['http://a.test/1', 'http://a.test/2', 'http://a.test/3']);
    const post = new RedirectTrail(hop('http://a.test/', { method: 'POST' }), 3);
    assert.equal(post.follow(hop('http://a.test/')), undefined, 'POST, then GET, is no circle');
  });
});

describe('refresh', () => {
  const base = new URL('http://a.test/x?q');
  const target = (html: string, header?: string) => refreshTarget(html, base, header)?.href;

  test('is found in its many spellings', () => {
    for (const html of [
      '<meta http-equiv="refresh" content="0; url=/z">',
      "<META HTTP-EQUIV='Refresh' CONTENT='0;URL=/z'/>",
      '<meta content="5;url=/z" http-equiv=refresh>',
      '<meta http-equiv=refresh content=0;url=/z>',
      '<meta http-equiv="refresh" content="0;url=\'/z\'">',
      '<meta http-equiv="refresh" content="0, /z">',
      '<meta http-equiv="refresh" content=" 1.5 ; URL = /z ">',
      '<meta http-equiv="refresh" content="0;url=&quot;/z&quot;">',
    ]) {
      assert.equal(target(html), 'http://a.test/z', html);
    }
    assert.equal(target('', '0; url=http://b.test/'), 'http://b.test/');
    assert.equal(
      target('<meta http-equiv=refresh content="0;url=/z?a&amp;b">'),
      'http://a.test/z?a&b',
    );
  });

  test('is left alone when late, reloading, or no address', () => {
    for (const content of [
      '6; url=/z',
      '600',
      '0',
      '',
      'url=/z',
      '0; url=',
      '0; url=javascript:x',
      '0; url=/x?q',
      '0; url=http://[',
      `0${' '.repeat(100_000)};`,
    ]) {
      assert.equal(target(`<meta http-equiv="refresh" content="${content}">`), undefined, content);
    }
    assert.equal(target('<p>refresh</p>'), undefined);
    assert.equal(
      target(`${' '.repeat(20_000)}<meta http-equiv=refresh content=0;url=/z>`),
      undefined,
    );
  });

  test('no page makes it slow', () => {
    const before = process.threadCpuUsage();
    for (const piece of [
      '<meta http-equiv ',
      '<meta http-equiv=refresh content="',
      '<meta http-equiv=refresh content="0;',
    ]) {
      target(piece.repeat(5_000));
      target(piece + ' '.repeat(100_000));
    }
    // Of the processor's time: how long the machine stood still meanwhile is no matter.
    assert.ok(process.threadCpuUsage(before).user < 2e6);
  });
});
