import assert from 'node:assert/strict';
import { it } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { MemoryCluster } from '../store/memory-cluster.ts';
import type { Commit } from '../store/store.ts';
import { ShardDesk } from './shard-desk.ts';

const NOW = 1_700_000_000_000;
const ASK = { tasks: 100, notJobs: [], notTenants: [] };
const DISCARDED = {
  kind: 'discarded',
  durationMs: 1,
  failure: { class: 'permanent', code: 'x', message: 'x', fingerprint: 'x' },
} as unknown as NonNullable<Commit['end']>;

const commit = (seq: number, end: Commit['end'] = { kind: 'completed', durationMs: 1 }) =>
  ({ jobId: 'j', seq, attemptNo: 1, records: [], recordsFrom: 0, nowMs: NOW, end }) as Commit;

async function deskWithShard() {
  const cluster = new MemoryCluster({ wallMs: () => NOW }, { finishes: true });
  const calls: unknown[] = [];
  const { finishShards } = cluster;
  cluster.finishShards = async (...of) => {
    calls.push(of);
    await finishShards.apply(cluster, of);
  };
  const fence = await cluster.join({ id: 'a', name: 'a', version: '1', kind: 'worker' }, 10_000);
  const failed = (error: unknown) => assert.fail(String(error));
  const desk = new ShardDesk({
    cluster,
    fence,
    clock: systemClock,
    time: { clock: systemClock } as never,
    takeOver: async (take) => take(),
    onReleased: () => {},
    onFailed: failed,
  });
  await cluster.store.createJob({
    id: 'j',
    tenant: 't',
    collector: 'c',
    weight: 1,
    retries: 0,
    createdMs: NOW,
    source: {},
    options: {},
  } as never);
  const rows = Array.from({ length: 3 }, () => ({ kind: 'task', input: '1', lane: '' }) as const);
  await cluster.store.addRows('j', 0, rows, NOW);
  await desk.claim(ASK);
  const store = desk.watched(cluster.storeOf(fence));
  return { cluster, desk, store, calls };
}

it('asks for no end of a shard that a commit has finished', async () => {
  const { desk, store, calls } = await deskWithShard();
  await store.commit([commit(0), commit(1), commit(2)]);
  assert.equal(desk.holdings.shards, 1, 'until its ends are told');
  desk.finish({ jobId: 'j', no: 0 });
  await desk.settled();
  assert.deepEqual(calls, []);
  assert.equal(desk.holdings.shards, 0);
});

it('asks for the end of one that was opened and claimed again before that was told', async () => {
  const { cluster, desk, store, calls } = await deskWithShard();
  await store.commit([commit(0, DISCARDED), commit(1), commit(2)]);
  await cluster.store.retryDiscarded('j', NOW);
  assert.equal((await desk.claim(ASK)).shards.length, 1);
  await store.commit([commit(0, DISCARDED)]);
  desk.finish({ jobId: 'j', no: 0 });
  await desk.settled();
  assert.equal(calls.length, 1);
  assert.equal(desk.holdings.shards, 0);
  assert.equal((await cluster.nodes())[0]?.shards, 0);
});
