/** Rows of a batch in a temporary table of DuckDB, from where one statement takes them on. */
import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';
import type { Cell, ColumnType, TableColumn } from '../../model/table.ts';
import { type DeliveryBatch, ID_COLUMN } from '../delivery-sink.ts';

/** What a column of a type is made as. */
export const DUCKDB_TYPES: Readonly<Record<ColumnType, string>> = {
  text: 'VARCHAR',
  json: 'JSON',
  integer: 'BIGINT',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
  time: 'TIMESTAMP WITH TIME ZONE',
};

/** Read here as text; DuckDB makes of it what the table wants. */
export const STAGED: Readonly<Record<ColumnType, string>> = {
  ...DUCKDB_TYPES,
  json: 'VARCHAR',
  time: 'VARCHAR',
};

const APPEND: Readonly<Record<ColumnType, (into: DuckDBAppender, cell: never) => void>> = {
  text: (into, cell: string) => into.appendVarchar(cell),
  json: (into, cell: string) => into.appendVarchar(cell),
  integer: (into, cell: number) => into.appendBigInt(BigInt(cell)),
  number: (into, cell: number) => into.appendDouble(cell),
  boolean: (into, cell: boolean) => into.appendBoolean(cell),
  time: (into, cell: string) => into.appendVarchar(cell),
};

export const STAGE = 'temp.main.sluice_stage';
/** The place of a row in its batch. */
export const ORDER = 'sluice_order';

export async function fillStage(
  connection: DuckDBConnection,
  { columns, rows }: Pick<DeliveryBatch, 'columns' | 'rows'>,
): Promise<void> {
  const named = columns.map(({ name, type }) => `${quoted(name)} ${STAGED[type]}`);
  const all = [`${ORDER} INTEGER`, `${ID_COLUMN} VARCHAR`, ...named];
  await connection.run(`CREATE OR REPLACE TEMP TABLE sluice_stage (${all.join(', ')})`);
  const into = await connection.createAppender('sluice_stage', 'main', 'temp');
  const append = columns.map(({ type }) => APPEND[type]);
  try {
    for (const [at, { id, values }] of rows.entries()) {
      into.appendInteger(at);
      into.appendVarchar(id);
      for (let i = 0; i < append.length; i += 1) {
        const cell: Cell = values[i];
        if (cell === undefined) into.appendNull();
        else (append[i] as (into: DuckDBAppender, cell: Cell) => void)(into, cell);
      }
      into.endRow();
    }
  } finally {
    into.closeSync();
  }
}

/** SQL that gives a staged column as one of type `as`. */
export function staged({ name, type }: TableColumn, as: ColumnType = type): string {
  const column = quoted(name);
  if (as !== 'json')
    return as === type && STAGED[as] === DUCKDB_TYPES[as] ? column : cast(column, as);
  return type === 'json' ? `${column}::JSON` : `to_json(${column})`;
}

function cast(column: string, as: ColumnType): string {
  return `CAST(${column} AS ${DUCKDB_TYPES[as]})`;
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text in SQL. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
