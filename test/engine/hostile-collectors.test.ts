/** Whatever a user's collector does costs its own rows: never the process, a place, or others. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CollectContext, Collector } from '../../src/collectors/collector.ts';
import { type Failure, FailureError } from '../../src/model/failure.ts';
import type { Page } from '../../src/model/task.ts';
import { finished, setUp, spec } from '../fakes/engine-rig.ts';
import { ScriptedFetcher } from '../fakes/scripted-fetcher.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

const HOUR_MS = 3_600_000;

type Collect = Collector['collect'];
const anything = (value: unknown) => value as never;

/** Runs `rows` rows by a collector and looks whether everything was given back. */
async function end(parts: Partial<Collector>, rows = 4, clock = new VirtualClock()) {
  const collector = { name: 'test', collect: async () => ({ records: [] }), ...parts };
  const rig = setUp(collector as Collector, rows, {}, clock);
  await rig.engine.submit({ ...spec('j1', clock), retries: 1 });
  const job = await finished(rig.engine, clock, 'j1', HOUR_MS);
  assert.equal(rig.engine.running('j1'), 0);
  for (const lane of rig.engine.lanes(100)) assert.equal(lane.inUse, 0, lane.lane);
  const failures = await rig.store.failureGroups('j1');
  await rig.engine.close();
  return { ...rig, job, clock, failures };
}

const KEEP = { collection: 'a', key: 'k', value: 1, op: 'put' };

async function* pages(...all: unknown[]): AsyncGenerator<Page> {
  for (const page of all) yield page as Page;
}

