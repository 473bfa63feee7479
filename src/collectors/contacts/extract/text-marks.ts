/**
 * Where a text holds what the finders start from: runs of digits, places that open or close
 * addresses, copyright signs, legal forms. One pass over the text for all of them, so that no
 * finder reads a page from end to end to learn that there is nothing in it. The marks say where to
 * look and decide nothing.
 *
 * The pass goes by pairs of code units: `PAIRS` turns away nearly all of them, what is left is a
 * stop, and `markStops` tells the stops apart. The writer of a page's text looks the pairs up as it
 * writes, so that a page's text is not read again for its marks.
 */
import { codeAt } from './code-at.ts';

export interface TextMarks {
  readonly text: string;
  /**
   * The code units of the text, exactly; good until the next page is read. Walks look at them
   * rather than at the string: a string's units cost several times as much, for strings are kept in
   * many ways.
   */
  readonly units: Uint16Array;
  /** Start and end of each run of digits, in turn. */
  readonly digits: readonly number[];
  /** `Co`, the Japanese postal mark, and commas with a space and a capital behind them. */
  readonly places: readonly number[];
  /** `opyright`, `OPYRIGHT`, `©`, `(c) ` and broken characters. */
  readonly signs: readonly number[];
  /** The word `dot`, in any letters, with a space at both ends. */
  readonly dots: readonly number[];
  /** Spaces and commas before what may begin a legal form of companies. */
  readonly forms: readonly number[];
  /** Space, tab, colon, dot or dash before what may be a word of Latin letters for `closed`. */
  readonly closings: readonly number[];
  /** Whether there may be Cyrillic, Chinese or Japanese letters. */
  readonly hasFarLetters: boolean;
  /** Whether `DOT` stands anywhere. */
  readonly joinedDot: boolean;
  /** Whether `.com/`, `.me/` or `.app/` stands anywhere. */
  readonly networkPath: boolean;
}

/**
 * Shorter texts are read again for their marks, rather than remembered: they would turn out the
 * page's.
 */
export const REMEMBERED_CHARS_MIN = 512;

let remembered: TextMarks | undefined;

/** The marks of `text`; those of the last long text are at hand. */
export function textMarks(text: string): TextMarks {
  if (remembered !== undefined && remembered.text === text) return remembered;
  const marks = readMarks(text);
  if (text.length >= REMEMBERED_CHARS_MIN) remembered = marks;
  return marks;
}

/** Marks a text whose first `count` stops are known, in order, and the bits of all its units. */
export function markText(
  text: string,
  units: Uint16Array,
  stops: Int32Array,
  count: number,
  bits: number,
): void {
  if (text.length < REMEMBERED_CHARS_MIN) return;
  const marks = new StopReader(text, units);
  marks.hasFarLetters = areFar(bits);
  for (let i = 0; i < count; i++) marks.read(stops[i]!);
  remembered = marks;
}

/**
 * The second unit of a pair is not written as it stands: a second space, a control character, an
 * ampersand. A text's stops are the second units of the kinds above.
 */
export const FOLD = 1;
const DIGIT = 2;
const COMMA = 3;
const COUNTY = 4;
const COPYRIGHT = 5;
const BRACKET = 6;
const DOT = 7;
const SLASH = 8;
const FORM = 9;
const CLOSED = 10;

/**
 * What a unit and the one before it, both ASCII, may mean: 0 for nearly all pairs of a text.
 */
export const PAIRS = new Uint8Array(1 << 14);
for (let first = 0; first < 128; first++) {
  const row = first << 7;
  if (first < 48 || first > 57) PAIRS.fill(DIGIT, row | 48, (row | 57) + 1);
  PAIRS[row | 47] = SLASH;
  PAIRS[row | 38] = FOLD;
  PAIRS.fill(FOLD, row, row | 32);
}
for (const [kind, pairs] of [
  [FOLD, '  '],
  [FORM, 'InLLL.LtLiPLGmmbAGKGOHGbe.UGSAS.EUB.BVN.SPSRSpSLLdABApASOys.Kfd.PtPvSdKK'],
  [COMMA, ', '],
  [COUNTY, 'Co'],
  [COPYRIGHT, 'yrYR'],
  [BRACKET, '(c'],
  [DOT, 'doDODodO'],
  // Of closed, gesloten; geschlossen; cerrado; chiuso; lukket; fermé, fechado; ruhetag; stängt;
  // zamknięte.
  [CLOSED, 'loLOhlHLrrRRiuIUukUKfeFeFEuhUHgtGTmkMK'],
] as const) {
  for (let i = 0; i < pairs.length; i += 2) {
    PAIRS[(pairs.charCodeAt(i) << 7) | pairs.charCodeAt(i + 1)] = kind;
  }
}

