/** Durations as people read them: what a clock gives is finer than anybody wants to know. */

/** Whole milliseconds; below ten of them to a thousandth. */
export function shownMs(ms: number): number {
  return Math.abs(ms) < 10 ? Math.round(ms * 1_000) / 1_000 : Math.round(ms);
}

/** Plain data with all its durations (`ms`, `tookMs`) as they are shown. */
export function withShownMs<T>(data: T): T {
  return shownAs(data, '') as T;
}

function shownAs(value: unknown, name: string): unknown {
  if (typeof value === 'number') return /(?:^ms|Ms)$/.test(name) ? shownMs(value) : value;
  if (Array.isArray(value)) return value.map((each) => shownAs(each, name));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shownAs(each, key)]));
}
