/** What `sluice serve` computes is done by its pools, and they can be looked at. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { wordFiles } from '../../sandbox/media/image-files.ts';
import { startOpenAi } from '../../sandbox/openai/start-openai.ts';
import { systemClock } from '../../src/base/clock.ts';
import { startServer } from './server-rig.ts';

interface Shown {
  readonly pools: readonly (Readonly<Record<string, number | string | null>> & {
    readonly kind: string;
  })[];
  readonly tasks: readonly { readonly kind: string; readonly state: string }[];
  readonly clearedMs: number;
}

const PICTURES = 4;

describe('the pools of a server', () => {
  it('do its work, are shown, and can be cleared', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-pools-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const ai = await startOpenAi({ latencyMs: 300 });
    t.after(() => ai.close());
    const [first] = await wordFiles(1);
    assert.ok(first?.bytes);
    const names = Array.from({ length: PICTURES }, (_, at) => `${at}.png`);
    // Files of other bytes: what follows the end of a PNG is of no interest to its readers.
    const { bytes } = first;
    for (const name of names) {
      await writeFile(join(folder, name), Buffer.concat([bytes, Buffer.from(name)]));
    }
    const server = await startServer(t, { mediaFrom: [folder], llmBaseUrl: `${ai.url}/v1` });
    const shown = async (path = '/v1/performance/pools', method = 'GET') => {
      const { json, status } = await server.call(method, path);
      assert.equal(status, 200);
      return json as Shown;
    };
    const created = await server.call('POST', '/v1/jobs', {
      key: 'run',
      json: {
        collector: 'media',
        input: { rows: names.map((file) => join(folder, file)) },
      },
    });
    assert.equal(created.status, 201, created.text);
    const { id } = (created.json as { job: { id: string } }).job;
    const seen = new Set<string>();
    for (;;) {
      for (const { kind, state } of (await shown()).tasks) seen.add(`${kind} ${state}`);
      const { state } = (await server.call('GET', `/v1/jobs/${id}`)).json as { state: string };
      if (state !== 'running') break;
      await systemClock.sleep(20);
    }
    const job = (await server.call('GET', `/v1/jobs/${id}`)).text;
    const { pools } = await shown();
    assert.deepEqual(
      pools.map(({ kind, runner }) => `${kind} ${runner}`),
      [
        'ai inline',
        'analytics thread',
        'campaigns process',
        'database inline',
        'general thread',
        'upload inline',
      ],
    );
    const of = (kind: string) => pools.find((pool) => pool.kind === kind);
    assert.equal(of('ai')?.completed, PICTURES, job);
    assert.ok(Number(of('ai')?.meanMs) >= 250);
    // Each is looked into, and made smaller for the model.
    assert.equal(of('analytics')?.completed, PICTURES * 2);
    assert.equal(of('analytics')?.successRate, 1);
    assert.ok(Number(of('analytics')?.size) >= 1, 'it stays warm');
    // Thumbnails are equal: those that come at the same time are stored once.
    const stored = Number(of('upload')?.completed);
    assert.ok(stored >= 1 && stored <= PICTURES, `${stored} thumbnails`);
    assert.ok(seen.has('analytics running') && seen.has('ai running'), [...seen].join());
    const cleared = await shown('/v1/performance/metrics/clear', 'POST');
    assert.ok(cleared.pools.every(({ completed, failed }) => completed === 0 && failed === 0));
    const metrics = (await server.call('GET', '/metrics')).text;
    const line = `sluice_pool_ended_total{kind="ai",outcome="completed"} ${PICTURES}`;
    assert.ok(metrics.includes(line), 'Prometheus goes on counting');
  });
});
