import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { pick, randomInt, seededRandom } from '../base/random.ts';
import { IndexedHeap } from './indexed-heap.ts';

test('keeps order and places under pushes, removals and changed keys', () => {
  const random = seededRandom(3);
  const heap = new IndexedHeap<{ key: number; heapAt: number }>((a, b) => a.key < b.key);
  const inside = new Set<{ key: number; heapAt: number }>();
  for (let step = 0; step < 5_000; step += 1) {
    const dice = randomInt(random, 0, 9);
    if (dice < 4 || inside.size === 0) {
      const item = { key: randomInt(random, 0, 99), heapAt: -1 };
      heap.push(item);
      inside.add(item);
    } else if (dice < 7) {
      const item = pick(random, [...inside]);
      item.key = randomInt(random, 0, 99);
      heap.update(item);
    } else {
      const item = dice === 7 ? heap.peek() : pick(random, [...inside]);
      assert(item);
      heap.remove(item);
      inside.delete(item);
      assert.equal(item.heapAt, -1);
    }
    assert.equal(heap.size, inside.size);
    assert.equal(
      heap.peek()?.key ?? -1,
      inside.size ? Math.min(...[...inside].map((i) => i.key)) : -1,
    );
    heap.values().forEach((item, at) => {
      assert.equal(item.heapAt, at);
    });
  }
});
