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

const DIGIT = 1;
const COMMA = 2;
const CAPITAL_C = 3;
const LETTER_Y = 4;
const BRACKET = 5;
const LETTER_D = 6;
const SLASH = 7;

const KINDS = new Uint8Array(128);
KINDS.fill(DIGIT, 48, 58);
for (const [kind, letters] of [
  [COMMA, ','],
  [CAPITAL_C, 'C'],
  [LETTER_Y, 'yY'],
  [BRACKET, '('],
  [LETTER_D, 'dD'],
  [SLASH, '/'],
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
  for (let at = 0; at < length; at++) {
    const code = codes[at]!;
    if (code >= 128) {
      if (code === 0xa9 || code === 0xfffd) signs.push(at);
      else if (code === 0x3012) places.push(at);
      continue;
    }
    const kind = KINDS[code]!;
    if (kind === 0) continue;
    if (kind === DIGIT) {
      let end = at + 1;
      while (end < length && codes[end]! >= 48 && codes[end]! <= 57) end++;
      digits.push(at, end);
      at = end - 1;
    } else if (kind === LETTER_D) {
      if (isDot(codes, at)) {
        if (codes[at - 1] === 32 && codes[at + 3] === 32) dots.push(at);
        if (code === 68 && codes[at + 1] === 79 && codes[at + 2] === 84) joinedDot = true;
      }
    } else if (kind === LETTER_Y) {
      if (text.startsWith(code === 89 ? 'OPYRIGHT' : 'opyright', at - 2)) signs.push(at - 2);
    } else if (kind === COMMA) {
      if (isCapital(codes[at + 2]!)) places.push(at);
    } else if (kind === CAPITAL_C) {
      if (codes[at + 1] === 111) places.push(at);
    } else if (kind === BRACKET) {
      if (codes[at + 1] === 99 && text.startsWith('(c) ', at)) signs.push(at);
    } else if (!networkPath) {
      networkPath = isNetworkPath(text, at);
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
