/**
 * What a batch is called and which columns it has, by nothing but what is stored of its delivery
 * and where it ends: put together again it is the same one.
 */
import { hash } from 'node:crypto';
import type { Outgoing, OutgoingColumn } from '../../model/outbox.ts';
import type { RecordFilePart } from '../../model/record-file.ts';
import {
  type DeliveryFile,
  type FileBatch,
  VERSION_COLUMN,
  versionOf,
} from '../../sinks/delivery-sink.ts';
import type { LoggedFile } from '../../store/record-log.ts';

const VERSION = { name: VERSION_COLUMN, type: 'text' } as const;

/** Of a batch that begins where `outgoing` is. */
export function batchHead(
  outgoing: Outgoing,
  upTo: string,
  columns: readonly OutgoingColumn[],
): Omit<FileBatch, 'file'> {
  const { id, jobId, position, place, table, key, batches } = outgoing;
  const part = hash('sha256', `${place}\n${position}\n${upTo}`).slice(0, 8);
  return {
    id: `${id.replace('.', '-')}-${String(batches).padStart(6, '0')}-${part}`,
    jobId,
    table,
    columns: [...(key ? [VERSION] : []), ...columns.map(({ name, type }) => ({ name, type }))],
    ...(key && { key }),
  };
}

/** Rejects with `files.lost`. */
export async function deliveryFile(
  { jobId, key }: Outgoing,
  { part, seq, first, fields, atMs, ...file }: LoggedFile,
  columns: readonly OutgoingColumn[],
  fileAt: ((part: RecordFilePart) => Promise<string>) | undefined,
): Promise<DeliveryFile> {
  if (fileAt === undefined) throw new Error('there are no files here');
  const byProperty = new Map(fields.map((field) => [field.property, field]));
  const version = { property: VERSION_COLUMN, text: versionOf(atMs, jobId) };
  const own = columns.map(({ property }) => byProperty.get(property));
  return {
    ...file,
    path: await fileAt(part),
    fields: key === undefined ? own : [version, ...own],
    idStart: `${jobId}.${seq}.`,
    idFirst: first,
  };
}
