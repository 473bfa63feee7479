/** Pages that are left open while rows end and fail hold on to nothing; see `live-heap.ts`. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { held, watchHeap } from './live-heap.ts';

const GROWTH_MAX = 1.5 * 2 ** 20;

it('pages that watch do not grow', async (test) => {
  const heaps = await watchHeap({
    ms: 12_000,
    everyMs: 1_000,
    say: () => {},
  });
  for (const { path, bytes, events } of heaps) {
    const growth = held(bytes, 0.6, 1) - held(bytes, 0.2, 0.6);
    test.diagnostic(`${path}: ${events} events, ${Math.round(growth / 1_024)} KiB more`);
    assert.ok(events > 5, `${path} was told nothing`);
    assert.ok(growth < GROWTH_MAX, `${path} grew by ${growth} bytes in ${events} events`);
  }
});
