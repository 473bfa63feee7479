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
  /** `Co`, the Japanese postal mark, and commas two before a capital. */
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
  const marks = readMarks(text);
  if (text.length >= REMEMBERED_CHARS_MIN) remembered = marks;
  return marks;
}

const END = 1;
const DIGIT = 2;
const COMMA = 3;
const CAPITAL_C = 4;
const LETTER_Y = 5;
const BRACKET = 6;
const LETTER_D = 7;
const SLASH = 8;
const SIGN = 9;
const POSTAL_MARK = 10;

/** What a code unit may begin; 0 for nearly all of them. */
const KINDS = new Uint8Array(1 << 16);
for (const [kind, letters] of [
  [END, '\0'],
  [DIGIT, '0123456789'],
  [COMMA, ','],
  [CAPITAL_C, 'C'],
  [LETTER_Y, 'yY'],
  [BRACKET, '('],
  [LETTER_D, 'dD'],
  [SLASH, '/'],
  [SIGN, '©\ufffd'],
  [POSTAL_MARK, '〒'],
] as const) {
  for (const letter of letters) KINDS[letter.charCodeAt(0)] = kind;
}

function readMarks(text: string): TextMarks {
  const codes = sourceCodes(text);
  const length = text.length;
  const digits: number[] = [];
  const places: number[] = [];
  const signs: number[] = [];
  const dots: number[] = [];
  let joinedDot = false;
  let networkPath = false;
  // The zero behind the end stops the loop.
  for (let at = 0; ; at++) {
    while (KINDS[codes[at]!] === 0) at++;
    if (at >= length) break;
    const code = codes[at]!;
    switch (KINDS[code]) {
      case DIGIT: {
        let end = at + 1;
        while (codes[end]! >= 48 && codes[end]! <= 57) end++;
        digits.push(at, end);
        at = end - 1;
        break;
      }
      case LETTER_D:
        if (!isDot(codes, at)) break;
        if (codes[at - 1] === 32 && codes[at + 3] === 32) dots.push(at);
        joinedDot ||= code === 68 && codes[at + 1] === 79 && codes[at + 2] === 84;
        break;
      case LETTER_Y:
        if ((codes[at + 1]! | 32) !== 114) break;
        if (text.startsWith(code === 89 ? 'OPYRIGHT' : 'opyright', at - 2)) signs.push(at - 2);
        break;
      case COMMA:
        if (isCapital(codes[at + 2]!)) places.push(at);
        break;
      case CAPITAL_C:
        if (codes[at + 1] === 111) places.push(at);
        break;
      case BRACKET:
        if (codes[at + 1] === 99 && text.startsWith('(c) ', at)) signs.push(at);
        break;
      case SLASH:
        networkPath ||= isNetworkPath(text, at);
        break;
      case SIGN:
        signs.push(at);
        break;
      case POSTAL_MARK:
        places.push(at);
        break;
    }
  }
  return { text, digits, places, signs, dots, joinedDot, networkPath };
}

function isDot(codes: Uint16Array, at: number): boolean {
  return (codes[at + 1]! | 32) === 111 && (codes[at + 2]! | 32) === 116;
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
