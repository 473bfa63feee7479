/** Goes once over a job's rows and records, and keeps what the charts need. */
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
  for (;;) {
    const page = await store.results(jobId, rows, PAGE_ROWS);
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
    rows += page.length;
    if (page.length < PAGE_ROWS) break;
  }
  const failures = await store.failureGroups(jobId);
  return { rows, records, states, durationsMs, endsMs, failures, fields: tallies.fields };
}
