/**
 * What becomes of an account by what its service said: functions from one account to the next. A
 * rest for one endpoint is a quota with nothing left; a rest of all of it is a state with an end.
 */
import type { Account, Quota } from '../model/account.ts';

const REASON_CHARS_MAX = 500;
/** An endpoint more takes the place of the one whose window ends first. */
const QUOTAS_MAX = 50;

/** The same as of now: a rest that has passed is none. */
export function current(account: Account, nowMs: number): Account {
  if (account.state !== 'resting' || (account.restUntilMs ?? 0) > nowMs) return account;
  return withState(account, 'ready');
}

/** Used no more unless a person says so. */
export function isAside({ state }: Pick<Account, 'state'>): boolean {
  return state === 'quarantined' || state === 'retired';
}

/** Wall time, ms, from which it may be used for an endpoint; Infinity = once a person says so. */
export function usableFromMs(account: Account, endpoint: string, nowMs: number): number {
  const { state, restUntilMs = nowMs, quotas } = account;
  if (isAside(account)) return Number.POSITIVE_INFINITY;
  const quota = quotas[endpoint];
  const spentUntilMs = quota !== undefined && quota.remaining <= 0 ? quota.resetMs : nowMs;
  return Math.max(nowMs, state === 'resting' ? restUntilMs : nowMs, spentUntilMs);
}

/** Calls left for an endpoint; what is not known, or began anew, counts as full. */
export function remaining(account: Account, endpoint: string, nowMs: number): number {
  const quota = account.quotas[endpoint];
  if (quota === undefined) return Number.POSITIVE_INFINITY;
  if (quota.resetMs <= nowMs) return quota.limit ?? Number.POSITIVE_INFINITY;
  return quota.remaining;
}

export function learned(account: Account, endpoint: string, quota: Quota): Account {
  return { ...account, quotas: bounded({ ...account.quotas, [endpoint]: quota }, endpoint) };
}

/** Rests until a wall time, ms: all of it, or for one endpoint. A later end holds. */
export function rested(
  account: Account,
  untilMs: number,
  why: string,
  endpoint: string | undefined,
): Account {
  const reason = why.slice(0, REASON_CHARS_MAX);
  if (endpoint !== undefined) {
    const known = account.quotas[endpoint];
    const spent = known !== undefined && known.remaining <= 0 ? known.resetMs : 0;
    const quota = { ...known, remaining: 0, resetMs: Math.max(spent, untilMs) };
    return { ...learned(account, endpoint, quota), failures: account.failures + 1 };
  }
  const failures = account.failures + 1;
  if (isAside(account)) {
    return { ...account, failures };
  }
  const restUntilMs = Math.max(account.restUntilMs ?? 0, untilMs);
  return { ...account, state: 'resting', reason, restUntilMs, failures };
}

export function quarantined(account: Account, why: string): Account {
  const failures = account.failures + 1;
  if (account.state === 'retired') return { ...account, failures };
  const reason = why.slice(0, REASON_CHARS_MAX);
  return { ...withState(account, 'quarantined'), reason, failures };
}

/** A person says that it may be used: what was held against it is forgotten. */
export function readied(account: Account): Account {
  return { ...withState(account, 'ready'), quotas: {} };
}

export function retired(account: Account, why: string | undefined): Account {
  const reason = why?.slice(0, REASON_CHARS_MAX);
  return { ...withState(account, 'retired'), ...(reason === undefined ? {} : { reason }) };
}

export function used(account: Account, nowMs: number): Account {
  return { ...account, calls: account.calls + 1, usedMs: nowMs };
}

function withState(account: Account, state: Account['state']): Account {
  const { reason: _, restUntilMs: __, ...rest } = account;
  return { ...rest, state };
}

function bounded(quotas: Record<string, Quota>, keep: string): Record<string, Quota> {
  const entries = Object.entries(quotas);
  if (entries.length <= QUOTAS_MAX) return quotas;
  const others = entries.filter(([endpoint]) => endpoint !== keep);
  others.sort(([, a], [, b]) => a.resetMs - b.resetMs);
  const first = others[0]?.[0];
  return Object.fromEntries(entries.filter(([endpoint]) => endpoint !== first));
}
