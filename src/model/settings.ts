/**
 * Every option of Sluice, once: type, default, unit, sentence. A value comes from the default, the
 * file, the environment or a flag, the later winning; it is resolved and checked once, at the
 * start, and frozen. `docs/config.md` and `sluice config print` are made from this table.
 */
import { z } from 'zod';
import { parseBytes, parseDurationMs, parseRatePerSecond } from '../base/duration.ts';

export interface Setting<T> {
  readonly schema: z.ZodType<T>;
  /** As a user would write it. */
  readonly default: string;
  /** How the value is written, for the reference. */
  readonly unit: string;
  /** Environment variables that set it, the first being the name of its own. */
  readonly env: readonly string[];
  readonly sentence: string;
  /** Shown as `(set)` and never written out. */
  readonly secret?: boolean;
}

const count = (min: number, max: number) =>
  z
    .union([z.number(), z.string().trim().regex(/^\d+$/, 'not a whole number')])
    .transform(Number)
    .pipe(z.number().int().min(min).max(max));

const text = z.string();

const durationMs = (maxMs: number) =>
  z.union([z.string(), z.number()]).transform((value, ctx) => {
    const ms = parseDurationMs(String(value));
    if (ms !== undefined && ms <= maxMs) return ms;
    ctx.addIssue({
      code: 'custom',
      message: 'not a duration such as 10s, 500ms or 5m within bounds',
    });
    return z.NEVER;
  });

const bytes = z.union([z.string(), z.number()]).transform((value, ctx) => {
  const size = parseBytes(String(value));
  if (size !== undefined && size > 0) return size;
  ctx.addIssue({ code: 'custom', message: 'not a size such as 512kB or 4MiB' });
  return z.NEVER;
});

const bytesOrNone = z.union([z.string(), z.number()]).transform((value, ctx) => {
  const size = parseBytes(String(value));
  if (size !== undefined) return size;
  ctx.addIssue({ code: 'custom', message: 'not a size such as 512kB or 4MiB, nor 0' });
  return z.NEVER;
});

const flag = z.union([z.boolean(), z.string()]).transform((value, ctx) => {
  if (typeof value === 'boolean') return value;
  const word = value.trim().toLowerCase();
  if (['1', 'true', 'yes', 'on'].includes(word)) return true;
  if (['0', 'false', 'no', 'off', ''].includes(word)) return false;
  ctx.addIssue({ code: 'custom', message: 'neither true nor false' });
  return z.NEVER;
});

const list = z
  .union([z.array(z.string()), z.string()])
  .transform((value) =>
    (Array.isArray(value) ? value : value.split(','))
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  );

const rate = z.string().transform((value, ctx): number | 'learned' | 'none' => {
  if (value === 'learned' || value === 'none') return value;
  const perSecond = parseRatePerSecond(value);
  if (perSecond !== undefined && perSecond > 0) return perSecond;
  ctx.addIssue({ code: 'custom', message: 'neither learned, none nor a rate such as 5/s' });
  return z.NEVER;
});

const HOUR_MS = 3_600_000;

function setting<T>(
  schema: z.ZodType<T>,
  fallback: string,
  unit: string,
  env: readonly string[],
  sentence: string,
  secret = false,
): Setting<T> {
  return { schema, default: fallback, unit, env, sentence, secret };
}

