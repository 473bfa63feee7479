import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { FairQueue, type Flow } from './fair-queue.ts';

function flowOf(weight: number): Flow & { served: number } {
  return { weight, startTag: 0, servedTurn: 0, heapAt: -1, served: 0 };
}

function serve(queue: FairQueue<Flow & { served: number }>, turns: number, cost = 1): void {
  for (let turn = 0; turn < turns; turn += 1) {
    const flow = queue.peek();
    assert(flow);
    queue.serve(flow, cost);
    flow.served += 1;
  }
}

test('serves by weight, never more than one turn off', () => {
  const queue = new FairQueue<Flow & { served: number }>();
  const flows = [1, 2, 5].map(flowOf);
  for (const flow of flows) queue.join(flow);
  for (let turns = 1; turns <= 800; turns += 1) {
    serve(queue, 1);
    for (const { served, weight } of flows) {
      assert(Math.abs(served - (turns * weight) / 8) <= 1.5, `weight ${weight} at turn ${turns}`);
    }
  }
});

test('a newcomer is next, and then has its share and no more', () => {
  const queue = new FairQueue<Flow & { served: number }>();
  const old = [flowOf(1), flowOf(1), flowOf(1)];
  for (const flow of old) queue.join(flow);
  serve(queue, 100);
  const newcomer = flowOf(1);
  queue.join(newcomer);
  assert.equal(queue.peek(), newcomer);
  serve(queue, 400);
  assert(Math.abs(newcomer.served - 100) <= 1);
});

test('being away gives no credit', () => {
  const queue = new FairQueue<Flow & { served: number }>();
  const [stays, leaves] = [flowOf(1), flowOf(1)];
  queue.join(stays);
  queue.join(leaves);
  serve(queue, 10);
  queue.leave(leaves);
  serve(queue, 1_000);
  queue.join(leaves);
  const before = leaves.served;
  serve(queue, 100);
  assert(Math.abs(leaves.served - before - 50) <= 1);
});

test('what was charged wrongly is put right, and a wild guess buys no more than its bound', () => {
  const queue = new FairQueue<Flow & { served: number }>();
  const [guessed, known] = [flowOf(1), flowOf(1)];
  queue.join(guessed);
  queue.join(known);
  for (let turn = 0; turn < 200; turn += 1) {
    const flow = queue.peek();
    assert(flow);
    flow.served += 1;
    queue.serve(flow, flow === guessed ? 3 : 1);
    if (flow === guessed) queue.correct(flow, -2, 8, Number.POSITIVE_INFINITY);
  }
  assert(Math.abs(guessed.served - known.served) <= 2);
  queue.correct(guessed, -1_000, 8, Number.POSITIVE_INFINITY);
  const before = guessed.served;
  serve(queue, 20);
  assert(guessed.served - before <= 16, `${guessed.served - before} of 20`);
});

test('what is charged later makes nobody later than its bound', () => {
  const queue = new FairQueue<Flow & { served: number }>();
  const [alone, late] = [flowOf(1), flowOf(1)];
  queue.join(alone);
  assert.equal(queue.contended, false);
  serve(queue, 50);
  queue.join(late);
  assert.equal(queue.contended, true);
  for (let turn = 0; turn < 50; turn += 1) {
    queue.correct(alone, 19, 8, 20);
  }
  const before = late.served;
  serve(queue, 60);
  assert(late.served - before <= 42, `${late.served - before} of 60`);
});
