/** What nodes share in a Postgres that goes away or loses answers, and while all change at once. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { pick, randomInt, seededRandom } from '../../src/base/random.ts';
import type { ClusterStore, Fence } from '../../src/store/cluster-store.ts';
import { openPostgresCluster } from '../../src/store/postgres/open-postgres-cluster.ts';
import {
  ALL,
  ask,
  ends,
  job,
  join,
  laneAt,
  range,
  seqsOf,
  sliceAt,
} from '../conformance/cluster-fixtures.ts';
import { completed, failure, NOW, spec, step, task } from '../conformance/store-fixtures.ts';
import { CuttingProxy } from '../fakes/cutting-proxy.ts';
import { usePostgres } from '../fakes/postgres-rig.ts';

/** Each tells of what must not be: rows of it are breaches. */
const BREACHES = {
  'a shard whose slice its holder does not hold': `
    SELECT 1 FROM sluice.shards s WHERE holder IS NOT NULL AND slice IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM sluice.slices WHERE no = s.slice AND holder = s.holder)`,
  'something held under a number that has ended': `
    SELECT 1 FROM (
      SELECT holder FROM sluice.shards UNION ALL SELECT holder FROM sluice.slices
      UNION ALL SELECT holder FROM sluice.caps UNION ALL SELECT holder FROM sluice.roles
    ) h WHERE holder IS NOT NULL AND NOT EXISTS (SELECT 1 FROM sluice.nodes WHERE fence = holder)`,
  'a mark of a node that does not hold the slice': `
    SELECT 1 FROM sluice.shards s WHERE owner <> 0
      AND NOT EXISTS (SELECT 1 FROM sluice.slices WHERE no = s.slice AND holder = s.owner)`,
  'an open task in a shard that is done': `
    SELECT 1 FROM (
      SELECT job_no, shard, seq FROM sluice.tasks UNION ALL
      SELECT job_no, shard, generate_series(first_seq, last_seq) FROM sluice.task_packs
    ) t JOIN sluice.shards s ON s.job_no = t.job_no AND s.no = t.shard
    WHERE s.done AND NOT EXISTS (
      SELECT 1 FROM sluice.ends e WHERE e.job_no = t.job_no AND e.seq = t.seq
    ) AND NOT EXISTS (
      SELECT 1 FROM sluice.end_packs p
      WHERE p.job_no = t.job_no AND t.seq BETWEEN p.first_seq AND p.last_seq)`,
  'more seats than there are': `
    SELECT 1 FROM sluice.caps GROUP BY cap HAVING sum(held) > 5`,
};

