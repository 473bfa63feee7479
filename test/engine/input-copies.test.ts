/** An input is on disk before its job is: a job that survives a power cut finds all of its rows. */
import assert from 'node:assert/strict';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { it } from 'node:test';
import { z } from 'zod';
import { systemClock } from '../../src/base/clock.ts';
import { seededRandom } from '../../src/base/random.ts';
import type { Collector } from '../../src/collectors/collector.ts';
import type { Registry } from '../../src/collectors/registry.ts';
import { prepareJob } from '../../src/engine/job-request.ts';

const ROWS = 'url\nhttps://a.example\nhttps://b.example\n';

it('the copy of an input is durable before it becomes a job', async (t) => {
  const cwd = await mkdtemp(join(tmpdir(), 'sluice-input-'));
  t.after(() => rm(cwd, { recursive: true }));
  await writeFile(join(cwd, 'rows.csv'), ROWS);
  const handle = await open(join(cwd, 'rows.csv'));
  await handle.close();
  const synced: number[] = [];
  const sync = t.mock.method(
    Object.getPrototypeOf(handle),
    'sync',
    async function (this: typeof handle) {
      synced.push((await this.stat()).size);
    },
  );
  const collector = { name: 'x', input: z.object({ url: z.string() }) } as unknown as Collector;
  const registry = { get: async () => collector, canonicalName: () => 'x' } as unknown as Registry;
  for (const input of ['rows.csv', Readable.from([ROWS])]) {
    const { spec } = await prepareJob(
      {
        ...{ tenant: 't', collector: 'x', input, column: undefined, wishes: {} },
        ...{ options: {}, concurrency: undefined, retries: undefined },
      } as unknown as Parameters<typeof prepareJob>[0],
      { registry, dataDir: cwd, cwd, clock: systemClock, random: seededRandom(1), retries: 1 },
    );
    assert.equal(await readFile(join(cwd, spec.input.path), 'utf8'), ROWS);
    assert.ok(synced.includes(ROWS.length), `${synced}`);
    assert.ok(sync.mock.callCount() >= 1);
    synced.length = 0;
  }
});