export const SETTINGS = {
  dataDir: setting(
    text.min(1),
    './.sluice',
    'path',
    ['SLUICE_DATA_DIR'],
    'Directory that holds the database, the copies of the inputs and kept pages.',
  ),
  tenant: setting(
    text.regex(/^[\w.-]{1,64}$/, 'not 1 to 64 letters, digits, dots or dashes'),
    'local',
    'name',
    ['SLUICE_TENANT'],
    'Tenant that jobs from the command line belong to.',
  ),
  serverHost: setting(
    text.min(1),
    '127.0.0.1',
    'address',
    ['SLUICE_HOST'],
    'Address that `sluice serve` listens on; 0.0.0.0 for all of the machine.',
  ),
  serverPort: setting(
    count(0, 65_535),
    '7070',
    'port, 0 = any that is free',
    ['SLUICE_PORT', 'PORT'],
    'Port that `sluice serve` listens on.',
  ),
  collectors: setting(
    list,
    '',
    'paths, separated by commas',
    ['SLUICE_COLLECTORS'],
    'Files of collectors of your own that are offered by their names.',
  ),
  serverUrl: setting(
    z.union([z.literal(''), z.url({ protocol: /^https?$/ })]),
    '',
    'URL, empty = this machine',
    ['SLUICE_SERVER'],
    'Server that commands speak to instead of working here.',
  ),
  serverToken: setting(text, '', 'key', ['SLUICE_TOKEN'], 'Key for that server.', true),
  metricsOpen: setting(
    flag,
    'false',
    'true or false',
    ['SLUICE_METRICS_OPEN'],
    'Whether /metrics is open to everybody; else it needs a key of the server.',
  ),
  logFormat: setting(
    z.enum(['auto', 'text', 'json']),
    'auto',
    'auto, text or json',
    ['SLUICE_LOG_FORMAT'],
    'How log lines are written; auto: JSON where `sluice serve` writes to no terminal.',
  ),
  secretKey: setting(
    text,
    '',
    '32 bytes as hex or base64, empty = a file in the data directory',
    ['SLUICE_SECRET_KEY'],
    'Key under which secrets are kept encrypted.',
    true,
  ),
  eventStreamsMax: setting(
    count(1, 100_000),
    '500',
    'count',
    ['SLUICE_EVENT_STREAMS_MAX'],
    'Streams of events that a tenant may have open at once.',
  ),
  uploadBytesMax: setting(
    bytes,
    '10GiB',
    'size',
    ['SLUICE_UPLOAD_MAX'],
    'Largest file that the server takes, where its tenant has no limit of its own.',
  ),
  scrapeWaitMs: setting(
    durationMs(HOUR_MS),
    '60s',
    'duration',
    ['SLUICE_SCRAPE_WAIT'],
    'How long POST /scrap waits for its website before it answers with the job instead.',
  ),
  jobsMax: setting(
    count(0, 100_000),
    '0',
    'count, 0 = no limit',
    ['SLUICE_JOBS_MAX', 'MAX_WORKERS'],
    'Jobs that run at once; later ones wait for their turn.',
  ),
  jobConcurrency: setting(
    count(0, 10_000),
    '0',
    'count, 0 = all of the process',
    ['SLUICE_JOB_CONCURRENCY', 'CSV_CONCURRENT_WORKERS'],
    'Tasks of one job that may be active at once.',
  ),
  nodeConcurrency: setting(
    count(0, 100_000),
    '0',
    'count, 0 = 256',
    ['SLUICE_NODE_CONCURRENCY'],
    'Tasks of all jobs that may be active at once in this process; fewer under pressure.',
  ),
  hostConcurrency: setting(
    count(0, 1_000),
    '0',
    'count, 0 = adaptive',
    ['SLUICE_HOST_CONCURRENCY'],
    'Requests to one host at once; adaptive starts with 2 and goes from 1 to 8 as the host allows.',
  ),
  hostRate: setting(
    rate,
    'learned',
    'rate such as 5/s, learned or none',
    ['SLUICE_HOST_RATE'],
    'Requests to one host a second; learned slows a host down once it answers 429.',
  ),
  requestTimeoutMs: setting(
    durationMs(HOUR_MS),
    '10s',
    'duration',
    ['SLUICE_REQUEST_TIMEOUT', 'REQUEST_TIMEOUT'],
    'Longest wait for a connection, for the headers and between two pieces of a body.',
  ),
  requestDeadlineMs: setting(
    durationMs(24 * HOUR_MS),
    '30s',
    'duration',
    ['SLUICE_REQUEST_DEADLINE'],
    'Longest time for one whole request.',
  ),
  attemptTimeoutMs: setting(
    durationMs(24 * HOUR_MS),
    '2m',
    'duration',
    ['SLUICE_ATTEMPT_TIMEOUT'],
    'Longest active time of an attempt, for each page; waiting for limits does not count.',
  ),
  retries: setting(
    count(0, 100),
    '3',
    'count',
    ['SLUICE_RETRIES'],
    'Attempts after the first before a task is set aside, counted anew after each page.',
  ),
  throttledMaxMs: setting(
    durationMs(365 * 24 * HOUR_MS),
    '6h',
    'duration, 0 = no limit',
    ['SLUICE_THROTTLED_MAX'],
    'How long a task may be told to wait (429), with no other answer, before it is set aside.',
  ),
  bodyBytesMax: setting(
    bytes,
    '4MiB',
    'size',
    ['SLUICE_BODY_MAX'],
    'Largest body of an answer, after decompression.',
  ),
  userAgent: setting(
    text.min(1).max(200),
    'Sluice',
    'text',
    ['SLUICE_USER_AGENT'],
    'Name that is sent with requests and looked for in robots.txt.',
  ),
  robots: setting(
    flag,
    'true',
    'true or false',
    ['SLUICE_ROBOTS'],
    'Whether robots.txt and its crawl-delay are obeyed.',
  ),
  crawlDelayMaxMs: setting(
    durationMs(HOUR_MS),
    '10s',
    'duration',
    ['SLUICE_CRAWL_DELAY_MAX'],
    'Longest crawl-delay that is obeyed; a longer one is cut to this.',
  ),
  allowHosts: setting(
    list,
    '',
    'comma-separated hosts or networks',
    ['SLUICE_ALLOW_HOSTS'],
    'Private or local addresses that may be requested, by name; all others are blocked.',
  ),
  resolve: setting(
    list,
    '',
    'comma-separated host=addr:port',
    ['SLUICE_RESOLVE'],
    'Hosts that are reached at a fixed address instead of by DNS; * stands for any.',
  ),
  resultTtlMs: setting(
    durationMs(365 * 24 * HOUR_MS),
    '24h',
    'duration, 0 = off',
    ['SLUICE_RESULT_TTL'],
    'How long an answer is kept for equal work in other jobs.',
  ),
  httpCacheBytesMax: setting(
    bytesOrNone,
    '256MiB',
    'size, 0 = off',
    ['SLUICE_HTTP_CACHE_MAX'],
    'Pages kept on disk so that later runs only ask whether they changed; all together.',
  ),
  threads: setting(
    count(0, 64),
    '0',
    'count, 0 = one a core but one, up to 4',
    ['SLUICE_THREADS'],
    'Worker threads for extraction and other CPU work.',
  ),
  lookAhead: setting(
    count(16, 1_000_000),
    '8000',
    'count',
    ['SLUICE_LOOK_AHEAD'],
    'Tasks of all jobs held in memory ahead of their start.',
  ),
  drainGraceMs: setting(
    durationMs(HOUR_MS),
    '30s',
    'duration',
    ['SLUICE_DRAIN_GRACE'],
    'How long running tasks may go on after the first Ctrl-C or SIGTERM.',
  ),
  cellBytesMax: setting(
    bytes,
    '1MiB',
    'size',
    ['SLUICE_CELL_MAX'],
    'Largest cell of an input; a row with a larger one is refused.',
  ),
  llmBaseUrl: setting(
    text,
    '',
    'URL',
    ['SLUICE_LLM_BASE_URL', 'OPENAI_BASE_URL'],
    'OpenAI-compatible endpoint for the optional extraction by a language model; empty = off.',
  ),
  llmModel: setting(
    text,
    'gpt-4o-mini',
    'name',
    ['SLUICE_LLM_MODEL'],
    'Model that the endpoint is asked for.',
  ),
  llmApiKey: setting(
    text,
    '',
    'text',
    ['SLUICE_LLM_API_KEY', 'OPENAI_API_KEY'],
    'Key for the endpoint.',
    true,
  ),
  llmConcurrency: setting(
    count(1, 1_000),
    '4',
    'count',
    ['SLUICE_LLM_CONCURRENCY'],
    'Requests to the endpoint at once.',
  ),
  logLevel: setting(
    z.enum(['debug', 'info', 'warn', 'error']),
    'warn',
    'debug, info, warn or error',
    ['SLUICE_LOG_LEVEL'],
    'Least important log line that is written to stderr.',
  ),
} satisfies Record<string, Setting<unknown>>;

export type SettingName = keyof typeof SETTINGS;
export type Settings = {
  readonly [K in SettingName]: z.output<(typeof SETTINGS)[K]['schema']>;
};
