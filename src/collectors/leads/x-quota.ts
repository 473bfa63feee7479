/**
 * What the headers of an answer say of an endpoint's quota. X names a window of minutes in
 * `x-rate-limit-*` and, where they apply, caps of 24 hours of the app and of the user beside it.
 * Any of them may be absent; a cap that is used up stops the account although the window has room.
 */
import type { Quota } from '../../model/account.ts';
import { announcedLimit, type Headers } from '../../retry/retry-after.ts';

const DAY_BLOCKS = ['x-app-limit-24hour-', 'x-user-limit-24hour-'] as const;
const WINDOW_BLOCK = 'x-rate-limit-';

/** Every block that says how much is left and when it starts anew; wall times by our clock. */
function quotasIn(headers: Headers, nowMs: number): Quota[] {
  return [WINDOW_BLOCK, ...DAY_BLOCKS].flatMap((prefix) => {
    const { limit, remaining, resetMs } = blockOf(headers, prefix, nowMs) ?? {};
    if (remaining === undefined || resetMs === undefined) return [];
    return [{ ...(limit === undefined ? {} : { limit }), remaining, resetMs }];
  });
}

function blockOf(headers: Headers, prefix: string, nowMs: number) {
  const named: Record<string, string> = {};
  for (const name of ['limit', 'remaining', 'reset'] as const) {
    const value = headers[prefix + name];
    if (value !== undefined) named[WINDOW_BLOCK + name] = value;
  }
  // The other side's clock is read against its own `Date`.
  if (headers.date !== undefined) named.date = headers.date;
  return announcedLimit(named, nowMs);
}

/** What is known of the quota after an answer: the block that stops longest, else the window. */
export function quotaIn(headers: Headers, nowMs: number): Quota | undefined {
  const quotas = quotasIn(headers, nowMs);
  const spent = quotas.filter(({ remaining }) => remaining === 0);
  if (spent.length === 0) return quotas[0];
  return spent.reduce((a, b) => (b.resetMs > a.resetMs ? b : a));
}

/**
 * Until when a 429 asks for patience, wall ms: the end of every block that is used up, and of the
 * window in any case. undefined = the headers do not say.
 */
export function patienceUntilMs(headers: Headers, nowMs: number): number | undefined {
  const spent = quotasIn(headers, nowMs).filter(({ remaining }) => remaining === 0);
  const window = blockOf(headers, WINDOW_BLOCK, nowMs)?.resetMs;
  const ends = [...spent.map(({ resetMs }) => resetMs), ...(window === undefined ? [] : [window])];
  const untilMs = Math.max(...ends);
  return untilMs > nowMs ? untilMs : undefined;
}
