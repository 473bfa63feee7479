/**
 * What an answer's headers say about when to come back and how much is left: `Retry-After` in
 * both forms (RFC 9110 section 10.2.3, dates as in 5.6.7), and the families `x-ratelimit-*`,
 * `x-rate-limit-*` and `ratelimit-*`. Anything unreadable counts as absent.
 *
 * Times given by the other side's clock are read against its own `Date` header: a clock that is
 * wrong by an hour must not rest a host for an hour, nor wake it an hour early.
 */
export type Headers = Readonly<Record<string, string>>;

/** The longest rest that is believed. */
export const REST_MS_MAX = 24 * 3_600_000;

/** A date has no fractions of a second: both it and `Date` may be cut by almost one. */
const DATE_CUT_MS = 1_000;

/** Numbers above this are seconds since 1970, not a span: a span of 30 years is no rate limit. */
const EPOCH_SECONDS_MIN = 1_000_000_000;
/** And above this milliseconds since 1970. */
const EPOCH_MS_MIN = 100_000_000_000;

/** The wall time, ms, before which `Retry-After` asks not to come back; `nowMs` is wall time. */
export function retryAfterMs(headers: Headers, nowMs: number): number | undefined {
  const text = headers['retry-after']?.trim();
  if (!text || text.length > 64) return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return clamp(nowMs + Number(text) * 1_000, nowMs);
  const dateMs = httpDateMs(text);
  return dateMs === undefined ? undefined : clamp(toOurClock(dateMs, headers, nowMs), nowMs);
}

/** A limit as headers announce it; `resetMs` is wall time by our clock. */
export interface AnnouncedHeaders {
  readonly limit?: number;
  readonly remaining?: number;
  readonly resetMs?: number;
}

const LIMIT_HEADERS = ['x-ratelimit-', 'x-rate-limit-', 'ratelimit-', 'x-app-rate-limit-'].map(
  (prefix) => ({
    limitName: `${prefix}limit`,
    remainingName: `${prefix}remaining`,
    resetName: `${prefix}reset`,
  }),
);

/** The limit that the answer announces, or undefined; `nowMs` is wall time. */
export function announcedLimit(headers: Headers, nowMs: number): AnnouncedHeaders | undefined {
  for (const { limitName, remainingName, resetName } of LIMIT_HEADERS) {
    const remaining = amount(headers[remainingName]);
    const resetMs = resetTimeMs(headers[resetName], headers, nowMs);
    if (remaining === undefined && resetMs === undefined) continue;
    const limit = amount(headers[limitName]);
    return {
      ...(limit === undefined ? {} : { limit }),
      ...(remaining === undefined ? {} : { remaining }),
      ...(resetMs === undefined ? {} : { resetMs }),
    };
  }
  return undefined;
}

/** When the answer's headers, taken together, ask to come back: wall time, ms. */
export function restUntilMs(headers: Headers, nowMs: number): number | undefined {
  const asked = retryAfterMs(headers, nowMs);
  if (asked !== undefined) return asked;
  const announced = announcedLimit(headers, nowMs);
  return announced?.remaining === 0 ? announced.resetMs : undefined;
}

/** The three forms of an HTTP date to ms since 1970. */
export function httpDateMs(text: string): number | undefined {
  const fixed = /^[a-z]{3,9}, (\d\d)[ -]([a-z]{3})[ -](\d{2,4}) (\d\d):(\d\d):(\d\d) gmt$/i.exec(
    text,
  );
  if (fixed) {
    const [, day, month, year, hour, minute, second] = fixed as unknown as string[];
    return utcMs(fullYear(year as string), month, day, hour, minute, second);
  }
  const asctime = /^[a-z]{3} ([a-z]{3}) ([ \d]\d) (\d\d):(\d\d):(\d\d) (\d{4})$/i.exec(text);
  if (!asctime) return undefined;
  const [, month, day, hour, minute, second, year] = asctime as unknown as string[];
  return utcMs(Number(year), month, day, hour, minute, second);
}

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');

function utcMs(year: number, monthName: string | undefined, ...rest: (string | undefined)[]) {
  const month = MONTHS.indexOf((monthName ?? '').toLowerCase());
  const [day = 0, hour = 0, minute = 0, second = 0] = rest.map(Number);
  if (month < 0 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return undefined;
  return Date.UTC(year, month, day, hour, minute, second);
}

/** RFC 850 dates have two digits: 70 to 99 are of the last century. */
function fullYear(year: string): number {
  if (year.length > 2) return Number(year);
  return Number(year) + (Number(year) >= 70 ? 1_900 : 2_000);
}

function toOurClock(theirMs: number, headers: Headers, nowMs: number): number {
  const dateMs = httpDateMs(headers.date?.trim() ?? '');
  // Without `Date`, their clock is believed; with it, the span counts, and the cut is made good.
  return dateMs === undefined ? theirMs + DATE_CUT_MS : nowMs + (theirMs - dateMs) + DATE_CUT_MS;
}

function resetTimeMs(text: string | undefined, headers: Headers, nowMs: number) {
  const reset = amount(text);
  if (reset === undefined) {
    const dateMs = text === undefined ? undefined : httpDateMs(text.trim());
    return dateMs === undefined ? undefined : clamp(toOurClock(dateMs, headers, nowMs), nowMs);
  }
  if (reset >= EPOCH_MS_MIN) return clamp(toOurClock(reset, headers, nowMs), nowMs);
  if (reset >= EPOCH_SECONDS_MIN) return clamp(toOurClock(reset * 1_000, headers, nowMs), nowMs);
  return clamp(nowMs + reset * 1_000, nowMs);
}

/** The first number of `100`, `0.5`, `100;w=60` or `10, 100;w=60`. */
function amount(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const match = /^\s*(\d{1,16}(?:\.\d{1,9})?)\s*(?:[;,]|$)/.exec(text);
  return match ? Number(match[1]) : undefined;
}

function clamp(atMs: number, nowMs: number): number {
  return Math.min(Math.max(atMs, nowMs), nowMs + REST_MS_MAX);
}
