/**
 * Goes once over a job's rows and records, for all charts at the same time: while one page is
 * counted the next is read, and the failures beside them.
 */
import type { FailureGroup, Store } from '../../store/store.ts';
import { FieldTallies, type FieldTally } from './field-tally.ts';

export interface ReportData {
  readonly rows: number;
  readonly records: number;
  readonly states: ReadonlyMap<string, number>;
  /** Of rows that were worked on, ms; the first of them. */
  readonly durationsMs: readonly number[];
  /** Wall time of ends, ms; the first of them. */
  readonly endsMs: readonly number[];
  readonly failures: readonly FailureGroup[];
  readonly fields: readonly FieldTally[];
}

const PAGE_ROWS = 500;
const VALUES_MAX = 200_000;

export async function gatherReport(
  store: Pick<Store, 'results' | 'failureGroups'>,
  jobId: string,
): Promise<ReportData> {
  const states = new Map<string, number>();
  const durationsMs: number[] = [];
  const endsMs: number[] = [];
  const tallies = new FieldTallies();
  let [rows, records] = [0, 0];
  const failures = underWay(store.failureGroups(jobId));
  let next = underWay(store.results(jobId, 0, PAGE_ROWS));
  for (;;) {
    const page = await next;
    rows += page.length;
    const isLast = page.length < PAGE_ROWS;
    if (!isLast) next = underWay(store.results(jobId, rows, PAGE_ROWS));
    for (const row of page) {
      states.set(row.state, (states.get(row.state) ?? 0) + 1);
      // Its records are those of the row that it repeats.
      if (row.duplicateOf !== undefined) continue;
      if (row.durationMs !== undefined && durationsMs.length < VALUES_MAX) {
        durationsMs.push(row.durationMs);
      }
      if (row.finishedMs !== undefined && endsMs.length < VALUES_MAX) endsMs.push(row.finishedMs);
      records += row.records.length;
      for (const json of row.records) tallies.add(JSON.parse(json));
    }
    if (isLast) break;
  }
  const { fields } = tallies;
  return { rows, records, states, durationsMs, endsMs, failures: await failures, fields };
}

/** Its failure is told where it is waited for; whoever fails before does not wait. */
function underWay<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
