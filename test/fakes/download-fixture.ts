/** What tests of the download share: files with inputs, a store that knows the first rows. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { type DownloadRequest, writeDownload } from '../../src/engine/download.ts';
import type { JobInput } from '../../src/model/job.ts';
import { MemoryOutput } from '../../src/sinks/output.ts';
import type { CsvRecord } from '../../src/sources/csv-record.ts';
import { CsvScanner } from '../../src/sources/csv-scanner.ts';
import { type InputWishes, inspectInput } from '../../src/sources/inspect-input.ts';
import type { RowResult, StoredRecord } from '../../src/store/store.ts';

let dir = '';
let files = 0;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-download-'));
});
after(() => rm(dir, { recursive: true, force: true }));

/** The directory of this run of the tests; removed at its end. */
export function scratch(): string {
  return dir;
}

export type Known = { readonly state: RowResult['state']; readonly records?: readonly unknown[] };

export const FAILURE = {
  class: 'gone',
  code: 'http.404',
  message: 'Not there, "at all".',
} as const;

/** A store that knows the first rows. */
export function storeOf(known: readonly Known[], pages?: number[]): DownloadRequest['store'] {
  const rows = known.map(
    ({ state, records = [] }, seq): RowResult => ({
      seq,
      state,
      attemptNo: 1,
      failure: state === 'discarded' ? FAILURE : undefined,
      records: records.map((record) => JSON.stringify(record)),
      duplicateOf: undefined,
      finishedMs: undefined,
      durationMs: undefined,
    }),
  );
  const all: StoredRecord[] = rows.flatMap(({ seq, records }) =>
    records.map((json, index) => ({ seq, index, json })),
  );
  return {
    async results(_jobId, fromSeq, limit) {
      pages?.push(limit);
      return rows.slice(fromSeq, fromSeq + limit);
    },
    async records(_jobId, position, limit) {
      const from = position
        ? all.findIndex(({ seq, index }) => seq === position.seq && index === position.index) + 1
        : 0;
      return all.slice(from, from + limit);
    },
  };
}

export async function inputOf(
  content: string | Buffer,
  name = 'list.csv',
  wishes: InputWishes = {},
): Promise<JobInput> {
  const path = join(dir, `${files++}-${name}`);
  await writeFile(path, content);
  const { format, dialect } = await inspectInput(path, wishes);
  return { path, name, format, dialect: JSON.parse(JSON.stringify(dialect)) };
}

export async function download(
  input: JobInput,
  known: readonly Known[],
  more: Partial<DownloadRequest> = {},
): Promise<string> {
  const output = new MemoryOutput();
  const request: DownloadRequest = {
    job: { id: 'j_1', input, options: {} },
    store: storeOf(known),
    shape: 'row',
    format: 'csv',
    recordKeys: ['email'],
    safeFormulas: 'off',
    ...more,
  };
  const counts = await writeDownload(request, output);
  assert.equal(counts.bytes, output.bytes().length);
  return output.text();
}

export function recordsOf(text: string): CsvRecord[] {
  const scanner = new CsvScanner(
    { delimiter: ',', quote: '"', spaceBeforeQuote: false },
    { decode: false },
  );
  return [...scanner.push(Buffer.from(text)), ...scanner.end()];
}

/** Rows of a file with a line of column names. */
export function rowCount(text: string): number {
  return recordsOf(text).filter(({ role }) => role === 'row').length - 1;
}

export const done = (...emails: string[]): Known => ({
  state: 'completed',
  records: emails.map((email) => ({ email })),
});
export const FAILED: Known = { state: 'discarded' };
export const NONE: JobInput = { path: '', name: '', format: 'none', dialect: {} };
