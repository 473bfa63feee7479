/** Reads two times of a day with a word or a dash between them: `9am - 5:30pm`, `noon to 5pm`. */

export interface TimeRange {
  /** Behind the range. */
  readonly end: number;
  /** `09:00-17:00`, or '' where the numbers are no times. */
  readonly span: string;
  /** Whether at least one of the two is written as a time and not as a bare number. */
  readonly marked: boolean;
}

const TIME =
  '(\\d{1,2})(?: ?[:.h] ?(\\d{2})(?!\\d))? ?(?:h(?![a-z])|uhr|uur|hrs)?(?: ' +
  '?([ap])\\.? ?m?\\b\\.?)?';
const ZONE = '(?: ?\\(?(?:[ecmp][sd]?t|eastern|central|mountain|pacific)\\)?)?';
const TO = '(?:-|–|—|‑|−|～|〜|\ufffd|から|to|and|until|till|til|bis|à|a|às|alle|tot|do|au|y)';
const TWELVE = '(?:12(?:[:.]00)? ?)?';
const END = `(?:${TWELVE}(noon|midday|midnight)\\b|${TIME})(?![\\d:])`;
const RANGE = new RegExp(
  `(?<![\\d.,:/$€£#+-])${TIME}(?: ?(noon|midday))?${ZONE} ?${TO}\\s?${END}`,
  'giy',
);
const NOON_RANGE = new RegExp(`(?:noon|midday) ?${TO}\\s?${END}(?![a-z])`, 'iy');
const WRITTEN_HOUR = /\d ?(?:h|uhr|uur|hrs)/i;

/** The range whose first number stands at `at`. */
export function rangeAt(text: string, at: number): TimeRange | undefined {
  RANGE.lastIndex = at;
  const match = RANGE.exec(text);
  if (match === null) return undefined;
  const said = match[2] ?? match[3] ?? match[4] ?? match[5] ?? match[7] ?? match[8];
  return {
    end: RANGE.lastIndex,
    span: timeSpan(timeOf(match, 1), timeOf(match, 6, match[5])),
    marked: said !== undefined || WRITTEN_HOUR.test(match[0]),
  };
}

const FOUR_DIGITS = new RegExp(
  `(?<![\\d.,:/$€£#+-])(\\d\\d)(\\d\\d) ?(h(?:rs)?)? ?${TO}\\s?(\\d\\d)(\\d\\d)(?!\\d)(?: ?(h(?:rs)?|uhr|uur)(?![a-z]))?`,
  'iy',
);

/** The range at `at` whose hours are written with their minutes: `0900 - 1730`. */
export function fourDigitRangeAt(text: string, at: number): TimeRange | undefined {
  FOUR_DIGITS.lastIndex = at;
  const match = FOUR_DIGITS.exec(text);
  if (match === null) return undefined;
  // Others are years and amounts.
  const marked = match[1]!.startsWith('0') || (match[3] ?? match[6]) !== undefined;
  const from: Time = { hour: Number(match[1]), minute: match[2], half: undefined };
  const to: Time = { hour: Number(match[4]), minute: match[5], half: undefined };
  const span = marked && to.hour > from.hour ? timeSpan(from, to) : '';
  return { end: FOUR_DIGITS.lastIndex, span, marked };
}

/** The range that begins with the word for noon at `at`. */
export function noonRangeAt(text: string, at: number): TimeRange | undefined {
  NOON_RANGE.lastIndex = at;
  const match = NOON_RANGE.exec(text);
  if (match === null) return undefined;
  const span = timeSpan(NOON, timeOf(match, 2, match[1]));
  return { end: NOON_RANGE.lastIndex, span, marked: true };
}

