/** Accounts in use: one task at a time, on with the next one when one rests, early when one comes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { quarantined } from '../../src/accounts/health.ts';
import { SluiceError } from '../../src/base/errors.ts';
import { silentLogger } from '../../src/base/log.ts';
import type { Collector } from '../../src/collectors/collector.ts';
import { AccountBook } from '../../src/engine/account-book.ts';
import { blockage } from '../../src/engine/job-words.ts';
import { keptLeases } from '../../src/engine/lease-table.ts';
import { FailureError } from '../../src/model/failure.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { bookOf, LIMITS, LimitedService, SERVICE } from '../fakes/account-rig.ts';
import { ClusterRig } from '../fakes/cluster-engine-rig.ts';
import { finished, setUp, spec } from '../fakes/engine-rig.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

const NEED = { service: 'fake', endpoint: 'list' };

/** Pages of each row, one call each; goes on with another account where one is spent. */
function pages(count: number): Collector {
  return {
    name: 'test',
    service: SERVICE,
    account: () => NEED,
    async *collect(_input, ctx) {
      for (let page = (ctx.cursor as number | undefined) ?? 0; page < count; ) {
        using account = await ctx.account('list');
        const { token } = account.secret as { token: string };
        const reply = await ctx.fetch(`http://fake.test/${ctx.seq}/${page}`, {
          account,
          headers: { authorization: token },
          anyStatus: true,
        });
        const [remaining, resetMs] = ['x-remaining', 'x-reset'].map((name) =>
          Number(reply.headers[name]),
        ) as [number, number];
        if (reply.status === 429) {
          account.rest(resetMs, '429', 'list');
          continue;
        }
        account.learned('list', { remaining, resetMs });
        page += 1;
        yield { records: [token], cursor: page };
      }
    },
  };
}

async function rig(collector: Collector, rows: number, names: readonly string[], limit = 5) {
  const clock = new VirtualClock();
  const service = new LimitedService(clock, limit, 900_000);
  const documents = new MemoryStore();
  const book = await bookOf(documents, clock, 't', names);
  const accounts = { book, limits: LIMITS };
  const made = setUp(collector, rows, { fetcher: service.fetcher, accounts }, clock);
  return { ...made, service, book, documents };
}

