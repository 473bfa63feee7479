/**
 * How one row of a download becomes text. `RawLines` repeats the input's own bytes and adds the
 * result columns behind them; `CellLines` writes the cells anew, for another delimiter, another
 * input format or safe formulas; `JsonLines` writes an object a row.
 */
import type { JobInput } from '../model/job.ts';
import type { ByteBatch } from '../sinks/byte-batch.ts';
import { type CsvStyle, csvCell, csvLine } from '../sinks/csv-cell.ts';
import { columnName } from '../sources/column-names.ts';
import type { CsvRecord } from '../sources/csv-record.ts';
import type { InputDialect } from '../sources/input-dialect.ts';
import { csvFields, rowMaker } from '../sources/source-row.ts';
import { addedNames, errorCell, type ResultColumns } from './download-columns.ts';
import type { DownloadedRow } from './download-results.ts';

const BOM = '\ufeff';

export interface RowLines {
  /** Whether the records' cells must be decoded. */
  readonly needsCells: boolean;
  begin(batch: ByteBatch): void;
  row(record: CsvRecord, result: DownloadedRow, batch: ByteBatch): void;
  /** A record that is no row: column names, a blank line, a part of a long one. */
  other(record: CsvRecord, batch: ByteBatch): void;
  /** A result that no row of the input stands for. */
  beyond(result: DownloadedRow, batch: ByteBatch): void;
  end(batch: ByteBatch): void;
}

type CellFilter = (cell: string) => string;

/** The cells that follow a row's own. */
export function resultCells(
  results: ResultColumns,
  row: DownloadedRow,
  safe: CellFilter,
): string[] {
  const cells = row.records.length === 0 ? results.names.map(() => '') : results.cells(row.records);
  return [...cells.map(safe), row.status, safe(errorCell(row))];
}

export function resultNames(
  columns: readonly string[],
  results: ResultColumns,
  safe: CellFilter,
): readonly string[] {
  return addedNames(columns, [...results.names, 'status', 'error']).map(safe);
}

/** Names for cells beyond the last column. */
export function extraNames(columns: readonly string[], width: number): string[] {
  const count = Math.max(0, width - columns.length);
  return Array.from({ length: count }, (_, at) => columnName(columns.length + at));
}

export class RawLines implements RowLines {
  readonly needsCells = false;
  readonly #dialect: InputDialect;
  readonly #columns: readonly string[];
  readonly #width: number;
  readonly #results: ResultColumns;
  readonly #safe: CellFilter;
  /** The last line written has no line end, as the last of a file may. */
  #open = false;

  constructor(
    dialect: InputDialect,
    extent: { readonly columns: readonly string[]; readonly width: number },
    results: ResultColumns,
    safe: CellFilter,
  ) {
    this.#dialect = dialect;
    this.#columns = extent.columns;
    this.#width = extent.width;
    this.#results = results;
    this.#safe = safe;
  }

