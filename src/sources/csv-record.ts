import type { Failure } from '../model/failure.ts';

/** How the cells of a delimited file are told apart. All three are single bytes. */
export interface CsvSyntax {
  readonly delimiter: string;
  /** '' where quotes have no meaning. */
  readonly quote: string;
  /** Spaces between a delimiter and an opening quote do not belong to the cell. */
  readonly spaceBeforeQuote: boolean;
}

/**
 * `row`: counts as a row, with its place. `blank`: nothing but spaces; kept in the output, but no
 * row. `part`: more of the same record follows, and the last part is the row. `header`: the column
 * names. `preamble`: what stands before them.
 */
export type RecordRole = 'row' | 'blank' | 'part' | 'header' | 'preamble';

/**
 * One record of a delimited file, or a part of one that is too long to hold. Joined end to end,
 * the `bytes` and `lineEnd` of all records are the file.
 */
export interface CsvRecord {
  /** Line where the record begins, from 1. */
  readonly line: number;
  /** The record as it stands in the file, without its line end; empty where not asked for. */
  readonly bytes: Buffer;
  readonly lineEnd: string;
  readonly cellCount: number;
  /** Text of the cells; [] where they were not asked for and where the record is in parts. */
  readonly cells: readonly string[];
  readonly role: RecordRole;
  readonly damage: Failure | undefined;
}

/** Bounds on what is held in memory. */
export interface CsvLimits {
  /** A longer cell makes the row a damaged one. */
  readonly cellBytesMax: number;
  /** A longer record is handed on in parts; a quote must close within it. */
  readonly recordBytesMax: number;
  /** So is one with more cells. */
  readonly cellsMax: number;
}

export const CSV_LIMITS: CsvLimits = {
  cellBytesMax: 2 ** 20,
  recordBytesMax: 2 ** 24,
  cellsMax: 2 ** 16,
};
