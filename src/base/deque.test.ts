import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Deque } from './deque.ts';

describe('deque', () => {
  it('behaves like an array', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('push'), value: fc.integer() }),
      fc.record({ kind: fc.constant('unshift'), value: fc.integer() }),
      fc.record({ kind: fc.constant('shift'), value: fc.constant(0) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const deque = new Deque<number>();
        const model: number[] = [];
        for (const { kind, value } of steps) {
          if (kind === 'push') {
            deque.push(value);
            model.push(value);
          } else if (kind === 'unshift') {
            deque.unshift(value);
            model.unshift(value);
          } else {
            assert.equal(deque.shift(), model.shift());
          }
          assert.equal(deque.size, model.length);
          assert.equal(deque.peek(), model[0]);
        }
      }),
    );
  });
});
