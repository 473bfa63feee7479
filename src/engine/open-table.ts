/** Tables that records go into. What they are made with is loaded when they are asked for. */
import type { TableColumn, TableSink } from '../model/table.ts';
import type { TableFormat } from '../sinks/export-format.ts';
import type { Output } from '../sinks/output.ts';

/** The name of the table in a SQLite file. */
const TABLE_NAME = 'records';

/** A table as a file, whose bytes go to `output`. */
export async function openTable(
  format: TableFormat,
  columns: readonly TableColumn[],
  output: Output,
): Promise<TableSink> {
  // Neither can hold a table without columns.
  const some: readonly TableColumn[] =
    columns.length > 0 ? columns : [{ name: 'record', type: 'json' }];
  if (format === 'parquet') {
    const { ParquetTable } = await import('../sinks/parquet-table.ts');
    return new ParquetTable(some, output);
  }
  if (format === 'xlsx') {
    const { XlsxTable } = await import('../sinks/xlsx-table.ts');
    return new XlsxTable(some, output);
  }
  const { SqliteTable } = await import('../store/sqlite/sqlite-table.ts');
  return SqliteTable.open(TABLE_NAME, some, (chunk) => output.write(chunk));
}
