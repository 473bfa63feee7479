/** The schema of Postgres: made once, by whoever comes first, and never by an older version. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { seededRandom } from '../../src/base/random.ts';
import { Database } from '../../src/store/postgres/database.ts';
import { MIGRATIONS, type Migration, migrate } from '../../src/store/postgres/migrations.ts';
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts';
import { rejects } from '../conformance/store-fixtures.ts';
import { readLog } from '../conformance/store-log.ts';
import { usePostgres } from '../fakes/postgres-rig.ts';

describe('the schema of Postgres', () => {
  const postgres = usePostgres();

  function open(url: string): Database {
    const random = seededRandom(1);
    const times = { patienceMs: 10_000, leaseMs: 10_000 };
    return new Database({ url, poolMax: 2, ...times, clock: systemClock, random });
  }

  const steps: readonly Migration[] = [
    ...MIGRATIONS,
    { sql: 'CREATE TABLE more (n integer); INSERT INTO more VALUES (1)', compatible: true },
    { sql: 'UPDATE more SET n = n + 1', compatible: false },
  ];

  it('is brought up to date once, however many nodes start at once', async () => {
    const url = await postgres.databaseUrl();
    const nodes = Array.from({ length: 8 }, () => open(url));
    await Promise.all(nodes.map((node) => migrate(node, steps)));
    assert.deepEqual(await postgres.query(url, 'SELECT n FROM sluice.more'), [{ n: 2 }]);
    const taken = 'SELECT version, compatible FROM sluice.migrations ORDER BY version';
    assert.equal((await postgres.query(url, taken)).length, steps.length);
    await Promise.all(nodes.map((node) => node.close()));
  });

  it('goes on from the step that was the last', async () => {
    const url = await postgres.databaseUrl();
    const database = open(url);
    for (let count = 1; count <= steps.length; count += 1) {
      await migrate(database, steps.slice(0, count));
    }
    assert.deepEqual(await postgres.query(url, 'SELECT n FROM sluice.more'), [{ n: 2 }]);
    await database.close();
  });

  it('finds records of before the log of records in it', async () => {
    const url = await postgres.databaseUrl();
    const database = open(url);
    await migrate(database, MIGRATIONS.slice(0, 3));
    const write = (sql: string) => postgres.query(url, `SET search_path = sluice; ${sql}`);
    await write(`
      INSERT INTO jobs (id, tenant, collector, spec, weight, state, updated_ms)
        VALUES ('j_1', 'acme', 'contacts', '{}', 1, 'running', 1);
      INSERT INTO ends (job_no, seq, state, attempt_no, finished_ms, records)
        SELECT 1, n, 1, 1, 1, CASE WHEN n % 3 > 0 THEN 'a' || n || chr(30) || 'b' ELSE '1' END
        FROM generate_series(0, 2999) AS n;
      INSERT INTO records (job_no, seq, idx, json) SELECT 1, 3000, n * 2, n FROM generate_series(0, 4) n`);
    await database.close();
    const { store } = await openPostgresStore({ url });
    assert.equal((await readLog(store, 'j_1', undefined, 700)).texts.length, 5_005);
    await store.close();
  });

  it('takes a step whole or not at all', async () => {
    const url = await postgres.databaseUrl();
    const database = open(url);
    const broken = { sql: 'CREATE TABLE half (n integer); SELECT no_such()', compatible: false };
    await assert.rejects(migrate(database, [...MIGRATIONS, broken]), /no_such/);
    const found = "SELECT to_regclass('sluice.half') IS NOT NULL AS half";
    assert.deepEqual(await postgres.query(url, found), [{ half: false }]);
    await migrate(database);
    await database.close();
  });

  it('is left alone by an older version, but for one step that is compatible', async () => {
    const url = await postgres.databaseUrl();
    const database = open(url);
    await migrate(database, steps.slice(0, -1));
    await migrate(database, MIGRATIONS);
    await migrate(database, steps);
    await rejects(migrate(database, MIGRATIONS), 'store.newer');
    await rejects(migrate(database, steps.slice(0, -1)), 'store.newer');
    await database.close();
  });
});