describe('what nodes share in a Postgres', () => {
  const postgres = usePostgres();

  for (const mode of ['fast', 'immediate'] as const) {
    it(`gives each task once while the server is restarted (${mode})`, async () => {
      const url = await postgres.databaseUrl();
      const cluster = await openPostgresCluster({ url, poolMax: 4, patienceMs: 60_000 });
      const fences = [await join(cluster, 'a'), await join(cluster, 'b')];
      await job(cluster, 'j_1', 25 * 60);
      const seen: number[] = [];
      let shards = 0;
      const work = async (fence: Fence) => {
        for (;;) {
          const claim = await cluster.claim(fence, ask(1));
          if (claim.shards.length === 0) return;
          shards += claim.shards.length;
          seen.push(...seqsOf(claim));
          await cluster.finishShards(fence, []);
        }
      };
      const restarts = (async () => {
        for (const count of [200, 700]) {
          while (seen.length < count) await setTimeout(2);
          await postgres.restart(mode);
        }
      })();
      await Promise.all([...fences.map(work), restarts]);
      assert.deepEqual(
        seen.sort((a, b) => a - b),
        range(0, 25 * 60),
      );
      const held = (await cluster.nodes()).reduce((sum, node) => sum + node.shards, 0);
      assert.equal(held, shards, 'held is what was told of, no more');
      await cluster.close();
    });
  }

  it('answers as ever where the answer to a COMMIT is lost', async () => {
    const proxy = await CuttingProxy.start(postgres.port);
    const url = new URL(await postgres.databaseUrl());
    url.port = String(proxy.port);
    const cluster = await openPostgresCluster({ url: url.href, poolMax: 2 });
    const lost = async <T>(work: () => Promise<T>): Promise<T> => {
      const before = proxy.cuts;
      proxy.cutAfter('COMMIT');
      const result = await work();
      assert.equal(proxy.cuts, before + 1);
      return result;
    };
    const a = await lost(() => join(cluster, 'a'));
    assert.equal((await cluster.nodes()).length, 1);
    await job(cluster, 'j_1', 3, laneAt(0));
    const held = { holder: a, carry: undefined, lost: false };
    const { shards, slices } = await lost(() => cluster.claim(a, ALL));
    assert.deepEqual([shards[0]?.tasks.length, slices], [3, [{ ...held, slice: sliceAt(0) }]]);
    const later = { kind: 'waiting', atMs: NOW, failure: failure('later') } as const;
    await cluster.storeOf(a).commit([step('j_1', 1, { end: later })]);
    const due = await lost(() => cluster.takeDue(a, 'j_1', NOW, 9));
    assert.deepEqual(
      due.map(({ task: { seq } }) => seq),
      [1],
    );
    assert.equal((await cluster.store.job('j_1'))?.counters.waiting, 0);
    const limits = { concurrency: 1, rate: 'none', breaker: false } as const;
    const wish = { lane: laneAt(0), tenant: 'acme', limits };
    const ids = await lost(() => cluster.askLoans(a, [wish]));
    const { asked } = await cluster.loans(a);
    assert.deepEqual(
      asked.map(({ id }) => id),
      ids,
    );
    await lost(() => cluster.releaseShards(a, [{ jobId: 'j_1', no: 0, keep: [0] }]));
    await cluster.storeOf(a).commit(ends('j_1', [0]));
    await lost(() => cluster.finishShards(a, [{ jobId: 'j_1', no: 0 }]));
    await lost(() => cluster.releaseSlices(a, [{ slice: sliceAt(0), carry: '{}' }]));
    const taken = await lost(() => cluster.takeSlices(a, [sliceAt(0)]));
    assert.deepEqual(taken, [{ ...held, slice: sliceAt(0), carry: '{}' }]);
    const start = await cluster.told(a, -1);
    await lost(() => cluster.tell(a, ['1', '2']));
    const b = await join(cluster, 'b');
    assert.deepEqual((await cluster.told(b, start.next)).events, ['1', '2']);
    await lost(() => cluster.leave(a));
    assert.equal((await cluster.nodes()).length, 1);
    assert.deepEqual(seqsOf(await cluster.claim(b, ALL)), [1, 2]);
    await cluster.close();
    await proxy.stop();
  });

  it('keeps its word while nodes come and go and everything moves', async () => {
    const url = await postgres.databaseUrl();
    const cluster = await openPostgresCluster({ url, poolMax: 8 });
    await cluster.store.createJob(spec('j_1'));
    await Promise.all(range(0, 6).map((i) => wander(cluster, i)));
    const told = async () => {
      for (const [what, sql] of Object.entries(BREACHES)) {
        assert.deepEqual(await postgres.query(url, sql), [], what);
      }
    };
    await told();
    for (const { fence } of await cluster.nodes()) await cluster.leave(fence);
    await told();
    const last = await join(cluster, 'last');
    const claim = await cluster.claim(last, ALL);
    const waiting = claim.shards.reduce((sum, shard) => sum + shard.waiting, 0);
    const { counters } = (await cluster.store.job('j_1')) as NonNullable<
      Awaited<ReturnType<typeof cluster.store.job>>
    >;
    const { tasks, completed: done, discarded } = counters;
    assert.ok(tasks > 500 && done > 100, JSON.stringify(counters));
    assert.equal(seqsOf(claim).length + waiting, tasks - done - discarded, 'an open task is lost');
    await cluster.close();
  });
});

/** One node at whatever comes to its mind. */
async function wander(cluster: ClusterStore, seed: number): Promise<void> {
  const random = seededRandom(seed + 1);
  let fence = await join(cluster, `w${seed}`);
  let held: { jobId: string; no: number; seqs: number[] }[] = [];
  const some = () => sliceAt(randomInt(random, 0, 7));
  const acts: (() => Promise<unknown>)[] = [
    async () => {
      const first = await cluster.store.rowCount('j_1');
      const rows = range(0, 30).map((n) =>
        task(n, n % 4 === 0 ? {} : { lane: laneAt(randomInt(random, 0, 7)) }),
      );
      await cluster.storeOf(fence).addRows('j_1', first, rows, NOW);
    },
    async () => {
      const { shards } = await cluster.claim(fence, ask(randomInt(random, 1, 60)));
      for (const { jobId, no, tasks } of shards) {
        held.push({ jobId, no, seqs: tasks.map(({ seq }) => seq) });
      }
    },
    async () => {
      const shard = held.pop();
      if (shard === undefined) return;
      const half = shard.seqs.slice(0, randomInt(random, 0, shard.seqs.length));
      const keep = half.slice(0, 2);
      await cluster.storeOf(fence).commit(
        half.slice(2).map((seq, i) => {
          const discarded = { kind: 'discarded', durationMs: 1, failure: failure('no') } as const;
          return step('j_1', seq, { end: i % 5 === 0 ? discarded : completed });
        }),
      );
      await cluster.releaseShards(fence, [{ ...shard, keep }]);
      await cluster.storeOf(fence).commit(ends('j_1', keep));
      await cluster.finishShards(fence, [shard]);
    },
    () => cluster.takeSlices(fence, [some(), some()]),
    () =>
      cluster.releaseSlices(fence, [
        { slice: some(), carry: undefined },
        { slice: some(), carry: '{}' },
      ]),
    () => cluster.shareCaps(fence, [{ cap: 'tenant:acme', seats: 5, inUse: 0, want: 3 }]),
    () => cluster.takeRole(fence, 'clock'),
    () => cluster.store.retryDiscarded('j_1', NOW),
    () => cluster.takeDue(fence, 'j_1', NOW, 5),
    async () => {
      if (random.next() < 0.7) return;
      held = [];
      fence = await join(cluster, `w${seed}`);
    },
  ];
  for (let i = 0; i < 120; i += 1) await pick(random, acts)();
}
