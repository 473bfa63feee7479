/** The dashboard as files: small, kept by browsers, and allowed to do as little as possible. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { buildDashboard, readDashboard, writeDashboard } from '../../src/main-dashboard.ts';
import { PAGES } from '../../src/server/dashboard.ts';
import { startServer } from '../server/server-rig.ts';

const FIRST_LOAD_MAX = 80 * 1_024;

describe('the dashboard', () => {
  it('comes in at most 80 KiB, the chart included', async () => {
    const { html, files } = await buildDashboard();
    const linked = files.filter(({ path }) => html.includes(path));
    assert.ok(linked.length >= 3, html);
    // The chart is asked for by the first page as soon as that is there.
    const chart = files.find(({ bytes }) => bytes.includes('u-legend') && bytes.includes('u-over'));
    const first = new Set([...linked, ...(chart === undefined ? [] : [chart])]);
    const sizes = [...first].map(({ bytes }) => gzipSync(bytes, { level: 9 }).length);
    const sum = sizes.reduce((all, size) => all + size, gzipSync(html).length);
    assert.ok(sum <= FIRST_LOAD_MAX, `${sum} bytes`);
    assert.ok(sum > 10_000, 'something is missing');
  });

  it('is the same when it was written and read again, as in the package', async (test) => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-dashboard-'));
    test.after(() => rm(folder, { recursive: true }));
    await writeDashboard(folder);
    const [built, read] = await Promise.all([buildDashboard(), readDashboard(folder)]);
    assert.equal(read.html, built.html);
    const sorted = (files: typeof built.files) =>
      files.map(({ path, type, bytes }) => [path, type, bytes.length]).sort();
    assert.deepEqual(sorted(read.files), sorted(built.files));
    await assert.rejects(readDashboard(join(folder, 'none')), { code: 'dashboard.not_built' });
  });

  it('is served to anybody, with a policy that lets in nothing else', async (test) => {
    const { call } = await startServer(test);
    for (const path of PAGES) {
      const page = await call('GET', path.replace(':id', 'j_x'), { key: '' });
      assert.equal(page.status, 200, path);
      assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
      assert.equal(page.headers.get('cache-control'), 'no-cache');
      const policy = page.headers.get('content-security-policy') ?? '';
      assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self';/);
      assert.ok(!policy.includes('unsafe'), policy);
      // Nothing inline, nothing from elsewhere.
      assert.ok(
        !/<style|\son\w+=|\sstyle=|<script(?! type="module" src="\/assets)/.test(page.text),
      );
      assert.ok(!/(?:src|href)="(?!\/)/.test(page.text), page.text);
    }
    const nothing = await call('GET', '/nowhere', { key: '' });
    assert.equal(nothing.json.code, 'request.no_route');
  });

  it('has files with their hash in their name, kept for good, packed as the browser likes', async (test) => {
    const { call } = await startServer(test);
    const { text, headers } = await call('GET', '/', { key: '' });
    const paths = [...text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path);
    assert.ok(paths.length >= 3);
    for (const path of paths as string[]) {
      assert.match(path, /-[A-Z0-9]{8}\.(?:js|css|svg)$/);
      const sizes = new Map<string, number>();
      for (const coding of ['br', 'gzip', 'identity']) {
        const file = await call('GET', path, { key: '', headers: { 'accept-encoding': coding } });
        assert.equal(file.status, 200);
        assert.equal(file.headers.get('cache-control'), 'public, max-age=31536000, immutable');
        assert.equal(file.headers.get('content-encoding') ?? 'identity', coding);
        sizes.set(coding, Number(file.headers.get('content-length')));
      }
      if (path.endsWith('.js')) {
        assert.ok((sizes.get('gzip') as number) < (sizes.get('identity') as number));
      }
    }
    const tag = headers.get('etag') ?? '';
    const again = await call('GET', '/', { key: '', headers: { 'if-none-match': tag } });
    assert.deepEqual([again.status, again.text], [304, '']);
    const missing = await call('GET', '/assets/app-OLD.js', { key: '' });
    assert.equal(missing.json.code, 'request.no_route');
  });
});
