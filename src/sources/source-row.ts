/**
 * Rows as a collector's plan sees them, made from records. Every record with the role `row` becomes
 * exactly one, in order: the n-th of them is row n of the job, in the plan and in the download.
 */
import { messageOf } from '../base/errors.ts';
import type { SourceRow } from '../model/source.ts';
import { columnName } from './column-names.ts';
import type { CsvRecord } from './csv-record.ts';
import type { FileFormat } from './input-dialect.ts';
import { rowDamage } from './row-damage.ts';

/** Name of the one field of a row of a plain list. */
export const TEXT_FIELD = 'value';

const DEPTH_MAX = 1_000;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Two before the bracket that closes it, as is the brace. */
const BRACKET = 0x5b;
const BRACE = 0x7b;

type Fields = Record<string, unknown>;

/** The maker of rows for a format; `columns` as `uniqueNames` gives them. */
export function rowMaker(
  format: FileFormat,
  columns: readonly string[],
): (record: CsvRecord) => SourceRow {
  if (format === 'csv') return csvRowMaker(columns);
  return format === 'jsonl' ? (record) => jsonRow(record, columns) : textRow;
}

/** The cells of a record by column name; cells beyond the last column are `column_N`. */
export function csvFields(columns: readonly string[], cells: readonly string[]): Fields {
  const fields: Fields = {};
  for (let at = 0; at < cells.length; at += 1) {
    setField(fields, columns[at] ?? columnName(at), cells[at]);
  }
  return fields;
}

function csvRowMaker(columns: readonly string[]): (record: CsvRecord) => SourceRow {
  return ({ line, cells, damage }) => {
    const fields = csvFields(columns, cells);
    return damage === undefined ? { line, cells, fields } : { line, cells, fields, damage };
  };
}

function textRow({ line, cells, damage }: CsvRecord): SourceRow {
  const fields = { [TEXT_FIELD]: cells[0] ?? '' };
  return damage === undefined ? { line, cells, fields } : { line, cells, fields, damage };
}

function jsonRow(record: CsvRecord, columns: readonly string[]): SourceRow {
  const { line, damage } = record;
  if (damage !== undefined) return { line, cells: [], fields: {}, damage };
  let value: unknown;
  try {
    value = JSON.parse(record.cells[0] ?? '');
  } catch (error) {
    const detail = messageOf(error).slice(0, 120);
    return {
      line,
      cells: [],
      fields: {},
      damage: rowDamage('input.invalid_json', { line, detail }),
    };
  }
  if (isTooDeep(record.cells[0] ?? '')) {
    const detail = `it is nested more than ${DEPTH_MAX} deep`;
    return {
      line,
      cells: [],
      fields: {},
      damage: rowDamage('input.invalid_json', { line, detail }),
    };
  }
  if (!isObject(value)) {
    const kind = value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`;
    return { line, cells: [], fields: {}, damage: rowDamage('input.not_object', { line, kind }) };
  }
  return { line, cells: columns.map((name) => jsonText(ownField(value, name))), fields: value };
}

/** JSON of any depth can be read, but what is too deep cannot be written again. */
function isTooDeep(json: string): boolean {
  if (json.length <= DEPTH_MAX * 2) return false;
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < json.length; at += 1) {
    const unit = json.charCodeAt(at);
    if (quoted) {
      if (unit === BACKSLASH) at += 1;
      else if (unit === QUOTE) quoted = false;
    } else if (unit === QUOTE) quoted = true;
    else if (unit === BRACE || unit === BRACKET) {
      depth += 1;
      if (depth > DEPTH_MAX) return true;
    } else if (unit === BRACE + 2 || unit === BRACKET + 2) depth -= 1;
  }
  return false;
}

/** A JSON value as the text of a cell: text as it is, nothing for null, else JSON. */
export function jsonText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function ownField(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** A column may be named `__proto__`: it becomes a field like any other. */
function setField(fields: Fields, name: string, value: unknown): void {
  if (name !== '__proto__') fields[name] = value;
  else Object.defineProperty(fields, name, { value, enumerable: true, configurable: true });
}
