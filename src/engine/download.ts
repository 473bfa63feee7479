/**
 * The download: a job's input with its results beside it, or its records alone. Reads the stored
 * input again with the stored dialect and walks the results along with it, so memory is flat and a
 * job that is still running can be downloaded: rows without an end say so in their status.
 */
import type { ResultTable } from '../collectors/collector.ts';
import type { JobInput } from '../model/job.ts';
import type { TableColumn } from '../model/table.ts';
import { type ExportFormat, isTableFormat } from '../sinks/export-format.ts';
import { writeWhole } from '../sinks/file-output.ts';
import type { Output } from '../sinks/output.ts';
import type { Store } from '../store/store.ts';
import { writeRecords } from './download-records.ts';
import { writeRowTable } from './download-row-table.ts';
import { writeRows } from './download-rows.ts';
import { writeRecordTable } from './download-table.ts';

export interface DownloadRequest {
  readonly job: {
    readonly id: string;
    readonly input: JobInput;
    readonly options: Readonly<Record<string, unknown>>;
  };
  readonly store: Pick<Store, 'results' | 'records'>;
  /** `row`: each input row with its results beside it. `record`: the records alone. */
  readonly shape: 'row' | 'record';
  readonly format: ExportFormat;
  /** The collector's table, for rows as CSV. */
  readonly table?: ResultTable<unknown>;
  /** Keys of the records (`schemaKeys`); found out by reading them all where they are not given. */
  readonly recordKeys?: readonly string[];
  /** Columns of the records with their types; found out like their keys. For typed tables. */
  readonly columns?: readonly TableColumn[];
  /** Which cells are kept from running as formulas in a spreadsheet. */
  readonly safeFormulas: 'off' | 'results' | 'all';
  readonly signal?: AbortSignal;
}

export interface DownloadCounts {
  readonly rows: number;
  readonly records: number;
  readonly bytes: number;
}

/** Writes the download to `output`, without finishing it; rejects with `input.*` and `output.*`. */
export function writeDownload(request: DownloadRequest, output: Output): Promise<DownloadCounts> {
  const { format, shape } = request;
  if (isTableFormat(format)) {
    const write = shape === 'row' ? writeRowTable : writeRecordTable;
    return write(request, format, output);
  }
  return shape === 'row' ? writeRows(request, output) : writeRecords(request, output);
}

/** Writes the download to a file, which is there whole or not at all. */
export function downloadToFile(request: DownloadRequest, path: string): Promise<DownloadCounts> {
  return writeWhole(path, (output) => writeDownload(request, output));
}
