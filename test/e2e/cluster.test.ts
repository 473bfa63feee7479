/**
 * What users see of a cluster: two servers and two workers over a real Postgres, asked through
 * either server, and taken down and up while jobs run.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { usePostgres } from '../fakes/postgres-rig.ts';
import { WebhookReceiver } from '../fakes/webhook-receiver.ts';
import { EventClient, type ServerEvent } from '../server/event-client.ts';
import { Cluster, type JobView, type ServingNode } from './cluster-rig.ts';

/** Takes `ms` for a row; one that is `bad` fails for as long as a file says so. */
const COLLECTOR = `
import { existsSync } from 'node:fs';
export default {
  name: 'paced',
  defaults: { retries: 0 },
  async collect({ n, ms, bad }) {
    await new Promise((resolve) => setTimeout(resolve, Number(ms)));
    if (bad && existsSync(bad)) throw new Error('it is a bad one');
    return { records: [{ n }] };
  },
};`;
const PATIENCE_MS = 60_000;
/** Outlives a machine that stands still for some seconds: who holds what is asked below. */
const LEASE_MS = 5_000;

interface NodeView {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly state: string;
  readonly version: string;
  readonly roles: readonly string[];
}

describe('a cluster', () => {
  const postgres = usePostgres({ settings: { fsync: 'off' } });
  const cwd = mkdtempSync(join(tmpdir(), 'sluice-cluster-'));
  const bad = join(cwd, 'bad');
  let databaseUrl = '';
  let cluster: Cluster;
  let second: ServingNode;

  before(async () => {
    databaseUrl = await postgres.databaseUrl();
    writeFileSync(join(cwd, 'paced.ts'), COLLECTOR);
    cluster = await Cluster.start({
      cwd,
      databaseUrl,
      workers: 2,
      collectors: ['paced.ts'],
      flags: ['--allow-host', '127.0.0.1', '--grace', '10s'],
      env: { SLUICE_NODE_LEASE: `${LEASE_MS}ms`, SLUICE_SECRET_KEY: 'ab'.repeat(32) },
    });
    second = await cluster.addServer();
  });
  after(async () => {
    await cluster.close();
    rmSync(cwd, { recursive: true, force: true });
  });

  async function ask<T>(method: string, path: string, json?: unknown, base?: string): Promise<T> {
    const answer = await cluster.call(method, path, json, base);
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}\n${cluster.said()}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
    const endMs = performance.now() + PATIENCE_MS;
    for (;;) {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      if (performance.now() > endMs) throw new Error(`not seen: ${what}\n${cluster.said()}`);
      await delay(25);
    }
  }

  const upload = (rows: number, ms: number, badEvery = 0): Promise<string> => {
    const lines = Array.from(
      { length: rows },
      (_, n) => `${n},${ms},${badEvery > 0 && n % badEvery === 0 ? bad : ''}\n`,
    );
    return cluster.upload({ collector: 'paced' }, `n,ms,bad\n${lines.join('')}`);
  };
  const job = (id: string, base?: string) => ask<JobView>('GET', `/v1/jobs/${id}`, undefined, base);
  const inState = (id: string, state: string, base?: string) =>
    until(`${id} ${state}`, async () => {
      const now = await job(id, base);
      return now.state === state && now;
    });
  const nodes = async (base?: string) =>
    (await ask<{ nodes: NodeView[] }>('GET', '/v1/nodes', undefined, base)).nodes;
  const done = ({ counters }: JobView) => counters.completed + counters.discarded;

  /** Each row once, as the download of any server has it. */
  async function assertWhole(id: string, rows: number, base?: string): Promise<void> {
    const path = `/v1/jobs/${id}/download?shape=record&format=jsonl`;
    const text = await (await cluster.call('GET', path, undefined, base)).text();
    const seen = text.split('\n').filter((line) => line !== '');
    const numbers = seen.map((line) => Number((JSON.parse(line) as { n: string }).n));
    numbers.sort((a, b) => a - b);
    assert.deepEqual(
      numbers,
      Array.from({ length: rows }, (_, n) => n),
    );
  }

  it('tells of a job on a server that does not lead it, and downloads from there', async () => {
    writeFileSync(bad, '');
    const id = await upload(1_500, 800, 500);
    const client = await EventClient.open(`${second.url}/v1/jobs/${id}/events`, cluster.key);
    await client.until(({ type, data }) => type === 'job.state' && data.state === 'completed');
    const { events } = client;
    const ids = events.flatMap((event) => (event.id === undefined ? [] : [event.id]));
    assert.deepEqual(
      ids,
      [...new Set(ids)].sort((a, b) => a - b),
    );
    const states = events.filter(({ type }) => type === 'job.state').map(({ data }) => data.state);
    assert.equal(states.filter((state) => state === 'completed').length, 1, states.join());
    const counts = events.flatMap(({ type, data }: ServerEvent) =>
      type === 'job.progress' ? [data.counters.completed as number] : [],
    );
    assert.ok(counts.length > 1, `progress was told ${counts.length} times`);
    assert.deepEqual(
      counts,
      counts.toSorted((a, b) => a - b),
    );
    const failed = await until('failures', async () => {
      const told = events.filter(({ type }) => type === 'task.failed');
      return told.length >= 3 && told;
    });
    const seqs = failed.map(({ data }) => data.seq as number).sort((a, b) => a - b);
    assert.deepEqual(seqs, [0, 500, 1_000]);
    const [here, there] = await Promise.all([job(id), job(id, second.url)]);
    assert.deepEqual(here.counters, there.counters);
    assert.equal(here.counters.completed, 1_497);
    const last = events.findLast(({ type }) => type === 'job.state');
    assert.equal(last?.data.job.counters.completed, 1_497);
    client.close();
    // The rows that failed are tried again through the server that knows nothing of the job.
    rmSync(bad);
    await ask('POST', `/v1/jobs/${id}/retry`, {}, second.url);
    await until('all rows', async () => (await job(id)).counters.completed === 1_500);
    await inState(id, 'completed');
    await assertWhole(id, 1_500, second.url);
  });

  it('pauses, resumes and cancels through either server', async () => {
    const rows = 8_000;
    const id = await upload(rows, 400);
    await until('some rows', async () => done(await job(id, second.url)) > 0);
    await ask('POST', `/v1/jobs/${id}/pause`, undefined, second.url);
    await inState(id, 'paused');
    const atRest = await until('rest', async () => {
      const before = done(await job(id));
      await delay(300);
      return done(await job(id)) === before && before;
    });
    assert.ok(atRest < rows);
    await ask('POST', `/v1/jobs/${id}/resume`);
    await until('more rows', async () => done(await job(id, second.url)) > atRest);
    await ask('POST', `/v1/jobs/${id}/cancel`, undefined, second.url);
    const ended = await inState(id, 'cancelled');
    const { tasks, completed, discarded } = ended.counters;
    assert.ok(completed + discarded < tasks);
    await until('no row is open', async () => {
      const now = await ask<{ counters: { cancelled: number } }>('GET', `/v1/jobs/${id}`);
      return completed + now.counters.cancelled >= tasks;
    });
  });

  it('holds a key that is revoked, a tenant that is disabled, on every server at once', async () => {
    await ask('POST', '/v1/tenants', { name: 'acme' }, second.url);
    const status = async (base: string, key: string) =>
      (await fetch(`${base}/v1/jobs`, { headers: { 'x-api-key': key } })).status;
    const newKey = async () => {
      const draft = { name: 'k', scope: 'run', tenant: 'acme' };
      const made = await ask<{ id: string; key: string }>('POST', '/v1/keys', draft, second.url);
      for (const base of [cluster.url, second.url]) {
        assert.equal(await status(base, made.key), 200);
      }
      return made;
    };
    const { key } = await newKey();
    await ask('PATCH', '/v1/tenants/acme', { disabled: true });
    await until('disabled', async () => (await status(second.url, key)) === 403);
    await ask('PATCH', '/v1/tenants/acme', { disabled: false }, second.url);
    await until('enabled', async () => (await status(cluster.url, key)) === 200);
    // Some seconds later every server would know of it by itself: it is told before. A machine that
    // stands still now and then gets another try.
    let tookMs = Number.POSITIVE_INFINITY;
    for (let tries = 0; tries < 3 && tookMs >= 2_000; tries += 1) {
      const made = await newKey();
      await ask('DELETE', `/v1/keys/${made.id}`, undefined, second.url);
      const revokedMs = performance.now();
      await until('revoked', async () => (await status(cluster.url, made.key)) === 401);
      tookMs = performance.now() - revokedMs;
      assert.equal(await status(second.url, made.key), 401);
    }
    assert.ok(tookMs < 2_000, 'a revoked key opened for long');
  });

  it('sends each webhook once, and starts each scheduled run once, also after a takeover', async (test) => {
    const receiver = await WebhookReceiver.start(test);
    await ask('POST', '/v1/webhooks', { url: receiver.url }, second.url);
    const ids = await Promise.all([upload(3, 0), upload(5, 0), upload(1, 0)]);
    for (const id of ids) await inState(id, 'completed');
    await until('three deliveries', async () => receiver.received.length >= 3);

    const draft = {
      name: 'each second',
      cron: '* * * * * *',
      order: { collector: 'paced', input: { rows: [{ n: 1, ms: 0, bad: '' }] } },
    };
    const made = await ask<{ schedule: { id: string } }>(
      'POST',
      '/v1/schedules',
      draft,
      second.url,
    );
    const history = `/v1/schedules/${made.schedule.id}/history?limit=100`;
    interface Run {
      readonly dueMs: number;
      readonly outcome: string;
      readonly jobId?: string;
    }
    const started = async (base?: string) => {
      const { runs } = await ask<{ runs: Run[] }>('GET', history, undefined, base);
      return runs.filter(({ outcome }) => outcome === 'started');
    };
    await until('two runs', async () => (await started()).length >= 2);

    const holder = (await nodes()).find(({ roles }) => roles.includes('schedules'));
    const others = (await nodes()).filter(({ roles }) => roles.length > 0);
    const held = others.flatMap(({ roles }) => roles).sort();
    assert.deepEqual(held, ['deliveries', 'schedules', 'webhooks'], JSON.stringify(others));
    // The server that was started first has had the roles from the beginning.
    assert.equal(holder?.name, 'serve');
    await ask('POST', `/v1/schedules/${made.schedule.id}/run`, undefined, second.url);

    // A third one stands by; the holder ends without a word.
    const third = await cluster.addServer();
    const before = (await started(third.url)).length;
    await cluster.server.kill();
    const runs = await until('runs of the next', async () => {
      const now = await started(third.url);
      return now.length > before + 1 && now;
    });
    await ask('POST', `/v1/schedules/${made.schedule.id}/pause`, undefined, third.url);
    assert.equal(new Set(runs.map(({ dueMs }) => dueMs)).size, runs.length);
    const all = await started(third.url);
    const jobs = all.flatMap(({ jobId }) => jobId ?? []);
    assert.equal(new Set(jobs).size, all.length, 'a run has a job of its own');

    // Every end was told, each once but for what was under way when the holder ended.
    const told = () => receiver.received.map(({ json }) => json.job.id as string);
    for (const id of [...ids, ...jobs]) {
      await until(`the end of ${id}`, async () => told().includes(id));
    }
    const twice = told().filter((id, i, list) => list.indexOf(id) !== i);
    assert.ok(twice.length <= 2, `told twice: ${twice.join()}`);
    for (const id of ids) assert.equal(told().filter((each) => each === id).length, 1);
    cluster.replaceServer(third);
  });

  it('goes on while a worker is drained through the API, and its process ends', async () => {
    const id = await upload(1_500, 60);
    await until('some rows', async () => done(await job(id)) > 0);
    const [worker] = cluster.workers;
    const view = (await nodes()).find(({ name }) => name === worker?.name);
    await ask('POST', `/v1/nodes/${view?.id}/drain`, undefined, second.url);
    assert.equal((await worker?.running.ended)?.code, 0);
    await until('it is gone', async () => !(await nodes()).some((node) => node.id === view?.id));
    const ended = await inState(id, 'completed');
    assert.equal(ended.counters.completed, 1_500);
    await assertWhole(id, 1_500);
    await cluster.addWorker();
  });

  it('loses and doubles no row while all nodes are restarted one after the other', async () => {
    const id = await upload(4_000, 100);
    await until('some rows', async () => done(await job(id)) > 0);
    for (const worker of [...cluster.workers]) {
      await cluster.addWorker();
      assert.equal(await worker.drain(), 0);
    }
    const next = await cluster.addServer();
    assert.equal(await second.drain(), 0);
    second = await cluster.addServer();
    const last = cluster.server;
    cluster.replaceServer(next);
    assert.equal(await last.drain(), 0);
    const ended = await inState(id, 'completed');
    assert.equal(ended.counters.completed, 4_000);
    assert.equal(ended.counters.tasks, 4_000);
    await assertWhole(id, 4_000, second.url);
  });

  it('works beside a node of another version that says what nobody here understands', async () => {
    await postgres.query(
      databaseUrl,
      `INSERT INTO sluice.nodes (id, name, version, kind, lease_until, status)
       VALUES ('n_future', 'future', '99.0.0', 'worker', clock_timestamp() + interval '1 hour', $1)`,
      ['{"jobs":{"j_1":"of another form"},"seats":"many"}'],
    );
    const id = await upload(200, 5);
    const client = await EventClient.open(`${second.url}/v1/jobs/${id}/events`, cluster.key);
    await client.until(({ data }) => (data.job?.state ?? data.state) === 'completed');
    client.close();
    await assertWhole(id, 200);
    const future = (await nodes()).find((node) => node.id === 'n_future');
    assert.equal(future?.version, '99.0.0');
    assert.equal(future?.state, 'working');
    const metrics = await cluster.call('GET', '/metrics');
    assert.equal(metrics.status, 200);
  });
});
