/** Shards: taken in fair order by one node each, given back, taken over, opened anew. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ClusterStore, Fence } from '../../src/store/cluster-store.ts';
import type { PlannedRow } from '../../src/store/store.ts';
import {
  ALL,
  ask,
  type ClusterHome,
  ends,
  job,
  join,
  LEASE_MS,
  laneAt,
  lanes,
  namesOf,
  range,
  rows,
  seqsOf,
  sliceAt,
} from './cluster-fixtures.ts';
import { completed, failure, NOW, spec, step, task } from './store-fixtures.ts';

const waits = (seq: number, atMs: number) =>
  step('j_1', seq, { end: { kind: 'waiting', atMs, failure: failure('later') } });

/** The jobs of the next shards. */
async function inOrder(cluster: ClusterStore, fence: Fence, count: number): Promise<string[]> {
  const order: string[] = [];
  for (let i = 0; i < count; i += 1) {
    const { shards } = await cluster.claim(fence, ask(1));
    order.push(...shards.map(({ jobId }) => jobId));
  }
  return order;
}

/** By how many shards two jobs are apart after each. */
function apartOf(order: readonly string[]): number[] {
  const of = (id: string, to: number) => order.slice(0, to).filter((other) => other === id).length;
  return order.map((_, i) => Math.abs(of('j_1', i + 1) - of('j_2', i + 1)));
}

