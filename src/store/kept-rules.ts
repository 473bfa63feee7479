/** What a page's changes do to kept entries. Pure: the same for every store. */
import type { KeptEntry } from '../model/kept.ts';
import type { KeepChange } from './store.ts';

/** Who asks for a change, and when. */
export interface KeepBy {
  readonly tenant: string;
  readonly jobId: string;
  readonly nowMs: number;
}

/** What becomes of an entry: the same object where nothing changes, undefined = there is none. */
export function entryAfter(
  before: KeptEntry | undefined,
  change: KeepChange,
  { tenant, jobId, nowMs }: KeepBy,
): KeptEntry | undefined {
  if (change.op === 'remove') return undefined;
  const { collection, key, json } = change;
  if (before === undefined) {
    const times = { firstMs: nowMs, changedMs: nowMs };
    return { tenant, collection, key, json, jobId, ...times, revision: 1 };
  }
  if (change.op === 'first' || before.json === json) return before;
  return { ...before, json, changedMs: nowMs, revision: before.revision + 1 };
}
