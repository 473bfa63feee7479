/**
 * The rows of a file that became no work, as CSV: where they stand, why they were refused, and
 * their own cells. Reads no further than the last of them.
 */
import { ByteBatch } from '../sinks/byte-batch.ts';
import { COMMA_STYLE, csvLine } from '../sinks/csv-cell.ts';
import type { Output } from '../sinks/output.ts';
import type { CsvRecord } from '../sources/csv-record.ts';
import { storedDialect } from '../sources/input-dialect.ts';
import { openSource } from '../sources/open-source.ts';
import { readRecords } from '../sources/read-records.ts';
import { TEXT_FIELD } from '../sources/source-row.ts';
import type { RowResult, Store } from '../store/store.ts';
import type { DownloadRequest } from './download.ts';
import { addedNames } from './download-columns.ts';
import { presentInput } from './uploads.ts';

const PAGE_ROWS = 500;
const NAMES = ['line', 'code', 'reason'];
/** Of JSON lines, the line itself. */
const RAW_FIELD = 'raw';

export interface RejectsRequest extends Pick<DownloadRequest, 'signal'> {
  readonly job: DownloadRequest['job'];
  readonly store: Pick<Store, 'tasks'>;
}

/** Writes a line of names and one for each refused row; resolves with how many there are. */
export async function writeRejects(request: RejectsRequest, output: Output): Promise<number> {
  const { job, store, signal } = request;
  const batch = new ByteBatch(output);
  const file = await presentInput(job.input.path);
  const source = await openSource({ ...job.input, path: file });
  const { format } = source;
  const own = format === 'csv' ? source.columns : [format === 'jsonl' ? RAW_FIELD : TEXT_FIELD];
  batch.text(csvLine([...addedNames(own, NAMES), ...own], COMMA_STYLE));
  const refused = refusedRows(store, job.id);
  const dialect = storedDialect(source.dialect);
  let next = await nextOf(refused);
  let count = 0;
  const write = async (record: CsvRecord | undefined) => {
    const { code = '', message = '' } = next?.failure ?? {};
    const line = record === undefined ? '' : String(record.line);
    batch.text(csvLine([line, code, message, ...(record?.cells ?? [])], COMMA_STYLE));
    count += 1;
    if (batch.full) await batch.flush();
    next = await nextOf(refused);
  };
  if (next !== undefined && dialect !== undefined) {
    let seq = 0;
    reading: for await (const records of readRecords(file, dialect, { decode: true })) {
      signal?.throwIfAborted();
      for (const record of records) {
        if (record.role !== 'row') continue;
        if (next?.seq === seq) await write(record);
        if (next === undefined) break reading;
        seq += 1;
      }
    }
  }
  // A plan of the collector's own may refuse what no row of the file stands for.
  while (next !== undefined) await write(undefined);
  await batch.flush();
  return count;
}

async function nextOf(rows: AsyncGenerator<RowResult>): Promise<RowResult | undefined> {
  const { done, value } = await rows.next();
  return done === true ? undefined : value;
}

async function* refusedRows(store: Pick<Store, 'tasks'>, jobId: string): AsyncGenerator<RowResult> {
  let after: number | undefined = -1;
  while (after !== undefined) {
    const page = await store.tasks(jobId, { after, states: ['discarded'], limit: PAGE_ROWS });
    // What was tried, however short, took its time.
    for (const row of page.rows) if (row.durationMs === undefined) yield row;
    after = page.next;
  }
}
