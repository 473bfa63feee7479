/** The rows of an input and their results, side by side. */
import type { CsvRecord } from '../sources/csv-record.ts';
import type { InputDialect } from '../sources/input-dialect.ts';
import type { InputFile } from '../sources/input-file.ts';
import { readRecords } from '../sources/read-records.ts';
import type { DownloadCounts, DownloadRequest } from './download.ts';
import { type DownloadedRow, ResultWalk } from './download-results.ts';

/** Who is shown the rows. */
export interface RowVisitor {
  /** Whether the cells must be decoded. */
  readonly needsCells: boolean;
  /** `seq`: the row's number, from 0. */
  row(record: CsvRecord, result: DownloadedRow, seq: number): void;
  /** A record that is no row: column names, a blank line, a part of a long one. */
  other(record: CsvRecord): void;
  /** A result that no row of the input stands for. */
  beyond(result: DownloadedRow, seq: number): void;
  /** Hands on what is there where that is enough; asked after each of the others. */
  flush(): Promise<void> | undefined;
}

/** Shows all rows in the order of the input; `dialect`: undefined where there is no input. */
export async function walkRows(
  { job, store, signal }: Pick<DownloadRequest, 'job' | 'store' | 'signal'>,
  file: InputFile,
  dialect: InputDialect | undefined,
  visitor: RowVisitor,
): Promise<Omit<DownloadCounts, 'bytes'>> {
  const walk = new ResultWalk(store, job.id);
  let rows = 0;
  let records = 0;
  if (dialect !== undefined) {
    for await (const found of readRecords(file, dialect, { decode: visitor.needsCells })) {
      signal?.throwIfAborted();
      for (const record of found) {
        if (record.role === 'row') {
          if (!walk.ready) await walk.fill();
          const result = walk.take(rows);
          visitor.row(record, result, rows);
          rows += 1;
          records += recordsOf(result);
        } else {
          visitor.other(record);
        }
        const flushed = visitor.flush();
        if (flushed !== undefined) await flushed;
      }
    }
  }
  // A collector that plans from its options, or more than one task a row, has results beyond them.
  for (;;) {
    signal?.throwIfAborted();
    if (!walk.ready) await walk.fill();
    const result = walk.takeNext();
    if (result === undefined) break;
    visitor.beyond(result, rows);
    rows += 1;
    records += recordsOf(result);
    const flushed = visitor.flush();
    if (flushed !== undefined) await flushed;
  }
  return { rows, records };
}

/** As the job counts them: each once. */
function recordsOf({ records, repeats }: DownloadedRow): number {
  return repeats === true ? 0 : records.length;
}
