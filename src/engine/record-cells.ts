/** Turns a record into the cells of its columns. */
import { SluiceError } from '../base/errors.ts';
import type { Cell, ColumnType, TableColumn } from '../model/table.ts';
import { recordFields } from './record-fields.ts';

const SHOWN_CHARS_MAX = 60;

/** One cell a column; throws `output.misfit` for a value that its column cannot hold. */
export function recordCells(record: unknown, columns: readonly TableColumn[]): Cell[] {
  const fields = recordFields(record);
  return columns.map(({ name, type }) => {
    if (!Object.hasOwn(fields, name)) return undefined;
    const value = fields[name];
    if (value === null || value === undefined) return undefined;
    if (type === 'json') return JSON.stringify(value);
    if (type === 'text') return typeof value === 'string' ? value : JSON.stringify(value);
    if (fits(value, type)) return value as Cell;
    const shown = JSON.stringify(value).slice(0, SHOWN_CHARS_MAX);
    throw new SluiceError('output.misfit', { column: name, value: shown, type });
  });
}

function fits(value: unknown, type: ColumnType): boolean {
  if (type === 'integer') return Number.isSafeInteger(value);
  if (type === 'time') return typeof value === 'string' && !Number.isNaN(Date.parse(value));
  return typeof value === type;
}
