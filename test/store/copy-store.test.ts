/** Moving a data directory into Postgres: everything is there, and work goes on as it would have. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pick, randomInt, seededRandom } from '../../src/base/random.ts';
import { copyStore } from '../../src/store/copy-store.ts';
import { PostgresIntake } from '../../src/store/postgres/copy-intake.ts';
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import { SqliteDump } from '../../src/store/sqlite/sqlite-dump.ts';
import type { Commit, CommitEnd, KeepChange, PlannedRow, Store } from '../../src/store/store.ts';
import {
  completed,
  failure,
  NOW,
  rejects,
  spec,
  step,
  task,
} from '../conformance/store-fixtures.ts';
import { readLog } from '../conformance/store-log.ts';
import { usePostgres } from '../fakes/postgres-rig.ts';

const JOBS = ['j_a', 'j_b', 'j_c'];
const LANES = ['host:a', 'host:b'] as const;

describe('a copy of a data directory in Postgres', () => {
  const postgres = usePostgres({ settings: { fsync: 'off' } });

  async function inDirectory(body: (path: string) => Promise<void>): Promise<void> {
    const path = await mkdtemp(join(tmpdir(), 'sluice-copy-'));
    try {
      await body(path);
    } finally {
      await rm(path, { recursive: true });
    }
  }

  async function copy(path: string, url: string, onRows: (rows: number) => void = () => {}) {
    const owner = await openSqliteStore({ path, mode: 'owner' });
    const dump = new SqliteDump(path);
    const { store, database } = await openPostgresStore({ url });
    try {
      return await copyStore(dump, new PostgresIntake(database), onRows);
    } finally {
      dump.close();
      await owner.close();
      await store.close();
    }
  }

  /** Some of everything that can happen to a job. */
  async function live(store: Store, seed: number, steps: number): Promise<void> {
    const random = seededRandom(seed);
    const why = () => failure(pick(random, ['down', 'away 1', 'away 2', 'a\u0000b']));
    for (let i = 0; i < steps; i += 1) {
      const nowMs = NOW + seed * 1_000 + i;
      const id = pick(random, JOBS);
      const count = await store.rowCount(id);
      const what = randomInt(random, 0, 9);
      if (what < 2) {
        const rows = Array.from({ length: randomInt(random, 1, 40) }, (_, n): PlannedRow => {
          if (random.next() < 0.05) return { kind: 'refused', failure: why() };
          const lane = random.next() < 0.5 ? { lane: pick(random, LANES) } : {};
          const key = random.next() < 0.5 ? { key: `k${randomInt(random, 0, 60)}\u0000` } : {};
          return task(count + n, { ...lane, ...key });
        });
        await store.addRows(id, count, rows, nowMs);
      } else if (what < 7 && count > 0) {
        const batch = Array.from({ length: 6 }, (_, n): Commit => {
          const seq = randomInt(random, 0, count - 1);
          const ends: (CommitEnd | undefined)[] = [
            { kind: 'completed', durationMs: 1.5 },
            { kind: 'completed', durationMs: 1, cache: { key: `c${n}`, untilMs: NOW + 1e9 } },
            { kind: 'discarded', durationMs: 2, failure: why() },
            { kind: 'cancelled', durationMs: 2 },
            { kind: 'waiting', atMs: nowMs + 5, failure: why(), throttledMs: 7 },
            { kind: 'waiting', atMs: nowMs + 9, failure: why() },
            undefined,
          ];
          const end = pick(random, ends);
          const records = Array.from({ length: randomInt(random, 0, 3) }, (_, r) => `"${i}.${r}ä"`);
          const cursor = random.next() < 0.5 ? { cursor: `{"p":${i}}` } : {};
          const keeps = Array.from({ length: randomInt(random, 0, 4) }, (): KeepChange => {
            const name = {
              collection: pick(random, ['a', 'b-c']),
              key: `${randomInt(random, 0, 30)}ä`,
            };
            const op = pick(random, ['first', 'put', 'remove'] as const);
            return op === 'remove' ? { ...name, op } : { ...name, op, json: `${i}`, record: 0 };
          });
          const more = { attemptNo: randomInt(random, 1, 4), records, keeps, nowMs, ...cursor };
          const attempt = random.next() < 0.5 ? { attempt: `{"tookMs":${i}}` } : {};
          return step(id, seq, { ...more, ...attempt, ...(end === undefined ? {} : { end }) });
        });
        await store.commit(batch);
      } else if (what === 7) await store.takeDue(id, nowMs, 5);
      else if (what === 8) await store.retryDiscarded(id, nowMs, (await prints(store, id))[0]);
      else await store.rememberLanes([[pick(random, LANES), { rate: i }]], nowMs);
    }
  }

  async function prints(store: Store, id: string): Promise<readonly string[]> {
    return (await store.failureGroups(id)).map((group) => group.fingerprint);
  }

  async function everything(store: Store) {
    const jobs = await store.jobs({ limit: 99 });
    const each = await Promise.all(
      jobs.map(async ({ id }) => ({
        rowCount: await store.rowCount(id),
        results: await store.results(id, 0, 9_999),
        records: await store.records(id, undefined, 9_999),
        logged: await readLog(store, id),
        pending: await store.pending(id, 0, 9_999),
        inLane: await store.pendingInLane(id, 'host:a', 0, 9_999),
        nextDueMs: await store.nextDueMs(id),
        groups: await store.failureGroups(id),
        tasks: await store.tasks(id, { after: -1, limit: 9_999 }),
        firstOpen: await store.firstOpen(id, 0),
        attempts: await Promise.all(
          (await store.results(id, 0, 9_999)).map(({ seq }) => store.attempts(id, seq)),
        ),
      })),
    );
    return {
      jobs,
      each,
      cached: [...(await store.cached(['c0', 'c1', 'c2', 'c3', 'c4', 'c5'], NOW))],
      lanes: [...(await store.laneMemory(LANES))],
      documents: await store.documents({ kind: 'k', limit: 99 }),
      collections: await store.collections('acme'),
      entries: await Promise.all(
        ['a', 'b-c'].map((collection) => store.entries({ tenant: 'acme', collection, limit: 99 })),
      ),
    };
  }

  it('has everything, and answers what is done next in the same way', async () => {
    for (let seed = 1; seed <= 6; seed += 1) {
      await inDirectory(async (path) => {
        let source: Store = await openSqliteStore({ path, mode: 'owner' });
        for (const id of JOBS) await source.createJob(spec(id, { idempotencyKey: `k${id}` }));
        await live(source, seed, 120);
        await source.finishPlan('j_b', NOW);
        await source.moveJob('j_c', 'fail', { nowMs: NOW, activeMs: 7, failure: failure('x') });
        const put = { op: 'put', kind: 'k', tenant: 'acme', json: '{"a":1}' } as const;
        await source.writeDocuments([{ ...put, id: 'a' }], NOW);
        await source.writeDocuments(
          [
            { ...put, id: 'a' },
            { ...put, id: 'b\u0000' },
          ],
          NOW + 1,
        );
        const epoch = await source.nextEpoch();
        await source.close();
        const url = await postgres.databaseUrl();
        const told: number[] = [];
        const report = await copy(path, url, (rows) => told.push(rows));
        source = await openSqliteStore({ path, mode: 'owner' });
        const { store } = await openPostgresStore({ url });
        assert.deepEqual([report.jobs, report.documents], [3, 2]);
        assert.equal(told.at(-1), report.rows);
        assert.deepEqual(await everything(store), await everything(source));
        await live(source, seed + 100, 60);
        await live(store, seed + 100, 60);
        assert.deepEqual(await everything(store), await everything(source));
        for (const each of [source, store]) await each.cancelOpen('j_a', NOW);
        assert.deepEqual(await everything(store), await everything(source));
        assert.ok((await store.nextEpoch()) > epoch);
        await store.close();
        await source.close();
      });
    }
  });

  it('has open tasks in shards that can be taken, and no others', async () => {
    await inDirectory(async (path) => {
      const source = await openSqliteStore({ path, mode: 'owner' });
      await source.createJob(spec('j_1'));
      const rows = Array.from({ length: 3_000 }, (_, n) =>
        task(n, n % 2 ? {} : { lane: 'host:a' }),
      );
      await source.addRows('j_1', 0, rows, NOW);
      const end = { kind: 'completed', durationMs: 1 } as const;
      const ended = rows.slice(0, 1_500).map((_, seq) => step('j_1', seq, { end }));
      await source.commit(ended);
      await source.close();
      const url = await postgres.databaseUrl();
      await copy(path, url);
      const shards = await postgres.query(
        url,
        `SELECT done, sum(tasks)::int AS tasks, (SELECT count(*)::int FROM sluice.tasks t
           LEFT JOIN sluice.ends e USING (job_no, seq)
           WHERE e.seq IS NULL AND t.shard = ANY (array_agg(s.no))) AS open
         FROM sluice.shards s GROUP BY done ORDER BY done`,
      );
      const [free, done] = shards as { done: boolean; tasks: number; open: number }[];
      assert.deepEqual([free?.done, free?.open], [false, 1_500]);
      assert.deepEqual([done?.done, done?.open], [true, 0]);
      assert.equal((free?.tasks ?? 0) + (done?.tasks ?? 0), 3_000);
    });
  });

  it('is made of large texts a few at a time', async () => {
    await inDirectory(async (path) => {
      const source = await openSqliteStore({ path, mode: 'owner' });
      await source.createJob(spec('j_1'));
      const input = JSON.stringify('x'.repeat(3_000_000));
      const rows = Array.from({ length: 6 }, () => ({ ...task(0), input }));
      await source.addRows('j_1', 0, rows, NOW);
      const end = { kind: 'completed', durationMs: 1 } as const;
      await source.commit(rows.map((_, seq) => step('j_1', seq, { end, records: [input, '1'] })));
      const before = await source.results('j_1', 0, 9);
      await source.close();
      const url = await postgres.databaseUrl();
      const told: number[] = [];
      await copy(path, url, (count) => told.push(count));
      assert.deepEqual(told, [2, 4, 6]);
      const { store } = await openPostgresStore({ url });
      assert.deepEqual(await store.results('j_1', 0, 9), before);
      await store.close();
    });
  });

  it('has kept entries of all sizes and tenants, and counts of them', async () => {
    await inDirectory(async (path) => {
      const source = await openSqliteStore({ path, mode: 'owner' });
      const large = JSON.stringify('x'.repeat(3_000_000));
      for (const [i, tenant] of ['acme', 'b', 'b'].entries()) {
        const id = `j_${i}`;
        await source.createJob(spec(id, { tenant }));
        await source.addRows(id, 0, [task(0)], NOW);
        const keeps = Array.from({ length: 2_500 }, (_, n) => ({
          ...{ collection: `c${i}`, key: `k${n}`, op: 'put' as const },
          json: n % 1_000 === 0 ? large : String(n),
        }));
        await source.commit([step(id, 0, { keeps, end: completed })]);
        await source.deleteJob(id);
      }
      await source.close();
      const url = await postgres.databaseUrl();
      const { entries, jobs } = await copy(path, url);
      assert.deepEqual([entries, jobs], [7_500, 0]);
      const { store } = await openPostgresStore({ url });
      assert.deepEqual(await store.collections('b'), [
        { name: 'c1', entries: 2_500 },
        { name: 'c2', entries: 2_500 },
      ]);
      const last = { tenant: 'acme', collection: 'c0', after: 'k998', limit: 9 };
      const [found] = await store.entries(last);
      assert.deepEqual([found?.key, found?.json, found?.jobId], ['k999', '999', 'j_0']);
      await rejects(copy(path, url), 'store.not_empty');
      await store.close();
    });
  });

  it('is not made where anything is there already, nor in part', async () => {
    await inDirectory(async (path) => {
      const source = await openSqliteStore({ path, mode: 'owner' });
      for (const id of JOBS) {
        await source.createJob(spec(id));
        await source.addRows(id, 0, [task(0), task(1)], NOW);
      }
      await source.close();
      const url = await postgres.databaseUrl();
      const broken = copy(path, url, (rows) => {
        if (rows === 4) throw new Error('the power is gone');
      });
      await assert.rejects(broken, /the power is gone/);
      const { store } = await openPostgresStore({ url });
      assert.deepEqual(await store.jobs({ limit: 9 }), []);
      const put = { op: 'put', kind: 'k', id: 'a', tenant: '', json: '1' } as const;
      await store.writeDocuments([put], NOW);
      await rejects(copy(path, url), 'store.not_empty');
      await store.writeDocuments([{ ...put, op: 'remove' }], NOW);
      await copy(path, url);
      await rejects(copy(path, url), 'store.not_empty');
      assert.equal((await store.jobs({ limit: 9 })).length, 3);
      await store.close();
    });
  });
});
