/** How values of settings are written and read: counts, durations, sizes, flags, lists, rates. */
import { z } from 'zod';
import {
  formatDuration,
  parseBytes,
  parseDurationMs,
  parseRatePerSecond,
} from '../base/duration.ts';

export interface Setting<T> {
  readonly schema: z.ZodType<T>;
  /** As a user would write it. */
  readonly default: string;
  /** How the value is written, for the reference. */
  readonly unit: string;
  /** Environment variables that set it, the first being the name of its own. */
  readonly env: readonly string[];
  readonly sentence: string;
  /** Shown as `(set)` and never written out. */
  readonly secret?: boolean;
}

export const count = (min: number, max: number) =>
  z.union([z.number(), z.string()]).transform((value, ctx) => {
    const number =
      typeof value === 'number' || /^\s*\d+\s*$/.test(value) ? Number(value) : Number.NaN;
    if (Number.isInteger(number) && number >= min && number <= max) return number;
    ctx.addIssue({ code: 'custom', message: `not a whole number from ${min} to ${max}` });
    return z.NEVER;
  });

export const text = z.string();

/** Text that says something. */
export const someText = z.string().min(1, 'it is empty');

export const httpUrl = z.url({
  protocol: /^https?$/,
  error: 'not an address such as http://127.0.0.1:7070',
});

/**
 * No time at all would mostly make everything fail at once, so it has to be allowed by `minMs`
 * 0; the setting's unit then says what it means.
 */
export const durationMs = (maxMs: number, minMs = 1) =>
  z.union([z.string(), z.number()]).transform((value, ctx) => {
    const ms = parseDurationMs(String(value));
    if (ms !== undefined && ms >= minMs && ms <= maxMs) return ms;
    ctx.addIssue({ code: 'custom', message: durationFault(ms, minMs, maxMs) });
    return z.NEVER;
  });

function durationFault(ms: number | undefined, minMs: number, maxMs: number): string {
  if (ms === undefined) return 'not a duration such as 10s, 500ms or 5m';
  const range = `it takes ${formatDuration(minMs)} to ${formatDuration(maxMs)}`;
  return `that is ${formatDuration(ms)} (numbers are seconds), and ${range}`;
}

export const bytes = z.union([z.string(), z.number()]).transform((value, ctx) => {
  const size = parseBytes(String(value));
  if (size !== undefined && size > 0) return size;
  ctx.addIssue({ code: 'custom', message: 'not a size such as 512kB or 4MiB' });
  return z.NEVER;
});

export const bytesOrNone = z.union([z.string(), z.number()]).transform((value, ctx) => {
  const size = parseBytes(String(value));
  if (size !== undefined) return size;
  ctx.addIssue({ code: 'custom', message: 'not a size such as 512kB or 4MiB, nor 0' });
  return z.NEVER;
});

export const flag = z.union([z.boolean(), z.string()]).transform((value, ctx) => {
  if (typeof value === 'boolean') return value;
  const word = value.trim().toLowerCase();
  if (['1', 'true', 'yes', 'on'].includes(word)) return true;
  if (['0', 'false', 'no', 'off', ''].includes(word)) return false;
  ctx.addIssue({ code: 'custom', message: 'neither true nor false' });
  return z.NEVER;
});

export const list = z
  .union([z.array(z.string()), z.string()])
  .transform((value) =>
    (Array.isArray(value) ? value : value.split(','))
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  );

export const rate = z.string().transform((value, ctx): number | 'learned' | 'none' => {
  if (value === 'learned' || value === 'none') return value;
  const perSecond = parseRatePerSecond(value);
  if (perSecond !== undefined && perSecond > 0) return perSecond;
  ctx.addIssue({ code: 'custom', message: 'neither learned, none nor a rate such as 5/s' });
  return z.NEVER;
});

export const SECOND_MS = 1_000;
export const HOUR_MS = 3_600_000;

export function setting<T>(
  schema: z.ZodType<T>,
  fallback: string,
  unit: string,
  env: readonly string[],
  sentence: string,
  secret = false,
): Setting<T> {
  return { schema, default: fallback, unit, env, sentence, secret };
}
