/** Records as a table with typed columns: what Parquet, SQLite and Postgres take. */

/**
 * `json`: any value, as its JSON text. `time`: a moment, as ISO 8601 text with its offset.
 * `integer`: whole, within ±2^53.
 */
export type ColumnType = 'text' | 'json' | 'integer' | 'number' | 'boolean' | 'time';

export interface TableColumn {
  readonly name: string;
  readonly type: ColumnType;
}

/** What holds both: numbers hold integers, text whatever is not nested, JSON text all. */
export function commonType(one: ColumnType, other: ColumnType): ColumnType {
  if (one === other) return one;
  if (one === 'json' || other === 'json') return 'json';
  const numbers = (type: ColumnType) => type === 'integer' || type === 'number';
  return numbers(one) && numbers(other) ? 'number' : 'text';
}

/** As its column's type says; undefined = nothing is known. */
export type Cell = string | number | boolean | undefined;

/** Where a row belongs, the same however often it is written. */
export interface TableKey {
  readonly seq: number;
  readonly index: number;
}

/**
 * Takes rows and hands them on in pieces. Whoever adds rows flushes when it is `full`, so that
 * nobody is ahead of the slowest by more than a piece.
 */
export interface TableSink {
  readonly full: boolean;
  /** Bytes written so far, as far as the sink knows them. */
  readonly bytes: number;
  /** One cell a column. */
  add(cells: readonly Cell[], key: TableKey): void;
  flush(): Promise<void>;
  /** All is added: completes the table. */
  finish(): Promise<void>;
  /** Gives up and lets go of what it holds. */
  discard(): Promise<void>;
}
