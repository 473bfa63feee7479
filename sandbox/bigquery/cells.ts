/** What a query found, in the service's form: texts in `f` and `v`, with the schema beside them. */
import {
  BIGINT,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListType,
  DuckDBListValue,
  DuckDBStructType,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import { type Field, typeOfDuck } from './table-schema.ts';

export interface CellForm {
  /** Instants as microseconds; otherwise as seconds with a fraction. */
  readonly int64Timestamps: boolean;
}

export type WireCell = { readonly v: unknown };
export type WireRow = { readonly f: readonly WireCell[] };

/** The column of a result. */
export function fieldOf(name: string, type: DuckDBType): Field {
  if (type instanceof DuckDBListType) {
    return { ...fieldOf(name, type.valueType), mode: 'REPEATED' };
  }
  if (type instanceof DuckDBStructType) {
    const fields = type.entryNames.map((entry, i) => fieldOf(entry, type.entryTypes[i] ?? BIGINT));
    return { name, type: 'RECORD', mode: 'NULLABLE', fields };
  }
  return { name, type: typeOfDuck(type.alias ?? type.toString()), mode: 'NULLABLE' };
}

export function wireRow(values: readonly DuckDBValue[], form: CellForm): WireRow {
  return { f: values.map((value) => wireCell(value, form)) };
}

function wireCell(value: DuckDBValue, form: CellForm): WireCell {
  return { v: wireValue(value, form) };
}

function wireValue(value: DuckDBValue, form: CellForm): unknown {
  if (value === null || value === undefined) return null;
  if (value instanceof DuckDBListValue) return value.items.map((item) => wireCell(item, form));
  if (value instanceof DuckDBStructValue) {
    return { f: Object.values(value.entries).map((entry) => wireCell(entry, form)) };
  }
  if (value instanceof DuckDBTimestampTZValue) {
    const { micros } = value;
    if (form.int64Timestamps) return String(micros);
    return `${micros / 1_000_000n}.${String(micros % 1_000_000n).padStart(6, '0')}`;
  }
  if (value instanceof DuckDBTimestampValue) return String(value).replace(' ', 'T');
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('base64');
  if (value instanceof DuckDBDecimalValue) return trimmed(String(value));
  if (value instanceof DuckDBDateValue) return String(value);
  return String(value);
}

/** `1.500000000` is `1.5`. */
function trimmed(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
