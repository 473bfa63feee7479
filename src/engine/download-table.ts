/**
 * Downloads as tables with typed columns: records into the columns of their schema, or rows of the
 * input, as text, with the results beside them.
 */
import type { TableColumn, TableSink } from '../model/table.ts';
import type { TableFormat } from '../sinks/export-format.ts';
import type { Output } from '../sinks/output.ts';
import type { Store } from '../store/store.ts';
import type { DownloadCounts, DownloadRequest } from './download.ts';
import { eachRecord } from './each-record.ts';
import { openTable } from './open-table.ts';
import { recordCells } from './record-cells.ts';
import { foundColumns } from './record-columns.ts';
import { VALUE_FIELD } from './record-fields.ts';

const SPARE: TableColumn = { name: VALUE_FIELD, type: 'text' };

export interface RecordSource {
  readonly job: Pick<DownloadRequest['job'], 'id'>;
  readonly store: Pick<Store, 'records'>;
  readonly columns?: readonly TableColumn[];
  readonly signal?: AbortSignal;
}

/** All records into a table that is opened for their columns. */
export async function sendRecords(
  { job, store, signal, ...source }: RecordSource,
  open: (columns: readonly TableColumn[]) => Promise<TableSink>,
): Promise<DownloadCounts> {
  const columns = source.columns ?? (await foundColumns(store, job.id, signal));
  return filled(await open(columns), async (table) => {
    let records = 0;
    for await (const page of eachRecord(store, job.id, signal)) {
      for (const { json, seq, index } of page) {
        table.add(recordCells(JSON.parse(json), columns), { seq, index });
        if (table.full) await table.flush();
      }
      records += page.length;
    }
    return { rows: 0, records };
  });
}

export async function writeRecordTable(
  request: DownloadRequest,
  format: TableFormat,
  output: Output,
): Promise<DownloadCounts> {
  const { store, job, signal } = request;
  const found = request.columns ?? (await foundColumns(store, job.id, signal));
  // No such file can hold a table without columns.
  const columns = found.length > 0 ? found : [SPARE];
  return sendRecords({ ...request, columns }, () => openTable(format, columns, output));
}

/** Completes the table that `fill` fills, or gives it up. */
export async function filled(
  table: TableSink,
  fill: (table: TableSink) => Promise<Omit<DownloadCounts, 'bytes'>>,
): Promise<DownloadCounts> {
  try {
    const counts = await fill(table);
    await table.finish();
    return { ...counts, bytes: table.bytes };
  } catch (error) {
    await table.discard();
    throw error;
  }
}
