import type { RecordPosition, Store, StoredRecord } from '../store/store.ts';

const PAGE_RECORDS = 500;

/** All records of a job, page by page, in the order of rows and of records within a row. */
export async function* eachRecord(
  store: Pick<Store, 'records'>,
  jobId: string,
  signal?: AbortSignal,
): AsyncGenerator<readonly StoredRecord[]> {
  let after: RecordPosition | undefined;
  for (;;) {
    signal?.throwIfAborted();
    const page = await store.records(jobId, after, PAGE_RECORDS);
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    after = { seq: last.seq, index: last.index };
  }
}
