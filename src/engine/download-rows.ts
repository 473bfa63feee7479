/**
 * Each row of the input with its results beside it, in the order of the input. The n-th row of the
 * file is the job's row n, as in the plan, because both read with the same dialect.
 */

import { ByteBatch } from '../sinks/byte-batch.ts';
import type { CsvStyle } from '../sinks/csv-cell.ts';
import { COMMA_STYLE, TAB_STYLE } from '../sinks/csv-cell.ts';
import type { Output } from '../sinks/output.ts';
import { safeCell } from '../sinks/safe-formulas.ts';
import { type InputDialect, storedDialect } from '../sources/input-dialect.ts';
import type { InputFile } from '../sources/input-file.ts';
import { openSource } from '../sources/open-source.ts';
import { readRecords } from '../sources/read-records.ts';
import { isObject } from '../sources/source-row.ts';
import type { DownloadCounts, DownloadRequest } from './download.ts';
import { keyColumns, type ResultColumns, recordKeys, tableColumns } from './download-columns.ts';
import { CellLines, JsonLines, RawLines, type RowLines, writesBom } from './download-lines.ts';
import { walkRows } from './download-row-walk.ts';
import { presentInput } from './uploads.ts';

/**
 * Cells beyond the columns up to which all rows are padded, so that the result columns line up. A
 * row with still more cells keeps them, and its results stand further to the right.
 */
const EXTRA_CELLS_MAX = 16;
/** Keys of JSON lines beyond these have no column. */
const KEYS_MAX = 1_000;

/** Writes rows with results; see `DownloadRequest`. */
export async function writeRows(request: DownloadRequest, output: Output): Promise<DownloadCounts> {
  const batch = new ByteBatch(output);
  // Once for all readings: a file that still arrives has one end for all of them.
  const file = await presentInput(request.job.input.path);
  const { lines, dialect } = await rowLines(request, file);
  lines.begin(batch);
  const counts = await walkRows(request, file, dialect, {
    needsCells: lines.needsCells,
    row: (record, result) => lines.row(record, result, batch),
    other: (record) => lines.other(record, batch),
    beyond: (result) => lines.beyond(result, batch),
    flush: () => (batch.full ? batch.flush() : undefined),
  });
  lines.end(batch);
  await batch.flush();
  return { ...counts, bytes: batch.bytes };
}

async function rowLines(
  request: DownloadRequest,
  file: InputFile,
): Promise<{ readonly lines: RowLines; readonly dialect: InputDialect | undefined }> {
  const { job, format, safeFormulas } = request;
  const source = await openSource({ ...job.input, path: file });
  const dialect = source.format === 'none' ? undefined : storedDialect(source.dialect);
  const inputFormat = source.format;
  if (format === 'jsonl' || format === 'json') {
    const lines = new JsonLines(inputFormat, source.columns, format === 'json');
    return { lines, dialect };
  }
  const results = await resultColumns(request);
  const safeResult = safeFormulas === 'off' ? (cell: string) => cell : safeCell;
  const extent = await inputExtent(request, file, dialect, source.columns);
  const fitting = dialect !== undefined && (format === 'csv' || dialect.delimiter === '\t');
  if (inputFormat === 'csv' && fitting && safeFormulas !== 'all') {
    return { lines: new RawLines(dialect, extent, results, safeResult), dialect };
  }
  const own: CsvStyle = inputFormat === 'csv' && dialect ? dialect : COMMA_STYLE;
  const lines = new CellLines({
    input: inputFormat,
    columns: extent.columns,
    header: inputFormat !== 'csv' || dialect?.header === true,
    preamble: format === 'csv' && dialect?.sepLine === true,
    bom: dialect !== undefined && inputFormat === 'csv' && writesBom(dialect),
    width: extent.width,
    style: format === 'tsv' ? TAB_STYLE : own,
    results,
    safeInput: safeFormulas === 'all' ? safeCell : (cell) => cell,
    safeResult,
  });
  return { lines, dialect };
}

export async function resultColumns(request: DownloadRequest): Promise<ResultColumns> {
  const { table, job, store, signal } = request;
  if (table !== undefined) return tableColumns(table, job.options);
  return keyColumns(request.recordKeys ?? (await recordKeys(store, job.id, signal)));
}

export interface InputExtent {
  readonly columns: readonly string[];
  /** Cells to which every row is padded. */
  readonly width: number;
}

/** Reads the input once to learn how wide its rows are, or which keys its objects have. */
export async function inputExtent(
  { job, signal }: DownloadRequest,
  file: InputFile,
  dialect: InputDialect | undefined,
  columns: readonly string[],
): Promise<InputExtent> {
  const { format } = job.input;
  if (dialect === undefined || format === 'none') return { columns: [], width: 0 };
  if (format === 'text') return { columns: ['value'], width: 1 };
  if (format === 'jsonl') {
    const keys = await jsonKeys(file, dialect, signal);
    return { columns: keys, width: keys.length };
  }
  const bound = columns.length + EXTRA_CELLS_MAX;
  let width = columns.length;
  for await (const records of readRecords(file, dialect, { decode: false })) {
    signal?.throwIfAborted();
    for (const { role, cellCount, damage } of records) {
      if (role !== 'row' || damage !== undefined || cellCount > bound) continue;
      if (cellCount > width) width = cellCount;
    }
  }
  return { columns, width };
}

async function jsonKeys(
  file: InputFile,
  dialect: InputDialect,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const keys = new Set<string>();
  for await (const records of readRecords(file, dialect, { decode: true })) {
    signal?.throwIfAborted();
    for (const { role, damage, cells } of records) {
      if (role !== 'row' || damage !== undefined) continue;
      const value = parsed(cells[0] ?? '');
      if (!isObject(value)) continue;
      for (const key of Object.keys(value)) if (keys.size < KEYS_MAX) keys.add(key);
    }
  }
  return [...keys];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
