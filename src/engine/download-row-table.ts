/** Rows of the input as text, with the results beside them, as a table with named columns. */
import type { TableColumn, TableSink } from '../model/table.ts';
import type { TableFormat } from '../sinks/export-format.ts';
import type { Output } from '../sinks/output.ts';
import type { CsvRecord } from '../sources/csv-record.ts';
import { storedDialect } from '../sources/input-dialect.ts';
import { openSource } from '../sources/open-source.ts';
import { rowMaker } from '../sources/source-row.ts';
import type { DownloadCounts, DownloadRequest } from './download.ts';
import { extraNames, resultCells, resultNames } from './download-lines.ts';
import type { DownloadedRow } from './download-results.ts';
import { walkRows } from './download-row-walk.ts';
import { inputExtent, resultColumns } from './download-rows.ts';
import { filled } from './download-table.ts';
import { openTable } from './open-table.ts';
import { presentInput } from './uploads.ts';

/** Cells beyond the last column that has a name are left out: a table has as many for each row. */
export async function writeRowTable(
  request: DownloadRequest,
  format: TableFormat,
  output: Output,
): Promise<DownloadCounts> {
  const { job } = request;
  const file = await presentInput(job.input.path);
  const source = await openSource({ ...job.input, path: file });
  const dialect = source.format === 'none' ? undefined : storedDialect(source.dialect);
  const results = await resultColumns(request);
  const { columns, width } = await inputExtent(request, file, dialect, source.columns);
  const own = [...columns, ...extraNames(columns, width)];
  const names = [...own, ...resultNames(own, results, asItIs)];
  const cellsOf = cellReader(source.format, columns);
  const add = (table: TableSink, cells: readonly string[], row: DownloadedRow, seq: number) => {
    const all = cells.slice(0, width);
    while (all.length < width) all.push('');
    all.push(...resultCells(results, row, asItIs));
    // A file of cells does not tell an empty one from one that is not there.
    const known = all.map((cell) => (cell === '' ? undefined : cell));
    table.add(known, { seq, index: 0 });
  };
  const typed = names.map((name): TableColumn => ({ name, type: 'text' }));
  return filled(await openTable(format, typed, output), (table) =>
    walkRows(request, file, dialect, {
      needsCells: true,
      row: (record, result, seq) => add(table, cellsOf(record), result, seq),
      other: () => {},
      beyond: (result, seq) => add(table, [], result, seq),
      flush: () => (table.full ? table.flush() : undefined),
    }),
  );
}

function cellReader(
  format: string,
  columns: readonly string[],
): (record: CsvRecord) => readonly string[] {
  if (format !== 'jsonl') return (record) => record.cells;
  const make = rowMaker('jsonl', columns);
  return (record) => make(record).cells;
}

const asItIs = (cell: string) => cell;
