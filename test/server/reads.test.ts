import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { type ServerRig, startServer } from './server-rig.ts';

const ROWS = ['not a website', 'http://127.0.0.1:1/', 'http://127.0.0.1:2/'];

/** A job of three rows of `acme` that all fail, ended. */
async function endedJob(test: TestContext): Promise<ServerRig & { readonly path: string }> {
  const rig = await startServer(test);
  const json = { collector: 'contacts', input: { rows: ROWS } };
  const made = await rig.call('POST', '/v1/jobs', { key: 'run', json });
  assert.equal(made.status, 201, made.text);
  const path = `/v1/jobs/${made.json.job.id}`;
  for (;;) {
    const { json: job } = await rig.call('GET', path, { key: 'read' });
    if (job.state !== 'running') break;
  }
  return { ...rig, path };
}

describe('what a job has done, over HTTP', () => {
  it('groups failures by their cause, under the name by which they are retried', async (test) => {
    const { call, path } = await endedJob(test);
    const { json } = await call('GET', `${path}/failures`, { key: 'read' });
    assert.equal(json.total, 3);
    const counts = json.groups.map((group: { count: number }) => group.count);
    assert.equal(
      counts.reduce((sum: number, count: number) => sum + count),
      3,
    );
    const blocked = json.groups.find((group: { sample: { code: string } }) =>
      group.sample.code.startsWith('fetch.'),
    );
    const only = { only: blocked.name };
    const retried = await call('POST', `${path}/retry`, { key: 'run', json: only });
    assert.equal(retried.json.retried, blocked.count);
  });

  it('says how far a job is, and that nothing is waited for', async (test) => {
    const { call, path } = await endedJob(test);
    const progress = await call('GET', `${path}/progress`, { key: 'read' });
    assert.equal(progress.json.state, 'completed');
    assert.equal(progress.json.counters.discarded, 3);
    const waits = await call('GET', `${path}/waits`, { key: 'read' });
    assert.deepEqual(waits.json.waits, []);
    assert.equal(waits.json.still, undefined);
  });

  it('downloads the rows with what became of them, under the name of the input', async (test) => {
    const { call, path } = await endedJob(test);
    const csv = await call('GET', `${path}/download`, { key: 'read' });
    assert.equal(csv.status, 200);
    assert.match(csv.headers.get('content-type') ?? '', /^text\/csv/);
    assert.match(csv.headers.get('content-disposition') ?? '', /^attachment; filename="[\w.-]+"/);
    const lines = csv.text.trimEnd().split('\n');
    assert.equal(lines.length, 1 + ROWS.length);
    assert.ok(ROWS.every((row, at) => lines[at + 1]?.startsWith(row)));
    const json = await call('GET', `${path}/download?format=json`, { key: 'read' });
    assert.deepEqual(
      json.json.map(({ row, status }: { row: unknown; status: string }) => [row, status]),
      ROWS.map((value) => [{ value }, 'failed']),
    );
  });

  it('shows settings to the owner of the server only, and no secret', async (test) => {
    const { call } = await startServer(test, { llmApiKey: 'very-secret' });
    const shown = await call('GET', '/v1/settings');
    const key = shown.json.settings.find(({ name }: { name: string }) => name === 'llmApiKey');
    assert.deepEqual([key.value, key.source], ['(set)', 'flag']);
    assert.ok(!shown.text.includes('very-secret'));
    assert.equal((await call('GET', '/v1/settings', { key: 'admin' })).status, 403);
  });
});
