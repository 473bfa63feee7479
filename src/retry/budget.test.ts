import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RetryBudget } from './budget.ts';

test('retries are at most a fifth of the starts plus one a second, after the first hundred', () => {
  const budget = new RetryBudget();
  let retries = 0;
  const starts = 10_000;
  for (let i = 0; i < starts; i += 1) {
    budget.onStart();
    while (budget.take(i * 10).ok) retries += 1;
  }
  const allowed = 100 + starts * 0.2 + (starts * 10) / 1_000;
  assert.ok(retries <= allowed && retries > allowed - 2, `${retries} of ${allowed}`);
});

test('an empty budget says how long until the next retry', () => {
  const budget = new RetryBudget({ share: 0.2, perSecond: 1, capacity: 2 });
  assert.deepEqual([budget.take(0).ok, budget.take(0).ok], [true, true]);
  assert.deepEqual(budget.take(0), { ok: false, waitMs: 1_000 });
  assert.deepEqual(budget.take(250), { ok: false, waitMs: 750 });
  assert.deepEqual(budget.take(1_000), { ok: true });
  assert.equal(budget.take(1_000).ok, false);
});

test('a quiet day saves up no more than the capacity', () => {
  const budget = new RetryBudget({ share: 0.2, perSecond: 1, capacity: 3 });
  budget.take(0);
  let retries = 0;
  while (budget.take(86_400_000).ok) retries += 1;
  assert.equal(retries, 3);
});

test('a clock that goes back gives nothing and breaks nothing', () => {
  const budget = new RetryBudget({ share: 0, perSecond: 1, capacity: 1 });
  assert.ok(budget.take(10_000).ok);
  assert.deepEqual(budget.take(0), { ok: false, waitMs: 1_000 });
});
