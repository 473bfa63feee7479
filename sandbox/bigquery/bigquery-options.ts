/** What the stand-in of BigQuery is made by. */
import { FAULT_MODES, type FaultMode } from './bigquery-faults.ts';

export interface BigQueryOptions {
  readonly seed?: number;
  readonly port?: number;
  /** The one project that there is. */
  readonly project?: string;
  readonly location?: string;
  /** Rows of the table `samples.people`, which has a column of each type. */
  readonly rows?: number;
  /** A CSV file that is the table `campaigns.credentials`, all its columns texts. */
  readonly credentials?: string;
  /** Every answer waits so long, ms. */
  readonly latencyMs?: number;
  /** How long a job takes, ms. */
  readonly jobMs?: number;
  /** Rows of one page of results at most. */
  readonly pageRows?: number;
  /** For how long rows that were streamed cannot be changed, ms. */
  readonly streamMs?: number;
  /** For how long the same insertId is known again, ms. */
  readonly insertIdMs?: number;
  /** Whether a request needs a token that was given out here, for the key of its account. */
  readonly auth?: boolean;
  /** For how long a token is good, ms. */
  readonly tokenMs?: number;
  /** Shares of calls that go wrong, by seed, kind of call and its number. */
  readonly faults?: Partial<Record<FaultMode, number>>;
  /** Where the account's key and the truth are written; nothing is written without it. */
  readonly directory?: string;
}

export type BigQueryConfig = Readonly<
  Required<Omit<BigQueryOptions, 'directory' | 'port' | 'credentials'>>
>;

const BOUNDS = {
  rows: [0, 1_000_000],
  latencyMs: [0, 600_000],
  jobMs: [0, 600_000],
  pageRows: [1, 100_000],
  streamMs: [0, 86_400_000],
  insertIdMs: [0, 86_400_000],
  tokenMs: [1, 86_400_000],
} as const;

/** Throws RangeError for what is out of bounds. */
export function resolveBigQueryOptions(options: BigQueryOptions): BigQueryConfig {
  const config: BigQueryConfig = {
    seed: options.seed ?? 1,
    project: options.project ?? 'sandbox',
    location: options.location ?? 'US',
    rows: options.rows ?? 50,
    latencyMs: options.latencyMs ?? 0,
    jobMs: options.jobMs ?? 50,
    pageRows: options.pageRows ?? 10_000,
    streamMs: options.streamMs ?? 1_800_000,
    insertIdMs: options.insertIdMs ?? 60_000,
    auth: options.auth ?? false,
    tokenMs: options.tokenMs ?? 3_600_000,
    faults: options.faults ?? {},
  };
  for (const [name, [min, max]] of Object.entries(BOUNDS)) {
    const value = config[name as keyof typeof BOUNDS];
    if (!Number.isInteger(value) || value < min || value > max) {
      throw new RangeError(`${name} must be a whole number from ${min} to ${max}, not ${value}`);
    }
  }
  if (!/^[a-z][a-z0-9-]{2,29}$/.test(config.project)) {
    throw new RangeError(`"${config.project}" is no name of a project: 3 to 30 of a-z, 0-9 and -`);
  }
  for (const mode of Object.keys(config.faults)) {
    if (!FAULT_MODES.includes(mode as FaultMode)) {
      throw new RangeError(`a fault is one of ${FAULT_MODES.join(', ')}`);
    }
  }
  return config;
}
