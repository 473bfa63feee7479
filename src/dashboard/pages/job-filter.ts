/** What the filter of jobs says: `state:failed collector:contacts`. */
import { JOB_STATES, type JobState } from '../wire.ts';

export interface JobFilter {
  readonly state: JobState | undefined;
  readonly collector: string | undefined;
  readonly tenant: string | undefined;
  /** Words that say nothing. */
  readonly unknown: readonly string[];
}

/** From the query, or from the text of the filter (`text`). */
export function parseFilter(given: Readonly<Record<string, string>>): JobFilter {
  const values: Record<string, string> = {};
  const unknown: string[] = [];
  const words = (given.text ?? '').split(/\s+/).filter((word) => word !== '');
  for (const word of words) {
    const [, name, value] = /^(state|collector|tenant):(.+)$/.exec(word) ?? [];
    if (name === undefined || value === undefined) unknown.push(word);
    else values[name] = value;
  }
  const { state, collector, tenant } = { ...given, ...values };
  const known = JOB_STATES.find((each) => each === state);
  if (state !== undefined && known === undefined) unknown.push(`state:${state}`);
  return { state: known, collector, tenant, unknown };
}

export function filterText({ state, collector }: JobFilter): string {
  const words = [state && `state:${state}`, collector && `collector:${collector}`];
  return words.filter((word) => word !== undefined && word !== '').join(' ');
}