describe('accounts', () => {
  it('are used by one task at a time, all of them, until each is spent', async () => {
    const { engine, clock, service, book } = await rig(pages(4), 5, ['a', 'b', 'c', 'd']);
    await engine.submit(spec('j1', clock));
    const job = await finished(engine, clock, 'j1');
    assert.equal(job.counters.completed, 5);
    assert.equal(job.counters.records, 20);
    assert.equal(service.overlaps, 0);
    // 4 accounts with 5 calls each: all of it without a wait for the next window.
    assert.equal(new Set(service.calls.map(({ token }) => token)).size, 4);
    assert.ok(clock.monoMs() < 60_000, `${clock.monoMs()} ms`);
    assert.equal(
      book.list('t').reduce((sum, { calls }) => sum + calls, 0),
      20,
    );
    await engine.close();
  });

  it('that all rest hold nothing, say until when, and go on then', async () => {
    const { engine, clock, service } = await rig(pages(4), 5, ['a', 'b'], 5);
    await engine.submit(spec('j1', clock));
    let ended = false;
    const end = engine.settled('j1').then(() => {
      ended = true;
    });
    await clock.run(() => ended, 60_000);
    const [blocked] = engine.explain('j1');
    assert.equal(blocked?.lane, 'accounts:fake/t/list');
    assert.equal(blocked?.reason, 'rest');
    assert.deepEqual(blocked?.accounts, { service: 'fake', tenant: 't', why: 'resting', count: 2 });
    assert.equal(engine.running('j1'), 0);
    await clock.run(() => ended);
    await end;
    const job = await engine.settled('j1');
    assert.equal(job.counters.completed, 5);
    assert.equal(job.counters.records, 20);
    assert.equal(service.calls.length, 20, 'no call in vain');
    assert.ok(clock.monoMs() > 900_000 && clock.monoMs() < 930_000, `${clock.monoMs()} ms`);
    await engine.close();
  });

  it('that are not there are told of at once, also while the rows wait for another try', async () => {
    const { engine, clock, book } = await rig(pages(1), 3, []);
    await engine.submit(spec('j1', clock));
    let ended = false;
    void engine.settled('j1').then(() => {
      ended = true;
    });
    for (let ms = 1_000; ms < 70_000; ms += 1_000) {
      await clock.run(() => ended, ms);
      const [blocked, ...others] = engine.explain('j1');
      assert.equal(blocked?.lane, 'accounts:fake/t/list', `after ${ms} ms`);
      assert.deepEqual(blocked.accounts, { service: 'fake', tenant: 't', why: 'none', count: 0 });
      assert.deepEqual([blocked.waiting, others], [3, []], `after ${ms} ms`);
      assert.equal(blocked.wakeAtMs, undefined, 'no time brings one');
    }
    await book.add({ tenant: 't', service: 'fake', name: 'new' }, { token: 'new' }, false);
    await finished(engine, clock, 'j1');
    assert.deepEqual(engine.explain('j1'), []);
    await engine.close();
  });

  it('that are all set aside are told of with the reason', async () => {
    const { engine, clock, book } = await rig(pages(1), 3, ['a', 'b']);
    for (const { id } of book.list('t')) {
      book.change(id, (account) => quarantined(account, 'It answered 401.'), true);
    }
    await engine.submit(spec('j1', clock));
    await clock.run(() => false, 2_000);
    const [blocked] = engine.explain('j1');
    assert.equal(blocked?.accounts?.detail, '2 are quarantined (It answered 401)');
    const moment = { wallMs: clock.wallMs(), nowMs: clock.monoMs() };
    assert.equal(
      blocked && blockage(blocked, moment),
      'account fake: tenant t has none to work with: ' +
        '2 are quarantined (It answered 401), 3 waiting',
    );
    await engine.close();
  });

  it('that pause between two calls are not said to be waited for because none is in use', async () => {
    const collector: Collector = {
      ...pages(1),
      async collect(_input, ctx) {
        using account = await ctx.account('list');
        account.pause(5_000);
        return { records: [] };
      },
    };
    const { engine, clock } = await rig(collector, 20, ['a']);
    await engine.submit(spec('j1', clock));
    const told = new Set<string>();
    for (let ms = 500; ms < 60_000; ms += 500) {
      await clock.run(() => false, ms);
      const moment = { wallMs: clock.wallMs(), nowMs: clock.monoMs() };
      for (const each of engine.explain('j1')) told.add(blockage(each, moment));
    }
    assert.ok(told.size > 0);
    assert.deepEqual(
      [...told].filter((text) => text.includes(': 0 in use')),
      [],
    );
    await engine.close();
  });

  it('that come later are used at once', async () => {
    const { engine, clock, book } = await rig(pages(2), 2, []);
    await engine.submit(spec('j1', clock));
    let ended = false;
    void engine.settled('j1').then(() => {
      ended = true;
    });
    await clock.run(() => ended, 300_000);
    assert.equal(engine.explain('j1')[0]?.accounts?.why, 'none');
    await book.add({ tenant: 't', service: 'fake', name: 'new' }, { token: 'new' }, false);
    const atMs = clock.monoMs();
    const job = await finished(engine, clock, 'j1');
    assert.equal(job.counters.completed, 2);
    assert.ok(clock.monoMs() - atMs < 10_000, `${clock.monoMs() - atMs} ms`);
    await engine.close();
  });

  it('are waited for however long, whatever is the limit of waiting for others', async () => {
    const limits = { ...(await import('../fakes/engine-rig.ts')).LIMITS, throttledMaxMs: 60_000 };
    const clock = new VirtualClock();
    const service = new LimitedService(clock, 1, 3_600_000);
    const book = await bookOf(new MemoryStore(), clock, 't', ['a']);
    const over = { fetcher: service.fetcher, limits, accounts: { book, limits: LIMITS } };
    const { engine } = setUp(pages(1), 4, over, clock);
    await engine.submit(spec('j1', clock));
    const job = await finished(engine, clock, 'j1');
    assert.equal(job.counters.completed, 4);
    assert.equal(job.counters.discarded, 0);
    await engine.close();
  });

  it('are taken from who is silent for long, and do nothing for them any more', async () => {
    const sent: string[] = [];
    const collector: Collector = {
      name: 'test',
      service: SERVICE,
      account: () => NEED,
      async collect(_input, ctx) {
        using account = await ctx.account();
        if (ctx.seq === 0 && ctx.attemptNo === 1) {
          await ctx.sleep(3_600_000);
          assert.equal(account.held, false);
          account.quarantine('late');
        }
        await ctx.fetch('http://fake.test/', { account });
        sent.push(String(ctx.seq));
        return { records: [] };
      },
    };
    const { engine, clock, book } = await rig(collector, 2, ['a']);
    await engine.submit(spec('j1', clock));
    const job = await finished(engine, clock, 'j1');
    assert.equal(job.counters.completed, 2);
    assert.deepEqual(sent, ['1', '0']);
    assert.equal(book.list('t')[0]?.state, 'ready');
    await engine.close();
  });

  it('stay with who uses them, however long, and are seen to be used', async () => {
    const timeoutMs = 60_000;
    const collector: Collector = {
      name: 'test',
      service: SERVICE,
      account: () => NEED,
      async collect(_input, ctx) {
        using account = await ctx.account();
        for (let n = 0; n < 10; n += 1) {
          await ctx.sleep(0.9 * timeoutMs);
          await ctx.fetch('http://fake.test/', { account });
        }
        return { records: [], done: true };
      },
    };
    const clock = new VirtualClock();
    const service = new LimitedService(clock, 100, 900_000);
    const book = await bookOf(new MemoryStore(), clock, 't', ['a']);
    const over = {
      fetcher: service.fetcher,
      accounts: { book, limits: { ...LIMITS, timeoutMs } },
    };
    const { engine, store } = setUp(collector, 1, over, clock);
    await engine.submit(spec('j1', clock));
    await clock.run(() => false, 5 * timeoutMs);
    const [lease] = await keptLeases(store, 't', clock.wallMs());
    assert.equal(lease?.seq, 0);
    assert.ok((lease?.untilMs ?? 0) > clock.wallMs() + timeoutMs / 10);
    const job = await finished(engine, clock, 'j1');
    assert.equal(job.counters.completed, 1);
    assert.equal(job.counters.failedAttempts, 0);
    await engine.close();
    assert.deepEqual(await keptLeases(store, 't', clock.wallMs()), []);
  });

  it('whose secret is of no use are set aside, and others are taken', async () => {
    const { engine, clock, book } = await rig(pages(1), 2, ['', 'b']);
    await engine.submit(spec('j1', clock));
    const job = await finished(engine, clock, 'j1');
    assert.equal(job.counters.completed, 2);
    assert.deepEqual(
      book.list('t').map(({ state }) => state),
      ['quarantined', 'ready'],
    );
    await engine.close();
  });
});