  begin(batch: ByteBatch): void {
    if (writesBom(this.#dialect)) batch.text(BOM);
  }

  row(record: CsvRecord, result: DownloadedRow, batch: ByteBatch): void {
    const missing = isWhole(record) ? Math.max(0, this.#width - record.cellCount) : 0;
    const cells = resultCells(this.#results, result, this.#safe);
    this.#write(record, this.#dialect.delimiter.repeat(missing) + this.#joined(cells), batch);
  }

  other(record: CsvRecord, batch: ByteBatch): void {
    let more = '';
    if (record.role === 'header') {
      const extra = extraNames(this.#columns, this.#width);
      const names = resultNames([...this.#columns, ...extra], this.#results, this.#safe);
      more = this.#joined([...extra, ...names]);
    }
    this.#write(record, more, batch);
  }

  beyond(result: DownloadedRow, batch: ByteBatch): void {
    const { delimiter, lineEnd } = this.#dialect;
    const cells = this.#joined(resultCells(this.#results, result, this.#safe));
    const start = this.#open ? lineEnd : '';
    batch.text(start + delimiter.repeat(Math.max(0, this.#width - 1)) + cells + lineEnd);
    this.#open = false;
  }

  end(): void {}

  #write(record: CsvRecord, more: string, batch: ByteBatch): void {
    batch.add(record.bytes);
    batch.text(more + record.lineEnd);
    this.#open = record.lineEnd === '' && record.role !== 'part';
  }

  #joined(cells: readonly string[]): string {
    const { delimiter } = this.#dialect;
    let text = '';
    for (const cell of cells) text += delimiter + csvCell(cell, this.#dialect);
    return text;
  }
}

export interface CellLinesOptions {
  readonly input: JobInput['format'];
  readonly columns: readonly string[];
  readonly header: boolean;
  readonly preamble: boolean;
  readonly bom: boolean;
  readonly width: number;
  readonly style: CsvStyle;
  readonly results: ResultColumns;
  readonly safeInput: CellFilter;
  readonly safeResult: CellFilter;
}

export class CellLines implements RowLines {
  readonly needsCells = true;
  readonly #options: CellLinesOptions;
  readonly #cellsOf: (record: CsvRecord) => readonly string[];

  constructor(options: CellLinesOptions) {
    this.#options = options;
    const { input, columns } = options;
    if (input === 'jsonl') {
      const make = rowMaker('jsonl', columns);
      this.#cellsOf = (record) => make(record).cells;
    } else {
      this.#cellsOf = (record) => record.cells;
    }
  }

  begin(batch: ByteBatch): void {
    const { bom, preamble, header, input, style } = this.#options;
    if (bom) batch.text(BOM);
    if (preamble) batch.text(`sep=${style.delimiter}${style.lineEnd}`);
    if (header && input !== 'csv') this.#header(this.#options.columns, batch);
  }

  row(record: CsvRecord, result: DownloadedRow, batch: ByteBatch): void {
    this.#line(this.#cellsOf(record), result, batch);
  }

  other(record: CsvRecord, batch: ByteBatch): void {
    if (record.role === 'header') this.#header(record.cells, batch);
    else if (record.role === 'blank' && this.#options.input === 'csv') {
      batch.text(this.#options.style.lineEnd);
    }
  }

  beyond(result: DownloadedRow, batch: ByteBatch): void {
    this.#line([], result, batch);
  }

  end(): void {}

  #header(own: readonly string[], batch: ByteBatch): void {
    const { columns, width, results, style, safeInput, safeResult } = this.#options;
    const extra = extraNames(own, width);
    const added = resultNames([...columns, ...extra], results, safeResult);
    batch.text(csvLine([...own.map(safeInput), ...extra, ...added], style));
  }

  #line(own: readonly string[], result: DownloadedRow, batch: ByteBatch): void {
    const { width, results, style, safeInput, safeResult } = this.#options;
    const cells = own.map(safeInput);
    while (cells.length < width) cells.push('');
    for (const cell of resultCells(results, result, safeResult)) cells.push(cell);
    batch.text(csvLine(cells, style));
  }
}

export class JsonLines implements RowLines {
  readonly needsCells = true;
  readonly #input: JobInput['format'];
  readonly #columns: readonly string[];
  /** One array instead of lines. */
  readonly #array: boolean;
  #count = 0;

  constructor(input: JobInput['format'], columns: readonly string[], array: boolean) {
    this.#input = input;
    this.#columns = columns;
    this.#array = array;
  }

  begin(batch: ByteBatch): void {
    if (this.#array) batch.text('[\n');
  }

  row(record: CsvRecord, result: DownloadedRow, batch: ByteBatch): void {
    this.#object(this.#rowJson(record), result, batch);
  }

  other(): void {}

  beyond(result: DownloadedRow, batch: ByteBatch): void {
    this.#object('"row":null', result, batch);
  }

  end(batch: ByteBatch): void {
    if (this.#array) batch.text(this.#count === 0 ? ']\n' : '\n]\n');
  }

  #object(row: string, { status, failure, records }: DownloadedRow, batch: ByteBatch): void {
    const error = failure ? JSON.stringify({ code: failure.code, message: failure.message }) : null;
    const rest = `"status":"${status}","error":${error},"records":[${records.join(',')}]`;
    const between = this.#array && this.#count > 0 ? ',\n' : '';
    batch.text(`${between}{${row},${rest}}${this.#array ? '' : '\n'}`);
    this.#count += 1;
  }

  /** The row's own part. What is no JSON object is kept as text, as `raw`. */
  #rowJson(record: CsvRecord): string {
    const [text = ''] = record.cells;
    if (this.#input === 'csv') {
      return `"row":${JSON.stringify(csvFields(this.#columns, record.cells))}`;
    }
    if (this.#input === 'text') return `"row":${JSON.stringify({ value: text })}`;
    const { damage } = rowMaker('jsonl', [])(record);
    // The line itself: numbers and the order of keys stay as they were written.
    if (damage === undefined) return `"row":${text.trim()}`;
    return `"row":null,"raw":${JSON.stringify(text)}`;
  }
}

/** False for the last part of a record that was too long to hold: its cells were not counted. */
function isWhole({ damage }: CsvRecord): boolean {
  return damage?.code !== 'input.row_too_large';
}

/**
 * Whether the output begins with the sign of UTF-8: where the input had a sign, and where it was
 * not UTF-8, because what took it for another encoding would do so again.
 */
export function writesBom({ bom, encoding }: InputDialect): boolean {
  return bom || encoding !== 'utf-8';
}
