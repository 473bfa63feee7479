/** The options of the stand-in as words of a command line: `--rows 100 --fault-shares lost:0.1`. */
import { FAULT_MODES, type FaultMode } from './bigquery-faults.ts';
import type { BigQueryOptions } from './bigquery-options.ts';

export const BIGQUERY_NUMBERS = ['rows', 'job-ms', 'page-rows', 'stream-ms', 'token-ms'] as const;
export const BIGQUERY_TEXTS = ['project', 'location', 'credentials'] as const;
export const BIGQUERY_FLAGS = ['auth'] as const;
export const BIGQUERY_USAGE = `  bigquery --dir DIR --project NAME --location NAME --rows N --credentials FILE.csv --auth
           --latency-ms N --job-ms N --page-rows N --stream-ms N --token-ms N
           --fault-shares rate-limit:X,unavailable:X,lost:X,job-error:X,partial:X,…
`;

const NAMES = {
  rows: 'rows',
  'job-ms': 'jobMs',
  'page-rows': 'pageRows',
  'stream-ms': 'streamMs',
  'token-ms': 'tokenMs',
  'latency-ms': 'latencyMs',
} as const satisfies Record<string, keyof BigQueryOptions>;

export interface BigQueryWords {
  /** undefined where it was not given. */
  number(name: keyof typeof NAMES): number | undefined;
  text(name: (typeof BIGQUERY_TEXTS)[number] | 'fault-shares'): string | undefined;
  flag(name: (typeof BIGQUERY_FLAGS)[number]): boolean;
}

/** Throws RangeError for a kind of fault that there is not. */
export function readBigQueryOptions(words: BigQueryWords): BigQueryOptions {
  const options: Record<string, unknown> = { auth: words.flag('auth') };
  for (const [flag, name] of Object.entries(NAMES)) {
    const value = words.number(flag as keyof typeof NAMES);
    if (value !== undefined) options[name] = value;
  }
  for (const name of BIGQUERY_TEXTS) {
    const value = words.text(name);
    if (value !== undefined) options[name] = value;
  }
  const shares = words.text('fault-shares');
  if (shares !== undefined) options.faults = Object.fromEntries(shares.split(',').map(shareOf));
  return options;
}

function shareOf(part: string): readonly [FaultMode, number] {
  const [mode = '', share = ''] = part.trim().split(':');
  const value = Number(share);
  if (!FAULT_MODES.includes(mode as FaultMode) || share === '' || !(value >= 0)) {
    throw new RangeError(`--fault-shares needs NAME:SHARE pairs of ${FAULT_MODES.join(', ')}`);
  }
  return [mode as FaultMode, value];
}
