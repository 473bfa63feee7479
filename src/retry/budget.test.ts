import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUDGET_DEFAULTS, RetryBudget } from './budget.ts';

const SMALL = { ...BUDGET_DEFAULTS, capacity: 2 };

test('retries are at most a fifth of the starts plus one a second, after the first hundred', () => {
  const budget = new RetryBudget();
  const starts = 10_000;
  const endMs = starts * 10;
  let made = 0;
  for (let i = 0; i < starts; i += 1) {
    budget.onStart();
    // Every start fails, and is retried when the budget says.
    if (i * 10 + budget.reserveMs(i * 10) <= endMs) made += 1;
  }
  const allowed = 100 + starts * 0.2 + endMs / 1_000;
  assert.ok(made <= allowed && made > allowed * 0.8, `${made} of ${allowed}`);
});

test('an empty budget puts each retry behind the one before', () => {
  const budget = new RetryBudget(SMALL);
  const waitsMs = Array.from({ length: 5 }, () => budget.reserveMs(0));
  assert.deepEqual(waitsMs, [0, 0, 1_000, 2_000, 3_000]);
  assert.equal(budget.reserveMs(2_500), 1_500);
});

test('starts that go well pay for retries', () => {
  const budget = new RetryBudget({ ...SMALL, capacity: 1 });
  assert.equal(budget.reserveMs(0), 0);
  for (let i = 0; i < 5; i += 1) budget.onStart();
  assert.ok(budget.reserveMs(0) < 1e-6);
  assert.ok(budget.reserveMs(0) > 500);
});

test('a quiet day saves up no more than the capacity', () => {
  const budget = new RetryBudget(SMALL);
  budget.reserveMs(0);
  const waitsMs = Array.from({ length: 3 }, () => budget.reserveMs(86_400_000));
  assert.deepEqual(waitsMs, [0, 0, 1_000]);
});

test('no retry waits longer than the longest wait, however many fail', () => {
  const budget = new RetryBudget({ ...SMALL, waitMsMax: 5_000 });
  const waitsMs = Array.from({ length: 1_000 }, () => budget.reserveMs(0));
  assert.equal(Math.max(...waitsMs), 5_000);
  assert.ok(budget.reserveMs(10_000) <= 1_000);
});

test('a clock that goes back gives nothing and breaks nothing', () => {
  const budget = new RetryBudget({ ...SMALL, capacity: 1 });
  assert.equal(budget.reserveMs(10_000), 0);
  assert.equal(budget.reserveMs(0), 1_000);
});
