/**
 * Finds where the cells of one record begin and end. Works on bytes, without copying; delimiters,
 * quotes and line ends are ASCII, so it holds for UTF-8 and every encoding that contains ASCII.
 *
 * A record ends at LF, CRLF or CR outside quotes. A quote opens only at the start of a cell. What
 * follows a closing quote decides whether it was one: a delimiter or a line end, else
 * - on the same line, the cell is taken as it stands (`"Acme" Ltd`), quotes included;
 * - after a line end within the quotes, the opening quote was a stray one. So it is when the end of
 *   the file or the bound is reached first. The record then ends with the line where the quote
 *   opened: reading goes on with the next line and nothing is swallowed. Such a search is not
 *   repeated over and over: every other run of quotes before the place where it ended closes where
 *   it opens.
 */
import type { CsvLimits, CsvSyntax } from './csv-record.ts';

const LF = 10;
const CR = 13;
const SPACE = 32;
const TAB = 9;
/** Spaces allowed between a closing quote and the delimiter. */
const TRAILING_SPACES_MAX = 64;

export const RAW_CELL = 0;
export const QUOTED_CELL = 1;
/** Quoted, with doubled quotes inside. */
export const DOUBLED_CELL = 2;

export type BoundsVerdict =
  | 'whole'
  /** More bytes are needed. */
  | 'cut'
  /** Beyond the bounds, with no line end to recover at. */
  | 'too-long'
  /** Ended early at the line in which a quote opened and never closed. */
  | 'unclosed';

export class CellBounds {
  /** Begin, end and kind of each cell, three numbers a cell. */
  readonly spans: number[] = [];
  cellCount = 0;
  /** Where the record's line end begins. */
  end = 0;
  /** Where the next record begins. */
  next = 0;
  cellBytesMax = 0;
  /** Whether quoted cells hold line ends. */
  multiline = false;
  /** A quote closed and text followed it. */
  stray = false;
  /** Where the quote that never closed stands. */
  openedAt = -1;

  readonly #delimiter: number;
  readonly #quote: number;
  readonly #spaceBeforeQuote: boolean;
  readonly #recordBytesMax: number;
  readonly #cellsMax: number;
  #quotesOff = false;

  constructor(syntax: CsvSyntax, limits: CsvLimits) {
    this.#delimiter = syntax.delimiter === '' ? -1 : syntax.delimiter.charCodeAt(0);
    this.#quote = syntax.quote === '' ? -1 : syntax.quote.charCodeAt(0);
    this.#spaceBeforeQuote = syntax.spaceBeforeQuote;
    this.#recordBytesMax = limits.recordBytesMax;
    this.#cellsMax = limits.cellsMax;
  }

