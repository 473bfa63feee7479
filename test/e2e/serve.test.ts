/** `sluice serve` as its owner starts and stops it, and as callers speak to it. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { writeCollectors } from './collector-files.ts';
import { jsonLines, type Running, scratch, sluice, start } from './sluice-process.ts';

interface Server {
  readonly running: Running;
  readonly url: string;
  /** Of the first start. */
  readonly key: string;
}

let directory: ReturnType<typeof scratch>;
let cwd: string;
const started: Running[] = [];
beforeEach(() => {
  directory = scratch();
  cwd = directory.path;
  writeCollectors(cwd);
});
afterEach(async () => {
  for (const { child, ended } of started.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
  directory[Symbol.dispose]();
});

async function serve(...args: string[]): Promise<Server> {
  const running = start(['serve', '--port', '0', '--json', '--collector', 'own/pace.ts', ...args], {
    cwd,
  });
  started.push(running);
  const line = (await running.said(/\{"type":"serving".*\}/))[0];
  const { url, firstKey } = JSON.parse(line) as { url: string; firstKey?: string };
  return { running, url, key: firstKey ?? '' };
}

async function call(url: string, key: string, method: string, path: string, json?: unknown) {
  const answer = await fetch(url + path, {
    method,
    headers: {
      'x-api-key': key,
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: answers of all kinds are looked into.
  return { status: answer.status, json: (await answer.json()) as any };
}

const words = (count: number) => Array.from({ length: count }, (_, i) => ({ word: `word${i}` }));
const order = (rows: number, ms: number) => ({
  collector: 'pace',
  input: { rows: words(rows) },
  options: { ms },
  concurrency: 4,
});

async function ended(url: string, key: string, id: string) {
  for (;;) {
    const { json } = await call(url, key, 'GET', `/v1/jobs/${id}`);
    if (json.state !== 'running') return json;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('sluice serve', () => {
  it('shows an admin key at the first start, and never again', async () => {
    const first = await serve();
    assert.match(first.key, /^sk_/);
    assert.equal((await call(first.url, first.key, 'GET', '/v1/me')).status, 200);
    first.running.child.kill('SIGTERM');
    assert.equal((await first.running.ended).code, 0);
    const second = await serve();
    assert.equal(second.key, '');
    assert.equal((await call(second.url, first.key, 'GET', '/v1/me')).status, 200);
    second.running.child.kill('SIGTERM');
    await second.running.ended;
  });

  it('drains on SIGTERM, and goes on by itself when it is started again', async () => {
    const { running, url, key } = await serve();
    const { json } = await call(url, key, 'POST', '/v1/jobs', order(200, 20));
    const { id } = json.job;
    await new Promise((resolve) => setTimeout(resolve, 150));
    running.child.kill('SIGTERM');
    assert.equal((await running.ended).code, 0, running.output.stderr);
    const again = await serve();
    const job = await ended(again.url, key, id);
    assert.deepEqual(
      [job.state, job.counters.completed, job.counters.records],
      ['completed', 200, 200],
    );
    again.running.child.kill('SIGTERM');
    await again.running.ended;
  });

  it('takes nothing new while it drains, and still answers who looks', async () => {
    const { running, url, key } = await serve();
    const { json } = await call(url, key, 'POST', '/v1/jobs', order(4, 5_000));
    await new Promise((resolve) => setTimeout(resolve, 200));
    running.child.kill('SIGTERM');
    let refused = await call(url, key, 'POST', '/v1/jobs', order(1, 0));
    while (refused.status === 201) refused = await call(url, key, 'POST', '/v1/jobs', order(1, 0));
    assert.equal(refused.status, 503);
    assert.equal(refused.json.code, 'server.draining');
    assert.equal((await call(url, key, 'GET', '/readyz')).status, 503);
    assert.equal((await call(url, key, 'GET', `/v1/jobs/${json.job.id}`)).json.state, 'running');
    assert.equal((await running.ended).code, 0, running.output.stderr);
  });

  it('lets commands of the same directory reach it', async () => {
    const { running, url, key } = await serve();
    const made = await sluice(['keys', 'create', 'ci', '--scope', 'read'], { cwd });
    assert.equal(made.code, 0, made.stderr);
    const own = made.stdout.trim();
    assert.equal((await call(url, own, 'GET', '/v1/jobs')).status, 200);
    const remote = ['--server', url, '--token', key];
    const tenant = await sluice(['tenants', 'create', 'acme', '--weight', '3', ...remote], { cwd });
    assert.equal(tenant.code, 0, tenant.stderr);
    const list = await sluice(['tenants', 'ls', '--json'], { cwd });
    assert.deepEqual(
      jsonLines(list.stdout).map(({ name, weight }) => [name, weight]),
      [['acme', 3]],
    );
    const paused = await call(url, key, 'POST', '/v1/jobs', order(400, 200));
    const pause = await sluice(['jobs', 'pause', paused.json.job.id], { cwd });
    assert.equal(pause.code, 0, pause.stderr);
    const job = await ended(url, key, paused.json.job.id);
    assert.equal(job.state, 'paused');
    running.child.kill('SIGTERM');
    await running.ended;
  });

  it('says which address cannot be listened on', async () => {
    for (const host of ['192.0.2.1', '999.1.1.1']) {
      const ended = await sluice(['serve', '--port', '0', '--host', host, '--data', 'no-host'], {
        cwd,
      });
      assert.equal(ended.code, 2, ended.stderr);
      assert.match(ended.stderr, /net\.cannot_listen/);
    }
  });

  it('says which port is taken', async () => {
    const { running, url } = await serve();
    const port = new URL(url).port;
    const second = await sluice(['serve', '--port', port, '--data', 'other'], { cwd });
    assert.equal(second.code, 4);
    assert.match(second.stderr, /net\.port_in_use/);
    running.child.kill('SIGTERM');
    await running.ended;
  });
});

describe('what has happened in a job', () => {
  it('is told by commands as the server tells it, here and elsewhere', async () => {
    const { url, key } = await serve();
    const submitted = await call(url, key, 'POST', '/v1/jobs', order(3, 1));
    const { id } = submitted.json.job;
    await ended(url, key, id);
    // Beside the server its owner's socket opens it.
    const here = (...flags: string[]) => sluice(['jobs', 'show', id, ...flags], { cwd });
    const there = (...flags: string[]) => here(...flags, '--server', url, '--token', key);
    for (const ask of [here, there]) {
      const latest = jsonLines((await ask('--latest', '--json')).stdout);
      assert.deepEqual(latest.map(({ seq, end }) => `${seq} ${end}`).sort(), [
        '0 completed',
        '1 completed',
        '2 completed',
      ]);
      const { stdout } = await ask('--latest', '--limit', '2');
      assert.match(stdout, /^ROW +NO +END +BEGAN +QUEUED +WAITED +RAN +WHY\n/);
      assert.equal(stdout.trimEnd().split('\n').length, 3);
      const kept = await ask('--attempts');
      assert.deepEqual([kept.code, kept.stdout], [0, ''], 'all got through at once');
      const log = (await ask('--log', 'info')).stdout.trimEnd().split('\n');
      assert.match(log[0] ?? '', /info +The job is running$/);
      assert.match(log.at(-1) ?? '', /info +The job is completed$/);
      assert.match((await ask('--events')).stdout, /^\d+ \S+ \S+ job\.state \{/);
    }
    const both = await here('--log', '--events');
    assert.equal(both.code, 2);
    assert.equal((await here('--log', 'loud')).code, 2);
  });
});
