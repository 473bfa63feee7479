/**
 * The rows of a file that failed, or those alone that became no work, as CSV: where they stand, the
 * code and the sentence of the reason, and their own cells. Reads no further than the last of them.
 */

import { fingerprint } from '../model/failure.ts';
import { ByteBatch } from '../sinks/byte-batch.ts';
import { COMMA_STYLE, csvLine } from '../sinks/csv-cell.ts';
import type { Output } from '../sinks/output.ts';
import { safeCell } from '../sinks/safe-formulas.ts';
import type { CsvRecord } from '../sources/csv-record.ts';
import { storedDialect } from '../sources/input-dialect.ts';
import { openSource } from '../sources/open-source.ts';
import { readRecords } from '../sources/read-records.ts';
import { TEXT_FIELD } from '../sources/source-row.ts';
import type { FoundTask, RowResult, Store, TaskQuery } from '../store/store.ts';
import type { DownloadRequest } from './download.ts';
import { addedNames } from './download-columns.ts';
import { ResultWalk } from './download-results.ts';
import { chooseFailures } from './failure-choice.ts';
import { presentInput } from './uploads.ts';

const PAGE_ROWS = 500;
const NAMES = ['line', 'code', 'reason'];
/** Of JSON lines, the line itself; where there is no file, what the collector was given. */
const RAW_FIELD = 'raw';
const INPUT_FIELD = 'input';

export interface FailuresRequest extends Pick<DownloadRequest, 'signal' | 'safeFormulas'> {
  readonly job: Pick<DownloadRequest['job'], 'id' | 'input'>;
  readonly store: Pick<Store, 'tasks' | 'results' | 'failureGroups'>;
  /** `refused`: only those that were refused at planning. */
  readonly which: 'failed' | 'refused';
  /** Only the failures that people name so (`chooseFailures`). */
  readonly only?: string | undefined;
  /** Rows like an earlier one as well; without it each failure is told once. */
  readonly duplicates?: boolean | undefined;
}

/**
 * Writes a line of names and one for each row; resolves with how many there are. Rejects with
 * `usage.*` where `only` names none.
 */
export async function writeFailures(request: FailuresRequest, output: Output): Promise<number> {
  const { job, signal, safeFormulas } = request;
  const safeReason = safeFormulas === 'off' ? (cell: string) => cell : safeCell;
  const safeOwn = safeFormulas === 'all' ? safeCell : (cell: string) => cell;
  const batch = new ByteBatch(output);
  const file = await presentInput(job.input.path);
  const source = await openSource({ ...job.input, path: file });
  const { format } = source;
  const own = ownNames(format, source.columns);
  batch.text(csvLine([...addedNames(own, NAMES), ...own], COMMA_STYLE));
  const failed = await failedRows(request);
  const dialect = storedDialect(source.dialect);
  let next = await nextOf(failed);
  let count = 0;
  const write = async (record: CsvRecord | undefined) => {
    const { code = '', message = '' } = next?.failure ?? {};
    const line = record === undefined ? '' : String(record.line);
    const cells = record?.cells ?? (format === 'none' ? [next?.input ?? ''] : []);
    const reason = [line, code, safeReason(message)];
    batch.text(csvLine([...reason, ...cells.map(safeOwn)], COMMA_STYLE));
    count += 1;
    if (batch.full) await batch.flush();
    next = await nextOf(failed);
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

function ownNames(format: string, columns: readonly string[]): readonly string[] {
  if (format === 'csv') return columns;
  return [{ jsonl: RAW_FIELD, none: INPUT_FIELD }[format] ?? TEXT_FIELD];
}

/** Of a repeated row only what became of it is at hand: its cells are in the file. */
type FailedRow = RowResult & Partial<Pick<FoundTask, 'input'>>;

async function nextOf(rows: AsyncGenerator<FailedRow>): Promise<FailedRow | undefined> {
  const { done, value } = await rows.next();
  return done === true ? undefined : value;
}

/** In the order of the input. */
async function failedRows(request: FailuresRequest): Promise<AsyncGenerator<FailedRow>> {
  const { job, store, which, only, duplicates } = request;
  const groups = only === undefined ? [] : await store.failureGroups(job.id);
  const meant = only === undefined ? undefined : chooseFailures(groups, only, job.id);
  const isGroup = groups.some(({ fingerprint }) => fingerprint === meant);
  const query: Pick<TaskQuery, 'states' | 'fingerprint'> =
    meant !== undefined && isGroup ? { fingerprint: meant } : { states: ['discarded'] };
  const isMeant = ({ durationMs, failure }: RowResult): boolean => {
    // What was tried, however short, took its time.
    if (which === 'refused') return durationMs === undefined;
    return meant === undefined || isGroup || failure?.code === meant;
  };
  // Without a file a row's cells are those of its task, of which a repeated one has none.
  if (duplicates !== true || job.input.format === 'none')
    return rowsOf(store, job.id, query, isMeant);
  return repeatedRowsOf(store, job.id, (row) => {
    const isInGroup = !isGroup || (row.failure && fingerprint(row.failure) === meant);
    return row.state === 'discarded' && isInGroup === true && isMeant(row);
  });
}

/** All results: a query looks among tasks, which repeated rows are none of. */
async function* repeatedRowsOf(
  store: Pick<Store, 'results'>,
  jobId: string,
  isMeant: (row: RowResult) => boolean,
): AsyncGenerator<FailedRow> {
  const walk = new ResultWalk(store, jobId);
  for (;;) {
    if (!walk.ready) await walk.fill();
    const row = walk.nextResult();
    if (row === undefined) return;
    if (isMeant(row)) yield row;
  }
}

async function* rowsOf(
  store: Pick<Store, 'tasks'>,
  jobId: string,
  query: Pick<TaskQuery, 'states' | 'fingerprint'>,
  isMeant: (row: FoundTask) => boolean,
): AsyncGenerator<FoundTask> {
  let after: number | undefined = -1;
  while (after !== undefined) {
    const page = await store.tasks(jobId, { ...query, after, limit: PAGE_ROWS });
    for (const row of page.rows) if (isMeant(row)) yield row;
    after = page.next;
  }
}
