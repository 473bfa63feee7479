import { dayCodes, daysAt, smallLetters } from './week-days.ts';

/**
 * Days in one column or row and their hours in the next: in the text, lines or cells of days and
 * then as many of hours.
 */

const LINES_MAX = 7;
const DAYS_CHARS_MAX = 24;
const HOURS_CHARS_MAX = 40;
const HOURS = /^ ?(?:\d|closed|noon|midday|geschlossen|fermé|cerrado|chiuso|gesloten)/i;

/**
 * The days of the line or cell of hours that begins at `at`: '' where those are of another number
 * than the days, undefined where there are no columns.
 */
export function columnDays(text: string, at: number): string | undefined {
  const above = linesAbove(text, at, HOURS_CHARS_MAX, (line) => HOURS.test(line));
  const days = linesAbove(text, above.start, DAYS_CHARS_MAX, (line) => dayLine(line) !== '').lines;
  if (days.length < 2) return undefined;
  const count = above.lines.length + hoursLines(text, at);
  if (count < 2) return undefined;
  return count === days.length ? dayLine(days[above.lines.length]!) : '';
}

/** Lines in a row, the last of which ends right before `at`, as far as `is` takes them. */
function linesAbove(
  text: string,
  at: number,
  charsMax: number,
  is: (line: string) => boolean,
): { readonly lines: readonly string[]; readonly start: number } {
  const lines: string[] = [];
  let start = at;
  while (start > 0 && lines.length <= LINES_MAX) {
    const code = text.charCodeAt(start - 1);
    if (code !== 10 && code !== 9) break;
    const floor = Math.max(0, start - 2 - charsMax);
    const before = text.slice(floor, start - 1);
    const line = before.slice(Math.max(before.lastIndexOf('\n'), before.lastIndexOf('\t')) + 1);
    if (line.length === before.length && floor > 0) break;
    if (!is(line)) break;
    lines.unshift(line);
    start -= line.length + 1;
  }
  return { lines, start };
}

/** The codes of a line that holds nothing but days, or ''. */
function dayLine(line: string): string {
  const days = line.trim().replace(/[\s:.]+$/, '');
  const whole = daysAt(smallLetters(days), 0, (stop) => stop === days.length);
  return whole ? dayCodes(days) : '';
}

/** Lines in a row, from `at` on, that begin as hours do. */
function hoursLines(text: string, at: number): number {
  let lines = 0;
  for (let from = at; lines <= LINES_MAX; lines++) {
    if (!HOURS.test(text.slice(from, from + 13))) break;
    const end = text.slice(from, from + HOURS_CHARS_MAX).search(/[\n\t]/);
    if (end < 0) return lines + 1;
    from += end + 1;
  }
  return lines;
}