describe('accounts whose secrets were sealed under another key', () => {
  const keyed = (key: string) => ({
    seal: (text: string) => key + text,
    open(sealed: string) {
      if (!sealed.startsWith(key)) throw new SluiceError('secret.unreadable');
      return sealed.slice(key.length);
    },
  });

  async function keyRig(collector: Collector) {
    const clock = new VirtualClock();
    const store = new MemoryStore();
    const bookWith = (key: string) =>
      new AccountBook({ store, clock, log: silentLogger, sealer: keyed(key) });
    for (const name of ['a', 'b']) {
      await bookWith('old').add({ tenant: 't', service: 'fake', name }, { token: name }, false);
    }
    const runWith = async (key: string, jobId: string) => {
      const { fetcher } = new LimitedService(clock, 100, 900_000);
      const over = { fetcher, accounts: { book: bookWith(key), limits: LIMITS } };
      const { engine } = setUp(collector, 5, over, clock);
      await engine.submit(spec(jobId, clock));
      const job = await finished(engine, clock, jobId, clock.monoMs() + 60_000);
      await engine.close();
      const after = bookWith('old');
      await after.ready();
      return { job, states: after.list('t').map(({ state }) => state) };
    };
    return { runWith };
  }

  const shared: Collector = {
    name: 'test',
    service: SERVICE,
    async collect(_input, ctx) {
      return { records: [(await ctx.sharedAccount('a')).name] };
    },
  };

  for (const [what, collector] of [
    ['leased', pages(1)],
    ['shared', shared],
  ] as const) {
    it(`pause the job and stay as they are (${what})`, async () => {
      const { runWith } = await keyRig(collector);
      const { job, states } = await runWith('new', 'j1');
      assert.equal(job.state, 'paused');
      assert.equal(job.failure?.code, 'account.key_wrong');
      assert.match(job.failure?.hint ?? '', /SLUICE_SECRET_KEY/);
      assert.equal(job.counters.failedAttempts, 0);
      assert.deepEqual(states, ['ready', 'ready']);
      const again = await runWith('old', 'j2');
      assert.equal(again.job.counters.completed, 5);
    });
  }
});

