/**
 * Hours of a server's own clock. They are counted as if the clock showed UTC: hour 0 is
 * 1970-01-01 00:00. Which instant that is, its zone says (`zone.ts`).
 */

export const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;

/** Of `2026-11-20 13`, `2026-11-20T13:30` or (hour 0) `2026-11-20`; undefined = none of them. */
export function hourIn(text: string): number | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2})(?::\d{2}){0,2})?$/.exec(text.trim());
  if (!match) return undefined;
  const ms = Date.parse(`${match[1]}T${match[2] ?? '00'}:00:00Z`);
  return Number.isNaN(ms) ? undefined : ms / HOUR_MS;
}

/** `2026-11-20 13`. */
export function hourText(hour: number): string {
  return new Date(hour * HOUR_MS).toISOString().slice(0, 13).replace('T', ' ');
}

/** Hours from `from` up to, and without, `to`. */
export interface HourSpan {
  readonly from: number;
  readonly to: number;
}

/** The whole span by days of the clock, first and last as much of a day as is in it. */
export function daysOf({ from, to }: HourSpan): readonly HourSpan[] {
  const days: HourSpan[] = [];
  for (let start = from; start < to; ) {
    const end = Math.min(to, (Math.floor(start / DAY_HOURS) + 1) * DAY_HOURS);
    days.push({ from: start, to: end });
    start = end;
  }
  return days;
}

/** Wall time of a local text such as `2026-11-20 13:05:00` as if it were UTC, ms. */
export function localMsIn(text: string): number {
  const match = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})$/.exec(text);
  return match ? Date.parse(`${match[1]}T${match[2]}Z`) : Number.NaN;
}
