import { isAccountWait } from '../model/account.ts';
import type { Outcome } from '../model/outcome.ts';
import type { CommitEnd } from '../store/store.ts';

/** What is stored of an attempt's end; the outcomes that leave no trace are not in here. */
export function commitEnd(
  outcome: Exclude<Outcome, { kind: 'release' | 'cancel' | 'stop' }>,
  durationMs: number,
  cache: { readonly key: string; readonly untilMs: number } | undefined,
  throttledMs: () => number,
): CommitEnd {
  switch (outcome.kind) {
    case 'complete':
      return cache ? { kind: 'completed', durationMs, cache } : { kind: 'completed', durationMs };
    case 'discard':
      return { kind: 'discarded', durationMs, failure: outcome.failure };
    case 'retry':
      return { kind: 'waiting', atMs: Math.ceil(outcome.atMs), failure: outcome.failure };
    case 'snooze': {
      const { atMs, why: failure } = outcome;
      const waiting = { kind: 'waiting', atMs: Math.ceil(atMs), failure } as const;
      // Whoever waits for an account was told nothing by anybody.
      return isAccountWait(failure) ? waiting : { ...waiting, throttledMs: throttledMs() };
    }
  }
}
