/** Several nodes over one store, in virtual time. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Collector, Source } from '../../src/collectors/collector.ts';
import type { ClusterEngine } from '../../src/engine/cluster-engine.ts';
import { openTasks } from '../../src/model/job.ts';
import { ClusterRig } from '../fakes/cluster-engine-rig.ts';
import { spec } from '../fakes/engine-rig.ts';

function rows(count: number): Source {
  return {
    columns: ['n'],
    column: undefined,
    async *rows() {
      for (let n = 0; n < count; n += 1) {
        yield { line: n + 2, cells: [String(n)], fields: { n: String(n) } };
      }
    },
  };
}

interface Book {
  readonly runs: Map<number, string[]>;
  active: number;
  activeMax: number;
}

/** Work that keeps its seat: it neither waits in a lane nor sleeps by `ctx`. */
type Work = (ms: number, signal: AbortSignal) => Promise<void>;

function bookkeeping(lanes: number, ms: number) {
  const work: { now: Work } = { now: async () => {} };
  const book: Book = { runs: new Map(), active: 0, activeMax: 0 };
  const collector: Collector = {
    name: 'test',
    ...(lanes > 0 && {
      lanes: (input) => [`thing:${Number((input as { n: string }).n) % lanes}`] as const,
      limits: () => ({ concurrency: 1, rate: 'none' as const, breaker: false }),
    }),
    async collect(input, ctx) {
      const { n } = input as { n: string };
      book.runs.set(Number(n), [...(book.runs.get(Number(n)) ?? []), String(ctx.seq)]);
      book.active += 1;
      book.activeMax = Math.max(book.activeMax, book.active);
      try {
        await work.now(ms, ctx.signal);
      } finally {
        book.active -= 1;
      }
      return { records: [{ n }], done: true };
    },
  };
  const on = (rig: ClusterRig) => {
    work.now = (each, signal) => rig.clock.sleep(each, signal);
    return rig;
  };
  return { book, collector, on };
}

async function ended(rig: ClusterRig, engine: ClusterEngine, jobId: string) {
  let over = false;
  const settled = engine.settled(jobId).finally(() => {
    over = true;
  });
  assert.ok(await rig.clock.run(() => over, rig.clock.monoMs() + 3_600_000), 'the job hangs');
  return settled;
}