describe('a collector that', () => {
  const failing: Record<string, Collect> = {
    'returns nothing that can be walked': () => anything(undefined),
    'returns a number': () => anything(5),
    'returns a page without a promise': () => anything({ records: [] }),
    'yields nothing that is a page': () => pages(undefined),
    'yields a number': () => pages(7),
    'yields records that are no list': () => pages({ records: 'abc' }),
    'yields a BigInt': () => pages({ records: [1n] }),
    'yields more than a page can hold': () => pages({ records: ['x'.repeat(2 ** 25)] }),
    'yields a circle': () => {
      const circle: { self?: unknown } = {};
      circle.self = circle;
      return pages({ records: [circle] });
    },
    'yields a function': () => pages({ records: [() => 1] }),
    'yields a symbol': () => pages({ records: [Symbol('x')], done: true }),
    'yields what turns into nothing': () => pages({ records: [{ toJSON: () => undefined }] }),
    'has a cursor that is a BigInt': () => pages({ records: [], cursor: 1n }),
    'has a cursor that is a function': () => pages({ records: [], cursor: () => 1 }),
    'keeps what is no list': () => pages({ records: [], keep: 'all' }),
    'keeps nothing': () => pages({ records: [], keep: [null] }),
    'keeps by no op': () => pages({ records: [], keep: [{ ...KEEP, op: 'last' }] }),
    'keeps in a collection with a blank': () =>
      pages({ records: [], keep: [{ ...KEEP, collection: 'a b' }] }),
    'keeps by a number': () => pages({ records: [], keep: [{ ...KEEP, key: 5 }] }),
    'keeps by a control character': () => pages({ records: [], keep: [{ ...KEEP, key: 'a\n' }] }),
    'keeps a function': () => pages({ records: [], keep: [{ ...KEEP, value: () => 1 }] }),
    'keeps a BigInt': () => pages({ records: [], keep: [{ ...KEEP, value: 1n }] }),
    'keeps nothing as a value': () => pages({ records: [], keep: [{ ...KEEP, value: undefined }] }),
    'keeps for a record that is not there': () =>
      pages({ records: [1], keep: [{ ...KEEP, record: 1 }], done: true }),
    'keeps for half a record': () => pages({ records: [1], keep: [{ ...KEEP, record: 0.5 }] }),
    'keeps more than a page can hold': () =>
      pages({ records: [], keep: [{ ...KEEP, value: 'x'.repeat(2 ** 25) }] }),
    'keeps too many entries': () => pages({ records: [], keep: new Array(10_001).fill(KEEP) }),
    'has an iterator that gives no promise': () =>
      anything({ [Symbol.asyncIterator]: () => ({ next: () => 5 }) }),
    'has an iterator whose steps are nothing': () =>
      anything({ [Symbol.asyncIterator]: () => ({ next: async () => undefined }) }),
    'has an iterator that throws at once': () =>
      anything({
        [Symbol.asyncIterator]: () => ({
          next() {
            throw new Error('at once');
          },
        }),
      }),
    'has no iterator but a promise': () => anything({ [Symbol.asyncIterator]: async () => ({}) }),
    'throws nothing': async () => {
      throw undefined;
    },
    'throws a text': async () => {
      throw 'no';
    },
    'throws at once': () => {
      throw new Error('at once');
    },
    'throws an error that cannot be read': async () => {
      throw Object.defineProperty(new Error('x'), 'message', {
        get() {
          throw new Error('not even this');
        },
      });
    },
    'judges with a class that does not exist': async () => {
      throw new FailureError(anything({ class: 'sad', code: 'x.y', message: 'Sad.' }));
    },
    'judges without a code': async () => {
      throw new FailureError(anything({ class: 'gone', message: 'Gone.' }));
    },
    'judges without a message': async () => {
      throw new FailureError(anything({ class: 'gone', code: 'x.gone' }));
    },
    'judges with a message that is no text': async () => {
      throw new FailureError(anything({ class: 'gone', code: 'x.gone', message: 5n }));
    },
    'judges with more than can be stored': async () => {
      const failure = { class: 'gone', code: 'x', message: 'y', hint: () => 1, of: 1n };
      throw new FailureError(anything(failure));
    },
    'is throttled until no time at all': async (_input, ctx) => {
      if (ctx.attemptNo > 1) throw new Error('enough');
      const untilMs = Number.NaN;
      throw new FailureError({ class: 'transient', code: 'x.t', message: 'Wait.', untilMs });
    },
    'is to be tried again at the end of time': async () => {
      const untilMs = Number.POSITIVE_INFINITY;
      throw new FailureError({ class: 'transient', code: 'x.t', message: 'Wait.', untilMs });
    },
    'sleeps for ever': (_input, ctx) => anything(ctx.sleep(Number.POSITIVE_INFINITY)),
    'sleeps for no number': (_input, ctx) =>
      anything(ctx.sleep(Number.NaN).then(() => Promise.reject(new Error('awake')))),
    'fetches what cannot be fetched': (_input, ctx) => anything(ctx.fetch('ftp://a.test/x')),
    'fetches nothing': (_input, ctx) => anything(ctx.fetch(anything(undefined))),
  };
  for (const [what, collect] of Object.entries(failing)) {
    it(`${what} fails its rows`, async () => {
      const { job, failures } = await end({ collect });
      assert.equal(job.state, 'completed');
      assert.equal(job.counters.discarded, 4);
      assert.equal(job.counters.records, 0);
      assert.equal(failures.length, 1);
      const [group] = failures;
      assert.ok(group && typeof group.sample.code === 'string' && group.sample.code !== '');
      assert.equal(typeof group.sample.message, 'string');
      assert.doesNotMatch(group.sample.message, /\{detail\}/);
    });
  }

  it('has a collect that is no async function is told so', async () => {
    const { failures } = await end({ collect: () => anything({ records: [] }) });
    assert.match(failures[0]?.sample.message ?? '', /neither an async function nor an async gen/);
  });

  const passing: Record<string, Collect> = {
    'has an iterator that cannot be ended': () =>
      anything({
        [Symbol.asyncIterator]: () => ({
          next: async () => ({ done: false, value: { records: [1], done: true } }),
        }),
      }),
    'cannot be ended without throwing': () =>
      anything({
        [Symbol.asyncIterator]: () => ({
          next: async () => ({ done: false, value: { records: [1], done: true } }),
          return() {
            throw new Error('not now');
          },
        }),
      }),
    'ends with something else than a promise': () =>
      anything({
        [Symbol.asyncIterator]: () => ({
          next: async () => ({ done: false, value: { records: [1], done: true } }),
          return: () => 5,
        }),
      }),
    'throws in its finally': async function* () {
      try {
        yield { records: [1], done: true };
      } finally {
        await Promise.reject(new Error('in finally'));
      }
    },
    'goes on after its end': async function* () {
      yield { records: [1], done: true };
      yield { records: [2] };
    },
    'sleeps for less than nothing': async (_input, ctx) => {
      await ctx.sleep(-5);
      return { records: [1] };
    },
    'notes what is no text': async (_input, ctx) => {
      ctx.note(anything(undefined));
      ctx.note('x'.repeat(1_000_000));
      return { records: [1] };
    },
  };
  for (const [what, collect] of Object.entries(passing)) {
    it(`${what} keeps what it yielded`, async () => {
      const { job } = await end({ collect });
      assert.equal(job.counters.completed, 4);
      assert.equal(job.counters.records, 4);
    });
  }

  const wrongLanes: Record<string, Partial<Collector>> = {
    'throws for the limits of its lanes': {
      lanes: () => ['own:a'],
      limits: () => {
        throw new Error('no limits');
      },
    },
    'has limits that make no sense': {
      lanes: () => ['own:a'],
      limits: () => anything({ concurrency: -1, rate: { perSecond: 0, burst: 0 }, breaker: 1 }),
    },
    'names one lane instead of a list': { lanes: () => anything('host:a') },
    'names lanes that are no texts': { lanes: () => anything([undefined, 5]) },
  };
  for (const [what, parts] of Object.entries(wrongLanes)) {
    it(`${what} is told so row by row`, async () => {
      const { job } = await end(parts);
      assert.equal(job.state, 'completed');
      assert.equal(job.counters.discarded, 4);
    });
  }

  const endless: Record<string, () => number | undefined> = {
    'without a cursor': () => undefined,
    'with the same cursor': () => 7,
  };
  for (const [how, cursor] of Object.entries(endless)) {
    it(`yields for ever ${how} is ended by its deadline`, async () => {
      const clock = new VirtualClock();
      const { job } = await end(
        {
          async *collect(_input, ctx) {
            for (let n = 0; ; n += 1) {
              await clock.sleep(1_000, ctx.signal);
              yield { records: [n], ...(cursor() ? { cursor: cursor() } : {}) };
            }
          },
        },
        1,
        clock,
      );
      assert.equal(job.counters.discarded, 1);
      assert.ok(job.counters.records > 50);
    });
  }

  it('shares a promise between rows does not lose the row that waits for another one', async () => {
    const clock = new VirtualClock();
    const fetcher = new ScriptedFetcher(clock, () => ({ body: 'token', delayMs: 500 }));
    let token: Promise<unknown> | undefined;
    const collector: Collector = {
      name: 'test',
      async collect(_input, ctx) {
        token ??= ctx.fetch('http://login.test/', { robots: false }).catch((error: unknown) => {
          token = undefined;
          throw error;
        });
        await token;
        return { records: [1] };
      },
    };
    const { engine } = setUp(collector, 5, { fetcher }, clock);
    await engine.submit(spec('j1', clock));
    await clock.run(() => fetcher.running === 1);
    await engine.submit(spec('j2', clock));
    await clock.run(() => engine.running('j2') === 5);
    void engine.pause('j1');
    const job = await finished(engine, clock, 'j2', HOUR_MS);
    assert.equal(job.counters.completed, 5);
    await engine.close();
  });

  it('leaks requests leaves none behind, and no rejection that ends the process', async () => {
    const clock = new VirtualClock();
    const fetcher = new ScriptedFetcher(clock, () => ({ body: 'x', delayMs: 500 }));
    const rejections: unknown[] = [];
    const onRejection = (reason: unknown) => rejections.push(reason);
    process.on('unhandledRejection', onRejection);
    const contexts: CollectContext[] = [];
    const collector: Collector = {
      name: 'test',
      async collect(_input, ctx) {
        contexts.push(ctx);
        for (let i = 0; i < 5; i += 1) void ctx.fetch(`http://a.test/${i}`, { robots: false });
        void ctx.sleep(60_000);
        return { records: [1] };
      },
    };
    const { engine } = setUp(collector, 3, { fetcher }, clock);
    await engine.submit(spec('j1', clock));
    const job = await finished(engine, clock, 'j1', HOUR_MS);
    assert.equal(job.counters.completed, 3);
    await clock.run(() => false, clock.monoMs() + 10);
    assert.equal(fetcher.running, 0, 'requests go on though nobody waits for them');
    for (const ctx of contexts) {
      await assert.rejects(ctx.fetch('http://a.test/late', { robots: false }), /ended/);
      await assert.rejects(ctx.sleep(1), /ended/);
    }
    for (const lane of engine.lanes(10)) assert.equal(lane.inUse + lane.waiting, 0);
    await clock.run(() => false, clock.monoMs() + 120_000);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', onRejection);
    assert.deepEqual(rejections, []);
    await engine.close();
  });

  it('is left behind may clean up', async () => {
    const clock = new VirtualClock();
    let opened = 0;
    let closed = 0;
    const collector: Collector = {
      name: 'test',
      async *collect(_input, ctx) {
        opened += 1;
        try {
          for (;;) {
            await clock.sleep(100);
            yield { records: [ctx.seq], cursor: 1 };
            if (ctx.seq === 1) yield { records: [1n] };
          }
        } finally {
          closed += 1;
        }
      },
    };
    const { engine } = setUp(collector, 3, {}, clock);
    await engine.submit({ ...spec('j1', clock), retries: 0 });
    await clock.run(() => clock.monoMs() >= 450);
    const closing = engine.close();
    let over = false;
    void closing.then(() => {
      over = true;
    });
    await clock.run(() => over);
    await clock.run(() => false, clock.monoMs() + 1_000);
    assert.ok(opened >= 3);
    assert.equal(closed, opened);
  });

  it('yields pages without a cursor has no record twice after a retry', async () => {
    const table: [string, (page: number) => number | undefined][] = [
      ['no cursor at all', () => undefined],
      ['a cursor at first', (page) => (page < 2 ? page + 1 : undefined)],
    ];
    for (const [what, cursorAfter] of table) {
      let thrown = 0;
      const { store, job } = await end(
        {
          async *collect(_input, ctx) {
            for (let page = (ctx.cursor as number | undefined) ?? 0; page < 5; page += 1) {
              if (page === 4 && thrown < 1) {
                thrown += 1;
                throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
              }
              const cursor = cursorAfter(page);
              yield { records: [`${page}a`, `${page}b`], ...(cursor ? { cursor } : {}) };
            }
          },
        },
        1,
      );
      const records = (await store.records('j1', undefined, 100)).map(({ json }) => json);
      const wanted = [0, 1, 2, 3, 4].flatMap((page) => [`"${page}a"`, `"${page}b"`]);
      assert.deepEqual(records, wanted, what);
      assert.equal(job.counters.records, 10, what);
    }
  });

  it('plans what cannot be stored is told so row by row', async () => {
    const reject = anything({ class: 'odd', message: { a: 1n } }) as Failure;
    const { job, failures } = await end({
      async *plan() {
        yield { input: 1 };
        yield { input: () => 1 };
        yield { input: 1n };
        yield { input: { toJSON: () => undefined } };
        yield { reject };
        yield { reject: anything(undefined) };
        yield { input: 2, key: anything(5) };
      },
    });
    assert.equal(job.state, 'completed');
    assert.equal(job.counters.discarded, 5);
    assert.equal(job.counters.completed, 2);
    for (const { sample } of failures) assert.equal(typeof sample.message, 'string');
  });

  it('plans what is no row at all fails its job', async () => {
    const { job } = await end({
      async *plan() {
        yield anything(undefined);
      },
    });
    assert.equal(job.state, 'failed');
    assert.equal(job.failure?.code, 'collector.threw');
  });
});
