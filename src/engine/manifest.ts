/**
 * The manifest of a job: one line of JSON for each file that its records name in `files` or
 * `images`, with where in the records that is. A file that several records name has several lines.
 */
import { ByteBatch } from '../sinks/byte-batch.ts';
import type { Output } from '../sinks/output.ts';
import type { Store } from '../store/store.ts';
import { eachRecord } from './each-record.ts';

/** Keys of a record under which its files are. */
const LISTS = ['files', 'images'] as const;

export interface ManifestLine {
  /** SHA-256 of the bytes, lower-case hex. */
  readonly digest: string;
  /** Relative to the place where files are kept. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Media type. */
  readonly type: string | null;
  /** Where it was found, if its record says so. */
  readonly url: string | null;
  /** Row, number of the record in the row, and key of the record. */
  readonly row: number;
  readonly record: number;
  readonly field: (typeof LISTS)[number];
}

export interface ManifestRequest {
  readonly jobId: string;
  readonly store: Pick<Store, 'records'>;
  readonly signal?: AbortSignal;
}

/** Writes the lines to `output`, without finishing it; resolves with their number. */
export async function writeManifest(
  { jobId, store, signal }: ManifestRequest,
  output: Output,
): Promise<number> {
  const batch = new ByteBatch(output);
  let lines = 0;
  for await (const page of eachRecord(store, jobId, signal)) {
    for (const { json, seq, index } of page) {
      // Most records name none, and need not be read.
      if (!json.includes('"digest"')) continue;
      for (const file of filesOf(JSON.parse(json))) {
        const line: ManifestLine = { ...file, row: seq, record: index };
        batch.text(`${JSON.stringify(line)}\n`);
        lines += 1;
      }
      if (batch.full) await batch.flush();
    }
  }
  await batch.flush();
  return lines;
}

function* filesOf(record: unknown): Generator<Omit<ManifestLine, 'row' | 'record'>> {
  if (!isObject(record)) return;
  for (const field of LISTS) {
    const list = record[field];
    if (!Array.isArray(list)) continue;
    for (const file of list as unknown[]) {
      if (!isObject(file)) continue;
      const { digest, path, size } = file;
      if (typeof digest !== 'string' || typeof path !== 'string') continue;
      if (typeof size !== 'number') continue;
      const type = textOf(file.type) ?? textOf(file.contentType);
      yield { digest, path, size, type, url: textOf(file.url), field };
    }
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