describe('several nodes', () => {
  it('share a job, each task once', async () => {
    const { book, collector, on } = bookkeeping(0, 100);
    const rig = on(new ClusterRig(collector, rows(2_000)));
    const nodes = await Promise.all(['a', 'b', 'c'].map((id) => rig.node(id)));
    const [first] = nodes as [ClusterEngine];
    await first.submit(spec('j1', rig.clock));
    const job = await ended(rig, first, 'j1');
    assert.equal(job.state, 'completed');
    assert.equal(job.counters.completed, 2_000);
    assert.equal(openTasks(job.counters), 0);
    assert.equal(book.runs.size, 2_000);
    for (const runs of book.runs.values()) assert.equal(runs.length, 1);
    assert.ok(book.activeMax > 27, `${book.activeMax} at once on three nodes of ten seats`);
    await Promise.all(nodes.map((node) => node.close()));
    assert.deepEqual(await rig.cluster.nodes(), []);
    assert.equal(rig.clock.pending, 0, 'no timer is left');
  });

  it('never start a lane beyond its limit, whoever owns it', async () => {
    const { book, collector, on } = bookkeeping(40, 100);
    const active = new Map<string, number>();
    const watched: Collector = {
      ...collector,
      async collect(input, ctx) {
        const lane = `${Number((input as { n: string }).n) % 40}`;
        const now = (active.get(lane) ?? 0) + 1;
        assert.equal(now, 1, `lane ${lane} is used twice at once`);
        active.set(lane, now);
        try {
          return (await collector.collect(input, ctx)) as never;
        } finally {
          active.set(lane, now - 1);
        }
      },
    };
    const rig = on(new ClusterRig(watched, rows(1_000)));
    const nodes = await Promise.all(['a', 'b', 'c'].map((id) => rig.node(id)));
    const [first] = nodes as [ClusterEngine];
    await first.submit(spec('j1', rig.clock));
    const job = await ended(rig, first, 'j1');
    assert.equal(job.counters.completed, 1_000);
    assert.ok(book.activeMax > 12, `${book.activeMax} at once`);
    await Promise.all(nodes.map((node) => node.close()));
  });

  it('keep to a cap of a job and of a tenant over all of them', async () => {
    for (const by of ['job', 'tenant'] as const) {
      const { book, collector, on } = bookkeeping(0, 100);
      const rig = on(new ClusterRig(collector, rows(600)));
      const concurrency = by === 'tenant' ? 7 : 0;
      const limits = {
        nodeSlots: 10,
        jobsMax: 0,
        jobSlots: 0,
        lookAhead: 1_000,
        attemptTimeoutMs: 60_000,
        throttledMaxMs: 0,
        resultTtlMs: 0,
        lane: () => ({ concurrency: 10, rate: 'none' as const, breaker: false }),
        tenant: () => ({ weight: 1, concurrency }),
      };
      const nodes = await Promise.all(
        ['a', 'b', 'c'].map((id) => rig.node(id, { engine: { limits } })),
      );
      const [first] = nodes as [ClusterEngine];
      const asked = { ...spec('j1', rig.clock), concurrency: by === 'job' ? 7 : 0 };
      const startedMs = rig.clock.monoMs();
      await first.submit(asked);
      const job = await ended(rig, first, 'j1');
      assert.equal(job.counters.completed, 600);
      assert.equal(book.activeMax, 7, `${by}: ${book.activeMax} at once`);
      const idealMs = (600 / 7) * 100;
      const tookMs = rig.clock.monoMs() - startedMs;
      assert.ok(tookMs < idealMs / 0.75, `${by}: took ${tookMs} ms instead of ${idealMs}`);
      await Promise.all(nodes.map((node) => node.close()));
    }
  });

  it('lend each other starts of lanes in the midst of an attempt', async () => {
    let active = 0;
    let activeMax = 0;
    let requests = 0;
    const rig = new ClusterRig(
      {
        name: 'test',
        limits: () => ({ concurrency: 2, rate: 'none', breaker: false }),
        async collect(_input, ctx) {
          await ctx.fetch('http://shared.test/', { lane: 'model:shared' });
          return { records: [], done: true };
        },
      },
      rows(300),
    );
    const fetcher = {
      async exchange(request: { url: URL }) {
        requests += 1;
        active += 1;
        activeMax = Math.max(activeMax, active);
        await rig.clock.sleep(50);
        active -= 1;
        const body = Buffer.from('');
        return {
          url: request.url.href,
          status: 200,
          headers: {},
          body,
          sentMs: 0,
          headersMs: 50,
          totalMs: 50,
          wireBytes: 0,
        };
      },
      async close() {},
    };
    const nodes = await Promise.all(
      ['a', 'b', 'c'].map((id) => rig.node(id, { engine: { fetcher } })),
    );
    const [first] = nodes as [ClusterEngine];
    const startedMs = rig.clock.monoMs();
    await first.submit(spec('j1', rig.clock));
    const job = await ended(rig, first, 'j1');
    assert.equal(job.counters.completed, 300);
    assert.equal(requests, 300);
    assert.equal(activeMax, 2, 'the lane has two slots');
    const tookMs = rig.clock.monoMs() - startedMs;
    assert.ok(tookMs < (300 / 2) * 50 * 1.3, `took ${tookMs} ms instead of 7500`);
    await Promise.all(nodes.map((node) => node.close()));
  });

  it('go on with what a drained node had, at once', async () => {
    const { book, collector, on } = bookkeeping(0, 1_000);
    const rig = on(new ClusterRig(collector, rows(400)));
    const nodes = await Promise.all(['a', 'b'].map((id) => rig.node(id)));
    const [first, second] = nodes as [ClusterEngine, ClusterEngine];
    await first.submit(spec('j1', rig.clock));
    await rig.clock.run(() => book.runs.size > 60, 60_000);
    let drained = false;
    void second.drain().then(() => {
      drained = true;
    });
    await rig.clock.run(() => drained, rig.clock.monoMs() + 5_000);
    assert.ok(drained);
    assert.equal((await rig.cluster.nodes()).length, 1);
    const job = await ended(rig, first, 'j1');
    assert.equal(job.counters.completed, 400);
    for (const runs of book.runs.values()) assert.equal(runs.length, 1);
    await Promise.all(nodes.map((node) => node.close()));
  });

  it('pause, cancel and retry what runs elsewhere', async () => {
    const { book, collector, on } = bookkeeping(0, 500);
    const rig = on(new ClusterRig(collector, rows(300)));
    const nodes = await Promise.all(['a', 'b'].map((id) => rig.node(id)));
    const [first, second] = nodes as [ClusterEngine, ClusterEngine];
    await first.submit(spec('j1', rig.clock));
    await rig.clock.run(() => book.runs.size > 50, 60_000);
    await second.pause('j1');
    await rig.clock.run(() => book.active === 0, rig.clock.monoMs() + 5_000);
    assert.equal(book.active, 0, 'nothing runs on either node');
    const begun = book.runs.size;
    await rig.clock.run(() => false, rig.clock.monoMs() + 10_000);
    assert.equal(book.runs.size, begun);
    await second.resume('j1');
    await rig.clock.run(() => book.runs.size > begun + 20, rig.clock.monoMs() + 60_000);
    await second.cancel('j1');
    const job = await ended(rig, first, 'j1');
    assert.equal(job.state, 'cancelled');
    assert.equal(openTasks(job.counters), 0);
    await Promise.all(nodes.map((node) => node.close()));
  });

  /** A job of twenty tasks whose shard was lost with so many nodes. */
  async function lostOften(rig: ClusterRig, nodes: number, begun: boolean): Promise<void> {
    // A cluster to whom each leave of a node is a loss: it never says good-bye.
    const { cluster } = rig;
    await cluster.store.createJob(spec('j1', rig.clock));
    for (let lost = 0; lost < nodes; lost += 1) {
      const fence = await cluster.join(
        { id: `n${lost}`, name: 'n', version: '1', kind: 'serve' },
        10,
      );
      if (lost === 0) {
        const rowsOf = Array.from(
          { length: 20 },
          (_, n) => ({ kind: 'task', input: JSON.stringify({ n: `${n}` }), lane: '' }) as const,
        );
        await cluster.storeOf(fence).addRows('j1', 0, rowsOf, rig.clock.wallMs());
        await cluster.storeOf(fence).finishPlan('j1', rig.clock.wallMs());
      }
      const claim = await cluster.claim(fence, { tasks: 20, notJobs: [], notTenants: [] });
      assert.equal(claim.shards.length, 1);
      const [{ no } = { no: -1 }] = claim.shards;
      if (begun) await cluster.beginShards(fence, [{ jobId: 'j1', no, open: 20 }]);
      await rig.clock.run(() => false, rig.clock.monoMs() + 20);
      assert.equal((await cluster.sweep()).ended.length, 1);
    }
  }

  it('set aside what nodes that began it keep being lost with', async () => {
    const { book, collector, on } = bookkeeping(0, 60_000);
    const rig = on(new ClusterRig(collector, rows(20)));
    const { cluster } = rig;
    await lostOften(rig, 5, true);
    const node = await rig.node('a');
    const job = await ended(rig, node, 'j1');
    assert.equal(job.state, 'completed');
    assert.equal(job.counters.discarded, 20);
    assert.equal(book.runs.size, 0);
    const [group] = await cluster.store.failureGroups('j1');
    assert.equal(group?.sample.code, 'cluster.shard_lost');
    await node.close();
  });

  it('do what only waited in nodes that were lost, and tell that they begin it', async () => {
    const { book, collector, on } = bookkeeping(0, 1_000);
    const rig = on(new ClusterRig(collector, rows(20)));
    const { cluster } = rig;
    await lostOften(rig, 9, false);
    const told: number[] = [];
    const begin = cluster.beginShards.bind(cluster);
    cluster.beginShards = async (fence, shards) => {
      assert.equal(book.runs.size, 0, 'none of its tasks has started');
      await rig.clock.sleep(5);
      await begin(fence, shards);
      told.push(...shards.map(({ open }) => open));
    };
    const node = await rig.node('a');
    const job = await ended(rig, node, 'j1');
    assert.deepEqual([job.counters.completed, job.counters.discarded], [20, 0]);
    assert.deepEqual(told, [20], 'once');
    for (const runs of book.runs.values()) assert.equal(runs.length, 1);
    await node.close();
  });

  it('start what was lost before where the store does not answer, too', async () => {
    const { collector, on } = bookkeeping(0, 100);
    const rig = on(new ClusterRig(collector, rows(20)));
    await lostOften(rig, 1, false);
    rig.cluster.beginShards = () => Promise.reject(new Error('away'));
    const node = await rig.node('a');
    const job = await ended(rig, node, 'j1');
    assert.deepEqual([job.counters.completed, job.counters.discarded], [20, 0]);
    await node.close();
  });
});
