/**
 * Finds the runs of digits in a text that are long enough for a telephone number. One pass over
 * the characters; a run is a list of digit groups with what stands between them, so that deciding
 * where a number starts and ends needs no second look at the text.
 */

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
  const end = text.length;
  let taken = 0;
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 57) continue;
    const run = readRun(text, i);
    if (run === undefined) {
      // A lone group: skip its digits, the way to most numbers on a page.
      while (i + 1 < end && isDigit(text.charCodeAt(i + 1))) i++;
      continue;
    }
    if (++taken > RUNS_MAX) return;
    take(run);
    i = run.end - 1;
  }
}

function readRun(text: string, first: number): PhoneRun | undefined {
  const groups: DigitGroup[] = [];
  let digits = 0;
  let at = first;
  let separator = '';
  let end = first;
  while (digits < RUN_DIGITS_MAX) {
    let stop = at;
    while (isDigit(text.charCodeAt(stop))) stop++;
    digits += stop - at;
    end = stop;
    groups.push({ start: at, end: stop, separator });
    let next = stop;
    let plus = false;
    while (next - stop < SEPARATOR_CHARS_MAX && isSeparator(text.charCodeAt(next))) {
      if (text.charCodeAt(next) === 43) plus = true;
      next++;
    }
    if (next === stop || plus || !isDigit(text.charCodeAt(next))) break;
    separator = text.slice(stop, next);
    at = next;
  }
  if (digits < RUN_DIGITS_MIN) return undefined;
  // `13 22 99`: Australia's short numbers; otherwise less than seven digits are dialled only with
  // letters.
  const short = digits === 6 && groups.length > 1 && text.startsWith('13', first);
  if (digits < 7 && !short && !mayBeVanity(text, end)) return undefined;
  const start = startOf(text, first);
  return { start, end, plus: hasPlus(text, start, first), groups, digits };
}

/** Whether letters that may stand for digits follow: `1-800-FLOWERS`, `303.333.PAUL`. */
function mayBeVanity(text: string, end: number): boolean {
  let i = end;
  while (i - end < 3 && isSeparator(text.charCodeAt(i))) i++;
  const code = text.charCodeAt(i) & ~32;
  return i > end && code >= 65 && code <= 90;
}

function startOf(text: string, first: number): number {
  let i = first;
  while (i > 0 && first - i < 4) {
    const before = text.charCodeAt(i - 1);
    if (before === 40 || before === 43 || before === 91) i--;
    else if (before === 32 && i > 1 && text.charCodeAt(i - 2) === 43) i--;
    else break;
  }
  return i;
}

function hasPlus(text: string, start: number, first: number): boolean {
  for (let i = start; i < first; i++) if (text.charCodeAt(i) === 43) return true;
  return false;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Space, ( ) + - . / [ ] · and the dashes. */
function isSeparator(code: number): boolean {
  if (code === 32 || (code >= 45 && code <= 47) || code === 40 || code === 41) return true;
  if (code === 43 || code === 91 || code === 93 || code === 183) return true;
  return (code >= 0x2010 && code <= 0x2015) || code === 0x2212 || code === 0x2022;
}
