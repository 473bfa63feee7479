import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type S3StandIn, startS3 } from '../../sandbox/s3/start-s3.ts';
import { systemClock } from '../../src/base/clock.ts';
import { seededRandom } from '../../src/base/random.ts';
import { createTaskManager, uploadFiles } from '../../src/index.ts';
import { S3BlobStore } from '../../src/sinks/s3-blob-store.ts';
import { S3Client } from '../../src/sinks/s3-client.ts';
import { s3Place } from '../../src/sinks/s3-place.ts';
import { inMemory, S3Upload, type UploadSource } from '../../src/sinks/s3-upload.ts';
import { begunUploads, clearLeftovers } from '../../src/sinks/s3-uploads.ts';
import { blobStoreSuite, readAll } from '../conformance/blob-store.ts';
import { quickClock } from '../fakes/quick-clock.ts';

const MB = 2 ** 20;
const limits = { parallel: 3, partBytes: 5 * MB };
const KEYS = { keyId: 'SANDBOX', keySecret: 'SANDBOX-SECRET' };

function placeAt(url: string, to = 's3://bucket/some place') {
  const rest = { region: 'eu-west-1', sessionToken: '', addressing: 'auto' } as const;
  return s3Place({ to, endpoint: url, ...KEYS, ...rest });
}

function clientAt(url: string, clock = quickClock): S3Client {
  return new S3Client(placeAt(url), { clock, random: seededRandom(3) });
}

