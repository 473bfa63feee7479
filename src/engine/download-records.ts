import { ByteBatch } from '../sinks/byte-batch.ts';
import { COMMA_STYLE, csvLine, TAB_STYLE } from '../sinks/csv-cell.ts';
import type { Output } from '../sinks/output.ts';
import { safeCell } from '../sinks/safe-formulas.ts';
import type { StoredRecord } from '../store/store.ts';
import type { DownloadCounts, DownloadRequest } from './download.ts';
import { recordCell, recordKeys } from './download-columns.ts';
import { eachRecord } from './each-record.ts';
import { VALUE_FIELD } from './record-fields.ts';

/** One record a line (JSON lines, CSV) or an element (JSON), in the order of rows and pages. */
export async function writeRecords(
  request: DownloadRequest,
  output: Output,
): Promise<DownloadCounts> {
  const { store, job, signal } = request;
  const batch = new ByteBatch(output);
  const encode = await recordEncoder(request);
  batch.text(encode.head);
  let records = 0;
  for await (const page of eachRecord(store, job.id, signal)) {
    for (const record of page) {
      batch.text(encode.line(record, records));
      records += 1;
      if (batch.full) await batch.flush();
    }
  }
  batch.text(encode.tail);
  await batch.flush();
  return { rows: 0, records, bytes: batch.bytes };
}

interface RecordEncoder {
  readonly head: string;
  readonly tail: string;
  line(record: StoredRecord, number: number): string;
}

async function recordEncoder(request: DownloadRequest): Promise<RecordEncoder> {
  const { format, store, job, signal, safeFormulas } = request;
  if (format === 'jsonl') return { head: '', tail: '', line: ({ json }) => `${json}\n` };
  if (format === 'json') {
    const line = ({ json }: StoredRecord, number: number) => (number === 0 ? json : `,\n${json}`);
    return { head: '[\n', tail: '\n]\n', line };
  }
  const style = format === 'tsv' ? TAB_STYLE : COMMA_STYLE;
  const found = request.recordKeys ?? (await recordKeys(store, job.id, signal));
  // Lines without a cell would be no rows to whoever reads them.
  const keys = found.length > 0 ? found : [VALUE_FIELD];
  const safe = safeFormulas === 'off' ? (cell: string) => cell : safeCell;
  return {
    head: csvLine(keys.map(safe), style),
    tail: '',
    line: ({ json }) => {
      const record: unknown = JSON.parse(json);
      const cells = keys.map((key) => safe(recordCell(record, key)));
      return csvLine(cells, style);
    },
  };
}
