/** What the stand-in of VICIdial is made by. */
export interface VicidialOptions {
  readonly seed?: number;
  readonly port?: number;
  /** Groups of clients, such as `solar`; the first has the most clients. */
  readonly campaigns?: number;
  /** Clients of the largest group. */
  readonly clients?: number;
  /** Servers that the clients are spread over; 0 = one for two of them. */
  readonly servers?: number;
  /** Calls an hour of an average client in office hours. */
  readonly calls?: number;
  /** Hours before now in which calls were made. */
  readonly hours?: number;
  /** Further outbound calls of the first client, all in the hour before the present one. */
  readonly bigRows?: number;
  /** Rows of one query at most. */
  readonly rowsMax?: number;
  /** Wall time of the world at its start, ms; it stands still until a command moves it. */
  readonly epochMs?: number;
  /** Every answer waits so long, ms. */
  readonly latencyMs?: number;
  /** For how long a user is locked out after ten bad logins, ms of real time. */
  readonly lockMs?: number;
  /** Shares of exports that go wrong, by seed, client and number of the request. */
  readonly faults?: Partial<Record<FaultMode, number>>;
  /** Where the list, the credentials and the truth are written; nothing is written without it. */
  readonly directory?: string;
}

/** How an export goes wrong. */
export const FAULT_MODES = [
  /** A reverse proxy wants another login: 200 and an HTML page. */
  'proxy-login',
  /** PHP complains before the data, so that the headers of the file are not sent. */
  'php-warning',
  /** PHP complains inside the file, before its first line. */
  'php-warning-inside',
  /** The connection ends well, and the file in the middle of a row. */
  'truncate',
  /** The connection breaks off. */
  'reset',
  /** 200, and what MySQL has to say. */
  'mysql-error',
  'error500',
  /** The server takes its time: `ms` of the command, 20 s by itself. */
  'slow',
  /** The form instead of the file. */
  'form',
] as const;
export type FaultMode = (typeof FAULT_MODES)[number];

export type VicidialConfig = Readonly<Required<Omit<VicidialOptions, 'directory' | 'port'>>>;

/** A Friday, 17:20 UTC. */
const EPOCH_MS = Date.UTC(2026, 10, 20, 17, 20, 0);

const BOUNDS = {
  campaigns: [1, 50],
  clients: [1, 200],
  servers: [0, 1_000],
  calls: [0, 100_000],
  hours: [0, 24 * 400],
  bigRows: [0, 5_000_000],
  rowsMax: [1, 1_000_000],
  latencyMs: [0, 600_000],
  lockMs: [0, 3_600_000],
} as const;

/** Throws RangeError for what is out of bounds. */
export function resolveVicidialOptions(options: VicidialOptions): VicidialConfig {
  const config: VicidialConfig = {
    seed: options.seed ?? 1,
    campaigns: options.campaigns ?? 3,
    clients: options.clients ?? 4,
    servers: options.servers ?? 0,
    calls: options.calls ?? 20,
    hours: options.hours ?? 30,
    bigRows: options.bigRows ?? 0,
    rowsMax: options.rowsMax ?? 1_000_000,
    epochMs: options.epochMs ?? EPOCH_MS,
    latencyMs: options.latencyMs ?? 0,
    lockMs: options.lockMs ?? 900_000,
    faults: options.faults ?? {},
  };
  for (const [name, [min, max]] of Object.entries(BOUNDS)) {
    const value = config[name as keyof typeof BOUNDS];
    if (!Number.isInteger(value) || value < min || value > max) {
      throw new RangeError(`${name} must be a whole number from ${min} to ${max}, not ${value}`);
    }
  }
  return config;
}
