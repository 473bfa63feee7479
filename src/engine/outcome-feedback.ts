/** What an attempt's end says to others than its task. */
import type { Failure } from '../model/failure.ts';
import type { LaneFeedback } from '../model/lane.ts';
import type { Outcome } from '../model/outcome.ts';

/** What went wrong, where anything did. */
export function failureOf(outcome: Outcome): Failure | undefined {
  if (outcome.kind === 'snooze') return outcome.why;
  return outcome.kind === 'retry' || outcome.kind === 'discard' ? outcome.failure : undefined;
}

/** What an attempt's end says about the lanes that it was admitted with. */
export function feedbackOf(outcome: Outcome, latencyMs: number): LaneFeedback {
  switch (outcome.kind) {
    case 'complete':
      return { verdict: 'ok', latencyMs };
    case 'snooze':
      return { verdict: 'throttled', latencyMs, restUntilMs: outcome.atMs };
    case 'retry':
    case 'discard': {
      const { code } = outcome.failure;
      const timeout = code.includes('timeout') || code === 'fetch.deadline';
      return { verdict: timeout ? 'timeout' : 'ok', latencyMs };
    }
    default:
      return { verdict: 'ignored', latencyMs };
  }
}
