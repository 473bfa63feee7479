/**
 * Whole lines of an export to calls. It runs in the campaign's own process and keeps nothing from
 * one call of it to the next: what one process did not finish, another can do again.
 *
 * Rows end in CR LF; a value can hold a lone line feed, and no value holds a tab. Text is UTF-8 or
 * what older databases hold, row by row. Rows may be wider than the header: the list's own fields.
 */
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { fieldOf, KNOWN_COLUMNS, MULTI_LINE_COLUMNS, NUMBER_COLUMNS } from './call-fields.ts';
import type { CallRecord } from './call-record.ts';
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
  readonly calls: readonly CallRecord[];
  /** Rows that are no call: fewer cells than columns, or no time. */
  readonly damaged: number;
}

const KEY_CHARS_MAX = 400;
const CONTROL = /\p{Cc}/gu;
const latin = new TextDecoder('windows-1252');

export function parseRows({ context, columns: given, bytes }: RowPiece): ParsedRows {
  const lines = linesOf(bytes);
  const columns = given ?? (lines.shift() ?? '').split('\t');
  const fields = columns.at(-1) === 'custom_fields' ? columns.slice(0, -1) : columns;
  const plan = fields.map((column) => columnOf(column, context.direction === 'inbound'));
  const calls: CallRecord[] = [];
  let damaged = 0;
  for (const line of lines) {
    const call = callOf(line, plan, context);
    if (call === undefined) damaged += 1;
    else calls.push(call);
  }
  return { columns, calls, damaged };
}

/** Decoded at once where all of it is UTF-8, else row by row. */
function linesOf(bytes: Uint8Array): string[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isUtf8(buffer)) return buffer.toString('utf8').split('\r\n').slice(0, -1);
  const lines: string[] = [];
  for (let start = 0; start < buffer.length; ) {
    const end = buffer.indexOf('\r\n', start);
    const line = buffer.subarray(start, end < 0 ? buffer.length : end);
    lines.push(isUtf8(line) ? line.toString('utf8') : latin.decode(line));
    start += line.length + 2;
  }
  return lines;
}

/** What becomes of the cells of a column. */
interface Column {
  readonly kind: 'text' | 'lines' | 'number' | 'more';
  readonly name: string;
}

function columnOf(column: string, inbound: boolean): Column {
  if (inbound && column === 'alt_dial') return { kind: 'number', name: 'queueSeconds' };
  if (!KNOWN_COLUMNS.has(column)) return { kind: 'more', name: column };
  const name = fieldOf(column);
  if (NUMBER_COLUMNS.has(column)) return { kind: 'number', name };
  return { kind: MULTI_LINE_COLUMNS.has(column) ? 'lines' : 'text', name };
}

function callOf(
  line: string,
  columns: readonly Column[],
  { campaign, client, direction, zone }: RowContext,
): CallRecord | undefined {
  const cells = line.split('\t');
  if (cells.length < columns.length) return undefined;
  const call: Record<string, unknown> = { id: '', campaign, client, direction, calledAt: '' };
  let more: Record<string, string> | undefined;
  for (let i = 0; i < columns.length; i += 1) {
    const cell = cells[i] as string;
    if (cell === '') continue;
    const { kind, name } = columns[i] as Column;
    if (kind === 'text') call[name] = cell;
    else if (kind === 'lines') call[name] = cell.replaceAll('!N', '\n');
    else if (kind === 'number') setNumber(call, name, cell);
    else {
      more ??= {};
      more[name] = cell;
    }
  }
  const { callDate = '', uniqueId = '', leadId = '' } = call as Record<string, string>;
  const localMs = localMsIn(callDate);
  if (Number.isNaN(localMs)) return undefined;
  const place = [campaign, client, direction, uniqueId || phoneOf(call), leadId, callDate];
  call.id = keyOf(place.join('/'));
  call.calledAt = new Date(instantOf(localMs, zone)).toISOString();
  if (cells.length > columns.length) {
    const custom = cells.slice(columns.length).map((cell) => cell.replaceAll('!N', '\n'));
    if (custom.some((value) => value !== '')) call.custom = custom;
  }
  if (more !== undefined) call.more = more;
  return call as CallRecord;
}

function setNumber(call: Record<string, unknown>, name: string, cell: string): void {
  const value = Number(cell);
  if (Number.isFinite(value)) call[name] = value;
}

/** An export of the standard columns has no number of the call. */
function phoneOf(fields: Record<string, unknown>): string {
  return `tel:${String(fields.phoneNumberDialed ?? fields.phoneNumber ?? '')}`;
}

/** As a key may be: of some length, without control characters. */
function keyOf(text: string): string {
  const clean = text.replace(CONTROL, ' ');
  if (clean.length <= KEY_CHARS_MAX) return clean;
  const digest = createHash('sha256').update(clean).digest('hex').slice(0, 32);
  return `${clean.slice(0, KEY_CHARS_MAX - 40)}#${digest}`;
}
