/** The sites over real HTTP: same seed, same bytes; every behaviour as its sentence says. */
import assert from 'node:assert/strict';
import { type IncomingHttpHeaders, request } from 'node:http';
import { request as requestTls } from 'node:https';
import { after, before, describe, it } from 'node:test';
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { type Behaviour, SPECIAL_BEHAVIOURS } from './behaviours.ts';
import { pageBytes } from './page-bytes.ts';
import { renderPage } from './render-page.ts';
import { SITES_FOR_ALL_BEHAVIOURS } from './site-name.ts';
import { planSite } from './site-plan.ts';
import { type Sites, startSites } from './start-sites.ts';
import { sitesCsv, truthLines } from './websites-csv.ts';

interface Answer {
  /** 0 when no head came. */
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly complete: boolean;
  readonly error: string;
}

let sites: Sites;
const agents = { agent: false as const };

function get(
  host: string,
  path = '/',
  headers: Record<string, string> = {},
  timeoutMs = 10_000,
  port = sites.port,
) {
  return new Promise<Answer>((resolve) => {
    const chunks: Buffer[] = [];
    let status = 0;
    let got: IncomingHttpHeaders = {};
    let length = 0;
    const done = (complete: boolean, error = '') =>
      resolve({ status, headers: got, body: Buffer.concat(chunks), complete, error });
    const call = request(
      { ...agents, host: '127.0.0.1', port, path, headers: { host, ...headers } },
      (response) => {
        status = response.statusCode ?? 0;
        got = response.headers;
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          length += chunk.length;
          if (length > 1_000_000) call.destroy(new Error('too much'));
        });
        response.on('end', () => done(response.complete));
        response.on('error', (error: NodeJS.ErrnoException) =>
          done(false, error.code ?? error.message),
        );
      },
    );
    call.setTimeout(timeoutMs, () => call.destroy(new Error('timeout')));
    call.on('error', (error: NodeJS.ErrnoException) => done(false, error.code ?? error.message));
    call.end();
  });
}

const hostOf = (behaviour: Exclude<Behaviour, 'ordinary'>) => sites.hostOf(behaviour) as string;
const visit = (behaviour: Exclude<Behaviour, 'ordinary'>, path = '/', headers = {}) =>
  get(hostOf(behaviour), path, headers);
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

before(async () => {
  sites = await startSites({ latencyScale: 0 });
});
after(() => sites.close());

describe('determinism', () => {
  it('gives the same pages, list and truth for the same seed, and others for another', () => {
    for (const index of [0, 1, 50, 131]) {
      const bytes = pageBytes(planSite(4, index), 'home').body;
      assert.ok(bytes.equals(pageBytes(planSite(4, index), 'home').body));
      assert.ok(!bytes.equals(pageBytes(planSite(5, index), 'home').body));
    }
    assert.deepEqual([...sitesCsv(4, 60)], [...sitesCsv(4, 60)]);
    assert.deepEqual([...truthLines(4, 60)], [...truthLines(4, 60)]);
  });

  it('keeps page sizes within reason', () => {
    for (let index = 0; index < 60; index += 1) {
      const { length } = pageBytes(planSite(1, index), 'home').body;
      assert.ok(length > 4_000 && length < 130_000, `${index}: ${length}`);
    }
  });
});

