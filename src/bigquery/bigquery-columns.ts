/** Columns of records as BigQuery names and types them, and rows as lines of JSON. */
import type { Cell, ColumnType, TableColumn } from '../model/table.ts';

export type FieldType = 'STRING' | 'JSON' | 'INTEGER' | 'FLOAT' | 'BOOLEAN' | 'TIMESTAMP';

/** As answers have it; types of other people's tables may be any. */
export interface Field {
  readonly name: string;
  readonly type: string;
  readonly mode?: string;
}

const TYPES: Readonly<Record<ColumnType, FieldType>> = {
  text: 'STRING',
  json: 'JSON',
  integer: 'INTEGER',
  number: 'FLOAT',
  boolean: 'BOOLEAN',
  time: 'TIMESTAMP',
};

/** What a column of the table may be to take values of a type. */
const TAKEN_BY: Readonly<Record<ColumnType, readonly string[]>> = {
  text: ['STRING'],
  json: ['JSON', 'STRING'],
  integer: ['INTEGER', 'NUMERIC', 'BIGNUMERIC', 'FLOAT', 'STRING'],
  number: ['FLOAT', 'STRING'],
  boolean: ['BOOLEAN', 'STRING'],
  time: ['TIMESTAMP', 'STRING'],
};

/** Some answers have the names of SQL. */
const SAME: Readonly<Record<string, string>> = {
  INT64: 'INTEGER',
  FLOAT64: 'FLOAT',
  BOOL: 'BOOLEAN',
};

const NAME_CHARS_MAX = 280;
const RESERVED = /^(?:_TABLE_|_FILE_|_PARTITION|_ROW_TIMESTAMP|__ROOT__|_COLIDENTIFIER)/i;

/**
 * One a column, each different also without regard to case. A name never changes when columns are
 * added behind it.
 */
export function fieldNames(columns: readonly Pick<TableColumn, 'name'>[]): readonly string[] {
  const taken = new Set<string>();
  return columns.map(({ name }) => {
    const plain = name.replace(/[^\p{L}\p{N}_]/gu, '_').slice(0, NAME_CHARS_MAX);
    const begun = /^[\p{L}_]/u.test(plain) && !RESERVED.test(plain) ? plain : `c_${plain}`;
    let free = begun;
    for (let number = 2; taken.has(free.toLowerCase()); number += 1) free = `${begun}_${number}`;
    taken.add(free.toLowerCase());
    return free;
  });
}

export function fieldOf(name: string, type: ColumnType): Field {
  return { name, type: TYPES[type] };
}

export function typeOfField({ type, mode }: Field): string {
  const plain = SAME[type.toUpperCase()] ?? type.toUpperCase();
  return mode === 'REPEATED' ? `${plain} REPEATED` : plain;
}

/** `widen`: it does once its type is FLOAT64. */
export function holds(field: Field, type: ColumnType): 'yes' | 'no' | 'widen' {
  const found = typeOfField(field);
  if (TAKEN_BY[type].includes(found)) return 'yes';
  return type === 'number' && found === 'INTEGER' ? 'widen' : 'no';
}

/** A row as one line of JSON; what is not known is left out. */
export function jsonLine(fields: readonly Field[], cells: readonly Cell[]): string {
  const parts: string[] = [];
  for (const [at, field] of fields.entries()) {
    const cell = cells[at];
    if (cell !== undefined) parts.push(`${JSON.stringify(field.name)}:${literal(field, cell)}`);
  }
  return `{${parts.join(',')}}\n`;
}

function literal(field: Field, cell: string | number | boolean): string {
  switch (typeOfField(field)) {
    case 'JSON':
      // The cell is the text of a value, which may be written over several lines.
      return typeof cell === 'string' ? JSON.stringify(JSON.parse(cell)) : JSON.stringify(cell);
    case 'STRING':
    // Digits that a JSON number would lose.
    case 'NUMERIC':
    case 'BIGNUMERIC':
      return JSON.stringify(String(cell));
    default:
      return JSON.stringify(cell);
  }
}
