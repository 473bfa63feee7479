/** The server that other tests use: fresh databases, restarts, and nothing left behind. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { usePostgres } from '../fakes/postgres-rig.ts';

const RIG = new URL('../fakes/postgres-rig.ts', import.meta.url).href;

describe('a Postgres for tests', () => {
  const postgres = usePostgres();

  it('gives a database of its own to each test, and keeps it over restarts', async () => {
    const [one, two] = [await postgres.databaseUrl(), await postgres.databaseUrl()];
    await postgres.query(one, 'CREATE TABLE t AS SELECT 1 AS n');
    const found = "SELECT to_regclass('t') IS NOT NULL AS there";
    assert.deepEqual(await postgres.query(two, found), [{ there: false }]);
    for (const mode of ['fast', 'immediate'] as const) {
      await postgres.restart(mode);
      assert.deepEqual(await postgres.query(one, 'SELECT n FROM t'), [{ n: 1 }]);
    }
    await postgres.stop();
    await assert.rejects(postgres.query(one, 'SELECT 1'), /ECONNREFUSED/);
    await postgres.start();
    assert.deepEqual(await postgres.query(one, 'SHOW fsync'), [{ fsync: 'on' }]);
    await assert.rejects(
      postgres.query(postgres.urlOf('postgres', { password: 'wrong' }), 'SELECT 1'),
      /password authentication failed/,
    );
  });

  it('leaves nothing behind where the test is killed', async () => {
    const script = `
      const { PostgresRig } = await import(${JSON.stringify(RIG)});
      const rig = new PostgresRig();
      await rig.start();
      const [found] = await rig.query('postgres', 'SHOW data_directory');
      process.stdout.write(JSON.stringify({ port: rig.port, at: found.data_directory }) + '\\n');
      setInterval(() => {}, 1_000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(child.stdout, 'data');
    const { port, at } = JSON.parse(String(line)) as { port: number; at: string };
    assert.ok(existsSync(at));
    child.kill('SIGKILL');
    while (existsSync(at)) await setTimeout(50);
    await assert.rejects(fetch(`http://127.0.0.1:${port}`), (error: Error) => {
      assert.equal((error.cause as { code?: string }).code, 'ECONNREFUSED');
      return true;
    });
  });
});
