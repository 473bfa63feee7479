/**
 * Whole lines of an export to calls, as the texts that are stored. It runs in the campaign's own
 * process and keeps nothing from one call of it to the next: what one process did not finish,
 * another can do again. A text is put together from the cells as they are, since nearly none has a
 * character that JSON escapes: objects on the way would cost as much again in every process that
 * they pass.
 *
 * Rows end in CR LF; a value can hold a lone line feed, and no value holds a tab. Text is UTF-8 or
 * what older databases hold, row by row. Rows may be wider than the header: the list's own fields.
 */
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { fieldOf, KNOWN_COLUMNS, MULTI_LINE_COLUMNS, NUMBER_COLUMNS } from './call-fields.ts';
import type { CallTexts } from './calls-in-both.ts';
import { localMsIn } from './hours.ts';
import { instantOf, type Zone } from './zone.ts';

export interface RowContext {
  readonly campaign: string;
  readonly client: string;
  readonly direction: 'outbound' | 'inbound';
  readonly zone: Zone;
}

export interface RowPiece {
  readonly context: RowContext;
  /** undefined = the first line names them. */
  readonly columns: readonly string[] | undefined;
  /** Ends in CR LF. */
  readonly bytes: Uint8Array;
}

export interface ParsedRows {
  readonly columns: readonly string[];
  /** What each call is kept under, a line each. */
  readonly keys: string;
  /** JSON texts of `CallRecord`, one after the other: one text crosses quicker than thousands. */
  readonly texts: string;
  /** Where each of them ends. */
  readonly ends: Int32Array;
  /** Rows that are no call: fewer cells than columns, or no time. */
  readonly damaged: number;
}

export const KEY_CHARS_MAX = 400;
const CONTROL = /\p{Cc}/u;
const CONTROLS = /\p{Cc}/gu;
/** What JSON escapes, but for the tab between two cells. */
const ESCAPED = /["\\\u0000-\u0008\u000a-\u001f]/;
const latin = new TextDecoder('windows-1252');

/** A line as UTF-8, or as what older databases hold. */
export function textOf(line: Buffer): string {
  return isUtf8(line) ? line.toString('utf8') : oldText(line);
}

/** Bytes of an older character set. */
export function oldText(bytes: Uint8Array): string {
  return latin.decode(bytes);
}

export function parseRows({ context, columns: given, bytes }: RowPiece): ParsedRows {
  const lines = linesOf(bytes);
  const columns = given ?? (lines.shift() ?? '').split('\t');
  const writer = new CallWriter(columns, context);
  const keys: string[] = [];
  const texts: string[] = [];
  const ends: number[] = [];
  let end = 0;
  let damaged = 0;
  for (const line of lines) {
    const text = writer.write(line);
    if (text === undefined) damaged += 1;
    else {
      keys.push(writer.key);
      texts.push(text);
      end += text.length;
      ends.push(end);
    }
  }
  const rows = { keys: keys.join('\n'), texts: texts.join(''), ends: Int32Array.from(ends) };
  return { columns, ...rows, damaged };
}

/** Key by key and text by text. */
export function callsIn({ keys, texts, ends }: ParsedRows): CallTexts {
  const slices: string[] = [];
  for (let i = 0, at = 0; i < ends.length; i += 1) {
    const end = ends[i] as number;
    slices.push(texts.slice(at, end));
    at = end;
  }
  return { keys: ends.length === 0 ? [] : keys.split('\n'), texts: slices };
}

/** Decoded at once where all of it is UTF-8, else row by row. */
function linesOf(bytes: Uint8Array): string[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isUtf8(buffer)) return buffer.toString('utf8').split('\r\n').slice(0, -1);
  const lines: string[] = [];
  for (let start = 0; start < buffer.length; ) {
    const end = buffer.indexOf('\r\n', start);
    const line = buffer.subarray(start, end < 0 ? buffer.length : end);
    lines.push(textOf(line));
    start += line.length + 2;
  }
  return lines;
}

/** What becomes of the cells of a column. */
export interface Column {
  readonly kind: 'text' | 'lines' | 'number' | 'more';
  /** Of the record, or of its `more`. */
  readonly property: string;
  /** Of the field in JSON, with its comma and its colon. */
  readonly start: string;
}

class CallWriter {
  readonly #columns: readonly Column[];
  readonly #context: RowContext;
  /** Where the columns are that tell calls apart; -1 = nowhere. */
  readonly #at: Readonly<Record<'date' | 'uniqueId' | 'lead' | 'dialed' | 'phone', number>>;
  readonly #keyStart: string;
  readonly #fieldsStart: string;
  #date = '';
  /** Of `#date`; '' = it is no time. */
  #calledAt = '';
  /** Of the call that was written last. */
  key = '';

