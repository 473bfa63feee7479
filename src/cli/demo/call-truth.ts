/** Whether a call is as the sandbox's own list says that it is, field by field: the demo's proof. */
import type { TruthCall } from '../../../sandbox/vicidial/truth.ts';
import { fieldOf } from '../../collectors/campaigns/call-fields.ts';
import type { CallRecord } from '../../collectors/campaigns/call-record.ts';

/** Columns that the EXTENDED export does not have. */
const ABSENT = new Set(['term_reason', 'log_called_count']);

/** Under which a call is kept. */
export function truthKey({ campaign, client, cells }: TruthCall): string {
  const { uniqueid, lead_id: lead, call_date: date } = cells;
  return [campaign, client, uniqueid, lead, date].join('/');
}

/** The fields that differ, each with what there is and what there should be. */
export function callDifferences(call: CallRecord, truth: TruthCall): readonly string[] {
  const fields = call as Readonly<Record<string, unknown>>;
  const inbound = truth.direction === 'inbound';
  const pairs = Object.entries(truth.cells)
    .filter(([column]) => !ABSENT.has(column))
    .map(([column, value]): readonly [string, unknown, unknown] => {
      const name = inbound && column === 'alt_dial' ? 'queueSeconds' : fieldOf(column);
      const is = fields[name];
      return typeof is === 'number' ? [name, is, Number(value)] : [name, is ?? '', value];
    });
  const custom = truth.custom.some((value) => value !== '') ? truth.custom : [];
  const all = [
    ...pairs,
    ['calledAt', call.calledAt, truth.calledAt] as const,
    ['custom', JSON.stringify(call.custom ?? []), JSON.stringify(custom)] as const,
  ];
  return all.flatMap(([name, is, should]) =>
    is === should ? [] : [`${name}: ${String(is)}, not ${String(should)}`],
  );
}

export interface TruthFindings {
  readonly calls: number;
  readonly missing: number;
  /** Kept and not in the truth. */
  readonly unknown: number;
  readonly different: readonly string[];
}

const SHOWN_MAX = 10;

/** All kept calls against all true ones. */
export function compareCalls(
  kept: ReadonlyMap<string, CallRecord>,
  truth: readonly TruthCall[],
): TruthFindings {
  const different: string[] = [];
  let missing = 0;
  for (const each of truth) {
    const key = truthKey(each);
    const call = kept.get(key);
    if (call === undefined) missing += 1;
    else {
      const [first] = callDifferences(call, each);
      if (first !== undefined && different.length < SHOWN_MAX) different.push(`${key} ${first}`);
    }
  }
  const known = truth.length - missing;
  return { calls: truth.length, missing, unknown: kept.size - known, different };
}
