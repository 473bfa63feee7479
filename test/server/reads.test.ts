import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { openWorld } from './route-cases.ts';
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

  it('gives records part by part, and tells when there are no more', async (test) => {
    const { call, jobId, pageUrl, made } = await openWorld(test);
    const path = `/v1/jobs/${jobId}/records`;
    const first = await call('GET', `${path}?limit=1&final=true`, { key: 'read' });
    assert.match(first.headers.get('content-type') ?? '', /^application\/x-ndjson/);
    const { seq, index, record } = JSON.parse(first.text);
    assert.deepEqual([seq, index, record.website], [0, 0, pageUrl]);
    const next = first.headers.get('sluice-next');
    assert.equal(next, '0.0');
    const last = await call('GET', `${path}?after=${next}&final=true`, { key: 'read' });
    assert.deepEqual([last.text, last.headers.get('sluice-complete')], ['', 'true']);
    assert.equal(last.headers.get('sluice-next'), next, 'where to go on does not get lost');
    const json = await made('read', 'GET', `${path}?format=json`);
    assert.deepEqual(json.records, [{ seq, index, record }]);
    const csv = await call('GET', `${path}?format=csv`, { key: 'read' });
    assert.match(csv.text, /^seq,index,website,/);
    assert.ok(csv.text.includes(`\n0,0,${pageUrl},`));
  });

  it('shows rows by what has become of them, and one with its records', async (test) => {
    const { jobId, pageUrl, made } = await openWorld(test);
    const path = `/v1/jobs/${jobId}/tasks`;
    const { tasks } = await made('read', 'GET', `${path}?state=completed,waiting`);
    assert.deepEqual(
      tasks.map((task: Record<string, unknown>) => [task.seq, task.state, task.recordCount]),
      [[0, 'completed', 1]],
    );
    const page = await made('read', 'GET', `${path}?limit=1`);
    assert.equal(page.next, 0);
    const rest = await made('read', 'GET', `${path}?limit=1&after=${page.next}`);
    assert.deepEqual(
      [rest.tasks[0].seq, rest.tasks[0].state, rest.next],
      [1, 'discarded', undefined],
    );
    const [group] = (await made('read', 'GET', `/v1/jobs/${jobId}/failures`)).groups;
    const query = new URLSearchParams({ fingerprint: group.fingerprint });
    const failed = await made('read', 'GET', `${path}?${query}`);
    assert.deepEqual(failed.tasks, rest.tasks);
    const one = await made('read', 'GET', `${path}/0`);
    assert.equal(one.records[0].website, pageUrl);
    assert.ok(JSON.stringify(one.input).includes('127.0.0.1'));
  });

  it('says what a running job waits for, in words, and to its tenant which limits', async (test) => {
    const { pageUrl, made } = await openWorld(test);
    const rows = [`${pageUrl}silent`, `${pageUrl}never`];
    const order = { collector: 'contacts', input: { rows }, concurrency: 1 };
    const { id } = (await made('run', 'POST', '/v1/jobs', order)).job;
    const asked = () => made('read', 'GET', `/v1/jobs/${id}/waits`);
    let [wait] = (await asked()).waits;
    while (wait === undefined) [wait] = (await asked()).waits;
    assert.deepEqual(wait, {
      lane: `job:${id}`,
      kind: 'job',
      name: id,
      reason: 'concurrency',
      text: `job ${id}: 1 of 1 slots in use, 1 waiting`,
      waiting: 1,
      inUse: 1,
      slots: 1,
    });
    const { lanes } = await made('read', 'GET', '/v1/lanes');
    assert.deepEqual(
      lanes.map(({ lane, waiting }: Record<string, unknown>) => [lane, waiting]),
      [[`job:${id}`, 1]],
    );
    assert.deepEqual(await made('other', 'GET', '/v1/lanes'), { lanes: [] });
    const progress = await made('read', 'GET', `/v1/jobs/${id}/progress`);
    assert.deepEqual([progress.state, progress.running], ['running', 1]);
  });

  it('lists a tenant whose rows of today are used up among the limits', async (test) => {
    const { call } = await startServer(test);
    await call('PATCH', '/v1/tenants/acme', { json: { rowsPerDay: 1 } });
    const json = {
      collector: 'contacts',
      input: { rows: ['http://127.0.0.1:1/', 'http://127.0.0.1:2/'] },
    };
    assert.equal((await call('POST', '/v1/jobs', { key: 'run', json })).status, 201);
    const share = async (key: 'operator' | 'read') => {
      for (;;) {
        const { lanes } = (await call('GET', '/v1/lanes', { key })).json;
        const found = lanes.find(({ kind }: { kind: string }) => kind === 'rows-per-day');
        if (found !== undefined) return found;
      }
    };
    for (const key of ['operator', 'read'] as const) {
      const { lane, blocked, untilMs } = await share(key);
      assert.deepEqual([lane, blocked], ['rows-per-day:acme', 'rest']);
      assert.ok(untilMs > Date.now());
    }
  });
});
