/**
 * Opens a job's input for planning: the same file with the same dialect gives the same rows with
 * the same numbers, however often it is read.
 */
import type { JobInput } from '../model/job.ts';
import type { Source, SourceRow } from '../model/source.ts';
import { columnNeeded, findColumn } from './column-names.ts';
import type { CsvLimits } from './csv-record.ts';
import type { ScanFindings } from './csv-scanner.ts';
import {
  dialectWishes,
  type FileFormat,
  type InputDialect,
  storedDialect,
} from './input-dialect.ts';
import type { InputFile } from './input-file.ts';
import { type InputWarning, RowCensus } from './input-warning.ts';
import { type InputInspection, type InputWishes, inspectInput } from './inspect-input.ts';
import { readRecords } from './read-records.ts';
import { rowMaker } from './source-row.ts';

export interface OpenOptions {
  /** Name or number (from 1) of the column that the user chose. */
  readonly column?: string;
  /** What the chosen column must hold, such as `websites`; undefined = no column is needed. */
  readonly columnFor?: string;
  /** What the user said about the file; only looked at while the dialect is not known. */
  readonly wishes?: InputWishes;
  readonly limits?: CsvLimits;
}

export interface OpenedSource extends Source {
  readonly format: JobInput['format'];
  /** Plain JSON, for `JobInput.dialect`. */
  readonly dialect: Readonly<Record<string, unknown>>;
  /** Grows by what reading to the end brings to light. */
  readonly warnings: readonly InputWarning[];
  /** Rows from the `skip`-th on (0 = all). May be called more than once. */
  rows(from?: { readonly skip: number }): AsyncIterable<SourceRow>;
}

/** The input as far as it is known; without a format, name and content decide. */
export interface InputToOpen extends Pick<JobInput, 'name' | 'dialect'> {
  readonly path: InputFile;
  readonly format: JobInput['format'] | undefined;
}

/** Opens the input; rejects with `input.*` for a file or a column that cannot be used. */
export async function openSource(
  input: InputToOpen,
  options: OpenOptions = {},
): Promise<OpenedSource> {
  if (input.format === 'none') return NO_INPUT;
  const stored = storedDialect(input.dialect);
  const partly = dialectWishes(input.dialect);
  const format = input.format === undefined ? {} : { format: input.format };
  const wishes: InputWishes = { ...partly, ...options.wishes, ...format };
  const inspection = await inspectInput(input.path, wishes, input.name, stored);
  const { column, guessed } = chooseColumn(inspection, options, input.name);
  return new FileSource(input.path, inspection, column, guessed, options.limits);
}

class FileSource implements OpenedSource {
  readonly format: FileFormat;
  readonly dialect: Readonly<Record<string, unknown>>;
  readonly columns: readonly string[];
  readonly column: string | undefined;
  readonly warnings: InputWarning[];
  readonly #path: InputFile;
  readonly #dialect: InputDialect;
  readonly #limits: CsvLimits | undefined;

  constructor(
    path: InputFile,
    inspection: InputInspection,
    column: string | undefined,
    guessed: boolean,
    limits: CsvLimits | undefined,
  ) {
    this.#path = path;
    this.#dialect = inspection.dialect;
    this.#limits = limits;
    this.format = inspection.format;
    this.dialect = { ...inspection.dialect };
    this.columns = inspection.columns;
    this.column = column;
    this.warnings = [...inspection.warnings];
    if (guessed) {
      const message = `The column ${column} is taken for the websites; --column, or \`column=\` by HTTP, names another.`;
      this.warnings.push({ code: 'column_guessed', message });
    }
  }

  async *rows(from: { readonly skip: number } = { skip: 0 }): AsyncGenerator<SourceRow> {
    for await (const group of this.rowGroups(from)) for (const row of group) yield row;
  }

  async *rowGroups(
    from: { readonly skip: number } = { skip: 0 },
  ): AsyncGenerator<readonly SourceRow[]> {
    const census = new RowCensus(this.format === 'csv' ? this.columns.length : 0);
    const make = rowMaker(this.format, this.columns);
    const onFindings = (findings: ScanFindings) => this.#note(census.warnings(findings));
    const options = { decode: true, bytes: false, onFindings };
    const limited = this.#limits === undefined ? options : { ...options, limits: this.#limits };
    for await (const records of readRecords(this.#path, this.#dialect, limited)) {
      const group: SourceRow[] = [];
      for (const record of records) {
        if (record.role !== 'row') continue;
        census.count(record.cellCount, record.line);
        if (census.rows > from.skip) group.push(make(record));
      }
      if (group.length > 0) yield group;
    }
  }

  #note(found: readonly InputWarning[]): void {
    for (const warning of found) {
      if (this.warnings.every(({ code }) => code !== warning.code)) this.warnings.push(warning);
    }
  }
}

function chooseColumn(
  inspection: InputInspection,
  options: OpenOptions,
  name: string,
): { readonly column: string | undefined; readonly guessed: boolean } {
  const { format, columns, guess } = inspection;
  if (format === 'text') return { column: undefined, guessed: false };
  if (options.column !== undefined) {
    return { column: findColumn(columns, options.column, name), guessed: false };
  }
  if (options.columnFor === undefined) return { column: undefined, guessed: false };
  if (options.columnFor !== 'websites') {
    const column = columnCalled(columns, options.columnFor) ?? onlyOne(columns);
    if (column === undefined) throw columnNeeded(columns, guess, options.columnFor, name);
    return { column, guessed: false };
  }
  if (guess.column === undefined) throw columnNeeded(columns, guess, options.columnFor, name);
  return { column: guess.column, guessed: columns.length > 1 };
}

/** The column that bears the name of what is wanted, one or many of it. */
function columnCalled(columns: readonly string[], what: string): string | undefined {
  const names = new Set([what, what.replace(/s$/, '')]);
  return onlyOne(columns.filter((column) => names.has(column.trim().toLowerCase())));
}

function onlyOne(columns: readonly string[]): string | undefined {
  return columns.length === 1 ? columns[0] : undefined;
}

const NO_INPUT: OpenedSource = {
  format: 'none',
  dialect: {},
  columns: [],
  column: undefined,
  warnings: [],
  async *rows() {},
};
