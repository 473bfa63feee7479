/**
 * Which of the accounts that may be used is used next: the one with the most calls left for the
 * endpoint, so that none is run down while others are fresh; then the one whose window starts anew
 * first; then the one that was used longest ago.
 */
import type { Account } from '../model/account.ts';
import { remaining } from './health.ts';

/** Negative where `a` is to be used before `b`. */
export function compare(a: Account, b: Account, endpoint: string, nowMs: number): number {
  const left = [remaining(a, endpoint, nowMs), remaining(b, endpoint, nowMs)] as const;
  if (left[0] !== left[1]) return left[1] > left[0] ? 1 : -1;
  const reset = [resetMs(a, endpoint, nowMs), resetMs(b, endpoint, nowMs)] as const;
  if (reset[0] !== reset[1]) return reset[0] - reset[1];
  const used = (a.usedMs ?? 0) - (b.usedMs ?? 0);
  if (used !== 0) return used;
  return a.id < b.id ? -1 : 1;
}

/** The best of those; undefined = there is none. */
export function choose(
  accounts: Iterable<Account>,
  endpoint: string,
  nowMs: number,
): Account | undefined {
  let best: Account | undefined;
  for (const account of accounts) {
    if (best === undefined || compare(account, best, endpoint, nowMs) < 0) best = account;
  }
  return best;
}

/** A window that is over, or was never heard of, starts at the first call. */
function resetMs(account: Account, endpoint: string, nowMs: number): number {
  const quota = account.quotas[endpoint];
  return quota === undefined || quota.resetMs <= nowMs ? nowMs : quota.resetMs;
}
