/**
 * Where a text holds what the finders start from: runs of digits, places that open or close
 * addresses, copyright signs. One pass over the text for all of them, so that no finder reads a
 * page from end to end to learn that there is nothing in it. The marks say where to look and
 * decide nothing.
 */
import { sourceCodes } from './source-text.ts';

export interface TextMarks {
  readonly text: string;
  /** Start and end of each run of digits, in turn. */
  readonly digits: readonly number[];
  /** `Co`, the Japanese postal mark, and commas with a space and a capital behind them. */
  readonly places: readonly number[];
  /** `opyright`, `OPYRIGHT`, `©`, `(c) ` and broken characters. */
  readonly signs: readonly number[];
  /** The word `dot`, in any letters, with a space at both ends. */
  readonly dots: readonly number[];
  /** Whether `DOT` stands anywhere. */
  readonly joinedDot: boolean;
  /** Whether `.com/`, `.me/` or `.app/` stands anywhere. */
  readonly networkPath: boolean;
}

/** Shorter texts are read again rather than remembered: they would turn out the page's. */
const REMEMBERED_CHARS_MIN = 512;

let remembered: TextMarks | undefined;

/** The marks of `text`; those of the last long text are at hand. */
export function textMarks(text: string): TextMarks {
  if (remembered !== undefined && remembered.text === text) return remembered;
  const marks = readMarks(text, sourceCodes(text));
  if (text.length >= REMEMBERED_CHARS_MIN) remembered = marks;
  return marks;
}

/** Marks a text whose code units are at hand, with a zero behind the last. */
export function markText(text: string, codes: Uint16Array): void {
  if (text.length >= REMEMBERED_CHARS_MIN) remembered = readMarks(text, codes);
}

const END = 1;
const DIGIT = 2;
const COMMA = 3;
const COUNTY = 4;
const COPYRIGHT = 5;
const BRACKET = 6;
const DOT = 7;
const SLASH = 8;
const SIGN = 9;
const POSTAL_MARK = 10;

/**
 * What a code unit and the one behind it may begin, by the low seven bits of both: 0 for nearly
 * all pairs of a text. Of units that share their low bits the switch tells the right one.
 */
const KINDS = new Uint8Array(1 << 14);
for (const [kind, first, second] of [
  [END, '\0', ''],
  [DIGIT, '0123456789', ''],
  [SLASH, '/', ''],
  [SIGN, '©\ufffd', ''],
  [POSTAL_MARK, '〒', ''],
  [COMMA, ',', ' '],
  [COUNTY, 'C', 'o'],
  [COPYRIGHT, 'y', 'r'],
  [COPYRIGHT, 'Y', 'R'],
  [BRACKET, '(', 'c'],
  [DOT, 'dD', 'oO'],
] as const) {
  for (const letter of first) {
    const row = (letter.charCodeAt(0) & 127) << 7;
    if (second === '') KINDS.fill(kind, row, row + 128);
    for (const next of second) KINDS[row | next.charCodeAt(0)] = kind;
  }
}

function readMarks(text: string, codes: Uint16Array): TextMarks {
  const length = text.length;
  const digits: number[] = [];
  const places: number[] = [];
  const signs: number[] = [];
  const dots: number[] = [];
  let joinedDot = false;
  let networkPath = false;
  // The zero behind the end stops the loop.
  for (let at = 0; ; at++) {
    let code = codes[at]!;
    let next = codes[at + 1]!;
    while (KINDS[((code & 127) << 7) | (next & 127)] === 0) {
      code = next;
      next = codes[++at + 1]!;
    }
    if (at >= length) break;
    switch (KINDS[((code & 127) << 7) | (next & 127)]) {
      case DIGIT: {
        if (code >= 128) break;
        let end = at + 1;
        while (codes[end]! >= 48 && codes[end]! <= 57) end++;
        digits.push(at, end);
        at = end - 1;
        break;
      }
      case DOT:
        if (!isDot(codes, at)) break;
        if (codes[at - 1] === 32 && codes[at + 3] === 32) dots.push(at);
        joinedDot ||= code === 68 && next === 79 && codes[at + 2] === 84;
        break;
      case COPYRIGHT:
        if (text.startsWith(code === 89 ? 'OPYRIGHT' : 'opyright', at - 2)) signs.push(at - 2);
        break;
      case COMMA:
        if (code === 44 && next === 32 && isCapital(codes[at + 2]!)) places.push(at);
        break;
      case COUNTY:
        if (code === 67 && next === 111) places.push(at);
        break;
      case BRACKET:
        if (text.startsWith('(c) ', at)) signs.push(at);
        break;
      case SLASH:
        networkPath ||= code === 47 && isNetworkPath(text, at);
        break;
      case SIGN:
        if (code === 0xa9 || code === 0xfffd) signs.push(at);
        break;
      case POSTAL_MARK:
        if (code === 0x3012) places.push(at);
        break;
    }
  }
  return { text, digits, places, signs, dots, joinedDot, networkPath };
}

function isDot(codes: Uint16Array, at: number): boolean {
  return (
    (codes[at]! | 32) === 100 && (codes[at + 1]! | 32) === 111 && (codes[at + 2]! | 32) === 116
  );
}

function isCapital(code: number): boolean {
  return code >= 65 && code <= 90;
}

function isNetworkPath(text: string, slash: number): boolean {
  return (
    text.startsWith('.com', slash - 4) ||
    text.startsWith('.me', slash - 3) ||
    text.startsWith('.app', slash - 4)
  );
}
