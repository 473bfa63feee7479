/** How a part of a job's records is written. */
import { addedNames, recordCell, schemaKeys } from '../engine/download-columns.ts';
import { recordFields } from '../engine/record-fields.ts';
import type { RecordPart } from '../engine/record-part.ts';
import { COMMA_STYLE, csvLine } from '../sinks/csv-cell.ts';
import type { StoredRecord } from '../store/store.ts';

export const PART_FORMATS = ['ndjson', 'json', 'csv'] as const;
export type PartFormat = (typeof PART_FORMATS)[number];

export const PART_TYPES: Readonly<Record<PartFormat, string>> = {
  ndjson: 'application/x-ndjson',
  json: 'application/json',
  csv: 'text/csv; charset=utf-8',
};

/** `schema`: of the records; without one the columns of CSV are the keys that this part has. */
export function partText(part: RecordPart, format: PartFormat, schema: unknown): string {
  if (format === 'csv') return csv(part.records, schemaKeys(schema) ?? keysOf(part.records));
  const records = part.records.map(
    ({ seq, index, json }) => `{"seq":${seq},"index":${index},"record":${json}}`,
  );
  if (format === 'ndjson') return records.map((record) => `${record}\n`).join('');
  const next = part.next === undefined ? '' : `,"next":"${part.next.seq}.${part.next.index}"`;
  return `{"records":[${records.join(',')}]${next},"complete":${part.complete}}`;
}

function csv(records: readonly StoredRecord[], keys: readonly string[]): string {
  let text = csvLine([...addedNames(keys, ['seq', 'index']), ...keys], COMMA_STYLE);
  for (const { seq, index, json } of records) {
    const record: unknown = JSON.parse(json);
    const cells = keys.map((key) => recordCell(record, key));
    text += csvLine([String(seq), String(index), ...cells], COMMA_STYLE);
  }
  return text;
}

function keysOf(records: readonly StoredRecord[]): readonly string[] {
  const keys = new Set<string>();
  for (const { json } of records) {
    for (const key of Object.keys(recordFields(JSON.parse(json)))) keys.add(key);
  }
  return [...keys];
}
