/** What every place for files does, whichever it is. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { BlobStore } from '../../src/sinks/blob-store.ts';
import { contentDigest, contentPath, contentStem } from '../../src/sinks/content-path.ts';

export interface BlobStoreBench {
  readonly store: BlobStore;
  close(): Promise<void>;
}

export function blobStoreSuite(name: string, open: () => Promise<BlobStoreBench>): void {
  describe(`files in ${name}`, () => {
    let bench: BlobStoreBench;
    let store: BlobStore;

    before(async () => {
      bench = await open();
      store = bench.store;
    });
    after(() => bench?.close());

    async function put(bytes: Buffer, extension?: string, tenant = 't') {
      const stem = contentStem(tenant, contentDigest(bytes));
      const path = contentPath(stem, extension);
      await store.write({ path, bytes, contentType: 'image/png' });
      return { stem, path };
    }

    it('keeps bytes as they are, from none to several megabytes', async () => {
      for (const size of [0, 1, 65_537, 6 * 2 ** 20]) {
        const bytes = randomBytes(size);
        const { path } = await put(bytes, 'png');
        assert.deepEqual(await readAll(store, path), bytes, `${size} bytes`);
      }
    });

    it('finds a file by its stem, with its size, whatever its extension', async () => {
      const bytes = randomBytes(300);
      const { stem, path } = await put(bytes, '.JPG');
      assert.ok(path.endsWith('.jpg'));
      assert.deepEqual(await store.find(stem), { path, size: 300 });
      const bare = await put(randomBytes(20));
      assert.deepEqual(await store.find(bare.stem), { path: bare.stem, size: 20 });
    });

    it('finds nothing where nothing is, nor by a part of a name', async () => {
      const { stem, path } = await put(randomBytes(10), 'txt');
      assert.equal(await store.find(stem.slice(0, -1)), undefined);
      assert.equal(await store.find(contentStem('t', contentDigest(randomBytes(9)))), undefined);
      assert.equal(await store.read(`${path}x`), undefined);
      assert.equal(
        await store.read(contentStem('nobody', contentDigest(randomBytes(9)))),
        undefined,
      );
    });

    it('takes the same file again, also at the same time', async () => {
      const bytes = randomBytes(100_000);
      const all = await Promise.all([1, 2, 3, 4].map(() => put(bytes, 'bin')));
      await put(bytes, 'bin');
      const [{ stem, path }] = all as [{ stem: string; path: string }];
      assert.deepEqual(await store.find(stem), { path, size: bytes.length });
      assert.deepEqual(await readAll(store, path), bytes);
    });

    it('keeps tenants apart, whatever their names', async () => {
      const bytes = randomBytes(50);
      for (const tenant of ['a', 'a.b-c_d', '..', '.hidden', 'ä'.normalize()]) {
        const { stem, path } = await put(bytes, 'dat', tenant);
        assert.deepEqual(await store.find(stem), { path, size: 50 }, tenant);
        assert.deepEqual(await readAll(store, path), bytes, tenant);
      }
      assert.equal(await store.find(contentStem('b', contentDigest(bytes))), undefined);
    });

    it('stores many at once', async () => {
      const files = Array.from({ length: 60 }, (_, n) => Buffer.from(`file ${n}`));
      const paths = await Promise.all(files.map(async (bytes) => (await put(bytes, 'txt')).path));
      assert.equal(new Set(paths).size, files.length);
      for (const [n, path] of paths.entries()) {
        assert.equal((await readAll(store, path)).toString(), `file ${n}`);
      }
    });
  });
}

export async function readAll(store: BlobStore, path: string): Promise<Buffer> {
  const pieces = await store.read(path);
  assert.ok(pieces, `${path} is not there`);
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}