describe('ordinary answers', () => {
  it('serves a page by Host, with and without www, capitals and port', async () => {
    const { host } = planSite(1, 1);
    const plain = await get(host);
    assert.equal(plain.status, 200);
    assert.equal(
      plain.body.toString(),
      renderPage(planSite(1, 1), 'home', { metaCharset: 'utf-8' }),
    );
    for (const form of [`www.${host}`, host.toUpperCase(), `${host}:80`]) {
      assert.ok((await get(form)).body.equals(plain.body), form);
    }
    assert.equal((await get(host, '/no-such-page')).status, 404);
    assert.equal((await get('nobody.example')).status, 421);
    assert.ok(sites.stats().unknownHosts.includes('nobody.example'));
  });

  it('has a place for every behaviour, and refuses senseless numbers of sites', async () => {
    assert.ok(sites.count >= SITES_FOR_ALL_BEHAVIOURS);
    for (const behaviour of SPECIAL_BEHAVIOURS) assert.ok(sites.hostOf(behaviour), behaviour);
    await assert.rejects(startSites({ count: 0 }), RangeError);
    await assert.rejects(startSites({ count: 1e9 }), RangeError);
  });

  it('sends every name to the sandbox but those that shall not resolve', () => {
    const endings = new Set(sites.resolveRules.map((rule) => rule.split('=')[0]?.slice(1)));
    for (const { host, behaviour } of sites.truth()) {
      const covered = endings.has(host.slice(host.lastIndexOf('.')));
      if (host !== '') assert.equal(covered, behaviour !== 'dns-failure', host);
    }
  });

  it('compresses as the client takes it', async () => {
    const table = [
      ['encoding-gzip', 'gzip', gunzipSync],
      ['encoding-br', 'br', brotliDecompressSync],
      ['encoding-deflate', 'deflate', inflateSync],
      ['encoding-deflate-raw', 'deflate', inflateRawSync],
    ] as const;
    for (const [behaviour, coding, decode] of table) {
      const packed = await visit(behaviour, '/', { 'accept-encoding': 'gzip, deflate, br' });
      const plain = await visit(behaviour);
      assert.equal(packed.headers['content-encoding'], coding);
      assert.equal(plain.headers['content-encoding'], undefined);
      assert.ok(decode(packed.body).equals(plain.body), behaviour);
    }
  });

  it('writes legacy charsets that decode to the page', async () => {
    const table = [
      ['charset-header-lies', 'windows-1252', /utf-8/],
      ['charset-meta-only', 'windows-1252', /^text\/html$/],
      ['charset-none', 'windows-1252', /^text\/html$/],
      ['charset-header-only', 'iso-8859-15', /ISO-8859-15/],
      ['charset-utf16-bom', 'utf-16le', /^text\/html$/],
      ['charset-shift-jis', 'shift_jis', /^text\/html$/],
      ['charset-windows-1251', 'windows-1251', /windows-1251/],
    ] as const;
    for (const [behaviour, charset, type] of table) {
      const { body, headers } = await visit(behaviour);
      const company = [...sites.truth()].find((row) => row.behaviour === behaviour)?.expect.company;
      assert.match(headers['content-type'] ?? '', type);
      const text = new TextDecoder(charset).decode(body);
      assert.ok(
        company && text.includes(company.replaceAll('&', '&amp;')),
        `${behaviour} ${company}`,
      );
      if (behaviour !== 'charset-utf16-bom') {
        assert.throws(() => new TextDecoder('utf-8', { fatal: true }).decode(body), behaviour);
      }
    }
  });

  it('revalidates by tag and by date', async () => {
    const first = await visit('revalidate-etag');
    const etag = String(first.headers.etag);
    assert.equal((await visit('revalidate-etag', '/', { 'if-none-match': etag })).status, 304);
    assert.equal((await visit('revalidate-etag', '/', { 'if-none-match': '"x"' })).status, 200);
    const modified = String((await visit('revalidate-modified')).headers['last-modified']);
    const since = { 'if-modified-since': modified };
    assert.equal((await visit('revalidate-modified', '/', since)).status, 304);
  });
});

