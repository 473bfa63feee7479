/** Shards that are lost with their nodes: which of the losses are held against them. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ClaimedShard, ClusterStore, Fence } from '../../src/store/cluster-store.ts';
import { ALL, type ClusterHome, ends, job, join, LEASE_MS, range } from './cluster-fixtures.ts';

export function exerciseLosses(home: () => ClusterHome, current: () => ClusterStore): void {
  let lives = 0;
  /** A node that claims all, does something with it, and is never heard of again. */
  const life = async (
    use: (fence: Fence, shards: readonly ClaimedShard[]) => Promise<void> = async () => {},
  ): Promise<number[]> => {
    const fence = await join(current(), `node-${lives++}`);
    const { shards } = await current().claim(fence, ALL);
    await use(fence, shards);
    await home().pass(LEASE_MS + 1_000);
    await current().sweep();
    return shards.map(({ losses }) => losses);
  };
  const begin = async (fence: Fence, shards: readonly ClaimedShard[]) =>
    current().beginShards(
      fence,
      shards.map(({ jobId, no, tasks, waiting }) => ({
        jobId,
        no,
        open: tasks.length + waiting,
      })),
    );

  it('holds against a shard that nodes which began it were lost, from the second on', async () => {
    await job(current(), 'j_1', 20);
    assert.deepEqual(await life(), [0]);
    assert.deepEqual(await life(), [1], 'nobody knows whether the first had begun it');
    assert.deepEqual(await life(), [1], 'it only waited there');
    assert.deepEqual(await life(begin), [1]);
    assert.deepEqual(await life(), [2]);
    assert.deepEqual(await life(begin), [2], 'begun by the one before, not by this one');
    assert.deepEqual(await life(), [3]);
  });

  it('begins to count anew where some of its tasks have ended since it was begun', async () => {
    await job(current(), 'j_1', 20);
    await life();
    await life(begin);
    await life(begin);
    const progress = async (fence: Fence, shards: readonly ClaimedShard[]) => {
      await begin(fence, shards);
      await current()
        .storeOf(fence)
        .commit(ends('j_1', range(0, 2)));
    };
    assert.deepEqual(await life(progress), [3]);
    assert.deepEqual(await life(), [1]);
    assert.deepEqual(await life(begin), [1]);
    assert.deepEqual(await life(begin), [2]);
    assert.deepEqual(await life(), [3], 'nothing has ended since');
  });

  it('lets nobody begin what another node holds', async () => {
    const cluster = current();
    await job(cluster, 'j_1', 20);
    await job(cluster, 'j_2', 1);
    await life();
    const other = await join(cluster, 'other');
    assert.deepEqual(
      await life(async (_fence, shards) => {
        await begin(other, shards);
        await cluster.renew(other, 10 * LEASE_MS);
      }),
      [1, 1],
    );
    assert.deepEqual(await life(), [1, 1]);
  });
}
