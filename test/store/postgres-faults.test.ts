/** What the store does while its Postgres goes away, comes back, or loses an answer. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { SluiceError } from '../../src/base/errors.ts';
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts';
import {
  completed,
  failure,
  NOW,
  rejects,
  spec,
  step,
  task,
} from '../conformance/store-fixtures.ts';
import { CuttingProxy } from '../fakes/cutting-proxy.ts';
import { usePostgres } from '../fakes/postgres-rig.ts';

const waiting = { kind: 'waiting', atMs: NOW, failure: failure('later') } as const;

describe('a store in Postgres', () => {
  const postgres = usePostgres();

  for (const mode of ['fast', 'immediate'] as const) {
    it(`writes each batch once while the server is restarted (${mode})`, async () => {
      const url = await postgres.databaseUrl();
      const { store } = await openPostgresStore({ url, poolMax: 3, patienceMs: 60_000 });
      await store.createJob(spec('j_1'));
      let rows = 0;
      let restarting = true;
      const restarts = (async () => {
        for (let i = 0; i < 3; i += 1) {
          const at = rows;
          while (rows < at + 60) await setTimeout(5);
          await postgres.restart(mode);
        }
        restarting = false;
      })();
      for (; restarting; rows += 20) {
        const chunk = Array.from({ length: 20 }, (_, i) => task(rows + i));
        const counters = await store.addRows('j_1', rows, chunk, NOW);
        assert.equal(counters.tasks, rows + 20);
        const ends = chunk.map((_, i) =>
          step('j_1', rows + i, { records: ['1'], end: i % 2 ? completed : waiting }),
        );
        const { stale, counters: after } = await store.commit(ends);
        assert.deepEqual(stale, []);
        assert.equal(after.get('j_1')?.completed, rows / 2 + 10);
        // Counted twice where a batch is written twice.
        assert.equal(after.get('j_1')?.failedAttempts, rows / 2 + 10);
      }
      await restarts;
      const due = await store.takeDue('j_1', NOW, 9_999);
      assert.equal(due.length, rows / 2);
      const job = await store.job('j_1');
      assert.deepEqual([job?.counters.waiting, job?.counters.records], [0, rows]);
      await store.close();
    });
  }

  it('answers as ever where the answer to a COMMIT is lost', async () => {
    const proxy = await CuttingProxy.start(postgres.port);
    const direct = new URL(await postgres.databaseUrl());
    direct.port = String(proxy.port);
    const { store } = await openPostgresStore({ url: direct.href, poolMax: 2 });
    const lost = async <T>(work: () => Promise<T>): Promise<T> => {
      const before = proxy.cuts;
      proxy.cutAfter('COMMIT');
      const result = await work();
      assert.equal(proxy.cuts, before + 1);
      return result;
    };
    const { created } = await lost(() => store.createJob(spec('j_1')));
    assert.equal(created, true);
    const rows = [task(0), task(1), task(2)];
    assert.equal((await lost(() => store.addRows('j_1', 0, rows, NOW))).tasks, 3);
    const { stale, counters } = await lost(() =>
      store.commit([step('j_1', 0, { end: completed }), step('j_1', 1, { end: waiting })]),
    );
    assert.deepEqual(stale, []);
    assert.equal(counters.get('j_1')?.failedAttempts, 1);
    const due = await lost(() => store.takeDue('j_1', NOW, 9));
    assert.deepEqual(
      due.map(({ seq }) => seq),
      [1],
    );
    await lost(() => store.moveJob('j_1', 'pause', { nowMs: NOW }));
    const put = { op: 'put', kind: 'k', id: 'a', tenant: '', json: '1', version: 0 } as const;
    await lost(() => store.writeDocuments([put], NOW));
    assert.equal((await store.document('k', 'a'))?.version, 1);
    await lost(() => store.deleteJob('j_1'));
    assert.equal(await store.job('j_1'), undefined);
    await store.close();
    await proxy.stop();
  });

  it('does again what was lost before it was written', async () => {
    const proxy = await CuttingProxy.start(postgres.port);
    const direct = new URL(await postgres.databaseUrl());
    direct.port = String(proxy.port);
    const { store } = await openPostgresStore({ url: direct.href, poolMax: 2 });
    await store.createJob(spec('j_1'));
    await store.addRows('j_1', 0, [task(0)], NOW);
    for (const place of ['BEGIN', 'commit.jobs', 'commit.end_completed', 'counters.add']) {
      await store.addRows('j_1', await store.rowCount('j_1'), [task(0)], NOW);
      const seq = (await store.rowCount('j_1')) - 1;
      proxy.cutAfter(place);
      const { stale } = await store.commit([step('j_1', seq, { end: completed })]);
      assert.deepEqual(stale, []);
    }
    assert.equal((await store.job('j_1'))?.counters.completed, 4);
    assert.equal(proxy.cuts, 4);
    await store.close();
    await proxy.stop();
  });

  it('writes nothing of what is still under way when a part of it fails', async () => {
    const { store, database } = await openPostgresStore({ url: await postgres.databaseUrl() });
    let gone: Promise<unknown> | undefined;
    const put = { name: 'test.put', text: 'UPDATE epochs SET last = last + 100' };
    await assert.rejects(
      database.write(async (tx) => {
        gone = setTimeout(100).then(() => tx.run(put));
        await Promise.all([gone, tx.run({ name: 'test.fail', text: 'SELECT 1 / 0' })]);
      }),
      /division by zero/,
    );
    await assert.rejects(gone ?? Promise.resolve(), /after the end of its transaction/);
    assert.equal(await store.nextEpoch(), 1);
    await store.close();
  });

  it('goes on where connections are ended, those that nobody uses included', async () => {
    const url = await postgres.databaseUrl();
    const { store } = await openPostgresStore({ url, poolMax: 3 });
    await store.createJob(spec('j_1'));
    for (let round = 0; round < 5; round += 1) {
      const reads = Array.from({ length: 12 }, () => store.jobs({ limit: 1 }));
      await postgres.query(
        'postgres',
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1`,
        [new URL(url).pathname.slice(1)],
      );
      for (const jobs of await Promise.all(reads)) assert.equal(jobs.length, 1);
    }
    await store.close();
  });

  it('says after a while that the database cannot be reached, and goes on later', async () => {
    const url = await postgres.databaseUrl();
    const { store } = await openPostgresStore({ url, patienceMs: 300 });
    await store.createJob(spec('j_1'));
    await postgres.stop();
    await rejects(store.job('j_1'), 'store.unavailable');
    await rejects(store.commit([step('j_1', 0)]), 'store.unavailable');
    await rejects(openPostgresStore({ url, patienceMs: 300 }), 'store.unavailable');
    await postgres.start();
    assert.equal((await store.job('j_1'))?.id, 'j_1');
    await store.close();
  });

  it('says who is not let in, and never with which password', async () => {
    const wrong = { password: 'se/cr@et:9' };
    const cases: [string, RegExp][] = [
      [postgres.urlOf('postgres', wrong), /password authentication failed/],
      [postgres.urlOf('postgres', { ...wrong, user: 'nobody' }), /authentication failed/],
      [postgres.urlOf('no_such'), /database "no_such" does not exist/],
      [`postgres://u:${wrong.password}@127.0.0.1/db`, /no postgres:\/\/ URL/],
      [`mysql://u:secret@127.0.0.1/db`, /no postgres:\/\/ URL/],
    ];
    for (const [url, message] of cases) {
      await assert.rejects(openPostgresStore({ url }), (error) => {
        assert.ok(error instanceof SluiceError, String(error));
        assert.equal(error.code, 'store.refused');
        assert.match(error.message, message);
        const told = [error.message, error.hint, error.stack, String(error.cause)].join();
        assert.doesNotMatch(told, /se%2Fcr|se\/cr|secret|p%40ss|p@ss/);
        return true;
      });
    }
  });
});