export function exerciseWork(home: () => ClusterHome, current: () => ClusterStore): void {
  it('gives whole shards of about as many tasks as were asked for', async () => {
    const cluster = current();
    const a = await join(cluster, 'a');
    await job(cluster, 'j_1', 110);
    assert.deepEqual(seqsOf(await cluster.claim(a, ask(1))), range(0, 25));
    assert.deepEqual(seqsOf(await cluster.claim(a, ask(26))), range(25, 75));
    const rest = await cluster.claim(a, ALL);
    assert.deepEqual(namesOf(rest), ['j_1/3', 'j_1/4']);
    assert.deepEqual(seqsOf(rest), range(75, 110));
    assert.deepEqual(await cluster.claim(a, ALL), { shards: [], slices: [] });
    const [first] = rest.shards;
    assert.deepEqual(first?.tasks[0], {
      jobId: 'j_1',
      seq: 75,
      input: '{"n":75}',
      lane: '',
      attemptNo: 0,
      cursor: undefined,
      recordCount: 0,
    });
    assert.deepEqual(
      { ...first, tasks: [] },
      {
        jobId: 'j_1',
        no: 3,
        slice: undefined,
        tasks: [],
        waiting: 0,
        nextDueMs: undefined,
        losses: 0,
      },
    );
  });

  it('puts no duplicate and no refused row into a shard', async () => {
    const cluster = current();
    const a = await join(cluster, 'a');
    await cluster.store.createJob(spec('j_1'));
    const planned = [
      task(0, { key: 'k' }),
      { kind: 'refused', failure: failure('no') } as const,
      task(2, { key: 'k' }),
      task(3, { lane: laneAt(0), key: 'l' }),
      task(4, { lane: laneAt(0), key: 'l' }),
    ];
    await cluster.store.addRows('j_1', 0, planned, NOW);
    assert.deepEqual(seqsOf(await cluster.claim(a, ALL)), [0, 3]);
  });

  it('gives no task to two nodes that claim at once', async () => {
    const cluster = current();
    const other = await home().open();
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const fences = await Promise.all(names.map((id) => join(cluster, id)));
    await cluster.store.createJob(spec('j_1'));
    const planned = range(0, 600).map((n) =>
      task(n, n % 3 === 0 ? {} : { lane: laneAt(n % lanes.length) }),
    );
    await cluster.store.addRows('j_1', 0, planned, NOW);
    const owners = new Map<number, Fence>();
    const seen: number[] = [];
    const work = async (fence: Fence, i: number) => {
      for (let round = 0; round < 20; round += 1) {
        const { shards, slices } = await (i % 2 ? cluster : other).claim(fence, ask(30));
        for (const { slice, holder } of slices) {
          assert.equal(holder, fence);
          assert.equal(owners.get(slice), undefined, 'a slice was given twice');
          owners.set(slice, fence);
        }
        for (const { slice, tasks } of shards) {
          if (slice !== undefined) assert.equal(owners.get(slice), fence, 'a slice of another');
          seen.push(...tasks.map(({ seq }) => seq));
        }
      }
    };
    await Promise.all(fences.map(work));
    assert.deepEqual(
      seen.sort((a, b) => a - b),
      range(0, 600),
    );
    const held = (await cluster.nodes()).reduce((sum, { slices }) => sum + slices, 0);
    assert.equal(held, owners.size);
    await other.close();
  });

  it('stores a job with its first rows and its input; the first shard stays', async () => {
    const cluster = current();
    const [a, b] = [await join(cluster, 'a'), await join(cluster, 'b')];
    const first = { rows: range(0, 40).map((n) => task(n)), whole: true };
    const input = new TextEncoder().encode('{"n":0}');
    const made = await cluster.createJob(a, spec('j_1'), { first, keep: 25, input });
    assert.deepEqual([made.led, made.job.planned, made.job.counters.tasks], [true, true, 40]);
    assert.deepEqual(seqsOf({ shards: made.kept }), range(0, 25));
    assert.deepEqual(made.kept[0]?.tasks[24], {
      ...{ jobId: 'j_1', seq: 24, input: '{"n":24}', lane: '' },
      ...{ attemptNo: 0, cursor: undefined, recordCount: 0 },
    });
    assert.equal((await cluster.nodes()).find(({ fence }) => fence === a)?.shards, 1);
    assert.deepEqual(seqsOf(await cluster.claim(b, ALL)), range(25, 40));
    const { path } = spec('j_1').input;
    assert.equal(await cluster.filePieces(path), 1);
    assert.deepEqual(Buffer.from(await cluster.readFile(path, 0)).toString(), '{"n":0}');
    await cluster
      .storeOf(a)
      .commit(range(0, 25).map((seq) => step('j_1', seq, { end: completed })));
    await cluster.finishShards(a, [{ jobId: 'j_1', no: 0 }]);
    assert.deepEqual(await cluster.claim(a, ALL), { shards: [], slices: [] });

    const wide = { rows: [task(0, { lane: laneAt(0) })], whole: false };
    const lanes = await cluster.createJob(a, spec('j_2'), { first: wide, keep: 25 });
    assert.deepEqual(lanes.kept, [], 'what has a lane goes to who has its slice');
    const many = await cluster.createJob(a, spec('j_3'), { first, keep: 24 });
    assert.deepEqual(many.kept, [], 'there are more than there is room for');
    await cluster.leave(a);
    const late = await cluster.createJob(a, spec('j_4'), { first, keep: 25 });
    assert.deepEqual([late.led, late.kept], [false, []], 'the number has ended');
    const rest = seqsOf(await cluster.claim(b, ALL));
    assert.equal(rest.length, 1 + 40 + 40);
  });

  it('gives back the first shard of a new job with whoever kept it', async () => {
    const cluster = current();
    const [a, b] = [await join(cluster, 'a'), await join(cluster, 'b')];
    const first = { rows: [task(0), task(1)], whole: true };
    const { kept } = await cluster.createJob(a, spec('j_1'), { first, keep: 25 });
    assert.deepEqual(seqsOf({ shards: kept }), [0, 1]);
    assert.deepEqual(await cluster.claim(b, ALL), { shards: [], slices: [] });
    await cluster.leave(a);
    assert.deepEqual(seqsOf(await cluster.claim(b, ALL)), [0, 1]);
    assert.deepEqual(await cluster.leaderless(9), ['j_1']);
  });

  it('takes shards of different jobs by turns, and a late job at once', async () => {
    const cluster = current();
    const a = await join(cluster, 'a');
    await job(cluster, 'j_1', 200);
    for (let i = 0; i < 4; i += 1) await cluster.claim(a, ask(1));
    await job(cluster, 'j_2', 100, undefined, 'other');
    assert.deepEqual(apartOf(await inOrder(cluster, a, 8)), [1, 0, 1, 0, 1, 0, 1, 0]);
  });

  it('weighs tenants, and the jobs of a tenant among each other', async () => {
    const cluster = current();
    const a = await join(cluster, 'a');
    const json = JSON.stringify({ name: 'big', weight: 3 });
    const put = { op: 'put', kind: 'tenant', id: 'big', tenant: 'big', json } as const;
    await cluster.store.writeDocuments([put], NOW);
    for (const [id, tenant] of [
      ['j_1', 'big'],
      ['j_2', 'big'],
      ['j_3', 'small'],
    ] as const) {
      await cluster.store.createJob(spec(id, { tenant, weight: id === 'j_2' ? 2 : 1 }));
    }
    for (const id of ['j_1', 'j_2', 'j_3']) await cluster.store.addRows(id, 0, rows(400), NOW);
    const count: Record<string, number> = { j_1: 0, j_2: 0, j_3: 0 };
    for (let i = 0; i < 16; i += 1) {
      const [shard] = (await cluster.claim(a, ask(1))).shards;
      count[shard?.jobId as string] = (count[shard?.jobId as string] as number) + 1;
    }
    assert.deepEqual(count, { j_1: 4, j_2: 8, j_3: 4 });
  });

  it('claims of running jobs only, and of those that are asked for', async () => {
    const cluster = current();
    const a = await join(cluster, 'a');
    await job(cluster, 'j_1', 3);
    await cluster.store.createJob(spec('j_2', { tenant: 'other' }));
    await cluster.store.addRows('j_2', 0, rows(3), NOW);
    await cluster.store.moveJob('j_1', 'pause', { nowMs: NOW });
    assert.deepEqual(namesOf(await cluster.claim(a, ask(9, { jobId: 'j_1' }))), []);
    await cluster.store.moveJob('j_1', 'resume', { nowMs: NOW });
    const none = [
      ask(9, { notJobs: ['j_1', 'j_2'] }),
      ask(9, { notJobs: ['j_1'], notTenants: ['other'] }),
      ask(9, { jobId: 'j_3' }),
      ask(9, { jobId: 'j_1', notJobs: ['j_1'] }),
    ];
    for (const wish of none) assert.deepEqual(namesOf(await cluster.claim(a, wish)), []);
    const other = await cluster.claim(a, ask(9, { notTenants: ['acme'] }));
    assert.deepEqual(namesOf(other), ['j_2/0']);
    assert.deepEqual(namesOf(await cluster.claim(a, ask(9, { jobId: 'j_1' }))), ['j_1/0']);
  });

  it('adds rows to a shard until it is full or taken', async () => {
    const cluster = current();
    const a = await join(cluster, 'a');
    await job(cluster, 'j_1', 3, laneAt(0));
    await cluster.store.addRows('j_1', 3, rows(3, laneAt(0)), NOW);
    const first = await cluster.claim(a, ask(1));
    assert.deepEqual(namesOf(first), ['j_1/0']);
    assert.deepEqual(seqsOf(first), range(0, 6));
    await cluster.store.addRows('j_1', 6, rows(501, laneAt(0)), NOW);
    const rest = await cluster.claim(a, ALL);
    assert.deepEqual(namesOf(rest), ['j_1/1', 'j_1/2']);
    assert.deepEqual(
      rest.shards.map(({ tasks }) => tasks.length),
      [500, 1],
    );
  });

  it('lets who adds rows keep the first shard, where that is wanted and may be', async () => {
    const cluster = current();
    const [a, b] = [await join(cluster, 'a'), await join(cluster, 'b')];
    await cluster.store.createJob(spec('j_1'));
    const add = async (jobId: string, firstSeq: number, added: PlannedRow[], keep: number) => {
      const all = { jobId, firstSeq, rows: added, nowMs: NOW };
      const { counters, kept } = await cluster.addRows(a, all, keep);
      return {
        tasks: counters.tasks,
        kept: kept.map(({ no }) => no),
        seqs: seqsOf({ shards: kept }),
      };
    };
    const none = { kept: [], seqs: [] };
    const first = await add('j_1', 0, rows(60), 30);
    assert.deepEqual(first, { tasks: 60, kept: [0], seqs: range(0, 25) });
    assert.deepEqual(await add('j_1', 0, rows(60), 30), { tasks: 60, ...none }, 'once more');
    assert.deepEqual(await add('j_1', 60, rows(60), 9), { tasks: 120, ...none }, 'too many');
    const claim = await cluster.claim(b, ALL);
    assert.deepEqual(seqsOf(claim), range(25, 120));
    // Whoever comes after a dies has it, as if a had claimed it.
    await cluster.storeOf(a).commit(ends('j_1', range(0, 20)));
    await cluster.renew(b, 5 * LEASE_MS);
    await home().pass(LEASE_MS + 1_000);
    await cluster.sweep();
    const left = await cluster.claim(b, ALL);
    assert.deepEqual([seqsOf(left), left.shards[0]?.losses], [range(20, 25), 1]);
  });

  it('lets nobody keep a shard of a lane, nor of a job that does not run', async () => {
    const cluster = current();
    const a = await join(cluster, 'a');
    for (const id of ['j_1', 'j_2']) await cluster.store.createJob(spec(id));
    await cluster.store.moveJob('j_2', 'pause', { nowMs: NOW });
    const add = (jobId: string, added: PlannedRow[]) =>
      cluster.addRows(a, { jobId, firstSeq: 0, rows: added, nowMs: NOW }, 100);
    assert.deepEqual((await add('j_1', rows(3, laneAt(0)))).kept, []);
    assert.deepEqual((await add('j_2', rows(3))).kept, []);
    assert.deepEqual(namesOf(await cluster.claim(a, ALL)), ['j_1/0']);
  });

  it('hands the shards of a dead node over, with what was committed', async () => {
    const cluster = current();
    const [a, b] = [await join(cluster, 'a'), await join(cluster, 'b')];
    await job(cluster, 'j_1', 40, laneAt(0));
    await cluster.claim(a, ALL);
    await cluster.storeOf(a).commit(ends('j_1', range(0, 10)));
    await cluster.storeOf(a).commit([waits(10, NOW + 50), waits(11, NOW + 40)]);
    const page = { records: ['1', '2'], cursor: '"next"' };
    await cluster.storeOf(a).commit([step('j_1', 12, page)]);
    await home().pass(LEASE_MS + 1_000);
    await cluster.renew(b, LEASE_MS);
    assert.deepEqual(await cluster.claim(b, ALL), { shards: [], slices: [] });
    await cluster.sweep();
    const { shards, slices } = await cluster.claim(b, ALL);
    assert.deepEqual(slices, [{ slice: sliceAt(0), holder: b, carry: undefined, lost: true }]);
    const [shard] = shards;
    assert.equal(shards.length, 1);
    assert.deepEqual(seqsOf({ shards, slices }), range(12, 40));
    assert.equal(shard?.tasks[0]?.cursor, '"next"');
    assert.equal(shard?.tasks[0]?.recordCount, 2);
    assert.deepEqual([shard?.waiting, shard?.nextDueMs, shard?.losses], [2, NOW + 40, 1]);
  });

  it('takes due tasks among the shards that a node holds only', async () => {
    const cluster = current();
    const [a, b] = [await join(cluster, 'a'), await join(cluster, 'b')];
    await job(cluster, 'j_1', 50);
    await cluster.claim(a, ask(1));
    await cluster.claim(b, ask(1));
    const store = cluster.storeOf(a);
    await store.commit([waits(0, NOW + 30), waits(1, NOW + 20), waits(25, NOW + 10)]);
    assert.equal(await cluster.nextDueMs(a, 'j_1'), NOW + 20);
    assert.equal(await cluster.nextDueMs(b, 'j_1'), NOW + 10);
    assert.equal(await cluster.nextDueMs(b, 'j_2'), undefined);
    assert.deepEqual(await cluster.takeDue(a, 'j_1', NOW + 19, 9), []);
    const [due, ...more] = await cluster.takeDue(a, 'j_1', NOW + 99, 1);
    assert.deepEqual([due?.task.seq, due?.no, due?.task.attemptNo, more], [1, 0, 1, []]);
    assert.equal((await cluster.store.job('j_1'))?.counters.waiting, 2);
    const [last] = await cluster.takeDue(b, 'j_1', NOW + 99, 9);
    assert.deepEqual([last?.task.seq, last?.no], [25, 1]);
    assert.deepEqual(await cluster.takeDue(b, 'j_2', NOW + 99, 9), []);
    assert.equal((await cluster.store.job('j_1'))?.counters.waiting, 1);
  });

  it('finds what is due behind a thousand waiting tasks of another node', async () => {
    const cluster = current();
    const [a, b] = [await join(cluster, 'a'), await join(cluster, 'b')];
    await job(cluster, 'j_1', 1_100);
    const own = seqsOf(await cluster.claim(a, ask(1)));
    const others = seqsOf(await cluster.claim(b, ALL));
    await cluster.storeOf(b).commit(others.map((seq) => waits(seq, NOW + 1)));
    await cluster.storeOf(a).commit(own.slice(0, 3).map((seq) => waits(seq, NOW + 9 - seq)));
    assert.equal(await cluster.nextDueMs(a, 'j_1'), NOW + 7);
    const due = await cluster.takeDue(a, 'j_1', NOW + 8, 9);
    assert.deepEqual(
      due.map(({ task: { seq } }) => seq),
      [2, 1],
    );
    assert.equal(await cluster.nextDueMs(a, 'j_1'), NOW + 9);
    assert.equal((await cluster.takeDue(b, 'j_1', NOW + 8, 2_000)).length, others.length);
  });

  it('has nothing left of shards that are finished', async () => {
    const cluster = current();
    const [a, b] = [await join(cluster, 'a'), await join(cluster, 'b')];
    await job(cluster, 'j_1', 25);
    await cluster.claim(a, ALL);
    await cluster.storeOf(b).commit(ends('j_1', range(0, 25)));
    await cluster.finishShards(b, [{ jobId: 'j_1', no: 0 }]);
    assert.equal((await cluster.nodes())[0]?.shards, 1, 'another cannot finish it');
    await cluster.finishShards(a, [
      { jobId: 'j_1', no: 0 },
      { jobId: 'j_1', no: 77 },
    ]);
    assert.equal((await cluster.nodes())[0]?.shards, 0);
    assert.deepEqual((await cluster.claim(b, ALL)).shards, []);
  });

  it('passes over what has ended without being finished', async () => {
    const cluster = current();
    const [a, b] = [await join(cluster, 'a'), await join(cluster, 'b')];
    await job(cluster, 'j_1', 30);
    await cluster.claim(a, ask(1));
    await cluster.storeOf(a).commit(ends('j_1', range(0, 25)));
    await cluster.leave(a);
    assert.deepEqual(seqsOf(await cluster.claim(b, ask(1))), range(25, 30));
  });

  it('does not serve a job that has rested before all others', async () => {
    const cluster = current();
    const a = await join(cluster, 'a');
    await job(cluster, 'j_1', 100);
    await job(cluster, 'j_2', 250, undefined, 'other');
    await cluster.store.moveJob('j_1', 'pause', { nowMs: NOW });
    await inOrder(cluster, a, 4);
    await cluster.store.moveJob('j_1', 'resume', { nowMs: NOW });
    assert.ok(Math.max(...apartOf(await inOrder(cluster, a, 8))) <= 1);
  });
}
