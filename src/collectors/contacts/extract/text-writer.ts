/**
 * The visible text of a page as it grows: white space folded, breaks merged, invisible characters
 * left out, full-width ASCII (`＠`, `０`) and Arabic digits written as ASCII. It writes code units
 * into one flat buffer, which is never larger than the HTML: nothing that is decoded is longer
 * than its source.
 */
import { type Reference, readReference } from './html-entities.ts';
import type { SourceText } from './source-text.ts';
import { FOLD, isWideStop, markText, PAIRS, pairAt } from './text-marks.ts';

export const BREAK = { none: 0, space: 1, cell: 2, line: 3 } as const;

const SEPARATOR = [0, 32, 9, 10];
const SPACE = 32;
const IGNORED = 0;
const AMPERSAND = 38;

const SCRATCH_UNITS_MAX = 512 * 1024;
/** Memory for one page's text, and for the places at which its marks may be. */
interface Scratch {
  readonly units: Uint16Array<ArrayBuffer>;
  /** For texts in which no unit needs more. */
  readonly bytes: Buffer<ArrayBuffer>;
  readonly stops: Int32Array<ArrayBuffer>;
}

function newScratch(units: number): Scratch {
  return {
    units: new Uint16Array(units),
    bytes: Buffer.from(new ArrayBuffer(units)),
    stops: new Int32Array(units >> 1),
  };
}

let shared = newScratch(64 * 1024);

/**
 * Pages are read one after another and `toString` copies, so pages of usual size share their
 * memory: allocating it anew would cost more than filling it.
 */
function scratch(units: number): Scratch {
  if (units > SCRATCH_UNITS_MAX) return newScratch(units);
  if (shared.units.length < units) shared = newScratch(Math.min(units * 2, SCRATCH_UNITS_MAX));
  return shared;
}

export class TextWriter {
  readonly #scratch: Scratch;
  readonly #out: Uint16Array<ArrayBuffer>;
  readonly #stops: Int32Array<ArrayBuffer>;
  readonly #reference: Reference = { text: '', end: 0 };
  readonly #capacity: number;
  #length = 0;
  #pending = 0;
  #bits = 0;
  #overrideStart = -1;
  #stopCount = 0;
  /** Whether text was turned round behind its stops, or had too many of them. */
  #stopsLost = false;

  constructor(capacity: number) {
    this.#capacity = capacity + 64;
    this.#scratch = scratch(this.#capacity);
    this.#out = this.#scratch.units;
    this.#stops = this.#scratch.stops;
  }

  /** Offset at which the next character goes, not counting a break that is still pending. */
  get length(): number {
    return this.#length;
  }

