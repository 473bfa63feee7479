/** Shards given back, split, opened anew and closed. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ClusterStore } from '../../src/store/cluster-store.ts';
import { ALL, ask, ends, job, join, laneAt, range, seqsOf, sliceAt } from './cluster-fixtures.ts';
import { failure, NOW, step } from './store-fixtures.ts';

const waits = (seq: number, atMs: number) =>
  step('j_1', seq, { end: { kind: 'waiting', atMs, failure: failure('later') } });

const discards = (seq: number) =>
  step('j_1', seq, { end: { kind: 'discarded', durationMs: 1, failure: failure('no') } });

export function exerciseGivingBack(current: () => ClusterStore): void {
  it('lets go of shards, and keeps what is under way', async () => {
    const cluster = current();
    const [a, b] = [await join(cluster, 'a'), await join(cluster, 'b')];
    await job(cluster, 'j_1', 60);
    await cluster.claim(a, ALL);
    await cluster.storeOf(a).commit([...ends('j_1', [0]), waits(1, NOW + 5)]);
    await cluster.releaseShards(b, [{ jobId: 'j_1', no: 0, keep: [] }]);
    assert.deepEqual((await cluster.claim(b, ALL)).shards, [], 'another cannot give it away');
    await cluster.releaseShards(a, [
      { jobId: 'j_1', no: 0, keep: [2, 3] },
      { jobId: 'j_1', no: 1, keep: [] },
    ]);
    const { shards } = await cluster.claim(b, ALL);
    assert.deepEqual(
      shards.map(({ no, tasks, waiting }) => [no, tasks.length, waiting]),
      [
        [3, 21, 1],
        [1, 25, 0],
      ],
    );
    assert.deepEqual(seqsOf({ shards, slices: [] }), range(4, 50));
    assert.deepEqual((await cluster.takeDue(a, 'j_1', NOW + 9, 9)).length, 0);
    const [due] = await cluster.takeDue(b, 'j_1', NOW + 9, 9);
    assert.deepEqual([due?.task.seq, due?.no], [1, 3]);
    await cluster.storeOf(a).commit(ends('j_1', [2]));
    await cluster.leave(a);
    const left = await cluster.claim(b, ALL);
    assert.deepEqual(seqsOf(left), [3, ...range(50, 60)]);
  });

  it('splits within a slice, which stays with who holds it', async () => {
    const cluster = current();
    const [a, b] = [await join(cluster, 'a'), await join(cluster, 'b')];
    await job(cluster, 'j_1', 10, laneAt(0));
    await cluster.claim(a, ALL);
    await cluster.releaseShards(a, [{ jobId: 'j_1', no: 0, keep: [4] }]);
    assert.deepEqual((await cluster.claim(b, ALL)).shards, []);
    await cluster.releaseSlices(a, [{ slice: sliceAt(0), carry: '{}' }]);
    assert.deepEqual((await cluster.claim(b, ALL)).shards, [], 'a shard of it is still held');
    await cluster.storeOf(a).commit(ends('j_1', [4]));
    await cluster.finishShards(a, [{ jobId: 'j_1', no: 0 }]);
    await cluster.releaseSlices(a, [{ slice: sliceAt(0), carry: '{}' }]);
    const claim = await cluster.claim(b, ALL);
    assert.deepEqual(seqsOf(claim), [0, 1, 2, 3, 5, 6, 7, 8, 9]);
    assert.deepEqual(claim.slices, [{ slice: sliceAt(0), holder: b, carry: '{}', lost: false }]);
  });

  it('opens shards anew for tasks that are tried again', async () => {
    const cluster = current();
    const [a, b] = [await join(cluster, 'a'), await join(cluster, 'b')];
    await job(cluster, 'j_1', 75);
    await cluster.claim(a, ask(50));
    await cluster.storeOf(a).commit(range(0, 50).map(discards));
    await cluster.finishShards(a, [{ jobId: 'j_1', no: 0 }]);
    const count = await cluster.storeOf(a).retryDiscarded('j_1', NOW);
    assert.equal(count, 50);
    // What is held is found by who holds it, what was done by anybody.
    assert.equal((await cluster.takeDue(a, 'j_1', NOW, 99)).length, 25);
    const { shards } = await cluster.claim(b, ALL);
    assert.deepEqual(
      shards.map(({ no, tasks, waiting }) => [no, tasks.length, waiting]),
      [
        [2, 25, 0],
        [0, 0, 25],
      ],
    );
    assert.equal((await cluster.takeDue(b, 'j_1', NOW, 99)).length, 25);
  });

  it('says which shards are finished with the commit of their last tasks', async () => {
    const cluster = current();
    const [a, b] = [await join(cluster, 'a'), await join(cluster, 'b')];
    await job(cluster, 'j_1', 100);
    const held = async () => (await cluster.nodes()).map(({ shards }) => shards);
    await cluster.claim(a, ask(75));
    const first = await cluster.storeOf(b).commit(ends('j_1', range(0, 25)));
    assert.equal(first.finished, undefined, 'another holds it');
    const part = await cluster.storeOf(a).commit(ends('j_1', range(25, 49)));
    assert.equal(part.finished, undefined, 'a task of it is open');
    const { finished = [] } = await cluster
      .storeOf(a)
      .commit([discards(50), ...ends('j_1', [49, ...range(51, 75)])]);
    assert.deepEqual(await held(), [3 - finished.length, 0]);
    const all = range(0, 3).map((no) => ({ jobId: 'j_1', no }));
    for (const shard of finished) assert.deepEqual(all[shard.no], shard);
    // Once more changes nothing.
    await cluster.finishShards(a, all);
    assert.deepEqual(await held(), [0, 0]);
    assert.deepEqual(seqsOf(await cluster.claim(b, ALL)), range(75, 100));
    assert.equal(await cluster.store.retryDiscarded('j_1', NOW), 1);
    const { shards } = await cluster.claim(b, ALL);
    assert.deepEqual(
      shards.map(({ no, tasks, waiting }) => [no, tasks.length, waiting]),
      [[2, 0, 1]],
    );
  });

  it('frees a shard that is finished while a task of it is opened anew', async () => {
    const cluster = current();
    const a = await join(cluster, 'a');
    await job(cluster, 'j_1', 25);
    await cluster.claim(a, ALL);
    await cluster.storeOf(a).commit(range(0, 25).map(discards));
    await Promise.all([
      cluster.finishShards(a, [{ jobId: 'j_1', no: 0 }]),
      cluster.store.retryDiscarded('j_1', NOW),
    ]);
    const [shard] = (await cluster.claim(a, ALL)).shards;
    assert.equal(shard?.waiting, 25);
  });

  it('closes the shards of a job that is cancelled, and drops those of one that is gone', async () => {
    const cluster = current();
    const a = await join(cluster, 'a');
    for (const id of ['j_1', 'j_2']) await job(cluster, id, 50);
    await cluster.claim(a, ask(26));
    await cluster.store.moveJob('j_1', 'cancel', { nowMs: NOW });
    await cluster.store.cancelOpen('j_1', NOW);
    await cluster.store.deleteJob('j_2');
    assert.equal((await cluster.nodes())[0]?.shards, 0);
    assert.deepEqual(await cluster.claim(a, ALL), { shards: [], slices: [] });
    await cluster.finishShards(a, [{ jobId: 'j_2', no: 0 }]);
    await cluster.releaseShards(a, [{ jobId: 'j_1', no: 0, keep: [1] }]);
    assert.deepEqual(await cluster.takeDue(a, 'j_2', NOW, 9), []);
  });
}
