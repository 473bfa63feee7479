/** Slices, caps and loans: each limit has one place where it is kept. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { LaneFeedback } from '../../src/model/lane.ts';
import type { ClusterStore, Fence, LoanAsk } from '../../src/store/cluster-store.ts';
import {
  ALL,
  type ClusterHome,
  job,
  join,
  LEASE_MS,
  laneAt,
  range,
  rows,
  seqsOf,
  sliceAt,
} from './cluster-fixtures.ts';
import { NOW } from './store-fixtures.ts';

const CAP = 'tenant:acme';
const loanAsk = (i: number): LoanAsk => ({
  lane: laneAt(i),
  tenant: 'acme',
  limits: { concurrency: { min: 1, max: 8, start: 2 }, rate: 'learned', breaker: true },
});

/** Each for a time of its own. */
const granting = (...ids: readonly number[]) => ids.map((id) => ({ id, termMs: id % 7 }));

export function exerciseLanes(home: () => ClusterHome, current: () => ClusterStore): void {
  const nodes = async (...ids: string[]): Promise<Fence[]> => {
    const fences: Fence[] = [];
    for (const id of ids) fences.push(await join(current(), id));
    return fences;
  };
  /** The lease of all but these ends. */
  const outlive = async (...fences: Fence[]) => {
    await home().pass(LEASE_MS + 1_000);
    for (const fence of fences) await current().renew(fence, LEASE_MS);
    await current().sweep();
  };

  it('passes over shards whose slice another node holds', async () => {
    const cluster = current();
    const [a, b] = [await join(cluster, 'a'), await join(cluster, 'b')];
    await job(cluster, 'j_1', 2, laneAt(0));
    await cluster.store.addRows('j_1', 2, rows(2, laneAt(1)), NOW);
    await cluster.takeSlices(a, [sliceAt(0)]);
    const claim = await cluster.claim(b, ALL);
    assert.deepEqual(seqsOf(claim), [2, 3]);
    assert.deepEqual(claim.slices, [
      { slice: sliceAt(1), holder: b, carry: undefined, lost: false },
    ]);
    const own = await cluster.claim(a, ALL);
    assert.deepEqual(seqsOf(own), [0, 1]);
    assert.deepEqual(own.slices, []);
  });

  it('claims tasks of further lanes where that is asked for', async () => {
    const cluster = current();
    const a = await join(cluster, 'a');
    await job(cluster, 'j_1', 2, laneAt(0));
    await cluster.store.addRows('j_1', 2, rows(2), NOW);
    await cluster.store.addRows('j_1', 4, rows(2, laneAt(1)), NOW);
    const further = { ...ALL, notSlices: [sliceAt(0)] };
    assert.deepEqual(seqsOf(await cluster.claim(a, further)), [4, 5]);
    assert.deepEqual(seqsOf(await cluster.claim(a, further)), []);
    assert.deepEqual(seqsOf(await cluster.claim(a, ALL)), [0, 1, 2, 3]);
  });

  it('blames no shard for the end of several nodes at once', async () => {
    const cluster = current();
    const [a, , c] = await nodes('a', 'b', 'c');
    await job(cluster, 'j_1', 2, laneAt(0));
    await cluster.claim(a as Fence, ALL);
    await outlive(c as Fence);
    const { shards } = await cluster.claim(c as Fence, ALL);
    assert.deepEqual(
      shards.map(({ losses }) => losses),
      [0],
    );
  });

  it('gives each slice to one node, of many that take it at once', async () => {
    const cluster = current();
    const other = await home().open();
    const fences = await nodes('a', 'b', 'c', 'd');
    const answers = await Promise.all(
      fences.map((fence, i) => {
        const wanted = range(0, 40).toSorted(() => (i % 2 ? -1 : 1));
        return (i % 2 ? cluster : other).takeSlices(fence, wanted);
      }),
    );
    const holders = answers.map(
      (answer) => new Map(answer.map(({ slice, holder }) => [slice, holder])),
    );
    for (const holder of holders) {
      assert.equal(holder.size, 40);
      for (const [slice, fence] of holder) assert.equal(fence, holders[0]?.get(slice));
    }
    const counted = (await cluster.nodes()).map(({ slices }) => slices);
    assert.equal(
      counted.reduce((sum, count) => sum + count, 0),
      40,
    );
    await other.close();
  });

  it('hands on what the last owner gave along, once', async () => {
    const cluster = current();
    const [a, b, c] = (await nodes('a', 'b', 'c')) as [Fence, Fence, Fence];
    const held = { slice: 7, carry: undefined, lost: false };
    assert.deepEqual(await cluster.takeSlices(a, [7]), [{ ...held, holder: a }]);
    assert.deepEqual(await cluster.takeSlices(a, [7]), [{ ...held, holder: a }]);
    assert.deepEqual(await cluster.takeSlices(b, [7]), [{ ...held, holder: a }]);
    await cluster.releaseSlices(b, [{ slice: 7, carry: '"not mine"' }]);
    await cluster.releaseSlices(a, [{ slice: 7, carry: '{"rate":2}' }]);
    const taken = await cluster.takeSlices(b, [7]);
    assert.deepEqual(taken, [{ ...held, holder: b, carry: '{"rate":2}' }]);
    await cluster.releaseSlices(b, [{ slice: 7, carry: undefined }]);
    assert.deepEqual(await cluster.takeSlices(b, [7]), [{ ...held, holder: b }]);
    await outlive(a, c);
    assert.deepEqual(await cluster.takeSlices(c, [7, 8]), [
      { ...held, holder: c, lost: true },
      { ...held, slice: 8, holder: c },
    ]);
    await cluster.leave(c);
    assert.deepEqual(await cluster.takeSlices(a, [7]), [{ ...held, holder: a, lost: true }]);
  });

  it('hands on what was given to an owner that ended without a word', async () => {
    const cluster = current();
    const [a, b, c] = (await nodes('a', 'b', 'c')) as [Fence, Fence, Fence];
    await cluster.takeSlices(a, [7]);
    await cluster.releaseSlices(a, [{ slice: 7, carry: '{"rest":1}' }]);
    await cluster.takeSlices(b, [7]);
    await cluster.leave(b);
    const [held] = await cluster.takeSlices(c, [7]);
    assert.deepEqual(held, { slice: 7, holder: c, carry: '{"rest":1}', lost: true });
    await cluster.releaseSlices(c, [{ slice: 7, carry: undefined }]);
    const [again] = await cluster.takeSlices(a, [7]);
    assert.deepEqual(again, { slice: 7, holder: a, carry: undefined, lost: false });
  });

  it('keeps a slice of which a shard is held', async () => {
    const cluster = current();
    const [a, b] = (await nodes('a', 'b')) as [Fence, Fence];
    await job(cluster, 'j_1', 1, laneAt(0));
    await cluster.claim(a, { tasks: 1, notJobs: [], notTenants: [] });
    await cluster.releaseSlices(a, [{ slice: sliceAt(0), carry: undefined }]);
    const [held] = await cluster.takeSlices(b, [sliceAt(0)]);
    assert.equal(held?.holder, a);
  });

  it('divides the seats of a cap by demand', async () => {
    const cluster = current();
    const [a, b] = (await nodes('a', 'b')) as [Fence, Fence];
    const share = async (fence: Fence, inUse: number, want: number, seats = 10) => {
      const [answer, more] = await cluster.shareCaps(fence, [
        { cap: CAP, seats, inUse, want },
        { cap: 'job:j_1', seats: 1, inUse: 0, want: 0 },
      ]);
      assert.deepEqual(more, { cap: 'job:j_1', seats: 0, part: 0 });
      assert.equal(answer?.cap, CAP);
      return answer?.seats;
    };
    assert.equal(await share(a, 0, 10), 10);
    assert.equal(await share(b, 0, 10), 0);
    assert.equal(await share(a, 7, 10), 7);
    assert.equal(await share(b, 0, 10), 3);
    assert.equal(await share(a, 2, 10), 5);
    assert.equal(await share(b, 3, 10), 5);
    assert.equal(await share(b, 3, 4), 4);
    assert.equal(await share(a, 5, 10), 6);
    await outlive(a);
    assert.equal(await share(a, 6, 10), 10);
    assert.equal(await share(a, 3, 8, 4), 4);
    assert.equal(await share(a, 0, 0), 0);
  });

  it('never gives more seats than there are, whoever asks at the same time', async () => {
    const cluster = current();
    const other = await home().open();
    const fences = await nodes('a', 'b', 'c', 'd', 'e');
    const seats = 7;
    const held = new Map<Fence, number>();
    const work = async (fence: Fence, i: number) => {
      for (let round = 0; round < 12; round += 1) {
        const before = held.get(fence) ?? 0;
        const inUse = (round * (i + 1)) % (before + 1);
        const want = inUse + ((round + i) % 5);
        const asked = { cap: CAP, seats, inUse, want } as const;
        // What is given back is free before the answer, what is got is held behind it.
        held.set(fence, inUse);
        const [share] = await (i % 2 ? cluster : other).shareCaps(fence, [asked]);
        held.set(fence, share?.seats ?? 0);
        assert.ok((share?.seats ?? 0) >= inUse);
        const sum = [...held.values()].reduce((total, count) => total + count, 0);
        assert.ok(sum <= seats, `${sum} seats`);
      }
    };
    await Promise.all(fences.map(work));
    await other.close();
  });

  it('lends a start: asked, granted, ended, forgotten', async () => {
    const cluster = current();
    const [owner, borrower] = (await nodes('owner', 'borrower')) as [Fence, Fence];
    await cluster.takeSlices(owner, [sliceAt(0), sliceAt(1)]);
    const ids = await cluster.askLoans(borrower, [loanAsk(1), loanAsk(0), loanAsk(1)]);
    const [first, second, third] = ids as [number, number, number];
    assert.ok(first < second && second < third);
    const news = await cluster.loans(owner);
    assert.deepEqual(news, {
      asked: [
        { ...loanAsk(1), id: first, borrower },
        { ...loanAsk(0), id: second, borrower },
        { ...loanAsk(1), id: third, borrower },
      ],
      granted: [],
      void: [],
      ended: [],
      outstanding: [],
    });
    await cluster.grantLoans(borrower, granting(first));
    assert.deepEqual((await cluster.loans(borrower)).granted, [], 'only the owner grants');
    await cluster.grantLoans(owner, granting(first, second, 999_999));
    const granted = await cluster.loans(borrower);
    assert.deepEqual(granted, {
      asked: [],
      granted: granting(first, second),
      void: [],
      ended: [],
      outstanding: [],
    });
    const feedback: LaneFeedback = { verdict: 'ok', latencyMs: 12.5, sentMs: 1_700_000_000_123 };
    await cluster.endLoans(owner, [{ id: first, feedback }]);
    assert.equal((await cluster.loans(owner)).outstanding.length, 2, 'only the borrower ends');
    await cluster.endLoans(borrower, [
      { id: first, feedback },
      { id: second, feedback: undefined },
      { id: third, feedback: undefined },
    ]);
    await cluster.endLoans(borrower, [{ id: second, feedback }]);
    const ended = [
      { id: first, feedback },
      { id: second, feedback: undefined },
      { id: third, feedback: undefined },
    ];
    const none = { asked: [], granted: [], void: [], ended: [], outstanding: [] };
    assert.deepEqual(await cluster.loans(owner), { ...none, ended });
    assert.deepEqual(await cluster.loans(borrower), none);
    await cluster.grantLoans(owner, granting(third));
    await cluster.forgetLoans(borrower, [first]);
    assert.deepEqual(await cluster.loans(owner), { ...none, ended });
    await cluster.forgetLoans(owner, [first, second, third]);
    assert.deepEqual(await cluster.loans(owner), none);
  });

  it('ends what a dead borrower has borrowed', async () => {
    const cluster = current();
    const [owner, borrower] = (await nodes('owner', 'borrower')) as [Fence, Fence];
    await cluster.takeSlices(owner, [sliceAt(0)]);
    const ids = await cluster.askLoans(borrower, [loanAsk(0), loanAsk(0)]);
    await cluster.grantLoans(owner, granting(...ids.slice(0, 1)));
    assert.equal((await cluster.loans(owner)).outstanding.length, 1);
    await outlive(owner);
    const news = await cluster.loans(owner);
    assert.deepEqual(news.outstanding, []);
    assert.deepEqual(news.asked, []);
    assert.deepEqual(
      news.ended,
      ids.map((id) => ({ id, feedback: undefined })),
    );
  });

  it('tells the next owner what is lent, and what has ended meanwhile', async () => {
    const cluster = current();
    const [owner, borrower, next] = (await nodes('owner', 'borrower', 'next')) as [
      Fence,
      Fence,
      Fence,
    ];
    await cluster.takeSlices(owner, [sliceAt(0)]);
    const [used, asked, kept] = (await cluster.askLoans(borrower, [
      loanAsk(0),
      loanAsk(0),
      loanAsk(0),
    ])) as [number, number, number];
    await cluster.grantLoans(owner, granting(used, kept));
    await outlive(borrower, next);
    const feedback: LaneFeedback = { verdict: 'throttled', latencyMs: 3, restUntilMs: 99 };
    await cluster.endLoans(borrower, [{ id: used, feedback }]);
    await cluster.takeSlices(next, [sliceAt(0)]);
    assert.deepEqual(await cluster.loans(next), {
      asked: [{ ...loanAsk(0), id: asked, borrower }],
      granted: [],
      void: [],
      ended: [{ id: used, feedback }],
      outstanding: [{ ...loanAsk(0), id: kept, borrower }],
    });
    assert.deepEqual((await cluster.loans(borrower)).granted, granting(kept));
  });

  it('tells the borrower once of loans that nobody can grant', async () => {
    const cluster = current();
    const [owner, borrower] = (await nodes('owner', 'borrower')) as [Fence, Fence];
    await cluster.takeSlices(owner, [sliceAt(0), sliceAt(1)]);
    const [left, free] = (await cluster.askLoans(borrower, [loanAsk(0), loanAsk(2)])) as number[];
    assert.deepEqual((await cluster.loans(borrower)).void, [free]);
    assert.deepEqual((await cluster.loans(borrower)).void, []);
    await cluster.releaseSlices(owner, [{ slice: sliceAt(0), carry: undefined }]);
    assert.deepEqual((await cluster.loans(borrower)).void, [left]);
    await cluster.takeSlices(owner, [sliceAt(0), sliceAt(2)]);
    assert.deepEqual((await cluster.loans(owner)).asked, []);
  });

  it('forgets ends that no owner comes for', async () => {
    const cluster = current();
    const [owner, borrower] = (await nodes('owner', 'borrower')) as [Fence, Fence];
    await cluster.takeSlices(owner, [sliceAt(0)]);
    const ids = await cluster.askLoans(borrower, [loanAsk(0)]);
    await cluster.grantLoans(owner, granting(...ids));
    await cluster.endLoans(borrower, [{ id: ids[0] as number, feedback: undefined }]);
    await home().pass(3_600_000);
    await cluster.renew(owner, LEASE_MS);
    await cluster.prune();
    assert.deepEqual((await cluster.loans(owner)).ended, []);
  });
}