  /** Bounds the record that begins at `from`; `final` = no more bytes will come. */
  find(bytes: Buffer, from: number, final: boolean): BoundsVerdict {
    this.cellCount = 0;
    this.cellBytesMax = 0;
    this.multiline = false;
    this.stray = false;
    this.openedAt = -1;
    this.#quotesOff = false;
    const limit = Math.min(bytes.length, from + this.#recordBytesMax);
    const short = final && limit === bytes.length;
    let at = from;
    for (;;) {
      const start = at;
      let rest = at;
      const quoteAt = this.#opening(bytes, at, limit);
      if (quoteAt >= 0) {
        const after = this.#closing(bytes, quoteAt, limit, final);
        if (after === NEED_MORE) return limit === bytes.length ? 'cut' : 'too-long';
        if (after === UNCLOSED) this.#quotesOff = true;
        else if (after >= 0) at = after;
        else rest = -after;
      }
      if (at === start) {
        at = this.#textEnd(bytes, rest, limit);
        if (at === limit && !short) return limit === bytes.length ? 'cut' : 'too-long';
        this.#add(start, at, RAW_CELL);
      }
      if (at >= bytes.length) return this.#finish(at, at);
      const byte = bytes[at];
      if (byte === this.#delimiter) {
        if (this.cellCount === this.#cellsMax) return 'too-long';
        at += 1;
        if (at < limit) continue;
        if (!short) return limit === bytes.length ? 'cut' : 'too-long';
        this.#add(at, at, RAW_CELL);
        return this.#finish(at, at);
      }
      if (byte === LF) return this.#finish(at, at + 1);
      if (at + 1 === bytes.length && !final) return 'cut';
      return this.#finish(at, bytes[at + 1] === LF ? at + 2 : at + 1);
    }
  }

  #opening(bytes: Buffer, from: number, limit: number): number {
    if (this.#quotesOff || this.#quote < 0) return -1;
    let at = from;
    if (this.#spaceBeforeQuote) while (at < limit && bytes[at] === SPACE) at += 1;
    return bytes[at] === this.#quote && at < limit ? at : -1;
  }

  /**
   * Where the cell whose quote opens at `quoteAt` ends, having added it; or the negated place from
   * which it goes on as plain text; or NEED_MORE; or UNCLOSED.
   */
  #closing(bytes: Buffer, quoteAt: number, limit: number, final: boolean): number {
    const quote = this.#quote;
    let lineEnd = false;
    let doubled = false;
    for (let at = quoteAt + 1; at < limit; at += 1) {
      const byte = bytes[at];
      if (byte === LF || byte === CR) lineEnd = true;
      if (byte !== quote) continue;
      if (at + 1 === bytes.length && !final) return NEED_MORE;
      if (bytes[at + 1] === quote) {
        doubled = true;
        at += 1;
        continue;
      }
      const after = this.#afterQuote(bytes, at + 1, final);
      if (after === NEED_MORE) return NEED_MORE;
      if (after >= 0) {
        this.multiline ||= lineEnd;
        this.#add(quoteAt + 1, at, doubled ? DOUBLED_CELL : QUOTED_CELL);
        return after;
      }
      this.stray = true;
      if (!lineEnd) return -(at + 1);
      this.openedAt = quoteAt;
      return UNCLOSED;
    }
    const bounded = limit < bytes.length;
    if (bounded ? !lineEnd : !final) return NEED_MORE;
    this.openedAt = quoteAt;
    return UNCLOSED;
  }

  /** The delimiter or line end after a closing quote, past spaces; UNCLOSED where there is none. */
  #afterQuote(bytes: Buffer, from: number, final: boolean): number {
    const limit = Math.min(bytes.length, from + TRAILING_SPACES_MAX);
    for (let at = from; at < limit; at += 1) {
      const byte = bytes[at];
      if (byte === this.#delimiter || byte === LF || byte === CR) return at;
      if (byte !== SPACE && byte !== TAB) return UNCLOSED;
    }
    if (limit < bytes.length || limit === from + TRAILING_SPACES_MAX) return UNCLOSED;
    return final ? bytes.length : NEED_MORE;
  }

  #textEnd(bytes: Buffer, from: number, limit: number): number {
    const delimiter = this.#delimiter;
    let at = from;
    for (; at < limit; at += 1) {
      const byte = bytes[at];
      if (byte === delimiter || byte === LF || byte === CR) break;
    }
    return at;
  }

  #add(start: number, end: number, kind: number): void {
    const at = this.cellCount * 3;
    this.spans[at] = start;
    this.spans[at + 1] = end;
    this.spans[at + 2] = kind;
    this.cellCount += 1;
    if (end - start > this.cellBytesMax) this.cellBytesMax = end - start;
  }

  #finish(end: number, next: number): BoundsVerdict {
    this.end = end;
    this.next = next;
    return this.openedAt >= 0 ? 'unclosed' : 'whole';
  }
}

const NEED_MORE = -Number.MAX_SAFE_INTEGER;
const UNCLOSED = -Number.MAX_SAFE_INTEGER + 1;
