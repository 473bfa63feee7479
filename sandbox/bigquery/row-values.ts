/** Rows of a request or a file, value by value: whether a column takes it, and what is stored. */
import type { ErrorProto } from './problems.ts';
import type { Field, FieldType } from './table-schema.ts';

type Values = Record<string, unknown>;

/** What is stored of a row, or why it is none. */
export type ReadRow = { readonly row: Values } | { readonly error: ErrorProto };

export interface RowRules {
  /** Values of columns that are not there are left out; otherwise the row is refused. */
  readonly ignoreUnknown: boolean;
  /** A JSON column is given as the text of its value; otherwise as the value. */
  readonly jsonText: boolean;
}

const DATE = /^\d{4}-\d{1,2}-\d{1,2}$/;
const TIME = /^\d{1,2}:\d{1,2}:\d{1,2}(\.\d{1,6})?$/;
const DATETIME = /^\d{4}-\d{1,2}-\d{1,2}(?:[T ]\d{1,2}:\d{1,2}(?::\d{1,2}(?:\.\d{1,6})?)?)?$/i;
const INSTANT =
  /^(\d{4}-\d{1,2}-\d{1,2})(?:[T ](\d{1,2}:\d{1,2}(?::\d{1,2}(?:\.\d{1,6})?)?))?\s*(Z|UTC|[+-]\d{1,2}(?::?\d{2})?)?$/i;
const WHOLE = /^[+-]?\d{1,19}$/;
const INT64_MAX = 2n ** 63n - 1n;

export function readRow(fields: readonly Field[], value: unknown, rules: RowRules): ReadRow {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refused('', 'This field is not a record.');
  }
  const given = new Map(Object.entries(value).map(([name, one]) => [name.toLowerCase(), one]));
  const row: Values = {};
  for (const field of fields) {
    const name = field.name.toLowerCase();
    const one = given.get(name);
    given.delete(name);
    const read = readValue(field, one, rules);
    if ('error' in read) return read;
    row[field.name] = read.value;
  }
  const [unknown] = given.keys();
  if (unknown !== undefined && !rules.ignoreUnknown) {
    return refused(unknown, `no such field: ${unknown}.`);
  }
  return { row };
}

type ReadValue = { readonly value: unknown } | { readonly error: ErrorProto };

function readValue(field: Field, value: unknown, rules: RowRules): ReadValue {
  const { name, mode } = field;
  if (mode === 'REPEATED') {
    if (value === undefined || value === null) return { value: [] };
    if (!Array.isArray(value)) return refused(name, 'Array specified for non-repeated field.');
    const values: unknown[] = [];
    for (const one of value) {
      const read = readOne(field, one, rules);
      if ('error' in read) return read;
      values.push(read.value);
    }
    return { value: values };
  }
  if (value === undefined || value === null) {
    if (mode !== 'REQUIRED') return { value: null };
    return refused(name, `Missing required field: ${name}.`);
  }
  return readOne(field, value, rules);
}

function readOne(field: Field, value: unknown, rules: RowRules): ReadValue {
  if (field.type === 'RECORD') {
    const read = readRow(field.fields ?? [], value, rules);
    return 'error' in read ? read : { value: read.row };
  }
  if (field.type === 'JSON') return readJson(field, value, rules);
  if (typeof value === 'object') return refused(field.name, 'This field is not a record.');
  const stored = storedAs(field.type, value as string | number | boolean);
  if (stored !== undefined) return { value: stored };
  const { name, type } = field;
  return refused(name, `Cannot convert value to ${type.toLowerCase()} (bad value): ${value}`);
}

function readJson({ name }: Field, value: unknown, { jsonText }: RowRules): ReadValue {
  if (!jsonText) return { value };
  try {
    return { value: JSON.parse(String(value)) };
  } catch {
    return refused(name, `Invalid JSON literal: ${String(value).slice(0, 40)}`);
  }
}

function storedAs(type: FieldType, value: string | number | boolean): unknown {
  const text = String(value).trim();
  switch (type) {
    case 'STRING':
      return String(value);
    case 'INTEGER':
      return wholeIn(text);
    case 'FLOAT':
      return text !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined;
    case 'BOOLEAN':
      return booleanIn(text);
    case 'NUMERIC':
      return /^[+-]?\d{1,29}(\.\d{1,9})?$/.test(text) ? text : undefined;
    case 'DATE':
      return DATE.test(text) ? text : undefined;
    case 'TIME':
      return TIME.test(text) ? text : undefined;
    case 'DATETIME':
      return DATETIME.test(text) ? text.replace(/t/i, ' ') : undefined;
    case 'TIMESTAMP':
      return instantIn(value, text);
    case 'BYTES':
      return /^[A-Za-z0-9+/_-]*={0,2}$/.test(text) ? bytesText(text) : undefined;
    default:
      return undefined;
  }
}

function wholeIn(text: string): string | undefined {
  if (!WHOLE.test(text)) return /^[+-]?\d+\.0*$/.test(text) ? text.replace(/\..*/, '') : undefined;
  const value = BigInt(text);
  return value >= -INT64_MAX - 1n && value <= INT64_MAX ? String(value) : undefined;
}

function booleanIn(text: string): boolean | undefined {
  if (/^(true|t|yes|y|1)$/i.test(text)) return true;
  return /^(false|f|no|n|0)$/i.test(text) ? false : undefined;
}

/** A number is seconds since 1970. A text without an offset is UTC. */
function instantIn(value: string | number | boolean, text: string): string | undefined {
  if (typeof value === 'number') return new Date(value * 1_000).toISOString();
  const match = INSTANT.exec(text);
  if (!match) return undefined;
  const [, date = '', time = '00:00', zone = 'Z'] = match;
  const offset = /^(z|utc)$/i.test(zone) ? '+00' : zone;
  // The calendar is checked here: what DuckDB refuses would fail all rows together.
  const day = Date.parse(date.replace(/-(\d)(?=-|$)/g, '-0$1'));
  return Number.isNaN(day) ? undefined : `${date} ${time}${offset}`;
}

/** As `from_json` reads bytes. */
function bytesText(text: string): string {
  return [...Buffer.from(text, 'base64')]
    .map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`)
    .join('');
}

function refused(location: string, message: string): { readonly error: ErrorProto } {
  return { error: { reason: 'invalid', location, debugInfo: '', message } };
}