  break(kind: number): void {
    if (kind === BREAK.line && this.#overrideStart >= 0) this.#endOverride();
    if (kind > this.#pending) this.#pending = kind;
  }

  /** Appends `[start, end)` of the source, which holds no tags. */
  append({ html, codes }: SourceText, start: number, end: number, preformatted: boolean): void {
    // Only what style sheets generate is longer than its source; past the page's size it is
    // dropped.
    if (this.#length + (end - start) + 1 >= this.#capacity) return;
    const out = this.#out;
    let length = this.#length;
    let i = start;
    while (i < end) {
      let code = codes[i]!;
      if (isPlain(code)) {
        if (this.#pending !== 0) length = this.#separate(length);
        if (PAIRS[pairAt(length > 0 ? out[length - 1]! : 0, code)] !== 0) this.#stop(length);
        // Most of a page: words with one space between them, copied from stop to stop.
        for (;;) {
          const to = copyPlain(codes, out, i, end, length - i);
          length += to - i;
          i = to;
          code = codes[i]!;
          if (i === end || code >= 128 || PAIRS[(codes[i - 1]! << 7) | code] === FOLD) break;
          this.#stop(length);
        }
        if (codes[i - 1] === SPACE) {
          length--;
          this.#pending = BREAK.space;
        }
        continue;
      }
      i++;
      if (isForeignLetter(code)) {
        if (this.#pending !== 0) length = this.#separate(length);
        this.#bits |= code;
        out[length++] = code;
        continue;
      }
      if (code <= SPACE) {
        if (preformatted && code === 10) this.#pending = BREAK.line;
        else if (this.#pending === 0) this.#pending = BREAK.space;
        continue;
      }
      this.#length = length;
      if (code === AMPERSAND && readReference(html, i - 1, end, this.#reference)) {
        const { text } = this.#reference;
        for (let at = 0; at < text.length; at++) this.#put(text.charCodeAt(at));
        i = this.#reference.end;
      } else this.#put(code);
      length = this.#length;
    }
    this.#length = length;
  }

  /** Writes the separator that is pending at `length`; returns the length with it. */
  #separate(length: number): number {
    const separator = SEPARATOR[this.#pending]!;
    this.#pending = 0;
    if (length === 0) return 0;
    if (PAIRS[pairAt(this.#out[length - 1]!, separator)]! > FOLD) this.#stop(length);
    this.#out[length] = separator;
    return length + 1;
  }

  /** Writes one unit that is not plain text, or comes from a reference. */
  #put(raw: number): void {
    const code = raw <= SPACE ? SPACE : raw >= 128 ? foldCode(raw) : raw;
    if (code === SPACE) {
      if (this.#pending === 0) this.#pending = BREAK.space;
      return;
    }
    if (code === IGNORED) {
      this.#override(raw);
      return;
    }
    const length = this.#pending === 0 ? this.#length : this.#separate(this.#length);
    const previous = length > 0 ? this.#out[length - 1]! : 0;
    if (code >= 128 ? isWideStop(code) : PAIRS[pairAt(previous, code)]! > FOLD) {
      this.#stop(length);
    }
    this.#bits |= code;
    this.#out[length] = code;
    this.#length = length + 1;
  }

  #stop(at: number): void {
    if (this.#stopCount < this.#stops.length) this.#stops[this.#stopCount++] = at;
    else this.#stopsLost = true;
  }

  /** A right-to-left override shows what follows it reversed, up to the pop or the line's end. */
  #override(code: number): void {
    if (code === 0x202e) {
      if (this.#overrideStart < 0) this.#overrideStart = this.#length;
    } else if (code === 0x202c && this.#overrideStart >= 0) this.#endOverride();
  }

  #endOverride(): void {
    this.reverse(this.#overrideStart, this.#length);
    this.#overrideStart = -1;
  }

  /** Turns `[start, end)` round, as `unicode-bidi: bidi-override` shows it. */
  reverse(start: number, end: number): void {
    const out = this.#out;
    let from = start;
    while (from < end && out[from]! <= SPACE) from++;
    out.subarray(from, end).reverse();
    this.#stopsLost = true;
  }

  /** The text as far as it is written; it is marked along the way. */
  toString(): string {
    if (this.#overrideStart >= 0) this.#endOverride();
    const text = this.#decoded();
    if (!this.#stopsLost) {
      const units = this.#out.subarray(0, this.#length);
      markText(text, units, this.#stops, this.#stopCount, this.#bits);
    }
    return text;
  }

  #decoded(): string {
    const { bytes, units } = this.#scratch;
    const length = this.#length;
    if (this.#bits > 0xff) return Buffer.from(units.buffer, 0, length * 2).toString('utf16le');
    bytes.set(units.subarray(0, length));
    return bytes.toString('latin1', 0, length);
  }

  /** First offset at or after `start` that is not white space, at most `end`. */
  skipSpace(start: number, end: number): number {
    let i = start;
    while (i < end && this.#out[i]! <= SPACE) i++;
    return i;
  }
}

/**
 * Copies plain text from `from` to `from + shift`, up to a stop, to what is not plain or to `end`,
 * and returns where it ended. At least one unit is copied.
 */
function copyPlain(
  codes: Uint16Array,
  out: Uint16Array,
  from: number,
  end: number,
  shift: number,
): number {
  let i = from;
  let code = codes[i]!;
  for (;;) {
    out[i + shift] = code;
    const next = codes[++i]!;
    if (i === end || (PAIRS[(code << 7) | (next & 127)]! | (next >> 7)) !== 0) return i;
    code = next;
  }
}

/** Written as it is: ASCII that is neither white space nor opens a reference. */
function isPlain(code: number): boolean {
  return code > SPACE && code < 128 && code !== AMPERSAND;
}

/** Letters with accents, Greek and Cyrillic: written as they are, and no stops. */
function isForeignLetter(code: number): boolean {
  return code >= 0xc0 && code < 0x530;
}

/** A space for every kind of space, 0 for what is invisible, ASCII for full-width ASCII. */
function foldCode(code: number): number {
  if (code < 0x2000) {
    if (code === 0xa0 || code === 0x1680) return SPACE;
    // Arabic and Persian digits are telephone numbers' digits too.
    if (code >= 0x660 && code <= 0x669) return code - 0x630;
    if (code >= 0x6f0 && code <= 0x6f9) return code - 0x6c0;
    return code === 0xad ? IGNORED : code;
  }
  if (code <= 0x206f) {
    if (code <= 0x200a || code === 0x2028 || code === 0x2029 || code === 0x202f) return SPACE;
    if (code === 0x205f) return SPACE;
    if (code === 0x2024) return 46;
    if (code <= 0x200f || (code >= 0x202a && code <= 0x202e) || code >= 0x2060) return IGNORED;
    return code;
  }
  if (code === 0x3000) return SPACE;
  if (code >= 0xff01 && code <= 0xff5e) return code - 0xfee0;
  if (code === 0xfe6b) return 64;
  return code === 0xfeff ? IGNORED : code;
}
