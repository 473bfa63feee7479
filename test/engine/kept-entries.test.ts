/** What a collector keeps across jobs: with its pages, seen by it and by those after it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Collector, KeptReads } from '../../src/collectors/collector.ts';
import type { Keep } from '../../src/model/kept.ts';
import type { Page } from '../../src/model/task.ts';
import { finished, setUp, spec } from '../fakes/engine-rig.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

const PAGES = 3;
const PAGE = 4;

/** Yields people in pages; every second one was on the page before. Fails once behind a page. */
function listOf(failsBehind: number, seen: Map<string, unknown>[]): Collector {
  let failed = false;
  return {
    name: 'test',
    async *collect(_input, ctx): AsyncGenerator<Page> {
      for (let page = (ctx.cursor as number | undefined) ?? 0; page < PAGES; page += 1) {
        const people = Array.from({ length: PAGE }, (_, i) => `p${page * (PAGE / 2) + i}`);
        seen.push(new Map(await ctx.kept.get('people', people)));
        const keep: Keep[] = people.map((key, record) => ({
          ...{ collection: 'people', key, value: { page }, op: 'first', record },
        }));
        keep.push({ collection: 'state', key: 'list', value: page, op: 'put' });
        yield { records: people, keep, cursor: page + 1 };
        if (page === failsBehind && !failed) {
          failed = true;
          throw new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } });
        }
      }
    },
  };
}

describe('kept entries', () => {
  it('drop what was there, over pages, attempts and jobs', async () => {
    const clock = new VirtualClock();
    const seen: Map<string, unknown>[] = [];
    const { engine, store } = setUp(listOf(1, seen), 1, {}, clock);
    await engine.submit(spec('j1', clock));
    const job = await finished(engine, clock, 'j1');
    assert.equal(job.counters.completed, 1);
    assert.equal(job.counters.failedAttempts, 1);
    const records = await store.records('j1', undefined, 99);
    const expected = ['p0', 'p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7'];
    assert.deepEqual(
      records.map(({ json }) => JSON.parse(json)),
      expected,
    );
    assert.deepEqual(
      records.map(({ index }) => index),
      [0, 1, 2, 3, 6, 7, 10, 11],
      'a resumed attempt numbers on behind the gap',
    );
    assert.equal(job.counters.records, 8);
    assert.deepEqual(
      seen.map((found) => [...found]),
      [
        [],
        [
          ['p2', { page: 0 }],
          ['p3', { page: 0 }],
        ],
        [
          ['p4', { page: 1 }],
          ['p5', { page: 1 }],
        ],
      ],
    );
    await engine.submit(spec('j2', clock));
    const second = await finished(engine, clock, 'j2');
    assert.deepEqual([second.counters.completed, second.counters.records], [1, 0]);
    assert.deepEqual(await store.collections('t'), [
      { name: 'people', entries: 8 },
      { name: 'state', entries: 1 },
    ]);
    await engine.close();
  });

  it('are kept of a page that is returned, and told in full', async () => {
    const clock = new VirtualClock();
    const keys = Array.from({ length: 1_000 }, (_, n) => `k${n}`);
    const reads: number[] = [];
    const collector: Collector = {
      name: 'test',
      async collect(_input, ctx) {
        reads.push((await ctx.kept.get('all', keys)).size);
        const keep = keys.map((key) => ({ collection: 'all', key, value: 1, op: 'put' }) as const);
        return { records: [1], keep };
      },
    };
    const { engine, store } = setUp(collector, 1, {}, clock);
    for (const id of ['j1', 'j2']) {
      await engine.submit(spec(id, clock));
      assert.equal((await finished(engine, clock, id)).counters.records, 1);
    }
    assert.deepEqual(reads, [0, 1_000]);
    assert.equal(await store.entryCount('t', 'all'), 1_000);
    await engine.close();
  });

  const wrong: Record<string, readonly [(kept: KeptReads) => Promise<unknown>, RegExp]> = {
    'a name that is none': [(kept) => kept.get('My Leads', ['a']), /no name of a collection/],
    'an empty key': [(kept) => kept.get('leads', ['']), /"" is no key of an entry/],
    'half a character': [(kept) => kept.get('leads', ['\ud800']), /no key of an entry/],
    'a long key': [(kept) => kept.get('leads', ['x'.repeat(513)]), /no key of an entry/],
    'no list': [(kept) => kept.get('leads', 'a' as never), /list of up to 1000 keys/],
    'too many keys': [
      (kept) => kept.get('leads', new Array(1_001).fill('a')),
      /list of up to 1000 keys/,
    ],
  };
  for (const [what, [ask, message]] of Object.entries(wrong)) {
    it(`are not asked for by ${what}`, async () => {
      const clock = new VirtualClock();
      const collect: Collector['collect'] = async (_input, ctx) => {
        await ask(ctx.kept);
        return { records: [] };
      };
      const { engine, store } = setUp({ name: 'test', collect }, 1, {}, clock);
      await engine.submit({ ...spec('j1', clock), retries: 0 });
      await finished(engine, clock, 'j1');
      const [group] = await store.failureGroups('j1');
      assert.match(group?.sample.message ?? '', message);
      await engine.close();
    });
  }
});
