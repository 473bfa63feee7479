/** Tables that records go into. What they are made with is loaded when they are asked for. */
import type { TableColumn, TableSink } from '../model/table.ts';
import type { TableFormat } from '../sinks/export-format.ts';
import type { Output } from '../sinks/output.ts';

/** The name of the table in a SQLite file. */
const TABLE_NAME = 'records';

/** A table as a file, whose bytes go to `output`; it has a column at least. */
export async function openTable(
  format: TableFormat,
  columns: readonly TableColumn[],
  output: Output,
): Promise<TableSink> {
  if (format === 'parquet') {
    const { ParquetTable } = await import('../sinks/parquet-table.ts');
    return new ParquetTable(columns, output);
  }
  if (format === 'xlsx') {
    const { XlsxTable } = await import('../sinks/xlsx-table.ts');
    return new XlsxTable(columns, output);
  }
  const { SqliteTable } = await import('../store/sqlite/sqlite-table.ts');
  return SqliteTable.open(TABLE_NAME, columns, (chunk) => output.write(chunk));
}
