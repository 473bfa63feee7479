/**
 * Whole lines of an export to calls. It runs in the campaign's own process and keeps nothing from
 * one call of it to the next: what one process did not finish, another can do again.
 *
 * Rows end in CR LF; a value can hold a lone line feed, and no value holds a tab. Text is UTF-8 or
 * what older databases hold, row by row. Rows may be wider than the header: the list's own fields.
 */
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
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const latin = new TextDecoder('windows-1252');

export function parseRows({ context, columns: given, bytes }: RowPiece): ParsedRows {
  const lines = linesOf(bytes);
  const columns = given ?? (lines.shift() ?? '').split('\t');
  const calls: CallRecord[] = [];
  let damaged = 0;
  for (const line of lines) {
    const call = callOf(line, columns, context);
    if (call === undefined) damaged += 1;
    else calls.push(call);
  }
  return { columns, calls, damaged };
}

/** Decoded at once where all of it is UTF-8, else row by row. */
function linesOf(bytes: Uint8Array): string[] {
  const text = decoded(bytes);
  if (text !== undefined) return text.split('\r\n').slice(0, -1);
  const lines: string[] = [];
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let start = 0; start < buffer.length; ) {
    const end = buffer.indexOf('\r\n', start);
    const line = buffer.subarray(start, end < 0 ? buffer.length : end);
    lines.push(decoded(line) ?? latin.decode(line));
    start += line.length + 2;
  }
  return lines;
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

function callOf(
  line: string,
  columns: readonly string[],
  context: RowContext,
): CallRecord | undefined {
  const cells = line.split('\t');
  const customAt = columns.at(-1) === 'custom_fields' ? columns.length - 1 : columns.length;
  if (cells.length < customAt) return undefined;
  const { campaign, client, direction, zone } = context;
  const inbound = direction === 'inbound';
  const fields: Record<string, unknown> = {};
  const more: Record<string, string> = {};
  for (let i = 0; i < customAt; i += 1) {
    const column = columns[i] as string;
    const cell = cells[i] as string;
    if (cell === '') continue;
    if (inbound && column === 'alt_dial') setNumber(fields, 'queueSeconds', cell);
    else if (NUMBER_COLUMNS.has(column)) setNumber(fields, fieldOf(column), cell);
    else if (MULTI_LINE_COLUMNS.has(column)) fields[fieldOf(column)] = cell.replaceAll('!N', '\n');
    else if (KNOWN_COLUMNS.has(column)) fields[fieldOf(column)] = cell;
    else more[column] = cell;
  }
  const { callDate = '', uniqueId = '', leadId = '' } = fields as Record<string, string>;
  const localMs = localMsIn(callDate);
  if (Number.isNaN(localMs)) return undefined;
  const custom = cells.slice(customAt).map((cell) => cell.replaceAll('!N', '\n'));
  const place = [campaign, client, direction, uniqueId || phoneOf(fields), leadId, callDate];
  return {
    id: keyOf(place.join('/')),
    campaign,
    client,
    direction,
    calledAt: new Date(instantOf(localMs, zone)).toISOString(),
    ...fields,
    ...(custom.some((value) => value !== '') && { custom }),
    ...(Object.keys(more).length > 0 && { more }),
  } as CallRecord;
}

function setNumber(fields: Record<string, unknown>, name: string, cell: string): void {
  const value = Number(cell);
  if (Number.isFinite(value)) fields[name] = value;
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
