/** HTTP caches: in memory, and on disk with what disks do. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { lineLogger, silentLogger } from '../../src/base/log.ts';
import {
  type FileHttpCache,
  type FileHttpCacheGauges,
  openFileHttpCache,
} from '../../src/transport/file-http-cache.ts';
import type { HttpCache } from '../../src/transport/http-cache.ts';
import { createMemoryHttpCache } from '../../src/transport/memory-http-cache.ts';
import { exerciseHttpCache, page } from '../conformance/http-cache.ts';
import { httpServer, until } from './loopback.ts';

const root = mkdtempSync(join(tmpdir(), 'sluice-http-cache-'));
after(() => rmSync(root, { recursive: true, force: true }));

function place(): string {
  return join(root, randomUUID(), 'http-cache');
}

function open(directory: string, over: Partial<Parameters<typeof openFileHttpCache>[0]> = {}) {
  return openFileHttpCache({
    directory,
    bytesMax: 1_000_000,
    clock: systemClock,
    log: silentLogger,
    ...over,
  });
}

async function settled(cache: FileHttpCache): Promise<void> {
  await cache.opened;
  await until(() => cache.gauges().waitingBytes === 0);
}

async function textAt(cache: HttpCache, key: string): Promise<string | undefined> {
  const found = await cache.get(key);
  return found && Buffer.from(found.reply.body).toString();
}

function filesIn(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** A cache with `count` pages `k0`, `k1`… that was closed. */
async function filled(count: number, clock: Clock = systemClock): Promise<string> {
  const directory = place();
  const cache = open(directory, { clock });
  for (let n = 0; n < count; n += 1) cache.set(`k${n}`, page(`text ${n} `.repeat(50)));
  await cache.close();
  return directory;
}

const laterBy = (ms: number): Clock => ({
  wallMs: () => systemClock.wallMs() + ms,
  monoMs: () => systemClock.monoMs() + ms,
  sleep: (forMs, signal) => systemClock.sleep(forMs, signal),
  after: (forMs, callback) => systemClock.after(forMs, callback),
});

const FRESH = { 'cache-control': 'max-age=3600' };
/** Whether the system keeps to a limit of the size of files. */
function isLimited(): boolean {
  if (process.platform === 'win32') return false;
  const path = mkdtempSync(join(tmpdir(), 'sluice-limited-'));
  spawnSync('sh', ['-c', 'ulimit -f 1; head -c 100000 /dev/zero > probe'], { cwd: path });
  const isKept = statSync(join(path, 'probe'), { throwIfNoEntry: false })?.size !== 100_000;
  rmSync(path, { recursive: true });
  return isKept;
}

const limited = { skip: !isLimited() && 'files are not limited here' };

interface Run {
  readonly pages: readonly { status: number; text: string; wireBytes: number }[];
  readonly warnings: readonly string[];
  readonly gauges: FileHttpCacheGauges;
}

/** In a process of its own, after `limits` of the shell. */
async function run(directory: string, urls: readonly string[], limits = ''): Promise<Run> {
  const fixture = fileURLToPath(new URL('../fixtures/http-cache-run.ts', import.meta.url));
  const command = [process.execPath, fixture, directory, ...urls];
  const shell = ['-c', `${limits}exec "$0" "$@"`, ...command];
  const { stdout } = await promisify(execFile)('sh', shell, { maxBuffer: 2 ** 26 });
  return JSON.parse(stdout) as Run;
}

exerciseHttpCache('memory', async (bytesMax) => {
  const cache = createMemoryHttpCache(bytesMax);
  return { cache, bytes: () => cache.bytes, settled: async () => {}, close: () => cache.close() };
});

exerciseHttpCache('the disk', async (bytesMax) => {
  const directory = place();
  const cache = open(directory, { bytesMax });
  return {
    cache,
    bytes: () => {
      const onDisk = filesIn(directory).reduce((sum, path) => sum + statSync(path).size, 0);
      assert.ok(cache.gauges().bytes >= onDisk);
      return cache.gauges().bytes;
    },
    settled: () => settled(cache),
    close: () => cache.close(),
  };
});

