/** What a finished run of the sandbox's list holds, counted row by row. */
import { readFile } from 'node:fs/promises';
import type { TruthRow } from '../../../sandbox/sites/truth.ts';
import type { ContactRecord } from '../../collectors/contacts/contact-record.ts';
import type { Store } from '../../store/store.ts';
import { endedAsExpected } from './expected-ends.ts';

export interface Findings {
  readonly rows: number;
  readonly completed: number;
  readonly failed: number;
  readonly duplicates: number;
  /** Completed rows that have at least one value of the kind. */
  readonly found: Readonly<Record<string, number>>;
  /** Failed rows by code, most frequent first. */
  readonly causes: readonly (readonly [code: string, count: number])[];
  /** Rows that ended otherwise than the truth says, in words. */
  readonly surprises: readonly string[];
  /** Time that attempts were active, summed, ms. */
  readonly activeMs: number;
}

const PAGE_ROWS = 500;

export async function readTruth(file: string): Promise<readonly TruthRow[]> {
  const lines = (await readFile(file, 'utf8')).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as TruthRow);
}

export async function countFindings(
  store: Store,
  jobId: string,
  truth: readonly TruthRow[],
): Promise<Findings> {
  const found = new Map<string, number>();
  const causes = new Map<string, number>();
  const add = (map: Map<string, number>, key: string) => map.set(key, (map.get(key) ?? 0) + 1);
  const surprises: string[] = [];
  let [rows, completed, failed, duplicates, activeMs] = [0, 0, 0, 0, 0];
  for (;;) {
    const page = await store.results(jobId, rows, PAGE_ROWS);
    for (const result of page) {
      const expected = truth[result.seq];
      if (result.state === 'completed') completed += 1;
      else if (result.failure) add(causes, result.failure.code);
      if (result.state === 'discarded') failed += 1;
      if (result.duplicateOf !== undefined) duplicates += 1;
      else activeMs += result.durationMs ?? 0;
      for (const kind of kindsIn(result.records[0])) add(found, kind);
      if (expected && !endedAsExpected(expected.expect, result)) {
        const end = result.failure?.message ?? result.state;
        surprises.push(`row ${expected.row} (${expected.behaviour}, ${expected.host}): ${end}`);
      }
    }
    rows += page.length;
    if (page.length < PAGE_ROWS) break;
  }
  return {
    rows,
    completed,
    failed,
    duplicates,
    found: Object.fromEntries(found),
    causes: [...causes].sort((a, b) => b[1] - a[1]),
    surprises,
    activeMs,
  };
}

function kindsIn(json: string | undefined): string[] {
  if (json === undefined) return [];
  const record = JSON.parse(json) as ContactRecord;
  return [
    ...(record.emails.length > 0 ? ['e-mail'] : []),
    ...(record.phones.length > 0 ? ['phone'] : []),
    ...(record.socials.length > 0 ? ['profiles'] : []),
    ...(record.addresses.length > 0 ? ['address'] : []),
    ...(record.company ? ['company'] : []),
    ...(record.hours.length > 0 ? ['hours'] : []),
  ];
}
