/** Files of load jobs, JSON Lines and CSV: rows, and the records that are none. */
import type { ErrorProto } from './problems.ts';
import { type ReadRow, readRow } from './row-values.ts';
import type { Field } from './table-schema.ts';

export interface LoadRules {
  readonly format: 'CSV' | 'NEWLINE_DELIMITED_JSON';
  readonly skipLeadingRows: number;
  readonly delimiter: string;
  readonly nullMarker: string;
  readonly ignoreUnknown: boolean;
}

export interface LoadedFile {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** Of all bad records; the service tells of a few. */
  readonly errors: readonly ErrorProto[];
}

interface Recorded {
  readonly read: ReadRow;
  /** Byte at which it begins. */
  readonly position: number;
}

export function readLoadFile(
  bytes: Buffer,
  fields: readonly Field[],
  rules: LoadRules,
): LoadedFile {
  const rows: Readonly<Record<string, unknown>>[] = [];
  const errors: ErrorProto[] = [];
  const records = rules.format === 'CSV' ? csvRecords : jsonRecords;
  for (const { read, position } of records(bytes, fields, rules)) {
    if ('row' in read) rows.push(read.row);
    else errors.push(recordError(read.error, position, rules.format));
  }
  return { rows, errors };
}

/** How one bad record is told of. */
export function recordError(
  { message, location }: ErrorProto,
  position: number,
  format: LoadRules['format'],
): ErrorProto {
  const kind = format === 'CSV' ? 'CSV' : 'JSON';
  const field = location ? ` Field: ${location};` : '';
  return {
    reason: 'invalid',
    message: `Error while reading data, error message: ${kind} parsing error in row starting at position ${position}:${field} ${message}`,
  };
}

function* jsonRecords(
  bytes: Buffer,
  fields: readonly Field[],
  rules: LoadRules,
): Generator<Recorded> {
  for (let position = 0; position < bytes.length; ) {
    const found = bytes.indexOf(10, position);
    const end = found < 0 ? bytes.length : found;
    const text = bytes.toString('utf8', position, end).trim();
    if (text !== '') yield { read: readLine(text, fields, rules), position };
    position = end + 1;
  }
}

function readLine(text: string, fields: readonly Field[], rules: LoadRules): ReadRow {
  try {
    return readRow(fields, JSON.parse(text), { ...rules, jsonText: false });
  } catch {
    return { error: { reason: 'invalid', message: 'Parser terminated before end of string' } };
  }
}

function* csvRecords(
  bytes: Buffer,
  fields: readonly Field[],
  rules: LoadRules,
): Generator<Recorded> {
  let skip = rules.skipLeadingRows;
  let position = 0;
  for (const { cells, length } of csvCells(bytes.toString('utf8'), rules.delimiter)) {
    const at = position;
    position += length;
    if (skip > 0) skip -= 1;
    else if (cells.length > 1 || cells[0] !== '') {
      yield { read: readCells(cells, fields, rules), position: at };
    }
  }
}

function readCells(cells: readonly string[], fields: readonly Field[], rules: LoadRules): ReadRow {
  if (cells.length > fields.length && !rules.ignoreUnknown) {
    const message = `Too many values in line. Found ${cells.length} column(s) while expected ${fields.length}.`;
    return { error: { reason: 'invalid', message } };
  }
  const row = fields.map(({ name, type }, i) => {
    const cell = cells[i];
    const isNull = cell === undefined || cell === rules.nullMarker;
    return [name, isNull && !(type === 'STRING' && cell === '') ? null : cell] as const;
  });
  return readRow(fields, Object.fromEntries(row), { ...rules, jsonText: true });
}

function* csvCells(
  text: string,
  delimiter: string,
): Generator<{ readonly cells: readonly string[]; readonly length: number }> {
  let cells: string[] = [];
  let cell = '';
  let inQuotes = false;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (inQuotes) {
      if (char !== '"') cell += char;
      else if (text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else inQuotes = false;
    } else if (char === '"' && cell === '') inQuotes = true;
    else if (char === delimiter) {
      cells.push(cell);
      cell = '';
    } else if (char === '\n') {
      cells.push(cell.replace(/\r$/, ''));
      yield { cells, length: Buffer.byteLength(text.slice(start, at + 1)) };
      [cells, cell, start] = [[], '', at + 1];
    } else cell += char;
  }
  if (cells.length > 0 || cell !== '')
    yield { cells: [...cells, cell], length: text.length - start };
}
