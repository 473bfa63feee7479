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
    book.useCollector(
      collector(() => {
        throw new Error('no idea');
      }),
      {},
    );
    assert.equal(book.limitsOf('own:a').concurrency, 1);
    book.useCollector(
      collector(() => undefined),
      {},
    );
    assert.equal(book.limitsOf(hostLane('a.test')).concurrency, 3);
  });
});
