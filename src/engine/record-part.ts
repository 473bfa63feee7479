/**
 * A part of a job's records, in the order of (row, index), for readers who come back for more.
 *
 * Rows end in any order, so while the job runs a row may get records behind which the reader has
 * passed. With `final` a part ends before the first row that is still open: who goes on from there
 * misses nothing and gets nothing twice. Failed rows that are tried again begin behind the reader.
 */
import { type Job, openTasks, rowsKnown } from '../model/job.ts';
import { isFinalJobState } from '../model/lifecycle.ts';
import type { RecordPosition, Store, StoredRecord } from '../store/store.ts';

/** A part is cut short here, in UTF-16 units: records may be large. */
const PART_CHARS = 8 * 2 ** 20;

export interface RecordPart {
  readonly records: readonly StoredRecord[];
  /** Behind which the next part begins; undefined = at the beginning. */
  readonly next: RecordPosition | undefined;
  /** The job has ended and there is nothing behind this part. */
  readonly complete: boolean;
}

export interface RecordPartQuery {
  readonly after: RecordPosition | undefined;
  readonly limit: number;
  readonly final: boolean;
}

/** `job` as it was before the call. */
export async function recordPart(
  store: Pick<Store, 'records' | 'firstOpen'>,
  job: Job,
  { after, limit, final }: RecordPartQuery,
): Promise<RecordPart> {
  // Rows planned from now on are behind the bound: one of them may be overtaken by the next.
  const known = rowsKnown(job.counters);
  const open = final && openTasks(job.counters) > 0;
  const found = open ? await store.firstOpen(job.id, after?.seq ?? 0) : undefined;
  const bound = final ? (found ?? known) : Infinity;
  const records: StoredRecord[] = [];
  let next = after;
  let chars = 0;
  while (records.length < limit && chars < PART_CHARS) {
    const page = await store.records(job.id, next, limit - records.length);
    if (page.length === 0) return { records, next, complete: isFinalJobState(job.state) };
    for (const record of page) {
      if (record.seq >= bound) return { records, next, complete: false };
      records.push(record);
      chars += record.json.length;
      next = { seq: record.seq, index: record.index };
    }
  }
  return { records, next, complete: false };
}
