/** Who is there, what a number that has ended may do, leads, roles, files and what is told. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ClusterStore, Fence } from '../../src/store/cluster-store.ts';
import {
  ALL,
  ask,
  type ClusterHome,
  ends,
  intro,
  isFenced,
  job,
  join,
  LEASE_MS,
  laneAt,
  rows,
  sliceAt,
} from './cluster-fixtures.ts';
import { NOW, spec } from './store-fixtures.ts';

/** Every method that takes a number, called with one. */
export function fencedCalls(cluster: ClusterStore, fence: Fence): Record<string, Promise<unknown>> {
  const store = cluster.storeOf(fence);
  const lane = laneAt(0);
  const limits = { concurrency: 1, rate: 'none', breaker: false } as const;
  return {
    renew: cluster.renew(fence, LEASE_MS),
    lead: cluster.lead(fence, 'j_1'),
    unlead: cluster.unlead(fence, 'j_1'),
    takeRole: cluster.takeRole(fence, 'clock'),
    giveRole: cluster.giveRole(fence, 'clock'),
    addRowsHere: cluster.addRows(
      fence,
      { jobId: 'j_1', firstSeq: 3, rows: rows(1), nowMs: NOW },
      9,
    ),
    claim: cluster.claim(fence, ALL),
    beginShards: cluster.beginShards(fence, [{ jobId: 'j_1', no: 0, open: 1 }]),
    finishShards: cluster.finishShards(fence, [{ jobId: 'j_1', no: 0 }]),
    releaseShards: cluster.releaseShards(fence, [{ jobId: 'j_1', no: 0, keep: [] }]),
    takeDue: cluster.takeDue(fence, 'j_1', NOW, 9),
    nextDueMs: cluster.nextDueMs(fence, 'j_1'),
    takeSlices: cluster.takeSlices(fence, [1]),
    releaseSlices: cluster.releaseSlices(fence, [{ slice: 1, carry: undefined }]),
    shareCaps: cluster.shareCaps(fence, [{ cap: 'tenant:acme', seats: 4, inUse: 0, want: 1 }]),
    askLoans: cluster.askLoans(fence, [{ lane, tenant: 'acme', limits }]),
    loans: cluster.loans(fence),
    grantLoans: cluster.grantLoans(fence, [{ id: 1, termMs: 0 }]),
    endLoans: cluster.endLoans(fence, [{ id: 1, feedback: undefined }]),
    forgetLoans: cluster.forgetLoans(fence, [1]),
    tell: cluster.tell(fence, ['{}']),
    told: cluster.told(fence, -1),
    commit: store.commit(ends('j_1', [0])),
    addRows: store.addRows('j_1', 3, rows(1), NOW),
    finishPlan: store.finishPlan('j_1', NOW),
    moveJob: store.moveJob('j_1', 'pause', { nowMs: NOW }),
    addActive: store.addActive([['j_1', 1]]),
  };
}

