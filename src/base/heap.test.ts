import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Heap } from './heap.ts';

describe('heap', () => {
  it('gives items in order, whatever the order of pushes and pops', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer(), { nil: undefined })), (steps) => {
        const heap = new Heap<number>((a, b) => a < b);
        const model: number[] = [];
        for (const step of steps) {
          if (step === undefined) {
            model.sort((a, b) => a - b);
            assert.equal(heap.pop(), model.shift());
          } else {
            heap.push(step);
            model.push(step);
          }
          assert.equal(heap.size, model.length);
        }
      }),
    );
  });

  it('puts a changed top back in its place', () => {
    const heap = new Heap<{ key: number }>((a, b) => a.key < b.key);
    const items = [5, 1, 3].map((key) => ({ key }));
    for (const item of items) heap.push(item);
    const top = heap.peek() as { key: number };
    top.key = 4;
    heap.replaceTop(top);
    assert.deepEqual([heap.pop()?.key, heap.pop()?.key, heap.pop()?.key], [3, 4, 5]);
  });
});
