import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type CapHolder, divideCap } from './divide-cap.ts';

interface Node {
  readonly id: number;
  held: number;
  want: number;
  /** As the nodes know it; `want` as the cap does. */
  inUse: number;
  wish: number;
}

function ask(seats: number, nodes: readonly Node[], node: Node, turn: number): void {
  node.want = Math.max(node.wish, node.inUse);
  const others: CapHolder[] = nodes.filter((other) => other !== node);
  node.held = divideCap(seats, others, node, turn).held;
}

const total = (nodes: readonly Node[], of: (node: Node) => number) =>
  nodes.reduce((sum, node) => sum + of(node), 0);

const fresh = (count: number): Node[] =>
  Array.from({ length: count }, (_, i) => ({ id: i + 1, held: 0, want: 0, inUse: 0, wish: 0 }));

describe('divide cap', () => {
  it('never gives more than there is, and takes no seat in use', () => {
    const step = fc.record({ node: fc.nat(4), wish: fc.nat(12), use: fc.nat(12), turn: fc.nat(3) });
    fc.assert(
      fc.property(fc.nat(20), fc.array(step, { maxLength: 60 }), (seats, steps) => {
        const nodes = fresh(5);
        for (const { node: at, wish, use, turn } of steps) {
          const node = nodes[at] as Node;
          node.wish = wish;
          node.inUse = Math.min(use, node.held);
          ask(seats, nodes, node, turn);
          assert.ok(node.held >= node.inUse, 'a seat in use was taken');
          assert.ok(node.held <= Math.max(node.want, node.inUse), 'more than was wanted');
          assert.ok(total(nodes, ({ held }) => held) <= seats, 'more than there is');
        }
      }),
    );
  });

  it('leaves no seat empty that somebody wants, once all have asked', () => {
    const wishes = fc.array(fc.nat(12), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.nat(20), wishes, wishes, fc.nat(5), (seats, before, after, turn) => {
        const nodes = fresh(Math.max(before.length, after.length));
        const settle = (of: readonly number[]) => {
          for (const node of nodes) node.wish = of[node.id - 1] ?? 0;
          // First all say what they want, then those that have too much give back.
          for (let round = 0; round < 3; round += 1) {
            for (const node of nodes) {
              node.inUse = 0;
              ask(seats, nodes, node, turn);
            }
          }
          const wanted = total(nodes, ({ wish }) => wish);
          assert.equal(
            total(nodes, ({ held }) => held),
            Math.min(seats, wanted),
          );
          const short = nodes.filter(({ held, wish }) => held < wish);
          const least = Math.min(...short.map(({ held }) => held));
          for (const { held } of nodes) assert.ok(short.length === 0 || held <= least + 1);
        };
        settle(before);
        settle(after);
      }),
    );
  });

  it('moves seats to who wants them as attempts end', () => {
    const [a, b] = fresh(2) as [Node, Node];
    Object.assign(a, { wish: 10 });
    Object.assign(b, { wish: 10 });
    ask(10, [a, b], a, 0);
    assert.equal(a.held, 10);
    a.inUse = 10;
    ask(10, [a, b], b, 0);
    assert.equal(b.held, 0);
    a.inUse = 7;
    ask(10, [a, b], a, 0);
    ask(10, [a, b], b, 0);
    assert.deepEqual([a.held, b.held], [7, 3]);
    a.inUse = 2;
    ask(10, [a, b], a, 0);
    ask(10, [a, b], b, 0);
    assert.deepEqual([a.held, b.held], [5, 5]);
  });

  it('lets a node that holds too much start nothing more', () => {
    const late = { id: 2, held: 0, want: 10 };
    const seats = (held: number, inUse: number) =>
      divideCap(10, [late], { id: 1, held, want: 20, inUse }, 0);
    assert.deepEqual(seats(10, 10), { held: 10, part: 5 });
    assert.deepEqual(seats(10, 6), { held: 6, part: 5 });
    assert.deepEqual(seats(6, 3), { held: 5, part: 5 });
  });

  it('lets one seat go round', () => {
    const nodes = fresh(3);
    const owners = [0, 1, 2, 3, 4, 5].map((turn) => {
      for (let round = 0; round < 2; round += 1) {
        for (const node of nodes) {
          node.wish = 1;
          ask(1, nodes, node, turn);
        }
      }
      return nodes.find(({ held }) => held === 1)?.id;
    });
    assert.deepEqual(owners, [1, 2, 3, 1, 2, 3]);
  });

  it('holds on to what is in use where the cap was lowered', () => {
    const lowered = (held: number, inUse: number) =>
      divideCap(2, [], { id: 1, held, want: 8, inUse }, 0);
    assert.deepEqual(lowered(8, 6), { held: 6, part: 2 });
    assert.deepEqual(lowered(6, 1), { held: 2, part: 2 });
  });
});
