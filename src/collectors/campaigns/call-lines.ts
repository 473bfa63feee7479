/**
 * Whole lines of an export as lines of a file of records, byte by byte: for exports of a million
 * rows, of which no text and no object is made. What is said of each call is what `parseRows` says.
 *
 * Nearly every row is plain: its cells go as they are, or nearly so. One with a control character,
 * a number that is none, a column that nobody knows, … is taken apart by `CallLine`, as text.
 *
 * A line: its number, `calledAt`, the cells of the export's columns, the list's own fields, what
 * is `more`, and the call's id where it is not that of its cells.
 */
import { isUtf8 } from 'node:buffer';
import type { RecordField, RecordFileShape } from '../../model/record-file.ts';
import { CallLine } from './call-line.ts';
import {
  callColumns,
  KEY_CHARS_MAX,
  keyOf,
  oldText,
  ownColumns,
  type RowContext,
  textOf,
} from './parse-rows.ts';
import { scanRow } from './scan-row.ts';

/** Where the older character set has something else than Latin-1 has. */
const NOT_LATIN1 = /[\x80-\x9f]/;

/** Written behind the cells of a line, and before them. */
const AROUND_BYTES = 64 * 1024;
const DATE_BYTES = 19;
const MINUTE_BYTES = 16;
const DIGITS_MAX = 15;
/** Of a line's number with its tab. */
const NUMBER_BYTES = 17;

const TAB = 9;
const LF = 10;
const QUOTE = 34;
const ZERO = 48;
const NINE = 57;
const BACKSLASH = 92;
const BANG = 33;
const LETTER_N = 78;
const SMALL_N = 110;
const OPEN = 91;
const CLOSE = 93;
const COMMA = 44;
const POINT = 46;
const DELETE = 127;

/** What `textOf` makes of bytes beyond ASCII, as UTF-8. */
const OLD = Array.from({ length: 128 }, (_, i) => Buffer.from(oldText(Buffer.of(i + 128)), 'utf8'));

export interface AddedLines {
  /** Used again by the next. */
  readonly bytes: Uint8Array;
  readonly rows: number;
  /** Rows that are no call. */
  readonly damaged: number;
}

export class CallLines {
  readonly shape: RecordFileShape;
  /** Longest line, bytes. */
  lineBytes = 0;
  /** Whether a cell has a line end in it. */
  breaks = false;
  readonly #width: number;
  readonly #line: CallLine;
  readonly #numbers: readonly number[];
  /** Columns of which nothing may be in a plain row. */
  readonly #more: readonly number[];
  /** Cells that the id is made of, the first of them not empty. */
  readonly #idCells: readonly number[];
  readonly #idBytes: number;
  #out = Buffer.allocUnsafe(4 * AROUND_BYTES);
  #at = 0;
  #no = 0;
  /** `#no` as it is written, and a tab; digits that it has not yet are zeros before it. */
  readonly #digits = Buffer.from('0\t'.padStart(NUMBER_BYTES, '0'), 'latin1');
  #firstDigit = NUMBER_BYTES - 2;
  /** Of the last row's date, and what it is in UTC. */
  #date = Buffer.alloc(DATE_BYTES);
  #calledAt = Buffer.alloc(0);
  /** Its seconds stand in both at the same places, and are the same. */
  #secondsAlike = false;
  /** Where cells begin, and behind the last of them. */
  readonly #starts: Int32Array;

  /** `columns`: those of the export's first line, of which the first is `call_date`. */
  constructor(columns: readonly string[], context: RowContext) {
    const { campaign, client, direction } = context;
    const fields = ownColumns(columns);
    const kinds = callColumns(fields, direction);
    this.#width = fields.length;
    this.#starts = new Int32Array(fields.length + 1);
    this.#line = new CallLine(fields, context);
    const at = (name: string) => fields.indexOf(name);
    const of = (kind: string) => kinds.flatMap((column, i) => (column.kind === kind ? [i] : []));
    this.#numbers = of('number');
    this.#more = of('more');
    const start = `${campaign}/${client}/`;
    const plainStart = keyOf(start) === start;
    const dialed = at('phone_number_dialed');
    const numbered = at('uniqueid') >= 0;
    const named = numbered ? at('uniqueid') : dialed;
    this.#idCells = plainStart && named >= 0 ? [named, ...[at('lead_id')].filter(isColumn)] : [];
    const head = numbered ? start : `${start}${direction}/tel:`;
    this.#idBytes = KEY_CHARS_MAX - head.length - DATE_BYTES - 2;
    const joined = [
      head,
      named + 1,
      '/',
      ...(at('lead_id') < 0 ? [] : [at('lead_id') + 1]),
      '/',
      1,
    ];
    const width = this.#width;
    const cells: RecordField[] = kinds.flatMap(({ kind, property }, i) =>
      kind === 'more' ? [] : [{ property, cell: i + 1, as: kind }],
    );
    this.shape = {
      cells: width + 4,
      fields: [
        { property: 'id', cell: width + 3, joined },
        { property: 'campaign', text: campaign },
        { property: 'client', text: client },
        { property: 'direction', text: direction },
        { property: 'calledAt', cell: 0, as: 'text' },
        ...cells,
        { property: 'custom', cell: width + 1, as: 'json' },
        { property: 'more', cell: width + 2, as: 'json' },
      ],
    };
  }

