import { codeAt } from './code-at.ts';
import { type LabelFinding, labelOfWords, type PhoneLabel } from './phone-labels.ts';
import { textMarks } from './text-marks.ts';

/**
 * Labels that stand apart from their numbers: in a column or row of their own, with as many numbers
 * and the like in the next one.
 */

const LABEL_CHARS_MAX = 24;
const VALUE_CHARS_MAX = 40;
const LINES_MAX = 5;
const LINE = 10;
const CELL = 9;
/** What stands among labels of numbers and is none. */
const OTHER_LABEL = /^(?:e-?mail|mail|web(?:site|seite)?|internet|adress?e?|address|url)\b/i;

/** What a column says of the number at `start`; undefined where it is in none. */
export function columnLabel(text: string, start: number): LabelFinding | undefined {
  let at = start;
  while (at > start - 3 && (codeAt(text, at - 1) === 40 || codeAt(text, at - 1) === 43)) at--;
  if (!isEdge(codeAt(text, at - 1)) || !isAmongValues(text, at)) return undefined;
  const label = stackedLabel(text, at);
  return label === '' ? undefined : { label, near: true, direct: true, spent: false };
}

/** Whether the line above or the one below may hold a number or an address of the net. */
function isAmongValues(text: string, at: number): boolean {
  const { units } = textMarks(text);
  const { length } = units;
  for (let i = at - 2; i > at - VALUE_CHARS_MAX && i >= 0; i--) {
    const code = units[i]!;
    if (isEdge(code)) break;
    if (isSign(code)) return true;
  }
  let next = at;
  while (next < at + VALUE_CHARS_MAX && next < length && !isEdge(units[next]!)) next++;
  for (let i = next + 1; i < next + VALUE_CHARS_MAX && i < length; i++) {
    const code = units[i]!;
    if (isEdge(code)) break;
    if (isSign(code)) return true;
  }
  return false;
}

/** Digits and `@`. */
function isSign(code: number): boolean {
  return (code >= 48 && code <= 57) || code === 64;
}

/** `Phone⏎Fax⏎555 0100⏎555 0101`: the label in the place of the number at `at`. */
function stackedLabel(text: string, at: number): PhoneLabel {
  const values = linesAbove(text, at, VALUE_CHARS_MAX, isValue);
  const labels = linesAbove(text, values.start, LABEL_CHARS_MAX, isLabel).lines;
  if (labels.length < 2) return '';
  const count = values.lines.length + valuesFrom(text, at);
  if (count < 2 || count > labels.length) return '';
  // More labels than values: the first are headings.
  return labelOfWords(labels[labels.length - count + values.lines.length]!).label;
}

function isLabel(line: string): boolean {
  return !/\d/.test(line) && (OTHER_LABEL.test(line.trim()) || labelOfWords(line).direct);
}

function isValue(line: string): boolean {
  return /\d{3}|\d\d\D\d\d|@|www\./.test(line) && !/^\s*\p{L}+[.:]/u.test(line);
}

interface Lines {
  readonly lines: readonly string[];
  readonly start: number;
}

/** Lines or cells in a row, the last of which ends right before `at`, as far as `is` takes them. */
function linesAbove(
  text: string,
  at: number,
  charsMax: number,
  is: (line: string) => boolean,
): Lines {
  const lines: string[] = [];
  let start = at;
  while (start > 0 && lines.length <= LINES_MAX) {
    const from = cellStart(text, start - 1, charsMax);
    if (from < 0) break;
    const line = text.slice(from, start - 1);
    if (!is(line)) break;
    lines.unshift(line);
    start = from;
  }
  return { lines, start };
}

function valuesFrom(text: string, at: number): number {
  let count = 0;
  let from = at;
  while (count <= LINES_MAX) {
    let end = from;
    while (end < from + VALUE_CHARS_MAX && end < text.length && !isEdge(codeAt(text, end))) end++;
    if (!isValue(text.slice(from, end))) break;
    count++;
    if (end >= text.length || !isEdge(codeAt(text, end))) break;
    from = end + 1;
  }
  return count;
}

function isEdge(code: number): boolean {
  return code === LINE || code === CELL;
}

/** Where the line or cell begins that ends at `end`, or -1 where it is longer than `charsMax`. */
function cellStart(text: string, end: number, charsMax: number): number {
  let at = end;
  while (at > 0 && !isEdge(codeAt(text, at - 1))) {
    if (end - at > charsMax) return -1;
    at--;
  }
  return at;
}