describe('a failure that stops', () => {
  it('pauses the job with its reason, and costs its tasks nothing', async () => {
    let paid = false;
    const collector: Collector = {
      name: 'test',
      async collect(_input, ctx) {
        if (!paid && ctx.seq > 0) {
          const message = 'The month is used up.';
          throw new FailureError({ class: 'stop', code: 'http.402', message });
        }
        return { records: [ctx.attemptNo] };
      },
    };
    const { engine, clock, store } = await rig(collector, 5, []);
    await engine.submit(spec('j1', clock));
    const paused = await finished(engine, clock, 'j1');
    assert.equal(paused.state, 'paused');
    assert.equal(paused.failure?.message, 'The month is used up.');
    assert.equal(paused.counters.completed, 1);
    assert.equal(paused.counters.failedAttempts, 0);
    paid = true;
    await engine.resume('j1');
    const job = await finished(engine, clock, 'j1');
    assert.equal(job.counters.completed, 5);
    assert.equal(job.failure, undefined);
    const records = await store.records('j1', undefined, 10);
    assert.ok(
      records.every(({ json }) => json === '1'),
      'no attempt was spent',
    );
    await engine.close();
  });

  it('pauses it on all nodes, whichever of them met it', async () => {
    let met = false;
    const collector: Collector = {
      name: 'test',
      async collect(_input, ctx) {
        await ctx.sleep(100);
        if (ctx.seq !== 150) return { records: [] };
        met = true;
        const message = 'The month is used up.';
        throw new FailureError({ class: 'stop', code: 'http.402', message });
      },
    };
    const rig = new ClusterRig(collector, {
      columns: ['n'],
      column: undefined,
      async *rows() {
        for (let n = 0; n < 2_000; n += 1) {
          yield { line: n + 2, cells: [String(n)], fields: { n: String(n) } };
        }
      },
    });
    const nodes = await Promise.all(['a', 'b', 'c'].map((id) => rig.node(id)));
    await nodes[0]?.submit(spec('j1', rig.clock));
    const still = () =>
      met && nodes.every((node) => (node.membership?.engine.jobsRunning ?? 0) === 0);
    assert.ok(await rig.clock.run(still, rig.clock.monoMs() + 60_000), 'some node goes on');
    const job = await rig.cluster.store.job('j1');
    assert.equal(job?.state, 'paused');
    assert.equal(job?.failure?.code, 'http.402');
    assert.equal(job?.counters.failedAttempts, 0);
    await Promise.all(nodes.map((node) => node.close()));
  });
});
