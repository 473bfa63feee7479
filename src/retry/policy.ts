import type { AbortCause } from '../base/abort.ts';
import { formatDuration } from '../base/duration.ts';
import { SluiceError } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import { isAccountWait } from '../model/account.ts';
import type { Failure } from '../model/failure.ts';
import type { Outcome } from '../model/outcome.ts';
import { type BackoffSchedule, backoffMs, DEFAULT_BACKOFF } from './backoff.ts';
import type { RetryBudget } from './budget.ts';

/**
 * What happens after a failure.
 *
 * | class               | outcome                                                                |
 * |---------------------|------------------------------------------------------------------------|
 * | throttled           | snooze until the time asked for: being told to wait costs no attempt;  |
 * |                     | discard once nothing else was heard for `throttledMaxMs`, but for an   |
 * |                     | account it waits for ever                                              |
 * | stop                | pause the job, with the failure as its reason; costs no attempt        |
 * | transient           | retry with full jitter while attempts are left, then discard           |
 * | bug                 | retry once (it may have been an accident of time), then discard        |
 * | auth, gone, invalid | discard: asking again gets the same answer                             |
 */
export interface Decision {
  readonly failure: Failure;
  /** Attempts made, with the one that failed: 1 after the first. */
  readonly attemptNo: number;
  /** Attempts allowed beyond the first. */
  readonly retries: number;
  /** For how long the task has been told to wait, without any other answer, ms. */
  readonly throttledMs: number;
  /** After so long it is set aside, ms; 0 = never. */
  readonly throttledMaxMs: number;
  /** Wall time. */
  readonly nowMs: number;
  readonly budget: RetryBudget;
  readonly random: Random;
  readonly backoff?: BackoffSchedule;
}

/** The shortest snooze: a rest of nothing must not become a busy loop. */
const SNOOZE_MS_MIN = 1_000;
/** Those who wait for the same time come back spread over this much more. */
const SNOOZE_SPREAD_MS = 1_000;
const BUG_RETRIES = 1;
/**
 * A task without an account is taken up again after so long, to wait in memory: a lane holds it
 * there until one is back, or somebody adds one.
 */
const ACCOUNT_LOOK_MS = 5_000;

export function decide(decision: Decision): Outcome {
  const { failure } = decision;
  switch (failure.class) {
    case 'throttled':
      if (isAccountWait(failure)) {
        return { kind: 'snooze', atMs: accountLookMs(decision), why: failure };
      }
      if (decision.throttledMaxMs > 0 && decision.throttledMs >= decision.throttledMaxMs) {
        return { kind: 'discard', failure: neverServed(decision) };
      }
      return { kind: 'snooze', atMs: snoozeUntilMs(decision), why: failure };
    case 'stop':
      return { kind: 'stop', failure };
    case 'transient':
      return retryOrDiscard(decision, decision.retries);
    case 'bug':
      return retryOrDiscard(decision, Math.min(BUG_RETRIES, decision.retries));
    case 'auth':
    case 'gone':
    case 'invalid':
      return { kind: 'discard', failure };
  }
}

/** What becomes of an interrupted attempt; a passed deadline is a failure and not in here. */
export function interruption(cause: AbortCause): Outcome | undefined {
  switch (cause.kind) {
    case 'cancel':
      return { kind: 'cancel' };
    case 'drain':
    case 'abort':
    case 'lease-lost':
      return { kind: 'release' };
    case 'deadline':
      return undefined;
  }
}

function neverServed({ failure, throttledMaxMs }: Decision): Failure {
  const params = { limit: formatDuration(throttledMaxMs), answer: failure.message };
  const { code, message, hint } = new SluiceError('attempt.throttled', params);
  return { ...failure, code, message, hint };
}

function snoozeUntilMs({ failure, nowMs, random, backoff = DEFAULT_BACKOFF }: Decision): number {
  const askedMs = failure.untilMs ?? nowMs + backoffMs(backoff, 3, random);
  return Math.max(askedMs, nowMs + SNOOZE_MS_MIN) + SNOOZE_SPREAD_MS * random.next();
}

function accountLookMs({ failure, nowMs, random }: Decision): number {
  const untilMs = Math.min(failure.untilMs ?? Number.POSITIVE_INFINITY, nowMs + ACCOUNT_LOOK_MS);
  return Math.max(untilMs, nowMs + SNOOZE_MS_MIN) + SNOOZE_SPREAD_MS * random.next();
}

function retryOrDiscard(decision: Decision, retries: number): Outcome {
  const { failure, attemptNo, nowMs, budget, random, backoff = DEFAULT_BACKOFF } = decision;
  if (attemptNo > retries) return { kind: 'discard', failure };
  const waitMs = budget.reserveMs(nowMs) + backoffMs(backoff, attemptNo, random);
  return { kind: 'retry', failure, atMs: Math.max(nowMs + waitMs, failure.untilMs ?? 0) };
}
