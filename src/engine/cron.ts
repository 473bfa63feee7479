/**
 * Cron expressions in a time zone, as ticks in wall ms. The only file that knows the library.
 *
 * Where clocks change, an expression of one fixed time a day runs once on that day: at the first
 * pass of a time that occurs twice, right after the gap where its time does not exist. Any other
 * expression runs through: on both passes of the repeated hour, not at all in the missing one.
 */
import { Cron } from 'croner';
import { messageOf, SluiceError } from '../base/errors.ts';
import { nearest } from '../base/suggest.ts';

const NICKNAMES = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];
const FIELDS = ['second', 'minute', 'hour', 'day of month', 'month', 'day of week'];
const CRON_CHARS_MAX = 256;

export interface CronTicks {
  /** The first tick after a time; undefined where none follows. */
  after(ms: number): number | undefined;
  /** The last tick at or before a time. */
  latest(ms: number): number | undefined;
  /** The first `count` ticks after a time. */
  next(ms: number, count: number): readonly number[];
}

/** The ticks of an expression and a zone that were checked once. */
export function parseCron(cron: string, timeZone: string): CronTicks {
  const pattern = construct(cron.trim(), timeZone);
  return {
    after: (ms) => pattern.nextRun(new Date(ms))?.getTime(),
    latest: (ms) => pattern.previousRuns(1, new Date(ms + 1))[0]?.getTime(),
    next: (ms, count) => pattern.nextRuns(count, new Date(ms)).map((date) => date.getTime()),
  };
}

/**
 * The ticks of what a user wrote. Throws `schedule.zone_invalid`, or `schedule.cron_invalid` also
 * where no tick comes after `nowMs`.
 */
export function checkCron(cron: unknown, timeZone: unknown, nowMs: number): CronTicks {
  checkZone(timeZone);
  checkFields(cron);
  let ticks: CronTicks;
  try {
    ticks = parseCron(cron, timeZone);
  } catch (error) {
    throw invalid(cron, faultOf(cron, error));
  }
  if (ticks.after(nowMs) === undefined) throw invalid(cron, 'no date ever matches it');
  return ticks;
}

function construct(cron: string, timezone: string): Cron {
  return new Cron(cron, { timezone, mode: '5-or-6-parts' });
}

function checkZone(timeZone: unknown): asserts timeZone is string {
  if (typeof timeZone === 'string' && /^[a-z]/i.test(timeZone)) {
    try {
      new Intl.DateTimeFormat('en', { timeZone });
      return;
    } catch {
      // Told below, with a suggestion.
    }
  }
  const zone = String(timeZone);
  throw new SluiceError('schedule.zone_invalid', { zone, suggestion: zoneLike(zone) });
}

function zoneLike(word: string): string {
  const zones = Intl.supportedValuesOf('timeZone');
  const city = `/${word.trim().replaceAll(' ', '_')}`.toLowerCase();
  const near = zones.find((zone) => zone.toLowerCase().endsWith(city)) ?? nearest(word, zones);
  return near
    ? `Did you mean ${near}?`
    : 'Use an IANA name, such as Europe/Paris, America/New_York or UTC.';
}

/** What the library would take for something else, or say in its own words. */
function checkFields(cron: unknown): asserts cron is string {
  if (typeof cron !== 'string') throw invalid(String(cron), 'it is not a text');
  if (cron.length > CRON_CHARS_MAX) {
    throw invalid(`${cron.slice(0, 40)}…`, `it is longer than ${CRON_CHARS_MAX} characters`);
  }
  const text = cron.trim();
  if (text === '') throw invalid(cron, 'it is empty');
  if (text.startsWith('@')) {
    if (NICKNAMES.includes(text.toLowerCase())) return;
    const near = nearest(text, NICKNAMES);
    const guess = near ? `; did you mean ${near}?` : '';
    throw invalid(cron, `there is no nickname ${text}${guess}`);
  }
  const count = text.split(/\s+/).length;
  if (count !== 5 && count !== 6) {
    throw invalid(cron, `it has ${count} ${count === 1 ? 'field' : 'fields'}, not five or six`);
  }
}

/** Names the field that is at fault: each is tried alone. */
function faultOf(cron: string, error: unknown): string {
  const fields = cron.trim().split(/\s+/);
  for (const [at, field] of fields.entries()) {
    const alone = fields.map((_, other) => (other === at ? field : '*'));
    try {
      construct(alone.join(' '), 'UTC');
    } catch (cause) {
      const name = FIELDS[at + FIELDS.length - fields.length];
      return `the ${name} "${field}" is wrong (${plain(cause)})`;
    }
  }
  return plain(error);
}

function plain(error: unknown): string {
  return messageOf(error)
    .replace(/^CronPattern: /, '')
    .replace(/^Syntax error, /, '')
    .replace(/^configuration entry \d+ \(.*\) /, '')
    .replace(/\.$/, '')
    .replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
}

function invalid(cron: string, detail: string): SluiceError {
  return new SluiceError('schedule.cron_invalid', { cron, detail });
}
