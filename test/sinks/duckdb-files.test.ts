/** A DuckDB file that several deliveries of one process come to and go from at the same time. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { DuckdbFiles } from '../../src/sinks/duckdb/duckdb-sink.ts';

it('a file is open once in a process, also where one comes while another goes', async (test) => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-duckdb-'));
  test.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'a.duckdb');
  const files = new DuckdbFiles();
  const instances = new Set<unknown>();
  let [open, most] = [0, 0];
  const create = DuckDBInstance.create;
  test.mock.method(DuckDBInstance, 'create', async (...args: Parameters<typeof create>) => {
    const instance = await create.apply(DuckDBInstance, args);
    instances.add(instance);
    open += 1;
    most = Math.max(most, open);
    const close = instance.closeSync.bind(instance);
    instance.closeSync = () => {
      open -= 1;
      close();
    };
    return instance;
  });
  const write = (holder: object, n: number) =>
    files.write(path, holder, async (connection) => {
      await connection.run('CREATE TABLE IF NOT EXISTS t (n INTEGER)');
      await connection.run(`INSERT INTO t VALUES (${n})`);
    });
  let last: object = {};
  const going: Promise<void>[] = [write(last, 0)];
  for (let n = 1; n < 20; n += 1) {
    // The last one goes while the next one comes.
    await going.at(-1);
    going.push(files.letGo(path, last));
    if (n % 3 === 0) await going.at(-1);
    // Amid its closing.
    if (n % 3 === 1) await new Promise((resolve) => setImmediate(resolve));
    last = {};
    going.push(write(last, n));
  }
  await Promise.all(going);
  await files.letGo(path, last);
  assert.deepEqual([open, most], [0, 1]);
  assert.ok(instances.size > 1);
  const instance = await create.call(DuckDBInstance, path);
  const connection = await instance.connect();
  const found = await connection.runAndReadAll('SELECT count(*)::INTEGER, sum(n)::INTEGER FROM t');
  assert.deepEqual(found.getRows(), [[20, 190]]);
  connection.closeSync();
  instance.closeSync();
});
