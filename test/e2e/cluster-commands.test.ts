/** The command line over a Postgres that nodes share, without a server being named. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { usePostgres } from '../fakes/postgres-rig.ts';
import { writeCollectors } from './collector-files.ts';
import { type Ended, jobIdOf, jsonLines, type Running, scratch, start } from './sluice-process.ts';

const COLLECTOR = `export default {
  name: 'paced',
  defaults: { concurrency: 4, retries: 0 },
  async collect({ n, ms }) {
    await new Promise((resolve) => setTimeout(resolve, Number(ms)));
    return { records: [{ n }] };
  },
};`;

describe('commands over a Postgres', () => {
  const postgres = usePostgres({ settings: { fsync: 'off' } });
  const directory = scratch();
  const cwd = directory.path;
  const processes: Running[] = [];
  let env: Readonly<Record<string, string>> = {};

  before(async () => {
    env = {
      SLUICE_DATABASE_URL: await postgres.databaseUrl(),
      SLUICE_NODE_LEASE: '2s',
      // The smallest pools that there are: nothing may wait for a second connection.
      DB_MAX_POOL_SIZE: '1',
      SLUICE_SECRET_KEY: 'cd'.repeat(32),
    };
    writeFileSync(join(cwd, 'paced.ts'), COLLECTOR);
    writeFileSync(join(cwd, 'quick.csv'), rows(60, 1));
    writeFileSync(join(cwd, 'slow.csv'), rows(40, 500));
  });
  after(async () => {
    for (const { child } of processes) child.kill('SIGKILL');
    await Promise.all(processes.map(({ ended }) => ended));
    directory[Symbol.dispose]();
  });

  const begin = (...args: string[]): Running => {
    const running = start(args, { cwd, env });
    processes.push(running);
    return running;
  };
  const sluice = async (...args: string[]): Promise<Ended> => begin(...args).ended;
  const lines = (file: string) => readFileSync(join(cwd, file), 'utf8').trim().split('\n');

  it('delivers what a job brings into another database, once', async () => {
    const url = await postgres.databaseUrl();
    const to = `${url}?table=paced`;
    const run = await sluice('run', './paced.ts', 'quick.csv', '--deliver', to);
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stderr, /Delivered: 60 records are in postgres:/);
    assert.ok(!run.stderr.includes(new URL(url).password), 'no password');
    const id = /\bj_[a-z0-9]+/.exec(run.stderr)?.[0] as string;
    const again = await sluice('jobs', 'deliver', id);
    assert.equal(again.code, 0, again.stderr);
    const count = 'SELECT count(*)::int AS n, count(DISTINCT sluice_id)::int AS ids FROM paced';
    assert.deepEqual(await postgres.query(url, count), [{ n: 60, ids: 60 }]);
    const files = await sluice('jobs', 'deliver', id, 'duckdb:here.duckdb');
    assert.equal(files.code, 2, files.stderr);
    assert.match(files.stderr, /files are of one machine/);
    assert.equal((await sluice('jobs', 'rm', id, '--yes')).code, 0);
  });

  it('completes a run whose last rows end while it drains', async () => {
    writeCollectors(cwd);
    writeFileSync(join(cwd, 'last.csv'), rows(4, 0));
    const more = ['-o', 'last-out.csv', '--json'];
    const running = begin('run', './own/ends-draining.ts', 'last.csv', ...more);
    await running.said(/all have begun/);
    running.child.kill('SIGINT');
    const { code, stdout, stderr } = await running.ended;
    assert.equal(code, 0, stderr);
    const { jobId, state, completed } = jsonLines(stdout).at(-1) ?? {};
    assert.deepEqual([state, completed], ['completed', 4]);
    assert.equal(lines('last-out.csv').length, 5);
    assert.equal((await sluice('jobs', 'rm', String(jobId), '--yes')).code, 0);
  });

  it('runs, shows, downloads elsewhere and removes a job', async () => {
    const run = await sluice('run', './paced.ts', 'quick.csv', '-o', 'out.csv');
    assert.equal(run.code, 0, run.stderr);
    assert.equal(lines('out.csv').length, 61);
    const id = /\bj_[a-z0-9]+/.exec(run.stderr)?.[0] as string;
    const [shown, listed, watched, there] = await Promise.all([
      sluice('jobs', 'show', id),
      sluice('jobs', 'ls', '--json'),
      sluice('jobs', 'watch', id),
      sluice('jobs', 'download', id, '-o', 'there.csv', '--data', 'elsewhere'),
    ]);
    assert.match(shown.stdout, /completed/);
    assert.deepEqual(
      jsonLines(listed.stdout).map((job) => job.id),
      [id],
    );
    assert.deepEqual([watched.code, there.code], [0, 0], watched.stderr + there.stderr);
    // With the cells of the input, which another directory had.
    assert.deepEqual(lines('there.csv'), lines('out.csv'));
    const removed = await sluice('jobs', 'rm', id, '--yes');
    assert.equal(removed.code, 0, removed.stderr);
    assert.equal((await sluice('jobs', 'show', id)).code, 4);
  });

  it('leaves a job that can be resumed where nobody goes on with it', async () => {
    const run = begin('run', './paced.ts', 'slow.csv', '-o', 'slow-1.csv');
    const id = await jobIdOf(run);
    await delay(500);
    run.child.kill('SIGINT');
    const ended = await run.ended;
    assert.equal(ended.code, 130, ended.stderr);
    assert.match(ended.stderr, new RegExp(`Resume: sluice jobs resume ${id}`));
    const watched = await sluice('jobs', 'watch', id);
    assert.match(watched.stderr, /No process works on it/);
    const resumed = await sluice('jobs', 'resume', id, '-o', 'slow-2.csv');
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.equal(lines('slow-2.csv').length, 41);
  });

  it('is not waited for where its only process was killed, and goes on at once', async () => {
    const begun = async (out: string, lease: string) => {
      const leased = { ...env, SLUICE_NODE_LEASE: lease };
      const run = start(['run', './paced.ts', 'slow.csv', '-o', out], { cwd, env: leased });
      processes.push(run);
      const id = await jobIdOf(run);
      await delay(700);
      run.child.kill('SIGKILL');
      await run.ended;
      return id;
    };
    const watched = await sluice('jobs', 'watch', await begun('killed-1.csv', '2s'));
    assert.match(watched.stderr, /No process works on it/);
    // Nobody else has the lead before its lease has ended.
    const id = await begun('killed-2.csv', '6s');
    const resumed = await sluice('jobs', 'resume', id, '-o', 'killed-3.csv');
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.equal(lines('killed-3.csv').length, 41);
  });

  it('says what a Postgres and its nodes are like, and refuses what it cannot do', async () => {
    const [doctor, backup, config, nodes] = await Promise.all([
      sluice('doctor', '--json'),
      sluice('db', 'backup', 'copy'),
      sluice('config', 'print'),
      sluice('nodes', 'ls', '--json'),
    ]);
    const checks = new Map(jsonLines(doctor.stdout).map((each) => [each.check, each]));
    for (const check of ['postgres', 'database clock', 'notifications', 'nodes']) {
      assert.ok(checks.has(check), `${check} is not checked`);
    }
    for (const check of ['postgres', 'database clock', 'notifications']) {
      assert.equal(checks.get(check)?.verdict, 'ok', JSON.stringify(checks.get(check)));
    }
    assert.match(backup.stderr, /pg_dump/);
    assert.match(config.stdout, /databaseUrl +\(set\)/);
    assert.ok(!config.stdout.includes(env.SLUICE_DATABASE_URL as string));
    assert.equal(nodes.stdout.includes('"kind":"serve"'), false);
    const away = start(['doctor'], {
      cwd,
      env: { ...env, SLUICE_DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none' },
    });
    processes.push(away);
    const said = await away.ended;
    assert.match(said.stdout, /error +postgres/);
  });

  it('shares a data directory with a server and a worker, and leaves the job to them', async () => {
    const worker = begin('worker', '--json', '--collector', 'paced.ts', '--port', await freePort());
    const [working] = await worker.said(/\{"type":"working".*\}/);
    const { url } = JSON.parse(working) as { url: string };
    const server = begin('serve', '--port', '0', '--json', '--collector', 'paced.ts');
    await server.said(/\{"type":"serving".*\}/);

    assert.equal((await fetch(`${url}/livez`)).status, 200);
    assert.equal((await fetch(`${url}/readyz`)).status, 200);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    assert.match(metrics, /^sluice_node_lease 1$/m);
    assert.match(metrics, /^sluice_node_holds\{what="shards"\} \d+$/m);
    assert.doesNotMatch(metrics, /sluice_cluster_nodes\{/);

    const made = await sluice('tenants', 'create', 'acme');
    assert.equal(made.code, 0, made.stderr);
    const nodes = await sluice('nodes', 'ls', '--json');
    const kinds = jsonLines(nodes.stdout).map(({ kind }) => kind);
    assert.deepEqual(kinds.sort(), ['serve', 'worker'], nodes.stderr);
    // Through the socket in the directory, which is the server's and not the worker's.
    const limits = await sluice('limits', 'ls', '--json');
    assert.equal(limits.code, 0, limits.stderr);

    const run = begin('run', './paced.ts', 'slow.csv', '-o', 'slow-3.csv');
    const id = await jobIdOf(run);
    await delay(500);
    run.child.kill('SIGINT');
    const ended = await run.ended;
    assert.equal(ended.code, 130, ended.stderr);
    assert.match(ended.stderr, /The job goes on\. Watch it/);
    const watched = await sluice('jobs', 'watch', id);
    assert.equal(watched.code, 0, watched.stderr);
    const got = await sluice('jobs', 'download', id, '-o', 'slow-3.csv');
    assert.equal(got.code, 0, got.stderr);
    assert.equal(lines('slow-3.csv').length, 41);

    for (const { child, ended: over } of [worker, server]) {
      child.kill('SIGTERM');
      assert.equal((await over).code, 0);
    }
  });
});

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return String(port);
}

function rows(count: number, ms: number): string {
  return `n,ms\n${Array.from({ length: count }, (_, n) => `${n},${ms}\n`).join('')}`;
}