async function storage(t: TestContext, options = {}): Promise<S3StandIn> {
  const s3 = await startS3(options);
  t.after(() => s3.close());
  return s3;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Fails, once so many pieces of it were read. */
function failingAfter(source: UploadSource, reads: number): UploadSource {
  let left = reads;
  return {
    size: source.size,
    read(from, to) {
      left -= 1;
      return left < 0 ? Promise.reject(new Error('the plug was pulled')) : source.read(from, to);
    },
  };
}

blobStoreSuite('the stand-in of S3', async () => {
  const s3 = await startS3();
  const parts = { clock: quickClock, random: seededRandom(3) };
  const store = await S3BlobStore.open(placeAt(s3.url), parts, limits);
  return { store, close: () => s3.close() };
});

blobStoreSuite('the stand-in of S3 on a bad day', async () => {
  const s3 = await startS3({ slowDownShare: 0.02, resetShare: 0.02, seed: 5 });
  const parts = { clock: quickClock, random: seededRandom(3) };
  const store = await S3BlobStore.open(placeAt(s3.url), parts, limits);
  return { store, close: () => s3.close() };
});

describe('large objects', () => {
  const bytes = randomBytes(23 * MB + 17);

  it('go in parts, several at once, and arrive whole', async (t) => {
    const s3 = await storage(t, { latencyMs: 20 });
    const seen: number[] = [];
    const order = {
      path: "it's+(here)/ä & b.bin",
      contentType: 'video/mp4',
      source: inMemory(bytes),
    };
    const upload = new S3Upload(clientAt(s3.url), limits);
    const done = await upload.put({ ...order, onProgress: (at) => seen.push(at) });
    assert.deepEqual([done.sent, done.found, done.size], [5, 0, bytes.length]);
    assert.equal(seen.at(-1), bytes.length);
    assert.deepEqual(
      [...seen].sort((a, b) => a - b),
      seen,
      'progress never goes back',
    );
    const [object] = s3.truth;
    assert.equal(object?.sha256, sha256(bytes));
    assert.deepEqual([object?.parts, object?.key], [5, `some place/${order.path}`]);
    const { together } = s3.stats();
    assert.ok(together > 1 && together <= limits.parallel, `${together} at once`);
    const again = await upload.put(order);
    assert.deepEqual([again.sent, again.found], [0, 5], 'what is there is not sent again');
  });

  it('go on where an interrupted upload ended, also with another process', async (t) => {
    const s3 = await storage(t);
    const order = { path: 'a', contentType: 'x/y', source: inMemory(bytes) };
    const failing = { ...order, source: failingAfter(order.source, 3) };
    const first = new S3Upload(clientAt(s3.url), { ...limits, parallel: 1 }).put(failing);
    await assert.rejects(first, /plug/);
    assert.equal(s3.stats().asked.UploadPart, 3);
    const done = await new S3Upload(clientAt(s3.url), limits).put(order);
    assert.deepEqual([done.found, done.sent], [3, 2]);
    assert.equal(s3.truth[0]?.sha256, sha256(bytes));
    assert.equal(s3.stats().openUploads, 0);
  });

  it('are no mixture where the source has changed in between', async (t) => {
    const s3 = await storage(t);
    const order = { path: 'a', contentType: 'x/y', source: failingAfter(inMemory(bytes), 3) };
    await assert.rejects(new S3Upload(clientAt(s3.url), { ...limits, parallel: 1 }).put(order));
    const changed = Buffer.from(bytes);
    changed[6 * MB] = (changed[6 * MB] ?? 0) ^ 1;
    const source = inMemory(changed);
    const done = await new S3Upload(clientAt(s3.url), limits).put({ ...order, source });
    assert.deepEqual([done.found, done.sent], [2, 3], 'the part that differs is sent again');
    assert.equal(s3.truth.at(-1)?.sha256, sha256(changed));
  });

  it('arrive whole through overload, broken connections and a while of nobody', async (t) => {
    const s3 = await storage(t, { slowDownShare: 0.08, resetShare: 0.08, seed: 11 });
    const client = clientAt(s3.url, systemClock);
    const upload = new S3Upload(client, limits);
    const order = { path: 'a', contentType: 'x/y', source: inMemory(bytes) };
    let told = false;
    const onProgress = () => {
      if (told) return;
      told = true;
      s3.order({ do: 'down', ms: 600 });
    };
    await upload.put({ ...order, onProgress });
    assert.equal(s3.truth[0]?.sha256, sha256(bytes));
  });

  it('are known to be there where the last answer was lost', async (t) => {
    const s3 = await storage(t);
    s3.order({ do: 'lose-completions', count: 1 });
    const order = { path: 'a', contentType: 'x/y', source: inMemory(bytes) };
    await new S3Upload(clientAt(s3.url), limits).put(order);
    assert.equal(s3.truth.length, 1);
    assert.equal(s3.truth[0]?.sha256, sha256(bytes));
  });

  it('are given up when they are called off, and cleared away when they are old', async (t) => {
    const s3 = await storage(t);
    const client = clientAt(s3.url);
    const stop = new AbortController();
    const upload = new S3Upload(client, { ...limits, parallel: 1 }).put({
      path: 'a',
      contentType: 'x/y',
      source: inMemory(bytes),
      signal: stop.signal,
      onProgress: () => stop.abort(new Error('enough')),
    });
    await assert.rejects(upload, /enough/);
    assert.equal((await begunUploads(client, '')).length, 1);
    assert.equal(await clearLeftovers(client, 3_600_000), 0, 'it is young');
    assert.equal(await clearLeftovers(client, -60_000), 1);
    assert.equal(s3.stats().openUploads, 0);
  });

  it('are refused with a wrong key, in words', async (t) => {
    const s3 = await storage(t, { keySecret: 'another' });
    const order = { path: 'a', contentType: 'x/y', source: inMemory(bytes) };
    await assert.rejects(new S3Upload(clientAt(s3.url), limits).put(order), {
      code: 'files.refused',
      message: /403/,
    });
  });
});

describe('many files', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-upload-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('are uploaded at once, with their bytes counted', async (t) => {
    const s3 = await storage(t);
    const files = new Map<string, Buffer>();
    for (const [n, size] of [0, 1, 70_000, 3 * MB, 11 * MB].entries()) {
      files.set(`${n}.bin`, randomBytes(size));
    }
    for (const [name, bytes] of files) await writeFile(join(folder, name), bytes);
    await using tasks = createTaskManager();
    const told: number[] = [];
    const uploads = uploadFiles(
      tasks,
      [...files.keys()].map((name) => join(folder, name)),
      {
        to: 's3://bucket/here',
        endpoint: s3.url,
        ...KEYS,
        partBytes: 5 * MB,
        onBytes: ({ doneBytes }) => told.push(doneBytes),
      },
    );
    const ends = await uploads;
    assert.deepEqual(
      ends.map(({ path }) => path),
      [...files.keys()],
    );
    const all = [...files.values()].reduce((sum, { length }) => sum + length, 0);
    assert.equal(told.at(-1), all);
    for (const { key, sha256: digest } of s3.truth) {
      assert.equal(digest, sha256(files.get(key.replace('here/', '')) as Buffer), key);
    }
    assert.equal(s3.truth.length, files.size);
    assert.equal(tasks.metrics().kinds.upload?.completed, files.size);
  });

  it('tell which of them is not there', async (t) => {
    const s3 = await storage(t);
    await using tasks = createTaskManager();
    const to = { to: 's3://bucket', endpoint: s3.url, ...KEYS };
    const uploads = uploadFiles(tasks, [join(folder, 'nowhere')], to);
    await assert.rejects(Promise.resolve(uploads), {
      code: 'files.unreadable',
      message: /nowhere/,
    });
  });

  it('go on after a kill in the middle', async (t) => {
    const s3 = await storage(t, { latencyMs: 100 });
    const bytes = randomBytes(32 * MB);
    const file = join(folder, 'large.bin');
    await writeFile(file, bytes);
    const first = program(file, s3.url);
    while ((s3.stats().asked.UploadPart ?? 0) < 2) await systemClock.sleep(10);
    first.kill('SIGKILL');
    await new Promise((resolve) => first.once('exit', resolve));
    assert.equal(s3.truth.length, 0);
    const second = program(file, s3.url);
    let text = '';
    for await (const piece of second.stdout.setEncoding('utf8')) text += piece;
    const end = JSON.parse(text) as { found: number; sent: number };
    // What the first had sent may have arrived after its end.
    const sentBefore = (s3.stats().asked.UploadPart ?? 0) - end.sent;
    assert.ok(end.found >= 2 && end.found <= sentBefore, `${end.found} of ${sentBefore} found`);
    assert.equal(end.found + end.sent, 7);
    assert.equal(s3.truth[0]?.sha256, sha256(bytes));
    assert.equal(s3.stats().openUploads, 0);
  });
});

function program(file: string, url: string) {
  const path = fileURLToPath(new URL('../fixtures/upload-program.ts', import.meta.url));
  return spawn(process.execPath, [path, file, url], { stdio: ['ignore', 'pipe', 'inherit'] });
}

describe('the stand-in of S3', () => {
  it('gives back what it took', async (t) => {
    const s3 = await storage(t);
    const parts = { clock: quickClock, random: seededRandom(3) };
    const store = await S3BlobStore.open(placeAt(s3.url), parts, limits);
    const bytes = randomBytes(12 * MB);
    await store.write({ path: 'x', bytes, contentType: 'x/y' });
    assert.deepEqual(await readAll(store, 'x'), bytes);
  });
});
