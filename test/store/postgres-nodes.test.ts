/** Several processes on one Postgres: fences, counters of many, shards of rows. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { seededRandom } from '../../src/base/random.ts';
import type { LaneKey } from '../../src/model/lane.ts';
import { sliceOf } from '../../src/model/slice.ts';
import {
  openPostgresStore,
  type PostgresStores,
} from '../../src/store/postgres/open-postgres-store.ts';
import type { KeepChange, RecordPosition, Store } from '../../src/store/store.ts';
import {
  completed,
  failure,
  NOW,
  rejects,
  spec,
  step,
  task,
} from '../conformance/store-fixtures.ts';
import { usePostgres } from '../fakes/postgres-rig.ts';

const discarded = { kind: 'discarded', durationMs: 1, failure: failure('down') } as const;
const waiting = { kind: 'waiting', atMs: NOW, failure: failure('later') } as const;

interface ShardRow {
  readonly no: number;
  readonly slice: number | null;
  readonly tasks: number;
  readonly first_seq: number;
  readonly last_seq: number;
  readonly tag: number;
  readonly holder: string | null;
  readonly sealed: boolean;
  readonly done: boolean;
}

describe('several nodes on one Postgres', () => {
  const postgres = usePostgres({ settings: { fsync: 'off' } });
  let url: string;
  let stores: PostgresStores;
  let store: Store;
  beforeEach(async () => {
    url = await postgres.databaseUrl();
    stores = await openPostgresStore({ url, poolMax: 8 });
    store = stores.store;
  });
  afterEach(() => store.close());

  const sql = (text: string, ...values: unknown[]) => postgres.query(url, text, values);

  async function join(): Promise<number> {
    const [row] = await sql(
      `INSERT INTO sluice.nodes (id, name, version, kind, lease_until)
       VALUES (gen_random_uuid()::text, 'n', '1', 'worker', now() + interval '1 hour')
       RETURNING fence`,
    );
    return Number((row as { fence: string }).fence);
  }

  async function shards(): Promise<ShardRow[]> {
    return (await sql('SELECT * FROM sluice.shards ORDER BY job_no, no')) as ShardRow[];
  }

  it('keeps an entry once, whoever of several nodes was first', async () => {
    const NODES = 4;
    const ROUNDS = 12;
    const KEYS = 60;
    await store.createJob(spec('j_1'));
    await store.addRows(
      'j_1',
      0,
      Array.from({ length: NODES * ROUNDS }, (_, n) => task(n)),
      NOW,
    );
    const fences = await Promise.all(Array.from({ length: NODES }, join));
    const work = async (fence: number, at: number) => {
      const node = stores.storeOf(fence);
      const random = seededRandom(at + 1);
      for (let round = 0; round < ROUNDS; round += 1) {
        // Overlapping, in no order; removed and brought again in between.
        const keys = Array.from({ length: KEYS }, () => `k${Math.floor(random.next() * 200)}`);
        const keeps = keys.map((key, record): KeepChange => {
          const name = { collection: 'leads', key, record };
          if (record % 9 === 8) return { ...name, op: 'remove' };
          return { ...name, op: record % 5 === 4 ? 'put' : 'first', json: `${at}.${record}` };
        });
        const records = keeps.map(({ op, key }) => `"${op} ${key}"`);
        await node.commit([step('j_1', at * ROUNDS + round, { records, keeps, end: completed })]);
      }
    };
    await Promise.all(fences.map(work));
    const entries = await store.entries({ tenant: 'acme', collection: 'leads', limit: 999 });
    const net = new Map<string, number>();
    let records = 0;
    for (let after: RecordPosition | undefined; ; ) {
      const page = await store.records('j_1', after, 1_000);
      for (const { json } of page) {
        records += 1;
        const [op = '', key = ''] = (JSON.parse(json) as string).split(' ');
        const by = { first: 1, put: 0, remove: -1 }[op] ?? 0;
        net.set(key, (net.get(key) ?? 0) + by);
      }
      after = page.at(-1);
      if (after === undefined) break;
    }
    assert.equal((await store.job('j_1'))?.counters.records, records);
    assert.equal(await store.entryCount('acme', 'leads'), entries.length);
    // A put may have brought a key, too; beyond that, who came is whom a record stands for.
    const there = new Set(entries.map(({ key }) => key));
    for (const [key, came] of net) assert.ok(came <= (there.has(key) ? 1 : 0), `${key}: ${came}`);
  });

  it('brings each of a thousand people once to four nodes', async () => {
    await store.createJob(spec('j_1'));
    await store.addRows(
      'j_1',
      0,
      [0, 1, 2, 3].map((n) => task(n)),
      NOW,
    );
    const fences = await Promise.all([0, 1, 2, 3].map(join));
    const keys = Array.from({ length: 1_000 }, (_, n) => `p${n}`);
    const results = await Promise.all(
      fences.map((fence, seq) => {
        const mixed = seq % 2 ? keys : keys.toReversed();
        const keeps = mixed.map(
          (key, record) => ({ collection: 'leads', key, op: 'first', json: '1', record }) as const,
        );
        const records = mixed.map((key) => `"${key}"`);
        return stores.storeOf(fence).commit([step('j_1', seq, { records, keeps, end: completed })]);
      }),
    );
    assert.deepEqual(
      results.map(({ stale }) => stale),
      [[], [], [], []],
    );
    assert.equal((await store.job('j_1'))?.counters.records, 1_000);
    const records = await store.records('j_1', undefined, 9_999);
    assert.deepEqual(records.map(({ json }) => JSON.parse(json)).sort(), keys.toSorted());
    assert.equal(await store.entryCount('acme', 'leads'), 1_000);
  });

  it('writes nothing under a number that has ended', async () => {
    const fence = await join();
    const node = stores.storeOf(fence);
    await store.createJob(spec('j_1'));
    await node.addRows('j_1', 0, [task(0), task(1)], NOW);
    await node.commit([step('j_1', 0, { end: completed })]);
    const late = { collection: 'leads', key: 'a', op: 'first', json: '1' } as const;
    const before = await store.job('j_1');
    await sql('DELETE FROM sluice.nodes WHERE fence = $1', fence);
    const commit = step('j_1', 1, { end: completed, keeps: [late] });
    await rejects(node.commit([commit]), 'cluster.fenced');
    assert.deepEqual(await store.collections('acme'), []);
    await rejects(node.commit([]), 'cluster.fenced');
    await rejects(node.addRows('j_1', 2, [task(2)], NOW), 'cluster.fenced');
    await rejects(node.finishPlan('j_1', NOW), 'cluster.fenced');
    await rejects(node.moveJob('j_1', 'complete', { nowMs: NOW }), 'cluster.fenced');
    assert.deepEqual(await store.job('j_1'), before);
    await store.commit([step('j_1', 1, { end: completed })]);
  });

  it('keeps a number from ending while it writes, and lets its lease be renewed', async () => {
    const fence = await join();
    await store.createJob(spec('j_1'));
    const ended: string[] = [];
    let ending: Promise<unknown> | undefined;
    await stores.database.write(async (tx) => {
      await tx.rows({ name: 'test', text: 'SELECT 1' });
      await sql('UPDATE sluice.nodes SET lease_until = now() WHERE fence = $1', fence);
      ending = sql('DELETE FROM sluice.nodes WHERE fence = $1', fence).then(() => {
        ended.push('number');
      });
      const blocked = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'
        AND query LIKE 'DELETE FROM sluice.nodes%'`;
      while ((await sql(blocked)).length === 0);
      ended.push('write');
    }, fence);
    await ending;
    assert.deepEqual(ended, ['write', 'number']);
  });

  it('sums what nodes count each for itself', async () => {
    const nodes = [stores.storeOf(await join()), stores.storeOf(await join())] as const;
    await store.createJob(spec('j_1'));
    const rows = Array.from({ length: 40 }, (_, n) => task(n));
    await nodes[0].addRows('j_1', 0, [...rows, { kind: 'refused', failure: failure('no') }], NOW);
    await Promise.all(
      nodes.map(async (node, i) => {
        for (let seq = i; seq < 40; seq += 2) {
          const end = [completed, discarded, waiting, undefined][(seq >> 1) % 4];
          const records = ['1'];
          const more = end === undefined ? { cursor: '1' } : { end };
          await node.commit([step('j_1', seq, { records, nowMs: NOW + seq, ...more })]);
        }
      }),
    );
    const job = await store.job('j_1');
    assert.deepEqual(job?.counters, {
      tasks: 41,
      completed: 10,
      discarded: 11,
      cancelled: 0,
      waiting: 10,
      duplicates: 0,
      records: 40,
      failedAttempts: 20,
    });
    assert.equal(job?.updatedMs, NOW + 39);
    const [down, no] = await store.failureGroups('j_1');
    assert.deepEqual([down?.count, down?.firstMs, no?.count], [10, NOW + 2, 1]);
    assert.equal(await store.retryDiscarded('j_1', NOW + 50), 10);
    assert.deepEqual((await store.failureGroups('j_1')).length, 1);
    assert.equal((await store.takeDue('j_1', NOW + 50, 99)).length, 20);
    const after = (await store.job('j_1'))?.counters;
    assert.deepEqual([after?.discarded, after?.waiting], [1, 0]);
  });

  it('stays exact while nodes commit and users cancel, try anew and delete', async () => {
    const random = seededRandom(7);
    const rows = Array.from({ length: 600 }, (_, n) => task(n, n % 10 === 9 ? { key: 'k' } : {}));
    for (const id of ['j_1', 'j_2']) {
      await store.createJob(spec(id));
      await store.addRows(id, 0, rows, NOW);
    }
    const nodes = await Promise.all([0, 1, 2].map(async () => stores.storeOf(await join())));
    const work = nodes.map(async (node, at) => {
      for (let round = 0; round < 60; round += 1) {
        const batch = Array.from({ length: 12 }, () => {
          const seq = Math.floor(random.next() * 200) * 3 + at;
          const end = [completed, discarded, discarded, waiting, undefined][
            Math.floor(random.next() * 5)
          ];
          const cursor = end === undefined ? { cursor: `${round}` } : {};
          const jobId = random.next() < 0.8 ? 'j_1' : 'j_2';
          return step(jobId, seq, { records: [`${round}`], ...cursor, ...(end ? { end } : {}) });
        });
        await node.commit(batch);
      }
    });
    const users = (async () => {
      for (let round = 0; round < 15; round += 1) {
        await store.retryDiscarded('j_1', NOW);
        await store.takeDue('j_1', NOW, 50);
        if (round === 10) await store.cancelOpen('j_2', NOW);
        if (round === 12) await store.deleteJob('j_2');
      }
    })();
    await Promise.all([...work, users]);
    const counters = (await store.job('j_1'))?.counters;
    const results = (await store.results('j_1', 0, 999)).filter(
      (row) => row.duplicateOf === undefined,
    );
    const of = (state: string) => results.filter((row) => row.state === state).length;
    assert.deepEqual(
      [counters?.completed, counters?.discarded, counters?.waiting, counters?.records],
      [
        of('completed'),
        of('discarded'),
        of('waiting'),
        results.reduce((sum, row) => sum + row.records.length, 0),
      ],
    );
    const grouped = (await store.failureGroups('j_1')).reduce((sum, { count }) => sum + count, 0);
    assert.equal(grouped, of('discarded'));
    for (const table of ['tasks', 'ends', 'progress', 'records', 'shards', 'counters']) {
      const [row] = await sql(
        `SELECT count(*)::int AS left FROM sluice.${table}
         WHERE job_no NOT IN (SELECT no FROM sluice.jobs)`,
      );
      assert.deepEqual([table, row], [table, { left: 0 }]);
    }
  });

  it('puts rows into shards: those of a slice together, none but tasks', async () => {
    await store.createJob(spec('j_1'));
    const lane: LaneKey = 'host:example.com';
    const chunk = [
      ...Array.from({ length: 30 }, (_, n) => task(n)),
      task(30, { lane, key: 'a' }),
      task(31, { lane, key: 'a' }),
      { kind: 'refused', failure: failure('no') } as const,
      task(33, { lane }),
    ];
    await store.addRows('j_1', 0, chunk, NOW);
    assert.deepEqual(
      (await shards()).map((row) => [row.no, row.slice, row.tasks, row.first_seq, row.last_seq]),
      [
        [0, null, 25, 0, 24],
        [1, null, 5, 25, 29],
        [2, sliceOf(lane), 2, 30, 33],
      ],
    );
    await store.addRows('j_1', 34, [task(34), task(35, { lane })], NOW);
    await sql('UPDATE sluice.shards SET holder = 9 WHERE no = 2');
    await store.addRows('j_1', 36, [task(36), task(37, { lane })], NOW);
    assert.deepEqual(
      (await shards()).map((row) => [row.tasks, row.first_seq, row.last_seq, row.sealed]),
      [
        [25, 0, 24, true],
        [7, 25, 36, false],
        [3, 30, 35, false],
        [1, 37, 37, false],
      ],
      'a shard that somebody holds gets no further rows',
    );
    const placed = await sql(
      `SELECT shard, sum(tasks)::int AS tasks FROM (
         SELECT shard, 1 AS tasks FROM sluice.tasks
         UNION ALL SELECT shard, last_seq - first_seq + 1 FROM sluice.task_packs
       ) found GROUP BY shard ORDER BY shard`,
    );
    assert.deepEqual(placed, [
      { shard: 0, tasks: 25 },
      { shard: 1, tasks: 7 },
      { shard: 2, tasks: 3 },
      { shard: 3, tasks: 1 },
      { shard: null, tasks: 1 },
    ]);
  });

  it('orders shards of jobs by their weights, and those of a job after a rest behind others', async () => {
    const rows = Array.from({ length: 1_000 }, (_, n) => task(n));
    for (const [id, weight] of [
      ['j_1', 1],
      ['j_2', 3],
    ] as const) {
      await store.createJob(spec(id, { weight }));
      await store.addRows(id, 0, rows, NOW);
    }
    const tagsOf = async (id: string) =>
      (
        (await sql(
          `SELECT s.tag FROM sluice.shards s JOIN sluice.jobs j ON j.no = s.job_no
           WHERE j.id = $1 ORDER BY s.no`,
          id,
        )) as { tag: number }[]
      ).map(({ tag }) => tag);
    const [one, two] = [await tagsOf('j_1'), await tagsOf('j_2')];
    assert.equal(one[0], 0);
    // Alone it weighed 1; beside a job of weight 3 that has three quarters.
    assert.ok(Math.abs((one.at(-1) ?? 0) - (1_000 - 62) / 500) < 0.1, `${one.at(-1)}`);
    assert.ok(Math.abs((two.at(-1) ?? 0) * 0.75 - (1_000 - 62) / 500) < 0.1, `${two.at(-1)}`);
    await store.moveJob('j_1', 'pause', { nowMs: NOW });
    await sql(`UPDATE sluice.shards s SET tag = tag + 100 FROM sluice.jobs j
      WHERE j.no = s.job_no AND j.id = 'j_2'`);
    await store.moveJob('j_1', 'resume', { nowMs: NOW });
    assert.equal((await tagsOf('j_1'))[0], (await tagsOf('j_2'))[0]);
    await store.createJob(spec('j_3'));
    await store.addRows('j_3', 0, [task(0)], NOW);
    assert.equal((await tagsOf('j_3'))[0], (await tagsOf('j_2'))[0], 'where the order has come to');
  });

  it('closes shards with the job and opens those again that have something to do', async () => {
    await store.createJob(spec('j_1'));
    await store.addRows(
      'j_1',
      0,
      Array.from({ length: 75 }, (_, n) => task(n)),
      NOW,
    );
    await store.commit([0, 30, 60].map((seq) => step('j_1', seq, { end: discarded })));
    await sql('UPDATE sluice.shards SET holder = 9 WHERE no IN (0, 1)');
    await store.cancelOpen('j_1', NOW);
    const states = async () =>
      (await shards()).map(({ holder, done, sealed }) => [holder, done, sealed]);
    assert.deepEqual(await states(), [
      [null, true, true],
      [null, true, true],
      [null, true, true],
    ]);
    await sql('UPDATE sluice.shards SET holder = 9, done = false WHERE no = 1');
    const before = (await shards()).map(({ tag }) => tag);
    await sql('UPDATE sluice.jobs SET finish_tag = 5');
    assert.equal(await store.retryDiscarded('j_1', NOW), 3);
    assert.deepEqual(await states(), [
      [null, false, true],
      ['9', false, true],
      [null, false, true],
    ]);
    const after = (await shards()).map(({ tag }) => tag);
    assert.deepEqual([after[0], after[1]], [5, before[1]]);
    assert.ok((after[2] ?? 0) > 5);
  });
});
