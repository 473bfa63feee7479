/**
 * Finds the runs of digits in a text that are long enough for a telephone number. One pass over
 * the characters; a run is a list of digit groups with what stands between them, so that deciding
 * where a number starts and ends needs no second look at the text.
 */

import { textMarks } from './text-marks.ts';

export interface DigitGroup {
  readonly start: number;
  readonly end: number;
  /** What stands between the group before and this one; '' for the first. */
  readonly separator: string;
}

export interface PhoneRun {
  /** Includes an opening parenthesis or plus sign. */
  readonly start: number;
  readonly end: number;
  readonly plus: boolean;
  readonly groups: readonly DigitGroup[];
  readonly digits: number;
}

const RUNS_MAX = 2_000;
const RUN_DIGITS_MIN = 3;
const RUN_DIGITS_MAX = 60;
const SEPARATOR_CHARS_MAX = 4;

/** Calls `take` for each run of digits, from left to right; at most 2,000. */
export function scanPhoneRuns(text: string, take: (run: PhoneRun) => void): void {
  const { digits: marks, units } = textMarks(text);
  let taken = 0;
  let end = 0;
  for (let i = 0; i < marks.length; i += 2) {
    if (marks[i]! < end) continue;
    const run = readRun(text, units, marks, i);
    if (run === undefined) continue;
    if (++taken > RUNS_MAX) return;
    take(run);
    end = run.end;
  }
}

/** The run whose first group is the digits at `from` of the marks. */
function readRun(
  text: string,
  units: Uint16Array,
  marks: readonly number[],
  from: number,
): PhoneRun | undefined {
  let digits = 0;
  let to = from;
  for (;;) {
    digits += marks[to + 1]! - marks[to]!;
    if (digits >= RUN_DIGITS_MAX || !joins(units, marks, to + 2)) break;
    to += 2;
  }
  if (digits < RUN_DIGITS_MIN) return undefined;
  const first = marks[from]!;
  const end = marks[to + 1]!;
  // `13 22 99`: Australia's short numbers; otherwise less than seven digits are dialled only with
  // letters.
  const short = digits === 6 && to > from && text.startsWith('13', first);
  if (digits < 7 && !short && !mayBeVanity(text, units, first, end, digits)) return undefined;
  const groups: DigitGroup[] = [];
  for (let i = from; i <= to; i += 2) {
    const separator = i === from ? '' : text.slice(marks[i - 1], marks[i]);
    groups.push({ start: marks[i]!, end: marks[i + 1]!, separator });
  }
  const start = startOf(units, first);
  return { start, end, plus: hasPlus(units, start, first), groups, digits };
}

/** Whether the digits at `to` of the marks belong to the run of those before them. */
function joins(units: Uint16Array, marks: readonly number[], to: number): boolean {
  if (to >= marks.length) return false;
  const end = marks[to - 1]!;
  const next = marks[to]!;
  if (next - end > SEPARATOR_CHARS_MAX) return false;
  for (let i = end; i < next; i++) {
    const code = units[i]!;
    if (code === 43 || !isSeparator(code)) return false;
  }
  return true;
}

/**
 * Whether letters that may stand for digits follow: `1-800-FLOWERS`, `303.333.PAUL`. Where one of
 * the first two is small they do so only behind dashes (`1-800-flowers`): years in sentences and
 * at their ends are turned away here.
 */
function mayBeVanity(
  text: string,
  units: Uint16Array,
  first: number,
  end: number,
  digits: number,
): boolean {
  const limit = Math.min(end + 3, units.length);
  let i = end;
  while (i < limit && isSeparator(units[i]!)) i++;
  if (i === end || i >= units.length) return false;
  const code = units[i]!;
  const upper = code & ~32;
  if (upper < 65 || upper > 90) return false;
  // `132299`: Australia's short numbers need no letters.
  const bare = digits === 6 && text.startsWith('13', first);
  if (code === upper && (bare || i + 1 >= units.length || !isSmallLetter(units[i + 1]!)))
    return true;
  for (let at = first; at < i; at++) if (units[at] === 45) return true;
  return false;
}

function isSmallLetter(code: number): boolean {
  return code >= 97 && code <= 122;
}

function startOf(units: Uint16Array, first: number): number {
  let i = first;
  while (i > 0 && first - i < 4) {
    const before = units[i - 1];
    if (before === 40 || before === 43 || before === 91) i--;
    else if (before === 32 && i > 1 && units[i - 2] === 43) i--;
    else break;
  }
  return i;
}

function hasPlus(units: Uint16Array, start: number, first: number): boolean {
  for (let i = start; i < first; i++) if (units[i] === 43) return true;
  return false;
}

/** Space, ( ) + - . / [ ] · and the dashes. */
function isSeparator(code: number): boolean {
  if (code === 32 || (code >= 45 && code <= 47) || code === 40 || code === 41) return true;
  if (code === 43 || code === 91 || code === 93 || code === 183) return true;
  return (code >= 0x2010 && code <= 0x2015) || code === 0x2212 || code === 0x2022;
}
