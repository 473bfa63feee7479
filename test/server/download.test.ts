/** A download goes at the pace of its reader, and ends when the reader leaves. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../src/base/clock.ts';
import { lineLogger } from '../../src/base/log.ts';
import { systemRandom } from '../../src/base/random.ts';
import { createApp } from '../../src/server/app.ts';
import type { ServerParts } from '../../src/server/parts.ts';
import { recordRoutes } from '../../src/server/routes/records.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { completed, NOW, spec, step, task } from '../conformance/store-fixtures.ts';

const ROWS = 30_000;
/** All rows are several times what the buffers of sockets hold, which some machines have large. */
const RECORD = JSON.stringify({ text: 'x'.repeat(3_000) });

interface Downloads {
  readonly url: string;
  /** Pages that were read from the store. */
  reads: number;
}

async function startDownloads(test: TestContext, failAt = Infinity): Promise<Downloads> {
  const store = new MemoryStore();
  const input = { path: '', name: 'my rows (1).csv', format: 'none', dialect: {} } as const;
  await store.createJob({ ...spec('j_1'), input });
  const rows = Array.from({ length: ROWS }, (_, n) => task(n));
  await store.addRows('j_1', 0, rows, NOW);
  await store.commit(rows.map((_, n) => step('j_1', n, { records: [RECORD], end: completed })));
  const downloads = { url: '', reads: 0 };
  const results: typeof store.results = (...args) => {
    downloads.reads += 1;
    if (downloads.reads > failAt) return Promise.reject(new Error('the disk is gone'));
    return MemoryStore.prototype.results.apply(store, args);
  };
  Object.assign(store, { results });
  const parts = {
    store,
    registry: { get: async () => ({ name: 'x', collect: async () => undefined }) },
    dataDir: '/data',
    clock: systemClock,
    random: systemRandom,
    log: lineLogger('error', () => {}),
    localKey: 'local',
    inputHere: async () => {},
  } as unknown as ServerParts;
  const app = createApp(parts, recordRoutes(parts));
  test.after(() => app.close());
  const origin = await app.listen({ host: '127.0.0.1', port: 0 });
  downloads.url = `${origin}/v1/jobs/j_1/download?format=jsonl`;
  return downloads;
}

async function open(url: string): Promise<IncomingMessage> {
  const request = get(url, { headers: { 'x-api-key': 'local' }, agent: false });
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  return answer;
}

/** Until nothing is read from the store for a while. */
async function settled(downloads: Downloads): Promise<number> {
  for (;;) {
    const before = downloads.reads;
    await delay(100);
    if (downloads.reads === before) return before;
  }
}

const ALL_READS = ROWS / 500;

describe('a download', () => {
  it('reads the store no faster than the reader takes it', async (test) => {
    const downloads = await startDownloads(test);
    const answer = await open(downloads.url);
    const ahead = await settled(downloads);
    assert.ok(ahead < ALL_READS / 2, `${ahead} pages were read for nobody`);
    let bytes = 0;
    for await (const chunk of answer) bytes += (chunk as Buffer).length;
    assert.ok(bytes > ROWS * RECORD.length);
    assert.ok(downloads.reads >= ALL_READS);
    assert.equal(
      answer.headers['content-disposition'],
      `attachment; filename="my_rows_1_-j_1.jsonl"; filename*=UTF-8''my%20rows%20%281%29-j_1.jsonl`,
    );
  });

  it('ends when the reader leaves', async (test) => {
    const downloads = await startDownloads(test);
    const answer = await open(downloads.url);
    await once(answer, 'readable');
    answer.destroy();
    assert.ok((await settled(downloads)) < ALL_READS / 2);
  });

  it('that fails on its way is cut off, not ended', async (test) => {
    const { url } = await startDownloads(test, 5);
    const answer = await open(url);
    assert.equal(answer.statusCode, 200);
    await assert.rejects(async () => {
      for await (const _ of answer);
    }, /aborted/);
  });

  it('that fails before it has begun is answered with a problem', async (test) => {
    const { url } = await startDownloads(test, 0);
    const answer = await open(url);
    assert.equal(answer.statusCode, 500);
    assert.match(answer.headers['content-type'] ?? '', /^application\/problem\+json/);
    assert.equal(answer.headers['content-disposition'], undefined);
    answer.resume();
  });
});
