/** What every HTTP cache promises, in memory or on disk. */
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import type { CachedReply, HttpCache } from '../../src/transport/http-cache.ts';

export interface CacheUnderTest {
  readonly cache: HttpCache;
  /** What is kept now weighs, in bytes. */
  bytes(): number;
  /** Until what was set has its final place. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export const NOW_MS = Date.UTC(2026, 0, 1);

export function page(text: string, more: Partial<CachedReply> = {}): CachedReply {
  return {
    reply: {
      url: 'http://a.test/',
      status: 200,
      headers: { etag: '"1"', 'content-type': 'text/html', 'x-name': 'Zoë\u2028 "quoted"\\' },
      body: Buffer.from(text),
      sentMs: 1,
      headersMs: 2,
      totalMs: 3,
      wireBytes: 4,
    },
    freshUntilMs: 0,
    ...more,
  };
}

export function exerciseHttpCache(
  name: string,
  make: (bytesMax: number) => Promise<CacheUnderTest>,
): void {
  describe(`${name} as an HTTP cache`, () => {
    let under: CacheUnderTest | undefined;
    const open = async (bytesMax = 1_000_000) => {
      under = await make(bytesMax);
      return under;
    };
    afterEach(async () => {
      await under?.close();
      under = undefined;
    });
    const textAt = async ({ cache }: CacheUnderTest, key: string, freshAtMs?: number) => {
      const found = await cache.get(key, freshAtMs);
      return found && Buffer.from(found.reply.body).toString();
    };

    test('gives back what was kept, at once and later', async () => {
      const it = await open();
      const bytes = Buffer.from([0, 10, 13, 255, 10]);
      const kept = page('');
      it.cache.set('k', { ...kept, reply: { ...kept.reply, status: 404, body: bytes } });
      for (let round = 0; round < 2; round += 1) {
        const found = (await it.cache.get('k'))?.reply;
        assert.equal(found?.url, kept.reply.url);
        assert.equal(found?.status, 404);
        assert.deepEqual({ ...found?.headers }, kept.reply.headers);
        assert.deepEqual(Buffer.from(found?.body ?? []), bytes);
        await it.settled();
      }
      assert.equal(await it.cache.get('other'), undefined);
      assert.equal(await it.cache.get(''), undefined);
    });

    test('keeps the latest version, whatever waits', async () => {
      const it = await open();
      for (let n = 0; n < 50; n += 1) {
        it.cache.set('k', page(`version ${n}`));
        if (n % 7 === 0) await it.settled();
        assert.equal(await textAt(it, 'k'), `version ${n}`);
      }
      await it.settled();
      assert.equal(await textAt(it, 'k'), 'version 49');
    });

    test('forgets what is deleted, whatever waits', async () => {
      const it = await open();
      it.cache.set('a', page('a'));
      it.cache.set('b', page('b'));
      it.cache.delete('a');
      assert.equal(await textAt(it, 'a'), undefined);
      await it.settled();
      it.cache.delete('b');
      it.cache.delete('never');
      assert.equal(await textAt(it, 'b'), undefined);
      it.cache.set('a', page('a again'));
      await it.settled();
      assert.equal(await textAt(it, 'a'), 'a again');
      assert.equal(await textAt(it, 'b'), undefined);
    });

    test('tells what is fresh from what must be asked about', async () => {
      const it = await open();
      it.cache.set('fresh', page('f', { freshUntilMs: NOW_MS + 1_500 }));
      it.cache.set('asked', page('a'));
      for (let round = 0; round < 2; round += 1) {
        assert.equal(await textAt(it, 'fresh', NOW_MS), 'f');
        assert.equal(await textAt(it, 'fresh', NOW_MS + 1_499), 'f');
        assert.equal(await textAt(it, 'fresh', NOW_MS + 1_500), undefined);
        assert.equal(await textAt(it, 'fresh'), 'f');
        assert.equal(await textAt(it, 'asked', NOW_MS), undefined);
        assert.equal(await textAt(it, 'asked'), 'a');
        await it.settled();
      }
    });

    test('holds its bound and lets go of what was used longest ago', async () => {
      const bytesMax = 200_000;
      const it = await open(bytesMax);
      for (let n = 0; n < 40; n += 1) {
        it.cache.set(`${n}`, page('x'.repeat(9_000)));
        await it.settled();
        assert.ok(it.bytes() <= bytesMax, `${it.bytes()} bytes`);
        assert.notEqual(await textAt(it, '0'), undefined, 'the one in use was let go');
      }
      assert.ok(it.bytes() > bytesMax / 2);
      assert.equal(await textAt(it, '1'), undefined);
      assert.notEqual(await textAt(it, '39'), undefined);
    });

    test('no giant throws out all the others', async () => {
      const it = await open(200_000);
      it.cache.set('small', page('small'));
      it.cache.set('giant', page('x'.repeat(150_000)));
      await it.settled();
      assert.equal(await textAt(it, 'small'), 'small');
      assert.equal(await textAt(it, 'giant'), undefined);
    });

    test('answers many at once, in the middle of changes', async () => {
      const it = await open();
      const texts = await Promise.all(
        Array.from({ length: 300 }, async (_, n) => {
          const key = `k${n % 20}`;
          it.cache.set(key, page(key));
          if (n % 11 === 0) it.cache.delete(`k${(n + 7) % 20}`);
          if (n % 5 === 0) await it.settled();
          return [key, await textAt(it, key)] as const;
        }),
      );
      for (const [key, text] of texts) assert.ok(text === undefined || text === key);
    });
  });
}
