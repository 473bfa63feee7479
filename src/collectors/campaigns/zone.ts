/** How far a server's clock is from UTC: a fixed number of hours, or a zone with its summers. */
import { HOUR_MS } from './hours.ts';

/** Hours ahead of UTC, or a name such as `America/New_York`. Plain JSON. */
export type Zone = number | string;

/** `Europe/Berlin`, `-5`, `+05:30`, `UTC`; undefined = it is none. */
export function readZone(text: string): Zone | undefined {
  const trimmed = text.trim();
  const offset = /^(?:UTC|GMT)?([+-]?)(\d{1,2})(?:[:.](\d{2}|\d))?$/i.exec(trimmed);
  if (offset) {
    const [, sign, whole, part = '0'] = offset;
    const share = trimmed.includes(':') ? Number(part) / 60 : Number(`0.${part}`);
    const hours = (Number(whole) + share) * (sign === '-' ? -1 : 1);
    return Math.abs(hours) <= 15 ? hours : undefined;
  }
  try {
    return new Intl.DateTimeFormat('en', { timeZone: trimmed }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

const OFFSETS_MAX = 10_000;
const formats = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, number>();

/**
 * The instant, ms, at which the clock shows a local time (ms as if UTC). Where a clock shows it
 * twice, the earlier one; an hour that it leaves out is taken as if it went on.
 */
export function instantOf(localMs: number, zone: Zone): number {
  if (typeof zone === 'number') return localMs - zone * HOUR_MS;
  const first = localMs - offsetMs(localMs - offsetMs(localMs, zone), zone);
  const earlier = first - HOUR_MS;
  if (earlier + offsetMs(earlier, zone) === localMs) return earlier;
  return localMs - offsetMs(first, zone);
}

/** What the clock shows at an instant, ms as if UTC. */
export function localOf(instantMs: number, zone: Zone): number {
  return instantMs + (typeof zone === 'number' ? zone * HOUR_MS : offsetMs(instantMs, zone));
}

/** Zones change at quarters of an hour, so one answer holds for as long. */
function offsetMs(instantMs: number, zone: string): number {
  const quarter = Math.floor(instantMs / (HOUR_MS / 4));
  const key = `${zone} ${quarter}`;
  const known = offsets.get(key);
  if (known !== undefined) return known;
  const atMs = quarter * (HOUR_MS / 4);
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(atMs)
      .map(({ type, value }) => [type, Number(value)]),
  ) as Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', number>;
  const { year, month, day, hour, minute, second } = parts;
  const found = Date.UTC(year, month - 1, day, hour, minute, second) - atMs;
  if (offsets.size >= OFFSETS_MAX) offsets.clear();
  offsets.set(key, found);
  return found;
}

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(zone, format);
  }
  return format;
}