/** Where a word for noon begins of which the number at `at` is the end, or -1. */
export function noonBefore(text: string, units: Uint16Array, at: number): number {
  if (at < NOON_CHARS_MIN || !mayBehindNoon(units, units[at - 1] === 32 ? at - 1 : at)) return -1;
  const from = Math.max(0, at - NOON_CHARS_MAX);
  const found = NOON_BEFORE.exec(text.slice(from, at));
  return found === null ? -1 : from + found.index;
}

/** `noon-` */
const NOON_CHARS_MIN = 5;
const NOON_CHARS_MAX = 16;
const NOON_BEFORE = /\b(?:noon|midday) ?(?:[-–—‑]|to|until|till) ?$/i;

/** Whether a dash behind `noon` or `midday`, or `to`, `until`, `till` may end before `end`. */
function mayBehindNoon(units: Uint16Array, end: number): boolean {
  const code = units[end - 1]!;
  const before = units[end - 2]!;
  if (code === 111) return before === 116;
  if (code === 108) return before === 105 || before === 108;
  if (code !== 45 && (code < 0x2011 || code > 0x2014)) return false;
  const letter = (before === 32 ? units[end - 3]! : before) | 32;
  return letter === 110 || letter === 121;
}

/** Where `noon to midnight` stands, from its end back to its beginning. */
const NOON_TO_MIDNIGHT = new RegExp(`\\b(?:noon|midday) ?${TO}\\s?(?:12 ?)?m$`, 'i');
const NIGHTS_MAX = 20;

/** The places within `[from, to)` of ranges that are written without any number, in order. */
export function noonToMidnight(text: string, from: number, to: number): Place[] {
  const found: Place[] = [];
  const part = text.slice(from, to);
  let at = part.indexOf('idnight');
  for (let tries = 0; at >= 0 && tries < NIGHTS_MAX; tries++) {
    const before = Math.max(0, at - NOON_CHARS_MAX);
    const match = NOON_TO_MIDNIGHT.exec(part.slice(before, at));
    const end = at + 'idnight'.length;
    if (match !== null) found.push({ start: from + before + match.index, end: from + end });
    at = part.indexOf('idnight', end);
  }
  return found;
}

interface Place {
  readonly start: number;
  readonly end: number;
}

interface Time {
  readonly hour: number;
  readonly minute: string | undefined;
  /** `a` or `p`, or undefined where nothing says which half of the day is meant. */
  readonly half: string | undefined;
}

const NOON: Time = { hour: 12, minute: undefined, half: undefined };
const MIDNIGHT: Time = { hour: 24, minute: undefined, half: undefined };

/** The time whose number is the group `at`, or which is a word. */
function timeOf(match: RegExpExecArray, at: number, word?: string): Time {
  if (word !== undefined) return word.toLowerCase() === 'midnight' ? MIDNIGHT : NOON;
  return { hour: Number(match[at]), minute: match[at + 1], half: match[at + 2]?.toLowerCase() };
}

function timeSpan(from: Time, to: Time): string {
  let half = from.half;
  if (half === undefined && to.half === 'p') {
    half = from.hour < to.hour && to.hour < 12 ? 'p' : 'a';
  }
  if (from.hour === 12 && from.half === undefined) half = to.half === 'p' ? 'p' : undefined;
  const start = minutes(from, half);
  let end = minutes(to, to.half);
  if (end === 0 && start > 0) end = 1_440;
  if (to.half === undefined && half !== 'p' && end <= start && to.hour < 12) end += 720;
  if (start > 1_440 || end > 1_440 || start === end) return '';
  return `${clock(start)}-${clock(end)}`;
}

function minutes({ hour, minute }: Time, half: string | undefined): number {
  if (hour > 24 || Number(minute ?? 0) > 59) return 9_999;
  const base = half === undefined ? hour : (hour % 12) + (half === 'p' ? 12 : 0);
  return base * 60 + Number(minute ?? 0);
}

function clock(minute: number): string {
  const pad = (value: number): string => String(value).padStart(2, '0');
  return `${pad(Math.floor(minute / 60))}:${pad(minute % 60)}`;
}