/** Where `PAIRS` has the ASCII `code` behind `before`, which may be any unit. */
export function pairAt(before: number, code: number): number {
  return before < 128 ? (before << 7) | code : code;
}

/** Whether a unit beyond ASCII is a stop: `©`, broken characters, the Japanese postal mark. */
export function isWideStop(code: number): boolean {
  return code === 0xa9 || code === 0xfffd || code === 0x3012;
}

function readMarks(text: string): TextMarks {
  const units = unitsOf(text);
  const marks = new StopReader(text, units);
  let before = 0;
  let bits = 0;
  const { length } = text;
  for (let at = 0; at < length; at++) {
    const code = units[at]!;
    if (code >= 128) {
      bits |= code;
      if (isWideStop(code)) marks.read(at);
    } else if (PAIRS[pairAt(before, code)]! > FOLD) marks.read(at);
    before = code;
  }
  marks.hasFarLetters = areFar(bits);
  return marks;
}

function unitsOf(text: string): Uint16Array {
  const units = new Uint16Array(text.length);
  const { length } = units;
  for (let i = 0; i < length; i++) units[i] = codeAt(text, i);
  return units;
}

/** Cyrillic begins at 0x400; most of what the Chinese and Japanese write, at 0x4e00. */
function areFar(bits: number): boolean {
  return (bits & 0x4400) !== 0;
}

class StopReader implements TextMarks {
  readonly text: string;
  readonly digits: number[] = [];
  readonly places: number[] = [];
  readonly signs: number[] = [];
  readonly dots: number[] = [];
  readonly forms: number[] = [];
  readonly closings: number[] = [];
  hasFarLetters = false;
  joinedDot = false;
  networkPath = false;
  readonly #units: Uint16Array;
  /** Behind what has been read. */
  #end = 0;

  constructor(text: string, units: Uint16Array) {
    this.text = text;
    this.#units = units;
  }

  get units(): Uint16Array {
    return this.#units;
  }

  /** Marks what stands at the stop `at`; stops come in order. */
  read(at: number): void {
    if (at < this.#end) return;
    this.#end = at + 1;
    const text = this.text;
    const units = this.#units;
    const code = units[at]!;
    if (code >= 128) {
      if (code === 0x3012) this.places.push(at);
      else if (isWideStop(code)) this.signs.push(at);
      return;
    }
    const before = at > 0 ? units[at - 1]! : 0;
    switch (PAIRS[pairAt(before, code)]) {
      case DIGIT:
        this.#digits(at);
        break;
      case COMMA:
        if (isCapital(units[at + 1]!)) this.places.push(at - 1);
        break;
      case COUNTY:
        this.places.push(at - 1);
        this.#form(at);
        break;
      case COPYRIGHT:
        if (text.startsWith(code === 82 ? 'OPYRIGHT' : 'opyright', at - 3)) this.signs.push(at - 3);
        break;
      case BRACKET:
        if (text.startsWith('(c) ', at - 1)) this.signs.push(at - 1);
        break;
      case DOT:
        this.#dot(at - 1);
        break;
      case SLASH:
        this.networkPath ||= isNetworkPath(text, at);
        if (before === 65) this.#form(at);
        break;
      case FORM:
        this.#form(at);
        break;
      case CLOSED:
        this.#closing(at);
        break;
    }
  }

  #digits(start: number): void {
    const units = this.#units;
    let end = start + 1;
    while (end < units.length && isDigit(units[end]!)) end++;
    this.digits.push(start, end);
    this.#end = end;
  }

  #form(second: number): void {
    const before = this.#units[second - 2];
    if (before === 32 || before === 44) this.forms.push(second - 2);
  }

  /** The word began a few letters before its pair, and something that parts words stands there. */
  #closing(second: number): void {
    const units = this.#units;
    const floor = Math.max(0, second - CLOSING_LETTERS_MAX);
    for (let at = second - 2; at >= floor; at--) {
      const code = units[at]!;
      if (!opensClosing(code)) continue;
      const { closings } = this;
      if (closings.length === 0 || closings[closings.length - 1] !== at) closings.push(at);
      return;
    }
  }

  #dot(at: number): void {
    const units = this.#units;
    if (at + 2 >= units.length) return;
    if ((units[at]! | 32) !== 100 || (units[at + 2]! | 32) !== 116) return;
    if (units[at - 1] === 32 && units[at + 3] === 32) this.dots.push(at);
    this.joinedDot ||= this.text.startsWith('DOT', at);
  }
}

/** Up to the pair's second, and the sign before the word. */
const CLOSING_LETTERS_MAX = 6;

/** Space, tab, line end, colon, dot and dashes. */
function opensClosing(code: number): boolean {
  if (code === 32 || code === 9 || code === 10) return true;
  return code === 58 || code === 46 || code === 45 || code === 0x2013;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
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
