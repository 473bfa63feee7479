/** Columns of a table as the service names them, and what DuckDB calls the same. */
import { invalid } from './problems.ts';

export type FieldType = keyof typeof DUCK_TYPES | 'RECORD';
export type FieldMode = 'NULLABLE' | 'REQUIRED' | 'REPEATED';

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly mode: FieldMode;
  readonly description?: string;
  /** Of a RECORD. */
  readonly fields?: readonly Field[];
}

export const DUCK_TYPES = {
  STRING: 'VARCHAR',
  INTEGER: 'BIGINT',
  FLOAT: 'DOUBLE',
  BOOLEAN: 'BOOLEAN',
  TIMESTAMP: 'TIMESTAMPTZ',
  DATETIME: 'TIMESTAMP',
  DATE: 'DATE',
  TIME: 'TIME',
  NUMERIC: 'DECIMAL(38,9)',
  BYTES: 'BLOB',
  JSON: 'JSON',
} as const;

/** Each type has a name of its own in SQL as well; answers say the older one. */
const ALIASES: Readonly<Record<string, FieldType>> = {
  INT64: 'INTEGER',
  FLOAT64: 'FLOAT',
  BOOL: 'BOOLEAN',
  STRUCT: 'RECORD',
  BIGNUMERIC: 'NUMERIC',
};
const MODES: readonly FieldMode[] = ['NULLABLE', 'REQUIRED', 'REPEATED'];

/** The columns in a request. Throws a Problem. */
export function fieldsIn(schema: unknown): readonly Field[] {
  const { fields } = (schema ?? {}) as { fields?: unknown };
  return Array.isArray(fields) ? fields.map(fieldIn) : [];
}

function fieldIn(value: unknown): Field {
  const { name, type, mode, description, fields } = value as Record<string, unknown>;
  const named = String(type ?? '').toUpperCase();
  const known = ALIASES[named] ?? (named as FieldType);
  if (known !== 'RECORD' && !(known in DUCK_TYPES)) {
    throw invalid(`Invalid value for type: ${String(type)} is not a valid value`);
  }
  if (!/^[\p{L}_][\p{L}\p{N}_ -]{0,299}$/u.test(String(name))) {
    throw invalid(`Invalid field name "${String(name)}". Fields must start with a letter`);
  }
  const how = String(mode ?? 'NULLABLE').toUpperCase() as FieldMode;
  if (!MODES.includes(how)) throw invalid(`Invalid value for mode: ${how} is not a valid value`);
  return {
    name: String(name),
    type: known,
    mode: how,
    ...(description !== undefined && { description: String(description) }),
    ...(known === 'RECORD' && { fields: (fields as unknown[]).map(fieldIn) }),
  };
}

/** `VARCHAR`, `STRUCT("a" BIGINT)[]` … */
export function duckType({ type, mode, fields = [] }: Field): string {
  const inner = fields.map((field) => `${quoted(field.name)} ${duckType(field)}`);
  const base = type === 'RECORD' ? `STRUCT(${inner.join(', ')})` : DUCK_TYPES[type];
  return mode === 'REPEATED' ? `${base}[]` : base;
}

/** What `from_json` takes for the same. */
export function jsonShape({ type, mode, fields = [] }: Field): unknown {
  const inner = Object.fromEntries(fields.map((field) => [field.name, jsonShape(field)]));
  const base = type === 'RECORD' ? inner : DUCK_TYPES[type];
  return mode === 'REPEATED' ? [base] : base;
}

/** A column of the given type in the words of DuckDB; STRING for whatever has no equal. */
export function typeOfDuck(name: string): FieldType {
  if (name.startsWith('DECIMAL')) return 'NUMERIC';
  return BY_DUCK.get(name) ?? 'STRING';
}

const BY_DUCK: ReadonlyMap<string, FieldType> = new Map<string, FieldType>([
  ...Object.entries(DUCK_TYPES).map(([type, duck]) => [duck, type as FieldType] as const),
  ['TIMESTAMP WITH TIME ZONE', 'TIMESTAMP'],
  ['HUGEINT', 'INTEGER'],
  ['INTEGER', 'INTEGER'],
  ['SMALLINT', 'INTEGER'],
  ['TINYINT', 'INTEGER'],
  ['UBIGINT', 'INTEGER'],
  ['UINTEGER', 'INTEGER'],
  ['FLOAT', 'FLOAT'],
  ['FLOAT64', 'FLOAT'],
]);

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