describe('the disk as an HTTP cache', () => {
  test('knows after a restart what was kept, and what was deleted', async () => {
    const directory = await filled(100);
    const second = open(directory);
    assert.match((await textAt(second, 'k7')) ?? '', /^text 7 /);
    second.delete('k7');
    second.set('k8', page('newer'));
    await second.close();
    const third = open(directory);
    assert.equal(await textAt(third, 'k7'), undefined);
    assert.equal(await textAt(third, 'k8'), 'newer');
    assert.equal(third.gauges().pages, 99);
    assert.equal(filesIn(directory).length, 99, 'no version stays behind');
    await third.close();
  });

  test('is readable by its owner alone', async () => {
    const directory = await filled(1);
    const [file = ''] = filesIn(directory);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(dirname(file)).mode & 0o777, 0o700);
  });

  test('makes nothing before there is something to keep', async () => {
    const directory = place();
    const cache = open(directory);
    assert.equal(await textAt(cache, 'k'), undefined);
    assert.equal(cache.get('k'), undefined, 'an unknown page is known to be unknown');
    cache.delete('k');
    await cache.close();
    assert.ok(!existsSync(directory));
  });

  test('goes by the last use of earlier runs when it must let go', async () => {
    const hoursMs = 3 * 3_600_000;
    const directory = await filled(16);
    const second = open(directory, { clock: laterBy(hoursMs) });
    for (const key of ['k3', 'k5']) assert.ok(await textAt(second, key));
    await second.close();
    const third = open(directory, { clock: laterBy(2 * hoursMs), bytesMax: 40_000 });
    await third.opened;
    third.set('new', page('new'));
    await settled(third);
    assert.ok(third.gauges().bytes <= 40_000);
    for (const key of ['k3', 'k5', 'new']) assert.ok(await textAt(third, key), key);
    await third.close();
    assert.equal(filesIn(directory).length, third.gauges().pages);
  });

  test('takes a damaged, cut or foreign file for a page that is not there', async () => {
    const damage: ((bytes: Buffer) => Buffer)[] = [
      () => Buffer.alloc(0),
      (bytes) => bytes.subarray(0, 5),
      (bytes) => bytes.subarray(0, bytes.byteLength - 1),
      (bytes) => Buffer.concat([bytes, Buffer.from('x')]),
      (bytes) => Buffer.alloc(bytes.byteLength),
      (bytes) => bytes.fill('z', bytes.byteLength - 3),
      (bytes) => bytes.fill('x', 9, 10),
      () => Buffer.from('no such format at all\n{}\nbody'),
    ];
    const directory = await filled(damage.length);
    for (const [i, path] of filesIn(directory).entries()) {
      writeFileSync(path, (damage[i] as (bytes: Buffer) => Buffer)(readFileSync(path)));
    }
    const cache = open(directory);
    for (let n = 0; n < damage.length; n += 1) {
      assert.equal(await textAt(cache, `k${n}`), undefined);
    }
    cache.set('k0', page('whole again'));
    await settled(cache);
    assert.equal(await textAt(cache, 'k0'), 'whole again');
    await until(() => filesIn(directory).length === 1);
    await cache.close();
  });

  test("another page's file under a page's name is not that page", async () => {
    const directory = await filled(2);
    const [first = '', second = ''] = filesIn(directory);
    writeFileSync(first, readFileSync(second));
    const cache = open(directory);
    const texts = [await textAt(cache, 'k0'), await textAt(cache, 'k1')];
    assert.equal(texts.filter((text) => text === undefined).length, 1);
    await cache.close();
  });

  test('clears away what a sudden end left', async () => {
    const directory = await filled(3);
    const [first = ''] = filesIn(directory);
    writeFileSync(`${first}.tmp`, 'half');
    // A newer version is in place and the older one not yet removed.
    const older = first.replace(/-[0-9a-z]+$/, '-1');
    writeFileSync(older, readFileSync(first));
    writeFileSync(join(directory, 'stranger.txt'), 'not ours');
    writeFileSync(join(dirname(first), 'stranger.txt'), 'not ours');
    const cache = open(directory);
    await cache.opened;
    assert.equal(cache.gauges().pages, 3);
    for (const n of [0, 1, 2]) assert.ok(await textAt(cache, `k${n}`));
    await cache.close();
    assert.equal(filesIn(directory).length, 3 + 2, 'pages, and what is not ours');
  });

  test('a reader beside finds pages or misses them, never half of one', async () => {
    const directory = await filled(20);
    const [writer, reader] = [open(directory), open(directory)];
    await Promise.all([writer.opened, reader.opened]);
    for (let round = 0; round < 20; round += 1) {
      for (let n = 0; n < 20; n += 1) {
        writer.set(`k${n}`, page(`round ${round} `.repeat(20 * (n + 1))));
        const text = await textAt(reader, `k${n}`);
        assert.ok(text === undefined || /^(?:text \d+ )+$/.test(text), text);
      }
      await settled(writer);
    }
    const later = open(directory);
    assert.match((await textAt(later, 'k3')) ?? '', /^(?:round 19 )+$/);
    await Promise.all([writer.close(), reader.close(), later.close()]);
  });

  test('goes on when the directory is taken away', async () => {
    const directory = await filled(3);
    const cache = open(directory);
    await cache.opened;
    rmSync(directory, { recursive: true });
    assert.equal(await textAt(cache, 'k0'), undefined);
    cache.set('a', page('a'));
    cache.set('k1', page('k1'));
    await settled(cache);
    rmSync(directory, { recursive: true });
    cache.set('b', page('b'));
    cache.set('b', page('b'));
    await settled(cache);
    cache.set('c', page('c'));
    await settled(cache);
    assert.equal(await textAt(cache, 'c'), 'c');
    await cache.close();
  });

  test('a place that cannot be written costs one try a minute and one warning', async () => {
    const directory = place();
    mkdirSync(dirname(directory), { recursive: true });
    writeFileSync(directory, 'a file where the directory should be');
    const warnings: string[] = [];
    const log = lineLogger('warn', (_level, message) => warnings.push(message));
    let aheadMs = 0;
    const clock: Clock = {
      ...laterBy(0),
      monoMs: () => systemClock.monoMs() + aheadMs,
    };
    const cache = open(directory, { log, clock });
    for (let n = 0; n < 50; n += 1) {
      cache.set(`k${n}`, page('x'));
      await settled(cache);
      assert.equal(await textAt(cache, `k${n}`), undefined);
    }
    assert.equal(cache.gauges().dropped, 50);
    assert.equal(warnings.length, 1);
    rmSync(directory);
    aheadMs = 61_000;
    cache.set('k', page('x'));
    await settled(cache);
    assert.equal(await textAt(cache, 'k'), 'x', 'it is tried again');
    await cache.close();
  });

  test('a disk that is full in the middle of a page keeps none of it', limited, async () => {
    const directory = place();
    await using server = await httpServer((request, response) => {
      const large = request.url === '/large';
      response.writeHead(200, { etag: '"1"' }).end(large ? 'x'.repeat(200_000) : 'small');
    });
    const urls = ['/small', '/large', '/other'].map((path) => server.origin + path);
    // A limit of the process: the system ends the write half-way, as on a full disk.
    const { pages, warnings } = await run(directory, urls, 'ulimit -f 64; ');
    assert.deepEqual(
      pages.map(({ text }) => text.length),
      [5, 200_000, 5],
    );
    assert.equal(warnings.length, 1);
    assert.equal(filesIn(directory).length, 1, 'the small one; no half and no more tries');
    assert.equal((await run(directory, urls)).gauges.pages, 3);
  });

  test('a second process asks with what the first was given', async () => {
    const directory = place();
    const asked: (string | undefined)[] = [];
    await using server = await httpServer((request, response) => {
      const condition = request.headers['if-none-match'];
      asked.push(`${request.url} ${condition}`);
      const known = condition === '"v1"' && request.url === '/same';
      if (known) response.writeHead(304, { etag: '"v1"' }).end();
      else if (request.url === '/fresh') response.writeHead(200, FRESH).end('fresh');
      else response.writeHead(200, { etag: '"v1"' }).end(`Zoë ${request.url} `.repeat(2_000));
    });
    const urls = ['/same', '/fresh', '/changed'].map((path) => server.origin + path);
    const first = await run(directory, urls);
    const second = await run(directory, urls);
    assert.deepEqual(asked, [
      '/same undefined',
      '/fresh undefined',
      '/changed undefined',
      '/same "v1"',
      '/changed "v1"',
    ]);
    const seen = ({ pages }: Run) => pages.map(({ status, text }) => ({ status, text }));
    assert.deepEqual(seen(second), seen(first));
    assert.match(first.pages[0]?.text ?? '', /^(?:Zoë \/same )+$/);
    const wire = second.pages.map(({ wireBytes }) => wireBytes);
    assert.deepEqual(wire, [0, 0, first.pages[2]?.wireBytes]);
  });

  test('what may be moved away by its reader is kept whole', async () => {
    const cache = open(place());
    await cache.opened;
    const body = new Uint8Array(100_000).fill(109);
    const kept = page('');
    cache.set('k', { ...kept, reply: { ...kept.reply, body } });
    structuredClone(body.buffer, { transfer: [body.buffer] });
    const waiting = (await cache.get('k'))?.reply.body as Uint8Array;
    structuredClone(waiting.buffer, { transfer: [waiting.buffer as ArrayBuffer] });
    assert.equal(waiting.byteLength, 0);
    await settled(cache);
    assert.equal(await textAt(cache, 'k'), 'm'.repeat(100_000));
    await cache.close();
  });

  test('keeps no more waiting than its bound', async () => {
    const cache = open(place(), { bytesMax: 1e9 });
    for (let n = 0; n < 40; n += 1) {
      cache.set(`k${n}`, page('x'.repeat(1_000_000)));
      assert.ok(cache.gauges().waitingBytes <= 16 * 2 ** 20);
    }
    assert.ok(cache.gauges().dropped >= 20);
    await cache.close();
    assert.ok(cache.gauges().pages >= 10);
  });
});