  /** `bytes` end in CR LF. */
  add(bytes: Uint8Array): AddedLines {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const utf8 = isUtf8(buffer);
    const before = this.#no;
    this.#at = 0;
    let rows = 0;
    for (let start = 0; start < buffer.length; rows += 1) {
      // A quote becomes four bytes at most, one of an older character set three.
      this.#makeRoom(4 * (buffer.length - start) + AROUND_BYTES);
      const lineStart = this.#at;
      let next = this.#plain(buffer, start, utf8);
      if (next < 0) {
        this.#at = lineStart;
        const end = buffer.indexOf('\r\n', start);
        next = (end < 0 ? buffer.length : end) + 2;
        this.#other(textOf(buffer.subarray(start, next - 2)));
      }
      if (this.#at > lineStart) {
        this.#countOn();
        this.lineBytes = Math.max(this.lineBytes, this.#at - lineStart);
      }
      start = next;
    }
    const made = this.#no - before;
    return { bytes: this.#out.subarray(0, this.#at), rows: made, damaged: rows - made };
  }

  /** Behind the row; nothing was written where it is no call. -1: it is none that is plain. */
  #plain(bytes: Buffer, start: number, utf8: boolean): number {
    const width = this.#width;
    const starts = this.#starts;
    if (this.#idCells.length === 0 || bytes[start + DATE_BYTES] !== TAB) return -1;
    const scan = scanRow(bytes, start, starts);
    if (scan === undefined) return -1;
    const { end, tabs, quotes, bits } = scan;
    if (!this.#tellTime(bytes, start)) return -1;
    if (tabs + 1 < width) return end + 2;
    if (tabs < width) starts[width] = end + 1;
    if (!this.#cellsArePlain(bytes)) return -1;
    const old = !utf8 && bits > DELETE && !isUtf8(bytes.subarray(start, end));
    const cellsEnd = (starts[width] as number) - 1;
    this.#number();
    this.#at += this.#calledAt.copy(this.#out, this.#at);
    this.#out[this.#at++] = TAB;
    if (quotes > 0) this.#cells(bytes, start, cellsEnd, old);
    else this.#copy(bytes, start, cellsEnd, old);
    this.#out[this.#at++] = TAB;
    if (cellsEnd < end) this.#custom(bytes, cellsEnd + 1, end, old);
    const out = this.#out;
    out[this.#at++] = TAB;
    out[this.#at++] = TAB;
    out[this.#at++] = LF;
    return end + 2;
  }

  /** Cells of which one or more have quotes. */
  #cells(bytes: Buffer, start: number, end: number, old: boolean): void {
    const starts = this.#starts;
    const out = this.#out;
    let copied = start;
    let cell = 0;
    for (let quote = bytes.indexOf(QUOTE, start); quote >= 0 && quote < end; ) {
      while ((starts[cell + 1] as number) <= quote) cell += 1;
      const cellStart = starts[cell] as number;
      const cellEnd = (starts[cell + 1] as number) - 1;
      this.#copy(bytes, copied, cellStart, old);
      out[this.#at++] = QUOTE;
      copied = cellStart;
      for (; quote >= 0 && quote < cellEnd; quote = bytes.indexOf(QUOTE, quote + 1)) {
        this.#copy(bytes, copied, quote, old);
        out[this.#at++] = QUOTE;
        copied = quote;
      }
      this.#copy(bytes, copied, cellEnd, old);
      out[this.#at++] = QUOTE;
      copied = cellEnd;
    }
    this.#copy(bytes, copied, end, old);
  }

  #copy(bytes: Buffer, start: number, end: number, old: boolean): void {
    if (old) {
      const text = bytes.toString('latin1', start, end);
      const right = NOT_LATIN1.test(text) ? oldText(bytes.subarray(start, end)) : text;
      this.#at += this.#out.write(right, this.#at, 'utf8');
    } else this.#at += bytes.copy(this.#out, this.#at, start, end);
  }

  /** A byte of an older character set. */
  #old(byte: number): void {
    for (const part of OLD[byte - DELETE - 1] as Buffer) this.#out[this.#at++] = part;
  }

  #cellsArePlain(bytes: Buffer): boolean {
    const starts = this.#starts;
    for (const column of this.#numbers) {
      const from = starts[column] as number;
      if (!isPlainNumber(bytes, from, (starts[column + 1] as number) - 1)) return false;
    }
    for (const column of this.#more) {
      if ((starts[column + 1] as number) - 1 > (starts[column] as number)) return false;
    }
    let length = 0;
    for (const column of this.#idCells) {
      const from = starts[column] as number;
      const end = (starts[column + 1] as number) - 1;
      if (end === from && length === 0) return false;
      length += end - from;
      for (let i = from; i < end; i += 1) if ((bytes[i] as number) >= DELETE) return false;
    }
    return length <= this.#idBytes;
  }

  /** The list's own fields as JSON, which has quotes and is quoted. */
  #custom(bytes: Buffer, start: number, end: number, old: boolean): void {
    let empty = true;
    for (let i = start; i < end && empty; i += 1) empty = bytes[i] === TAB;
    if (empty) return;
    this.#makeRoom(6 * (end - start) + AROUND_BYTES);
    const out = this.#out;
    let at = this.#at;
    const put = (one: number, two: number, three: number) => {
      out[at] = one;
      out[at + 1] = two;
      out[at + 2] = three;
      at += 3;
    };
    put(QUOTE, OPEN, QUOTE);
    out[at++] = QUOTE;
    for (let i = start; i < end; i += 1) {
      const byte = bytes[i] as number;
      if (byte === TAB) {
        put(QUOTE, QUOTE, COMMA);
        out[at++] = QUOTE;
        out[at++] = QUOTE;
      } else if (byte === QUOTE) put(BACKSLASH, QUOTE, QUOTE);
      else if (byte === BACKSLASH) {
        out[at++] = BACKSLASH;
        out[at++] = BACKSLASH;
      } else if (byte === BANG && bytes[i + 1] === LETTER_N) {
        out[at++] = BACKSLASH;
        out[at++] = SMALL_N;
        i += 1;
      } else if (byte > DELETE && old) {
        this.#at = at;
        this.#old(byte);
        at = this.#at;
      } else out[at++] = byte;
    }
    put(QUOTE, QUOTE, CLOSE);
    out[at++] = QUOTE;
    this.#at = at;
  }

  /** False: the row's time is not one. */
  #tellTime(bytes: Buffer, start: number): boolean {
    const known = this.#date;
    let same = 0;
    while (same < DATE_BYTES && bytes[start + same] === known[same]) same += 1;
    if (same === DATE_BYTES) return this.#calledAt.length > 0;
    const tens = (bytes[start + 17] as number) - ZERO;
    const ones = (bytes[start + 18] as number) - ZERO;
    if (same > MINUTE_BYTES && this.#secondsAlike && isSecond(tens, ones)) {
      for (const at of [17, 18]) {
        const byte = bytes[start + at] as number;
        known[at] = byte;
        this.#calledAt[at] = byte;
      }
      return true;
    }
    bytes.copy(known, 0, start, start + DATE_BYTES);
    const date = known.toString('latin1');
    this.#calledAt = Buffer.from(this.#line.calledAt(date), 'latin1');
    this.#secondsAlike = this.#calledAt.subarray(17, 19).equals(known.subarray(17, 19));
    return this.#calledAt.length > 0;
  }

  #other(text: string): void {
    const line = this.#line.write(text);
    if (line === undefined) return;
    this.breaks ||= line.includes('\n');
    this.#makeRoom(Buffer.byteLength(line) + AROUND_BYTES);
    this.#number();
    this.#at += this.#out.write(line, this.#at, 'utf8');
    this.#out[this.#at++] = LF;
  }

  #number(): void {
    const digits = this.#digits;
    for (let i = this.#firstDigit; i < NUMBER_BYTES; i += 1) {
      this.#out[this.#at++] = digits[i] as number;
    }
  }

  #countOn(): void {
    this.#no += 1;
    let at = NUMBER_BYTES - 2;
    for (; this.#digits[at] === NINE; at -= 1) this.#digits[at] = ZERO;
    this.#digits[at] = (this.#digits[at] as number) + 1;
    this.#firstDigit = Math.min(this.#firstDigit, at);
  }

  /** For so many bytes behind what is written. */
  #makeRoom(bytes: number): void {
    const { length } = this.#out;
    if (length - this.#at >= bytes) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * length, this.#at + bytes));
    this.#out.copy(larger, 0, 0, this.#at);
    this.#out = larger;
  }
}

/** Digits, and digits behind a point; or nothing. */
function isPlainNumber(bytes: Buffer, from: number, end: number): boolean {
  if (end - from > DIGITS_MAX) return false;
  let point = from - 1;
  for (let i = from; i < end; i += 1) {
    const digit = (bytes[i] as number) - ZERO;
    if (digit >= 0 && digit <= 9) continue;
    if (bytes[i] !== POINT || point >= from || i === from || i + 1 === end) return false;
    point = i;
  }
  return true;
}

function isColumn(at: number): boolean {
  return at >= 0;
}

function isSecond(tens: number, ones: number): boolean {
  return tens >= 0 && tens < 6 && ones >= 0 && ones <= 9;
}