export function exerciseNodes(home: () => ClusterHome, current: () => ClusterStore): void {
  it('gives every node a larger number, and tells who is there', async () => {
    const cluster = current();
    const a = await join(cluster, 'a');
    const b = await join(cluster, 'b');
    assert.ok(b > a);
    await job(cluster, 'j_1', 3, laneAt(0));
    await cluster.claim(a, ALL);
    await cluster.takeSlices(a, [sliceAt(1)]);
    await cluster.lead(a, 'j_1');
    await cluster.takeRole(a, 'clock');
    await cluster.takeRole(a, 'backup');
    const renewal = await cluster.renew(a, LEASE_MS, '{"slots":4}');
    assert.equal(renewal.drain, false);
    assert.ok(renewal.storeMs > 1e12);
    const [first, second, ...more] = await cluster.nodes();
    assert.equal(more.length, 0);
    const { ageMs, leaseMs, ...rest } = first as NonNullable<typeof first>;
    assert.ok(ageMs >= 0 && ageMs < LEASE_MS);
    assert.ok(leaseMs > 0 && leaseMs <= LEASE_MS);
    assert.deepEqual(rest, {
      ...intro('a'),
      fence: a,
      draining: false,
      shards: 1,
      slices: 2,
      leads: 1,
      roles: ['backup', 'clock'],
      status: '{"slots":4}',
    });
    assert.equal(second?.fence, b);
    assert.equal(second?.status, undefined);
    assert.deepEqual(second?.roles, []);
  });

  it('asks a node to drain', async () => {
    const cluster = current();
    const a = await join(cluster, 'a');
    assert.equal(await cluster.askDrain('nobody'), false);
    assert.equal(await cluster.askDrain('a'), true);
    assert.equal((await cluster.renew(a, LEASE_MS)).drain, true);
    assert.equal((await cluster.nodes())[0]?.draining, true);
    await cluster.leave(a);
    assert.equal(await cluster.askDrain('a'), false);
  });

  it('ends numbers whose lease has passed, by its own clock, and no others', async () => {
    const cluster = current();
    const [a, b] = [await join(cluster, 'a'), await join(cluster, 'b')];
    await home().pass(LEASE_MS / 2);
    await cluster.renew(b, LEASE_MS);
    const { ended, nextMs = 0 } = await cluster.sweep();
    assert.deepEqual(ended, []);
    assert.ok(nextMs > 0 && nextMs <= LEASE_MS / 2, `a's lease ends in ${nextMs} ms`);
    await home().pass(LEASE_MS / 2 + 1_000);
    assert.ok((await cluster.nodes()).some(({ leaseMs }) => leaseMs < 0));
    const swept = await cluster.sweep();
    assert.deepEqual(swept.ended, [a]);
    assert.ok((swept.nextMs ?? 0) < LEASE_MS / 2, `b's lease ends in ${swept.nextMs} ms`);
    assert.deepEqual((await cluster.sweep()).ended, []);
    assert.deepEqual(
      (await cluster.nodes()).map(({ fence }) => fence),
      [b],
    );
    await cluster.renew(b, LEASE_MS);
    await isFenced(cluster.renew(a, LEASE_MS));
  });

  it('lets a lease that has passed be renewed until it is swept', async () => {
    const cluster = current();
    const a = await join(cluster, 'a');
    await home().pass(2 * LEASE_MS);
    await cluster.renew(a, LEASE_MS);
    assert.deepEqual((await cluster.sweep()).ended, []);
  });

  it('stores a job and leads it at once, where the number has not ended', async () => {
    const cluster = current();
    const [a, b] = [await join(cluster, 'a'), await join(cluster, 'b')];
    const first = await cluster.createJob(a, spec('j_1', { idempotencyKey: 'k' }));
    assert.deepEqual([first.job.id, first.created, first.led], ['j_1', true, true]);
    const again = await cluster.createJob(b, spec('j_2', { idempotencyKey: 'k' }));
    assert.deepEqual([again.job.id, again.created, again.led], ['j_1', false, false]);
    assert.equal(await cluster.lead(b, 'j_1'), false);
    await cluster.leave(b);
    const late = await cluster.createJob(b, spec('j_3'));
    assert.deepEqual([late.job.id, late.created, late.led], ['j_3', true, false]);
    assert.deepEqual(await cluster.leaderless(9), ['j_3']);
  });

  it('lets numbers that have ended, or never were, do nothing', async () => {
    const cluster = current();
    const [a, b, c] = [
      await join(cluster, 'a'),
      await join(cluster, 'b'),
      await join(cluster, 'c'),
    ];
    await job(cluster, 'j_1', 3);
    await home().pass(LEASE_MS + 1_000);
    await cluster.renew(b, LEASE_MS);
    await cluster.renew(c, LEASE_MS);
    await cluster.sweep();
    await cluster.leave(c);
    await cluster.leave(c);
    for (const fence of [a, c, b + 1_000_000]) {
      const calls = Object.entries(fencedCalls(cluster, fence));
      await Promise.all(calls.map(([name, promise]) => isFenced(promise, name)));
    }
    const after = await cluster.store.job('j_1');
    assert.equal(after?.state, 'running');
    assert.equal(after?.planned, false);
    assert.equal(after?.counters.completed, 0);
    assert.equal(await cluster.store.rowCount('j_1'), 3);
    const calls = Object.entries(fencedCalls(cluster, b));
    const done = await Promise.allSettled(calls.map(([, promise]) => promise));
    done.forEach((result, i) => {
      assert.equal(result.status, 'fulfilled', `${calls[i]?.[0]} of a node that is there`);
    });
  });

  it('ends the number of a process that joins again', async () => {
    const cluster = current();
    const first = await join(cluster, 'a');
    await cluster.takeRole(first, 'clock');
    const second = await join(cluster, 'a');
    await isFenced(cluster.renew(first, LEASE_MS));
    assert.equal(await cluster.takeRole(second, 'clock'), true);
    assert.equal((await cluster.nodes()).length, 1);
  });

  it('lets one node lead a running job', async () => {
    const cluster = current();
    const [a, b] = [await join(cluster, 'a'), await join(cluster, 'b')];
    for (const id of ['j_1', 'j_2', 'j_3']) await job(cluster, id, 1);
    assert.deepEqual(await cluster.leaderless(2), ['j_1', 'j_2']);
    assert.equal(await cluster.lead(a, 'j_1'), true);
    assert.equal(await cluster.lead(a, 'j_1'), true);
    assert.equal(await cluster.lead(b, 'j_1'), false);
    assert.equal(await cluster.lead(b, 'nowhere'), false);
    await cluster.store.moveJob('j_2', 'pause', { nowMs: NOW });
    assert.equal(await cluster.lead(b, 'j_2'), false);
    assert.deepEqual(await cluster.leaderless(9), ['j_3']);
    await cluster.unlead(b, 'j_1');
    assert.equal(await cluster.lead(b, 'j_1'), false);
    await cluster.unlead(a, 'j_1');
    assert.equal(await cluster.lead(b, 'j_1'), true);
    await cluster.store.deleteJob('j_1');
    await cluster.leave(b);
    assert.deepEqual(await cluster.leaderless(9), ['j_3']);
  });

  it('gives a role to one node, of many that ask at once', async () => {
    const cluster = current();
    const other = await home().open();
    const fences = await Promise.all(
      ['a', 'b', 'c', 'd'].map((id, i) => join(i % 2 ? cluster : other, id)),
    );
    const took = await Promise.all(fences.map((fence) => cluster.takeRole(fence, 'clock')));
    assert.equal(took.filter(Boolean).length, 1);
    const winner = fences[took.indexOf(true)] as Fence;
    const loser = fences.find((fence) => fence !== winner) as Fence;
    await cluster.giveRole(loser, 'clock');
    assert.equal(await cluster.takeRole(loser, 'clock'), false);
    await cluster.giveRole(winner, 'clock');
    assert.equal(await cluster.takeRole(loser, 'clock'), true);
    await cluster.leave(loser);
    assert.equal(await cluster.takeRole(winner, 'clock'), true);
    await other.close();
  });

  it('keeps files in pieces, whole or not there', async () => {
    const cluster = current();
    const bytes = (text: string) => new TextEncoder().encode(text);
    await cluster.writeFile('inputs/a.csv', 0, bytes('one'));
    await cluster.writeFile('inputs/a.csv', 0, bytes('other'));
    await cluster.writeFile('inputs/a.csv', 1, new Uint8Array([0, 255, 10]));
    assert.equal(await cluster.filePieces('inputs/a.csv'), undefined);
    await cluster.finishFile('inputs/a.csv', 2);
    assert.equal(await cluster.filePieces('inputs/a.csv'), 2);
    assert.equal(new TextDecoder().decode(await cluster.readFile('inputs/a.csv', 0)), 'one');
    const second = await cluster.readFile('inputs/a.csv', 1);
    assert.deepEqual([...second], [0, 255, 10]);
    await assert.rejects(cluster.readFile('inputs/a.csv', 2), { code: 'cluster.file_gone' });
    await cluster.finishFile('inputs/empty', 0);
    assert.equal(await cluster.filePieces('inputs/empty'), 0);
    await cluster.removeFile('inputs/a.csv');
    await cluster.removeFile('inputs/a.csv');
    assert.equal(await cluster.filePieces('inputs/a.csv'), undefined);
    await assert.rejects(cluster.readFile('inputs/a.csv', 0), { code: 'cluster.file_gone' });
  });

  it('tells others, in order, what happened since they listen', async () => {
    const cluster = current();
    const [a, b] = [await join(cluster, 'a'), await join(cluster, 'b')];
    await cluster.tell(a, ['{"n":0}']);
    const start = await cluster.told(b, -1);
    assert.deepEqual(start.events, []);
    await cluster.tell(a, ['{"n":1}', '{"n":2}']);
    await cluster.tell(b, ['{"n":"own"}']);
    await cluster.tell(a, []);
    await cluster.tell(a, ['{"n":3}']);
    const news = await cluster.told(b, start.next);
    assert.deepEqual(news.events, ['{"n":1}', '{"n":2}', '{"n":3}']);
    assert.deepEqual(await cluster.told(b, news.next), { events: [], next: news.next });
    assert.deepEqual((await cluster.told(a, start.next)).events, ['{"n":"own"}']);
    await home().pass(10 * 60_000);
    await cluster.renew(a, LEASE_MS);
    await cluster.renew(b, LEASE_MS);
    await cluster.prune();
    assert.deepEqual((await cluster.told(b, start.next)).events, []);
  });

  it('tells every event to who reads while many tell', async () => {
    const cluster = current();
    const other = await home().open();
    const reader = await join(cluster, 'reader');
    const tellers = await Promise.all(['a', 'b', 'c'].map((id) => join(other, id)));
    let { next } = await cluster.told(reader, -1);
    const seen: string[] = [];
    const read = async () => {
      const news = await cluster.told(reader, next);
      seen.push(...news.events);
      next = news.next;
    };
    const told: string[] = [];
    await Promise.all([
      ...tellers.map(async (fence, t) => {
        for (let i = 0; i < 20; i += 1) {
          told.push(`"${t}.${i}"`);
          await (t === 0 ? cluster : other).tell(fence, [`"${t}.${i}"`]);
        }
      }),
      (async () => {
        for (let i = 0; i < 30; i += 1) await read();
      })(),
    ]);
    await read();
    assert.deepEqual(seen.toSorted(), told.toSorted());
    await other.close();
  });

  it('frees what a node held as soon as it leaves', async () => {
    const cluster = current();
    const [a, b] = [await join(cluster, 'a'), await join(cluster, 'b')];
    await job(cluster, 'j_1', 3, laneAt(0));
    await cluster.claim(a, ask(1));
    await cluster.lead(a, 'j_1');
    assert.equal((await cluster.claim(b, ALL)).shards.length, 0);
    await cluster.leave(a);
    assert.deepEqual(await cluster.leaderless(9), ['j_1']);
    const [shard] = (await cluster.claim(b, ALL)).shards;
    assert.equal(shard?.tasks.length, 3);
    assert.equal(shard?.losses, 0, 'given back, not lost');
  });
}
