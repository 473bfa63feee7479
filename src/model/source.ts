import type { Failure } from './failure.ts';

/**
 * The input as a collector's `plan` sees it: rows in the order of the file. A row that cannot be
 * read is handed on at its place with its damage, so that no row is ever lost or moved.
 */
export interface Source {
  /** Column names, or [] for text and where there is no input. */
  readonly columns: readonly string[];
  /** The column that the user chose (`--column`), or undefined. */
  readonly column: string | undefined;
  rows(): AsyncIterable<SourceRow>;
  /** The same rows, as many at a time as were read at once: a step less for each row. */
  rowGroups?(): AsyncIterable<readonly SourceRow[]>;
}

export interface SourceRow {
  /** Line in the file where the row begins, from 1. */
  readonly line: number;
  /** Cells in the order of the columns; a JSON row has its values as text. */
  readonly cells: readonly string[];
  /** The row by column name; for JSONL the parsed object. */
  readonly fields: Readonly<Record<string, unknown>>;
  /**
   * Set where the row itself is damaged (a cell too long, invalid JSON): becomes a refused task.
   */
  readonly damage?: Failure;
}