describe('special behaviours', () => {
  it('throttles beyond the burst and remembers who came too early', async () => {
    sites.reset();
    const statuses = [];
    // Three at once on a quick machine; on a busy one a token may come back meanwhile.
    while (statuses.at(-1) !== 429 && statuses.length < 20) {
      statuses.push((await visit('throttle-seconds')).status);
    }
    assert.deepEqual([...statuses.slice(0, 2), statuses.at(-1)], [200, 200, 429]);
    assert.equal(sites.stats().hosts[hostOf('throttle-seconds')]?.early, 0);
    await wait(150);
    const early = await visit('throttle-seconds');
    assert.equal(early.headers['retry-after'], early.status === 429 ? '2' : undefined);
    assert.equal(sites.stats().hosts[hostOf('throttle-seconds')]?.early, 1);
    let dated = await visit('throttle-date');
    for (let at = 0; at < 20 && dated.status !== 429; at += 1) dated = await visit('throttle-date');
    const { date, 'retry-after': until } = dated.headers;
    const restMs = Date.parse(String(until)) - Date.parse(String(date));
    assert.ok(restMs > 0 && restMs <= 4_000, String(restMs));
  });

  it('fails for a while where it is flaky', async () => {
    sites.reset();
    const statuses = async (behaviour: Exclude<Behaviour, 'ordinary'>) => [
      (await visit(behaviour)).status,
      (await visit(behaviour)).status,
      (await visit(behaviour)).status,
    ];
    assert.deepEqual(await statuses('flaky-500'), [500, 200, 200]);
    assert.deepEqual(await statuses('flaky-502-twice'), [502, 502, 200]);
    assert.deepEqual(await statuses('unavailable-once'), [503, 200, 200]);
    assert.deepEqual(await statuses('flaky-reset'), [0, 200, 200]);
    const cut = [await visit('flaky-truncated'), await visit('flaky-truncated')];
    assert.deepEqual(
      cut.map((each) => each.complete),
      [false, true],
    );
  });

  it('answers each status that it stands for', async () => {
    for (const [behaviour, status] of [
      ['unavailable', 503],
      ['gone-404', 404],
      ['gone-410', 410],
      ['forbidden-403', 403],
    ] as const) {
      assert.equal((await visit(behaviour)).status, status);
    }
  });

  it('breaks connections, bodies and heads', async () => {
    assert.equal((await visit('reset-before-headers')).error, 'ECONNRESET');
    const mid = await visit('reset-mid-body');
    assert.deepEqual([mid.complete, mid.error], [false, 'ECONNRESET']);
    assert.equal((await get(hostOf('stalled-headers'), '/', {}, 200)).error, 'timeout');
    const stalled = await get(hostOf('stalled-body'), '/', {}, 500);
    assert.equal(stalled.status, 200);
    assert.ok(stalled.body.length > 0 && !stalled.complete);
    const endless = await visit('endless-body');
    assert.ok(endless.body.length > 1_000_000 && !endless.complete);
    assert.equal((await visit('length-too-long')).complete, false);
    assert.equal((await visit('headers-huge')).error, 'HPE_HEADER_OVERFLOW');
    assert.match((await visit('headers-malformed')).error, /^HPE_/);
    assert.ok(JSON.stringify((await visit('headers-large')).headers).length > 8_000);
    const truncated = await visit('gzip-truncated');
    assert.ok(truncated.complete);
    assert.throws(() => gunzipSync(truncated.body));
    const bomb = await visit('gzip-bomb');
    assert.ok(bomb.body.length < 200_000);
    assert.equal(gunzipSync(bomb.body).length, 64 * 2 ** 20);
    assert.equal((await visit('empty-page')).body.length, 0);
    assert.equal((await visit('pdf-home')).headers['content-type'], 'application/pdf');
    assert.equal((await visit('image-home')).headers['content-type'], 'image/png');
    assert.equal((await visit('dns-failure')).error, 'ECONNRESET');
  });

  it('trickles a whole page, in scaled time', async () => {
    const scaled = await startSites({ latencyScale: 0.1 });
    try {
      const began = performance.now();
      const slow = await get(hostOf('slow-body'), '/', {}, 10_000, scaled.port);
      const tookMs = performance.now() - began;
      assert.ok(slow.complete && tookMs > 150, String(tookMs));
    } finally {
      await scaled.close();
    }
  });

  it('redirects', async () => {
    const hops = [];
    let path = '/';
    for (let at = 0; at < 6; at += 1) {
      const { status, headers } = await visit('redirect-hops', path);
      hops.push(status);
      if (status === 200) break;
      path = String(headers.location);
    }
    assert.deepEqual(hops, [301, 302, 307, 308, 200]);
    const location = async (behaviour: Exclude<Behaviour, 'ordinary'>, from = '/') =>
      String((await visit(behaviour, from)).headers.location);
    assert.equal(await location('redirect-www'), `http://www.${hostOf('redirect-www')}/`);
    assert.equal((await get(`www.${hostOf('redirect-www')}`)).status, 200);
    assert.equal(await location('redirect-relative'), 'start/');
    const other = new URL(await location('redirect-cross-domain')).host;
    assert.notEqual(other, hostOf('redirect-cross-domain'));
    assert.equal((await get(other)).status, 200);
    assert.equal(await location('redirect-loop', '/ping'), '/pong');
    assert.equal(await location('redirect-loop', '/pong'), '/ping');
    assert.equal(await location('redirect-endless', '/r/41'), '/r/42');
    assert.match(await location('redirect-private'), /^http:\/\/10\./);
    assert.match(await location('redirect-metadata'), /169\.254\.169\.254/);
  });

  it('has rules for robots, and sees who breaks them', async () => {
    sites.reset();
    const text = async (behaviour: Exclude<Behaviour, 'ordinary'>) =>
      (await visit(behaviour, '/robots.txt')).body.toString();
    assert.match(await text('robots-disallow-all'), /^Disallow: \/$/m);
    assert.ok((await text('robots-bom')).startsWith('\ufeffUser-agent'));
    assert.ok((await text('robots-huge')).length > 500 * 1_024);
    assert.match(await text('robots-crawl-delay'), /^Crawl-delay: 1$/m);
    for (const [behaviour, status] of [
      ['robots-404', 404],
      ['robots-403', 403],
      ['robots-500', 500],
      ['robots-redirect', 301],
    ] as const) {
      assert.equal((await visit(behaviour, '/robots.txt')).status, status);
    }
    assert.equal(sites.stats().disallowedRequests, 0);
    await visit('robots-disallow-all');
    await visit('robots-crawl-delay');
    await visit('robots-crawl-delay');
    assert.equal(sites.stats().disallowedRequests, 1);
    assert.equal(sites.stats().crawlDelayEarly, 1);
  });

  it('shows bad certificates on the same port', async () => {
    const failure = (host: string, { port, authorityPem } = sites) =>
      new Promise<string>((resolve) => {
        const call = requestTls({
          host: '127.0.0.1',
          port,
          servername: host,
          headers: { host },
          ca: authorityPem,
          ...agents,
        });
        call.on('response', (response) => {
          response.resume();
          resolve(`status ${response.statusCode}`);
        });
        call.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
        call.end();
      });
    assert.equal(await failure(hostOf('tls-expired')), 'CERT_HAS_EXPIRED');
    assert.equal(await failure(hostOf('tls-wrong-host')), 'ERR_TLS_CERT_ALTNAME_INVALID');
    assert.equal(await failure(hostOf('tls-self-signed')), 'DEPTH_ZERO_SELF_SIGNED_CERT');
    assert.equal(await failure(planSite(1, 0).host), 'ECONNRESET');
    assert.match(String((await visit('tls-expired')).headers.location), /^https:/);
    const secure = await startSites({ latencyScale: 0, count: 20, https: true });
    try {
      assert.equal(await failure(planSite(1, 0).host, secure), 'status 200');
      assert.equal(await failure(`www.${planSite(1, 0).host}`, secure), 'status 200');
    } finally {
      await secure.close();
    }
  });
});
