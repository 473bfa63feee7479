/**
 * The visible text of a page as it grows: white space folded, breaks merged, invisible characters
 * left out, full-width ASCII (`＠`, `０`) and Arabic digits written as ASCII. It writes code units
 * into one flat buffer, which is never larger than the HTML: nothing that is decoded is longer
 * than its source.
 */
import { type Reference, readReference } from './html-entities.ts';
import { SLACK, type SourceText } from './source-text.ts';
import { markText } from './text-marks.ts';

export const BREAK = { none: 0, space: 1, cell: 2, line: 3 } as const;

const SEPARATOR = [0, 32, 9, 10];
const SPACE = 32;
const IGNORED = 0;
const AMPERSAND = 38;

const SCRATCH_UNITS_MAX = 512 * 1024;
let shared = new Uint16Array(64 * 1024);

/**
 * Memory for one page's text. Pages are read one after another and `toString` copies, so pages of
 * usual size share one buffer: allocating it anew would cost more than filling it.
 */
function scratch(units: number): Uint16Array<ArrayBuffer> {
  if (units > SCRATCH_UNITS_MAX) return new Uint16Array(units);
  if (shared.length < units) shared = new Uint16Array(Math.min(units * 2, SCRATCH_UNITS_MAX));
  return shared;
}

export class TextWriter {
  readonly #out: Uint16Array<ArrayBuffer>;
  readonly #reference: Reference = { text: '', end: 0 };
  readonly #capacity: number;
  #length = 0;
  #pending = 0;
  #bits = 0;
  #overrideStart = -1;

  constructor(capacity: number) {
    this.#capacity = capacity + 64;
    this.#out = scratch(this.#capacity + SLACK);
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
    let pending = this.#pending;
    let i = start;
    while (i < end) {
      let code = codes[i]!;
      if (isPlain(code)) {
        if (pending !== 0) {
          if (length > 0) out[length++] = SEPARATOR[pending]!;
          pending = 0;
        }
        // Most of a page: words with one space between them, copied without a look at where
        // each ends.
        let previous = code;
        do {
          out[length++] = code;
          previous = code;
          code = codes[++i]!;
        } while (i < end && isInWords(code) && (code | previous) !== SPACE);
        if (previous === SPACE) {
          length--;
          pending = BREAK.space;
        }
        continue;
      }
      i++;
      if (code <= SPACE) {
        if (preformatted && code === 10) pending = BREAK.line;
        else if (pending === 0) pending = BREAK.space;
        continue;
      }
      if (code === AMPERSAND && readReference(html, i - 1, end, this.#reference)) {
        this.#length = length;
        this.#pending = pending;
        this.#appendDecoded(this.#reference.text);
        length = this.#length;
        pending = this.#pending;
        i = this.#reference.end;
        continue;
      }
      if (code >= 128) {
        const raw = code;
        code = foldCode(raw);
        if (code === SPACE) {
          if (pending === 0) pending = BREAK.space;
          continue;
        }
        if (code === IGNORED) {
          this.#length = length;
          this.#override(raw);
          continue;
        }
        this.#bits |= code;
      }
      if (pending !== 0) {
        if (length > 0) out[length++] = SEPARATOR[pending]!;
        pending = 0;
      }
      out[length++] = code;
    }
    this.#length = length;
    this.#pending = pending;
  }

  #appendDecoded(text: string): void {
    for (let i = 0; i < text.length; i++) {
      const raw = text.charCodeAt(i);
      const code = raw <= SPACE ? SPACE : raw >= 128 ? foldCode(raw) : raw;
      if (code === SPACE) {
        if (this.#pending === 0) this.#pending = BREAK.space;
      } else if (code === IGNORED) {
        this.#override(raw);
      } else {
        if (this.#pending !== 0 && this.#length > 0) {
          this.#out[this.#length++] = SEPARATOR[this.#pending]!;
        }
        this.#pending = 0;
        this.#bits |= code;
        this.#out[this.#length++] = code;
      }
    }
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
  }

  /** The text as far as it is written, which is marked along the way. */
  toString(): string {
    if (this.#overrideStart >= 0) this.#endOverride();
    const out = this.#out;
    out.fill(0, this.#length, this.#length + SLACK);
    const text = this.#decoded();
    markText(text, out);
    return text;
  }

  #decoded(): string {
    const out = this.#out;
    if (this.#bits > 0xff) {
      return Buffer.from(out.buffer, 0, this.#length * 2).toString('utf16le');
    }
    const narrow = new Uint8Array(out.subarray(0, this.#length));
    return Buffer.from(narrow.buffer, 0, narrow.length).toString('latin1');
  }

  /** First offset at or after `start` that is not white space, at most `end`. */
  skipSpace(start: number, end: number): number {
    let i = start;
    while (i < end && this.#out[i]! <= SPACE) i++;
    return i;
  }
}

/** Written as it is: ASCII that is neither white space nor opens a reference. */
function isPlain(code: number): boolean {
  return code > SPACE && code < 128 && code !== AMPERSAND;
}

/** Plain, or a space, which is plain between two words. */
function isInWords(code: number): boolean {
  return code >= SPACE && code < 128 && code !== AMPERSAND;
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