  constructor(columns: readonly string[], context: RowContext) {
    const { campaign, client, direction } = context;
    const fields = ownColumns(columns);
    this.#columns = callColumns(fields, direction);
    this.#context = context;
    this.#at = {
      date: fields.indexOf('call_date'),
      uniqueId: fields.indexOf('uniqueid'),
      lead: fields.indexOf('lead_id'),
      dialed: fields.indexOf('phone_number_dialed'),
      phone: fields.indexOf('phone_number'),
    };
    this.#keyStart = `${campaign}/${client}/`;
    const own = JSON.stringify({ campaign, client, direction });
    this.#fieldsStart = `,${own.slice(1, -1)},"calledAt":"`;
  }

  /** The JSON text of a row; undefined = it is no call. */
  write(line: string): string | undefined {
    const cells = line.split('\t');
    const columns = this.#columns;
    if (cells.length < columns.length) return undefined;
    const date = cells[this.#at.date] ?? '';
    if (date !== this.#date) this.#tell(date);
    if (this.#calledAt === '') return undefined;
    this.key = this.#keyOf(cells, date);
    const plain = !ESCAPED.test(line);
    let text = `{"id":${JSON.stringify(this.key)}${this.#fieldsStart}${this.#calledAt}"`;
    let more = '';
    for (let i = 0; i < columns.length; i += 1) {
      const cell = cells[i] as string;
      if (cell === '') continue;
      const { kind, start } = columns[i] as Column;
      switch (kind) {
        case 'text':
          text += plain ? `${start}"${cell}"` : start + JSON.stringify(cell);
          break;
        case 'lines':
          text += start + JSON.stringify(cell.replaceAll('!N', '\n'));
          break;
        case 'number': {
          const value = Number(cell);
          if (Number.isFinite(value)) text += start + String(value);
          break;
        }
        default:
          more += start + JSON.stringify(cell);
      }
    }
    const custom = cells.length > columns.length ? customIn(cells.slice(columns.length)) : '';
    if (custom !== '') text += `,"custom":${custom}`;
    return more === '' ? `${text}}` : `${text},"more":{${more.slice(1)}}}`;
  }

  #tell(date: string): void {
    const localMs = localMsIn(date);
    this.#date = date;
    this.#calledAt = Number.isNaN(localMs)
      ? ''
      : new Date(instantOf(localMs, this.#context.zone)).toISOString();
  }

  /**
   * A call has its number in every export that it is in. Where the columns have none, it is told
   * apart by its phone, and by the export.
   */
  #keyOf(cells: readonly string[], date: string): string {
    const { uniqueId, lead, dialed, phone } = this.#at;
    const number = cells[uniqueId] || '';
    const called = cells[dialed] || cells[phone] || '';
    const name = number === '' ? `${this.#context.direction}/tel:${called}` : number;
    return keyOf(`${this.#keyStart}${name}/${cells[lead] ?? ''}/${date}`);
  }
}

/** Without the one name that stands for all of the list's own fields. */
export function ownColumns(columns: readonly string[]): readonly string[] {
  return columns.at(-1) === 'custom_fields' ? columns.slice(0, -1) : columns;
}

export function callColumns(
  fields: readonly string[],
  direction: RowContext['direction'],
): readonly Column[] {
  const inbound = direction === 'inbound';
  return fields.map((column, i) =>
    columnOf(fields.indexOf(column) < i ? `${column}_${i}` : column, inbound),
  );
}

function columnOf(column: string, inbound: boolean): Column {
  const made = (kind: Column['kind'], property: string) => {
    return { kind, property, start: `,${JSON.stringify(property)}:` };
  };
  if (inbound && column === 'alt_dial') return made('number', 'queueSeconds');
  if (!KNOWN_COLUMNS.has(column)) return made('more', column);
  const property = fieldOf(column);
  if (NUMBER_COLUMNS.has(column)) return made('number', property);
  return made(MULTI_LINE_COLUMNS.has(column) ? 'lines' : 'text', property);
}

/** JSON text of the list's own fields; '' = none of them has a value. */
export function customIn(cells: readonly string[]): string {
  if (cells.every((cell) => cell === '')) return '';
  return JSON.stringify(cells.map((cell) => cell.replaceAll('!N', '\n')));
}

/** As a key may be: of some length, without control characters. */
export function keyOf(text: string): string {
  const clean = CONTROL.test(text) ? text.replace(CONTROLS, ' ') : text;
  if (clean.length <= KEY_CHARS_MAX) return clean;
  const digest = createHash('sha256').update(clean).digest('hex').slice(0, 32);
  return `${clean.slice(0, KEY_CHARS_MAX - 40).toWellFormed()}#${digest}`;
}
