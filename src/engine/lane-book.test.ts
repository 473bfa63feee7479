import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { seededRandom } from '../base/random.ts';
import type { Collector } from '../collectors/collector.ts';
import { hostLane, type LaneKey } from '../model/lane.ts';
import type { Store } from '../store/store.ts';
import { defaultLaneLimits, LaneBook } from './lane-book.ts';

function setUp() {
  const remembered: LaneKey[] = [];
  const store = {
    async rememberLanes(entries: readonly (readonly [LaneKey, unknown])[]) {
      for (const [lane] of entries) remembered.push(lane);
    },
  } as unknown as Store;
  const fallback = defaultLaneLimits({ concurrency: 3, rate: 'none' });
  const book = new LaneBook(store, systemClock, fallback);
  return { book, remembered, options: book.admissionOptions(seededRandom(1)) };
}

const collector = (limits: Collector['limits']): Collector =>
  ({ name: 'test', collect: async () => undefined, ...(limits ? { limits } : {}) }) as Collector;

describe('lane book', () => {
  it('knows the crawl-delays of the sites used last, and no more', () => {
    const { book } = setUp();
    for (let n = 0; n < 100_000; n += 1) {
      book.crawlDelay(`h${n}.test`, 2_000);
      book.crawlDelay('often.test', 2_000);
    }
    const rates = [0, 99_999].map((n) => book.limitsOf(hostLane(`h${n}.test`)).rate);
    assert.deepEqual(rates, ['none', { perSecond: 0.5, burst: 1 }]);
    assert.deepEqual(book.limitsOf(hostLane('often.test')).rate, { perSecond: 0.5, burst: 1 });
  });

  it('writes what it learned of forgotten lanes long before a job ends', async () => {
    const { options, remembered, book } = setUp();
    for (let n = 0; n < 12_000; n += 1) options.onForget(hostLane(`h${n}.test`), { slots: 2 });
    assert.equal(remembered.length, 10_000);
    await book.save([]);
    assert.equal(new Set(remembered).size, 12_000);
  });

  it('allows little where a collector cannot say what', () => {
    const { book } = setUp();
    const puzzled = collector(() => {
      throw new Error('no idea');
    });
    book.join('j1', puzzled, {});
    book.use('j1', ['own:a']);
    assert.equal(book.limitsOf('own:a').concurrency, 1);
    const silent = collector(() => undefined);
    book.join('j2', silent, {});
    book.use('j2', [hostLane('a.test')]);
    assert.equal(book.limitsOf(hostLane('a.test')).concurrency, 3);
  });

  it('asks each job by its own options, of the lanes that it uses', () => {
    const { book } = setUp();
    const changed: LaneKey[] = [];
    book.onChange((lane) => changed.push(lane));
    const own = collector((lane, options) =>
      lane.startsWith('own:')
        ? { concurrency: options as number, rate: 'none', breaker: false }
        : undefined,
    );
    book.join('j1', own, 7);
    book.join('j2', own, 2);
    book.use('j1', ['own:a', 'own:both', hostLane('a.test')]);
    book.use('j2', ['own:b', 'own:both', hostLane('a.test')]);
    book.use('j2', ['own:b', 'own:both']);
    const slots = () =>
      (['own:a', 'own:b', 'own:both', 'host:a.test'] as const).map(
        (lane) => book.limitsOf(lane).concurrency,
      );
    assert.deepEqual(slots(), [7, 2, 2, 3]);
    assert.deepEqual(changed, ['own:a', 'own:both', 'own:b', 'own:both']);
    book.leave('j2');
    book.use('j1', ['own:both']);
    assert.equal(changed.at(-1), 'own:both');
    assert.deepEqual(book.limitsOf('own:both').concurrency, 7);
    book.leave('j1');
    const learned = { min: 1, max: 1_000, start: 10 };
    assert.deepEqual(slots(), [learned, learned, learned, 3]);
  });
});
