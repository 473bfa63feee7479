/**
 * A file of records as what is otherwise the temporary table of a batch: DuckDB reads it by its own
 * reader, once for each statement, and nothing of it is held in memory.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { SluiceError } from '../../base/errors.ts';
import type { RecordField } from '../../model/record-file.ts';
import { type FileBatch, ID_COLUMN } from '../delivery-sink.ts';
import { literal, ORDER, quoted, STAGED } from './duckdb-stage.ts';

const LINE_BYTES = 2 * 2 ** 20;

export async function viewFile(
  connection: DuckDBConnection,
  { columns, file }: Pick<FileBatch, 'columns' | 'file'>,
): Promise<void> {
  const types = Array.from({ length: file.cells }, () => 'VARCHAR');
  for (const field of file.fields) {
    if (field && 'as' in field && field.as === 'number') types[field.cell] = 'DOUBLE';
  }
  const lineBytes = Math.max(LINE_BYTES, 2 * file.lineBytes);
  const read = [
    literal(file.path),
    'auto_detect = false',
    'header = false',
    "delim = '\t'",
    `quote = '"'`,
    `escape = '"'`,
    "nullstr = ''",
    "new_line = '\\n'",
    `max_line_size = ${lineBytes}`,
    // Some are held at once, and are 16 lines of the longest each where nothing is said.
    `buffer_size = ${2 * lineBytes}`,
    // A reader that begins in the middle cannot tell which line ends are within quotes.
    `parallel = ${!file.breaks}`,
    `columns = {n: 'BIGINT', ${types.map((type, i) => `c${i}: '${type}'`).join(', ')}}`,
  ];
  const values = columns.map(({ name, type }, i) => {
    return `${cellValue(file.fields[i], STAGED[type])} AS ${quoted(name)}`;
  });
  const id = `${literal(file.idStart)} || (n + ${file.idFirst})`;
  await connection.run(
    `CREATE OR REPLACE TEMP VIEW sluice_stage AS
     SELECT ${[`n AS ${ORDER}`, `${id} AS ${ID_COLUMN}`, ...values].join(', ')}
     FROM read_csv(${read.join(', ')}) WHERE n >= ${file.from} AND n < ${file.to}`,
  );
}

function cellValue(field: RecordField | undefined, type: string): string {
  if (field === undefined) return `NULL::${type}`;
  if ('text' in field) return literal(field.text);
  const cell = `c${field.cell}`;
  if ('as' in field) return field.as === 'lines' ? `replace(${cell}, '!N', chr(10))` : cell;
  // One function for all of them, which takes what is not there for nothing.
  const joined = field.joined.map((part) =>
    typeof part === 'string' ? literal(part) : `c${part}`,
  );
  return `coalesce(${cell}, concat(${joined.join(', ')}))`;
}

/** Throws `files.lost` where the file did not have what it should. */
export function checkCount({ file }: Pick<FileBatch, 'file'>, rows: number): void {
  const wanted = file.to - file.from;
  if (rows === wanted) return;
  const detail = `it has ${rows} of ${wanted} records`;
  throw new SluiceError('files.lost', { path: file.path, detail });
}
