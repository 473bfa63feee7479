import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { seededRandom } from '../../src/base/random.ts';
import { MemoryBlobStore } from '../../src/sinks/blob-store.ts';
import { contentDigest, contentPath, contentStem } from '../../src/sinks/content-path.ts';
import { FolderBlobStore } from '../../src/sinks/folder-blob-store.ts';
import { blobStoreSuite } from '../conformance/blob-store.ts';

function folder(): string {
  return mkdtempSync(join(tmpdir(), 'sluice-files-'));
}

function openFolder(path: string) {
  return FolderBlobStore.open(path, systemClock, seededRandom(7));
}

blobStoreSuite('memory', async () => ({ store: new MemoryBlobStore(), async close() {} }));

blobStoreSuite('a folder', async () => {
  const path = folder();
  const store = await openFolder(join(path, 'not', 'there', 'yet'));
  return { store, close: () => rm(path, { recursive: true }) };
});

describe('a folder of files', () => {
  it('has two levels by the digest, and nothing else once all is written', async (t) => {
    const path = folder();
    t.after(() => rm(path, { recursive: true }));
    const store = await openFolder(path);
    const bytes = Buffer.from('one file');
    const digest = contentDigest(bytes);
    const name = contentPath(contentStem('t', digest), 'txt');
    await store.write({ path: name, bytes, contentType: 'text/plain' });
    assert.equal(name, `t/${digest.slice(0, 2)}/${digest.slice(2, 4)}/${digest}.txt`);
    const files = readdirSync(path, { recursive: true, withFileTypes: true });
    assert.deepEqual(
      files.filter((entry) => entry.isFile()).map((entry) => entry.name),
      [`${digest}.txt`],
    );
  });

  it('clears what a killed process left behind, and not what may be under way', async (t) => {
    const path = folder();
    t.after(() => rm(path, { recursive: true }));
    mkdirSync(join(path, '%arriving'));
    for (const name of ['old', 'new']) writeFileSync(join(path, '%arriving', name), 'half');
    const longAgo = systemClock.wallMs() / 1_000 - 3 * 24 * 3_600;
    utimesSync(join(path, '%arriving', 'old'), longAgo, longAgo);
    await openFolder(path);
    assert.deepEqual(readdirSync(join(path, '%arriving')), ['new']);
  });

  it('says why it cannot be used', { skip: process.getuid?.() === 0 && 'as root' }, async (t) => {
    const path = folder();
    t.after(() => rm(path, { recursive: true }));
    chmodSync(path, 0o500);
    await assert.rejects(openFolder(join(path, 'files')), {
      code: 'files.unwritable',
      message: /permission denied/,
    });
  });

  it('says that a file stands where the folder should be', async (t) => {
    const path = folder();
    t.after(() => rm(path, { recursive: true }));
    writeFileSync(join(path, 'files'), '');
    await assert.rejects(openFolder(join(path, 'files')), { code: 'files.unwritable' });
  });

  it('says that its place takes no folders', async () => {
    await assert.rejects(openFolder('/proc/sluice'), { code: 'files.unwritable' });
  });
});
