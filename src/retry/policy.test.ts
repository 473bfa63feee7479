import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AbortCause, type AbortKind } from '../base/abort.ts';
import { seededRandom } from '../base/random.ts';
import { FAILURE_CLASSES, type FailureClass } from '../model/failure.ts';
import type { Outcome } from '../model/outcome.ts';
import { BUDGET_DEFAULTS, RetryBudget } from './budget.ts';
import { decide, interruption } from './policy.ts';

const NOW_MS = 1_000_000;
const PATIENT = { throttledMs: 0, throttledMaxMs: 0 };

function judge(failureClass: FailureClass, attemptNo = 1, untilMs?: number): Outcome {
  return decide({
    failure: {
      class: failureClass,
      code: 'x.y',
      message: 'm',
      ...(untilMs === undefined ? {} : { untilMs }),
    },
    attemptNo,
    ...PATIENT,
    retries: 3,
    nowMs: NOW_MS,
    budget: new RetryBudget(),
    random: seededRandom(1),
  });
}

const TABLE: [FailureClass, number, Outcome['kind']][] = [
  ['throttled', 1, 'snooze'],
  ['throttled', 99, 'snooze'],
  ['transient', 1, 'retry'],
  ['transient', 3, 'retry'],
  ['transient', 4, 'discard'],
  ['bug', 1, 'retry'],
  ['bug', 2, 'discard'],
  ['auth', 1, 'discard'],
  ['gone', 1, 'discard'],
  ['invalid', 1, 'discard'],
];
for (const [failureClass, attemptNo, kind] of TABLE) {
  test(`${failureClass} at attempt ${attemptNo}: ${kind}`, () => {
    assert.equal(judge(failureClass, attemptNo).kind, kind);
  });
}

test('a snooze lasts until the time asked for, and is never a busy loop', () => {
  for (const [untilMs, fromMs] of [
    [NOW_MS + 30_000, NOW_MS + 30_000],
    [NOW_MS - 5_000, NOW_MS + 1_000],
    [undefined, NOW_MS + 1_000],
  ] as const) {
    const outcome = judge('throttled', 1, untilMs);
    assert.ok(outcome.kind === 'snooze' && outcome.atMs >= fromMs, `${untilMs}`);
    assert.ok(outcome.kind === 'snooze' && outcome.atMs <= fromMs + 6_000);
  }
});

test('a retry waits for the time that the failure names', () => {
  const outcome = judge('transient', 1, NOW_MS + 20_000);
  assert.deepEqual(outcome.kind === 'retry' && outcome.atMs, NOW_MS + 20_000);
});

test('no retries asked for, none made', () => {
  for (const failureClass of ['transient', 'bug'] as const) {
    const failure = { class: failureClass, code: 'x.y', message: 'm' };
    const budget = new RetryBudget();
    const random = seededRandom(1);
    const outcome = decide({
      failure,
      ...PATIENT,
      attemptNo: 1,
      retries: 0,
      nowMs: 0,
      budget,
      random,
    });
    assert.equal(outcome.kind, 'discard');
  }
});

test('when everything fails, retries come back at the budget and not all at once', () => {
  const budget = new RetryBudget({ ...BUDGET_DEFAULTS, capacity: 10 });
  const random = seededRandom(1);
  const failure = { class: 'transient', code: 'x.y', message: 'm' } as const;
  const times = Array.from({ length: 100 }, () => {
    const outcome = decide({
      failure,
      ...PATIENT,
      attemptNo: 1,
      retries: 3,
      nowMs: 0,
      budget,
      random,
    });
    return outcome.kind === 'retry' ? outcome.atMs : Number.NaN;
  });
  assert.ok(times.filter((ms) => ms < 10_000).length <= 20);
  assert.ok(times.every((ms) => ms <= 92_000));
});

test('a wait for an account is never given up, and looks again soon', () => {
  const untilMs = 10_000_000;
  const failure = {
    class: 'throttled',
    code: 'account.all_resting',
    message: 'm',
    untilMs,
  } as const;
  const ask = { failure, attemptNo: 1, retries: 0, nowMs: 0, budget: new RetryBudget() };
  const random = seededRandom(1);
  const outcome = decide({ ...ask, random, throttledMs: 1e12, throttledMaxMs: 1 });
  assert.ok(outcome.kind === 'snooze' && outcome.atMs <= 6_000);
});

test('what stops a job is no outcome of its task', () => {
  const failure = { class: 'stop', code: 'http.402', message: 'm' } as const;
  const ask = { failure, ...PATIENT, attemptNo: 9, retries: 0, nowMs: 0 };
  const outcome = decide({ ...ask, budget: new RetryBudget(), random: seededRandom(1) });
  assert.deepEqual(outcome, { kind: 'stop', failure });
});

test('only a passed deadline is a failure; every other interrupt costs no attempt', () => {
  const expected: Record<AbortKind, Outcome['kind'] | undefined> = {
    drain: 'release',
    abort: 'release',
    'lease-lost': 'release',
    cancel: 'cancel',
    deadline: undefined,
  };
  for (const [kind, outcome] of Object.entries(expected)) {
    assert.equal(interruption(new AbortCause(kind as AbortKind))?.kind, outcome, kind);
  }
});

test('attempts always end, and no outcome lies in the past', () => {
  const classes = fc.constantFrom(
    ...FAILURE_CLASSES.filter((name) => name !== 'throttled' && name !== 'stop'),
  );
  fc.assert(
    fc.property(classes, fc.nat(10), fc.nat(), (failureClass, retries, seed) => {
      const budget = new RetryBudget();
      const random = seededRandom(seed);
      const failure = { class: failureClass, code: 'x.y', message: 'm' };
      let nowMs = 0;
      for (let attemptNo = 1; attemptNo <= retries + 1; attemptNo += 1) {
        const outcome = decide({ failure, ...PATIENT, attemptNo, retries, nowMs, budget, random });
        if (outcome.kind === 'discard') return;
        assert.ok(outcome.kind === 'retry' && outcome.atMs >= nowMs);
        nowMs = outcome.atMs;
      }
      assert.fail('attempts without end');
    }),
    { seed: 3 },
  );
});

test('what is told to wait for too long in all is set aside, and not before', () => {
  const told = (throttledMs: number, throttledMaxMs: number) =>
    decide({
      failure: {
        class: 'throttled',
        code: 'http.429',
        message: 'a.test answered 429.',
        status: 429,
      },
      attemptNo: 1,
      retries: 3,
      throttledMs,
      throttledMaxMs,
      nowMs: NOW_MS,
      budget: new RetryBudget(),
      random: seededRandom(1),
    });
  assert.equal(told(7_199_999, 7_200_000).kind, 'snooze');
  assert.equal(told(1e12, 0).kind, 'snooze', 'no limit');
  const end = told(7_200_000, 7_200_000);
  assert.ok(end.kind === 'discard');
  const { code, message, status } = end.failure;
  assert.deepEqual([code, status], ['attempt.throttled', 429]);
  assert.equal(message, 'It was told to wait for more than 2 h in all, last: a.test answered 429.');
});
