/**
 * Cuts a stream of bytes into records, each with its place, its own bytes and, where asked for, its
 * cells as text. Joined end to end, the records are the file, whatever is wrong with it.
 *
 * What is held is bounded: a record longer than the bound is handed on in parts. Bytes of a record
 * that is not yet whole are looked at again only when they have doubled, so the work stays linear.
 * How the stream is cut into chunks makes no difference to the records.
 */
import { isAscii, isUtf8 } from 'node:buffer';
import { formatBytes } from '../base/duration.ts';
import type { Failure } from '../model/failure.ts';
import { CellBounds, DOUBLED_CELL } from './cell-bounds.ts';
import { CSV_LIMITS, type CsvLimits, type CsvRecord, type CsvSyntax } from './csv-record.ts';
import { rowDamage } from './row-damage.ts';

const NO_CELLS: readonly string[] = [];
const NO_BYTES = Buffer.alloc(0);
const LF = 10;
const CR = 13;
const SPACE = 32;
const TAB = 9;

export interface ScannerOptions {
  /** Whether the text of the cells is wanted. */
  readonly decode: boolean;
  /** Whether the bytes of the records are wanted, as they are by default; else they are empty. */
  readonly bytes?: boolean;
  readonly limits?: CsvLimits;
}

/** What turned up while reading and concerns the file as a whole. */
export interface ScanFindings {
  /** First line with a closing quote that text follows, and how many records have one. */
  strayQuoteLine: number;
  strayQuotes: number;
  /** First line that is not valid UTF-8 and was read as windows-1252, and how many there are. */
  foreignLine: number;
  foreignRecords: number;
}

export class CsvScanner {
  readonly findings: ScanFindings = {
    strayQuoteLine: 0,
    strayQuotes: 0,
    foreignLine: 0,
    foreignRecords: 0,
  };
  readonly #bounds: CellBounds;
  readonly #quote: string;
  readonly #decode: boolean;
  readonly #bytes: boolean;
  readonly #limits: CsvLimits;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #wakeBytes = 1;
  #line = 1;
  /** Set in the middle of a record that is handed on in parts. */
  #inParts = false;
  /** The window as text, where it is all ASCII: cells are then cut from it. */
  #text: string | undefined;
  #hasNul = false;

  constructor(syntax: CsvSyntax, options: ScannerOptions) {
    this.#limits = options.limits ?? CSV_LIMITS;
    this.#bounds = new CellBounds(syntax, this.#limits);
    this.#quote = syntax.quote;
    this.#decode = options.decode;
    this.#bytes = options.bytes ?? true;
  }

  /** Takes the next bytes, which must not change afterwards, and returns what is whole by now. */
  push(chunk: Buffer): CsvRecord[] {
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    return this.#heldBytes < this.#wakeBytes ? [] : this.#scan(false);
  }

  /** The rest, once there are no more bytes. */
  end(): CsvRecord[] {
    const records = this.#scan(true);
    if (this.#inParts) this.#part(Buffer.alloc(0), 0, true, records);
    return records;
  }

  #scan(final: boolean): CsvRecord[] {
    const window = this.#held.length === 1 ? (this.#held[0] as Buffer) : Buffer.concat(this.#held);
    this.#text = this.#decode && isAscii(window) ? window.toString('latin1') : undefined;
    this.#hasNul = window.includes(0);
    const records: CsvRecord[] = [];
    let at = 0;
    while (at < window.length) {
      const next = this.#inParts
        ? this.#part(window, at, final, records)
        : this.#record(window, at, final, records);
      if (next < 0) break;
      at = next;
    }
    this.#text = undefined;
    const rest = window.length - at;
    this.#held = rest === 0 ? [] : [at === 0 ? window : window.subarray(at)];
    this.#heldBytes = rest;
    this.#wakeBytes = Math.min(rest * 2, rest + this.#limits.recordBytesMax) + 1;
    return records;
  }

