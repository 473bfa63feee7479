/**
 * A collection as a file or a table: entries in the order of their keys. JSON has all that is known
 * of an entry, its value in place; tables have a column for each field of the values.
 */
import type { KeptEntry } from '../model/kept.ts';
import type { TableColumn } from '../model/table.ts';
import { ByteBatch } from '../sinks/byte-batch.ts';
import { type ExportFormat, isTableFormat } from '../sinks/export-format.ts';
import { writeWhole } from '../sinks/file-output.ts';
import type { Output } from '../sinks/output.ts';
import type { DownloadCounts } from './download.ts';
import { writeRecords } from './download-records.ts';
import { writeRecordTable } from './download-table.ts';
import { type EntrySource, entryRecords, OWN_FIELDS } from './entry-records.ts';
import { foundColumns } from './record-columns.ts';
import { sendToPostgres, type TableTarget } from './send-to-postgres.ts';

const PAGE = 500;

export interface CollectionExport extends EntrySource {
  readonly format: ExportFormat;
  readonly safeFormulas: 'off' | 'results' | 'all';
  readonly signal?: AbortSignal;
}

/** Writes the entries to `output`, without finishing it; each counts as a record. */
export async function writeCollection(
  request: CollectionExport,
  output: Output,
): Promise<DownloadCounts> {
  const { format, query, safeFormulas, signal } = request;
  if (format === 'json' || format === 'jsonl') return writeJson(request, output);
  const job = { id: query.collection, input: NO_INPUT, options: {} };
  const records = { ...entryRecords(request), results: async () => [] };
  const columns = await entryColumns(request);
  const recordKeys = columns.map(({ name }) => name);
  const wish = { format, safeFormulas, shape: 'record', ...(signal && { signal }) } as const;
  const all = { ...wish, job, store: records, columns, recordKeys };
  return isTableFormat(format) ? writeRecordTable(all, format, output) : writeRecords(all, output);
}

const NO_INPUT = { path: '', name: '', format: 'none', dialect: {} } as const;

/** Writes the entries to a file, which is there whole or not at all. */
export function collectionToFile(request: CollectionExport, path: string): Promise<DownloadCounts> {
  return writeWhole(path, (output) => writeCollection(request, output));
}

/** Sends the entries to a table of some Postgres: a row for each key, however often it is sent. */
export async function collectionToPostgres(
  source: EntrySource,
  target: TableTarget,
  poolMax: number,
): Promise<DownloadCounts> {
  const job = { id: source.query.collection };
  const columns = await entryColumns(source);
  const keyed = target.key.length > 0 ? target : { ...target, key: ['key'] };
  const records = { job, store: entryRecords(source), columns };
  return sendToPostgres(records, keyed, poolMax, `sluice collections export ${job.id}`);
}

/** An entry as it is told: without its collection, its value as JSON in place. */
export function entryText({ key, json, jobId, firstMs, changedMs, revision }: KeptEntry): string {
  const rest = JSON.stringify({ jobId, firstMs, changedMs, revision });
  return `{"key":${JSON.stringify(key)},"value":${json},${rest.slice(1)}`;
}

async function writeJson(request: CollectionExport, output: Output): Promise<DownloadCounts> {
  const { store, query, format, signal } = request;
  const list = format === 'json';
  const batch = new ByteBatch(output);
  let records = 0;
  if (list) batch.text('[\n');
  for (let after = {}; ; ) {
    signal?.throwIfAborted();
    const page = await store.entries({ ...query, ...after, limit: PAGE });
    for (const entry of page) {
      batch.text(list ? (records === 0 ? '' : ',\n') + entryText(entry) : `${entryText(entry)}\n`);
      records += 1;
      if (batch.full) await batch.flush();
    }
    const last = page.at(-1);
    if (last === undefined) break;
    after = { after: last.key };
  }
  if (list) batch.text('\n]\n');
  await batch.flush();
  return { rows: 0, records, bytes: batch.bytes };
}

/** Found by reading all values once. */
async function entryColumns(
  request: EntrySource & { readonly signal?: AbortSignal },
): Promise<readonly TableColumn[]> {
  const { query, signal } = request;
  const found = await foundColumns(entryRecords(request), query.collection, signal);
  const own = new Map<string, TableColumn['type']>([
    ['first', 'time'],
    ['changed', 'time'],
  ]);
  const columns = found.map(({ name, type }) => ({ name, type: own.get(name) ?? type }));
  // Of a part without entries, too.
  return columns.length > 0 ? columns : OWN_FIELDS.map((name) => column(name, own));
}

function column(name: string, own: ReadonlyMap<string, TableColumn['type']>): TableColumn {
  return { name, type: own.get(name) ?? 'text' };
}