  /** Adds the record at `at` and returns where the next one begins, or -1 for want of bytes. */
  #record(window: Buffer, at: number, final: boolean, records: CsvRecord[]): number {
    const bounds = this.#bounds;
    const verdict = bounds.find(window, at, final);
    if (verdict === 'cut') return -1;
    if (verdict === 'too-long') {
      this.#inParts = true;
      return this.#part(window, at, final, records);
    }
    const { end, next } = bounds;
    const line = this.#line;
    records.push({
      line,
      bytes: this.#bytes ? window.subarray(at, end) : NO_BYTES,
      lineEnd: lineEndOf(window, end, next),
      cellCount: bounds.cellCount,
      cells: this.#decode ? this.#cells(window, at) : NO_CELLS,
      role: bounds.cellCount === 1 && isBlank(window, at, end) ? 'blank' : 'row',
      damage: this.#damage(window, at),
    });
    if (bounds.stray && this.findings.strayQuotes++ === 0) this.findings.strayQuoteLine = line;
    this.#line += 1 + (bounds.multiline ? countLineEnds(window.subarray(at, end)) : 0);
    return next;
  }

  /** Adds what there is of a record that is too long, up to its line end. */
  #part(window: Buffer, at: number, final: boolean, records: CsvRecord[]): number {
    const end = firstLineEnd(window, at);
    const whole = end < window.length && (final || end + 1 < window.length || window[end] === LF);
    if (end === at && !whole && !final) return -1;
    const next = whole ? end + (window[end] === CR && window[end + 1] === LF ? 2 : 1) : end;
    const ends = whole || final;
    records.push({
      line: this.#line,
      bytes: window.subarray(at, end),
      lineEnd: whole ? lineEndOf(window, end, next) : '',
      cellCount: 1,
      cells: NO_CELLS,
      role: ends ? 'row' : 'part',
      damage: rowDamage('input.row_too_large', {
        line: this.#line,
        limit: `${formatBytes(this.#limits.recordBytesMax)} or ${this.#limits.cellsMax} cells`,
      }),
    });
    if (!ends) return end;
    this.#inParts = false;
    this.#line += 1;
    return next;
  }

  #damage(window: Buffer, at: number): Failure | undefined {
    const bounds = this.#bounds;
    if (bounds.openedAt >= 0) {
      const before = window.subarray(at, bounds.openedAt);
      const line = this.#line + (bounds.multiline ? countLineEnds(before) : 0);
      return rowDamage('input.unclosed_quote', { line });
    }
    if (bounds.cellBytesMax > this.#limits.cellBytesMax) {
      const limit = formatBytes(this.#limits.cellBytesMax);
      return rowDamage('input.cell_too_large', { line: this.#line, limit });
    }
    if (this.#hasNul && window.subarray(at, bounds.end).includes(0))
      return rowDamage('input.nul_bytes', { line: this.#line });
    return undefined;
  }

  #cells(window: Buffer, from: number): readonly string[] {
    const { spans, cellCount, end: recordEnd } = this.#bounds;
    const text = this.#text;
    const cells: string[] = new Array(cellCount);
    const foreign = text === undefined && !isUtf8(window.subarray(from, recordEnd));
    if (foreign && this.findings.foreignRecords++ === 0) this.findings.foreignLine = this.#line;
    for (let i = 0, at = 0; i < cellCount; i += 1, at += 3) {
      const start = spans[at] as number;
      const end = spans[at + 1] as number;
      const cell =
        text !== undefined
          ? text.slice(start, end)
          : foreign
            ? WINDOWS_1252.decode(window.subarray(start, end))
            : window.toString('utf8', start, end);
      cells[i] =
        spans[at + 2] === DOUBLED_CELL
          ? cell.replaceAll(this.#quote + this.#quote, this.#quote)
          : cell;
    }
    return cells;
  }
}

const WINDOWS_1252 = new TextDecoder('windows-1252');

function lineEndOf(window: Buffer, end: number, next: number): string {
  if (next - end === 2) return '\r\n';
  return next === end ? '' : window[end] === LF ? '\n' : '\r';
}

function firstLineEnd(window: Buffer, from: number): number {
  for (let at = from; at < window.length; at += 1) {
    if (window[at] === LF || window[at] === CR) return at;
  }
  return window.length;
}

function isBlank(window: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    if (window[at] !== SPACE && window[at] !== TAB) return false;
  }
  return true;
}

function countLineEnds(bytes: Buffer): number {
  let count = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    if (bytes[at] === LF || (bytes[at] === CR && bytes[at + 1] !== LF)) count += 1;
  }
  return count;
}
