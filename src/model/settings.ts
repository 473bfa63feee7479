/**
 * Every option of Sluice, once: type, default, unit, sentence. A value comes from the default, the
 * file, the environment or a flag, the later winning; it is resolved and checked once, at the
 * start, and frozen. `docs/config.md` and `sluice config print` are made from this table.
 */
import { z } from 'zod';
import { BIGQUERY_SETTINGS } from './bigquery-settings.ts';
import { CAMPAIGNS_SETTINGS } from './campaigns-settings.ts';
import { CHANNELS_SETTINGS } from './channels-settings.ts';
import { FILES_SETTINGS } from './files-settings.ts';
import { LEADS_SETTINGS } from './leads-settings.ts';
import { MEDIA_SETTINGS } from './media-settings.ts';
import { POOL_SETTINGS } from './pool-settings.ts';
import {
  bytes,
  bytesOrNone,
  count,
  durationMs,
  flag,
  HOUR_MS,
  list,
  rate,
  type Setting,
  setting,
  text,
} from './setting-kinds.ts';

export type { Setting } from './setting-kinds.ts';

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
  ...FILES_SETTINGS,
  ...BIGQUERY_SETTINGS,
  databaseUrl: setting(
    z.union([z.literal(''), z.url({ protocol: /^postgres(ql)?$/ })]),
    '',
    'URL such as postgres://user@host/database, empty = a file in the data directory',
    ['SLUICE_DATABASE_URL'],
    'Postgres that several nodes share.',
    true,
  ),
  dbMaxPoolSize: setting(
    count(2, 1_000),
    '10',
    'count',
    ['SLUICE_DB_MAX_POOL_SIZE'],
    'Connections of this process to Postgres at most.',
  ),
  nodeName: setting(
    text,
    '',
    'name, empty = that of the machine',
    ['SLUICE_NODE_NAME'],
    'What this node is called among several.',
  ),
  nodeLeaseMs: setting(
    durationMs(HOUR_MS),
    '10s',
    'duration',
    ['SLUICE_NODE_LEASE'],
    'A node that was not heard of for so long has lost its work to the others.',
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
    ['SLUICE_RETRIES', 'MAX_RETRIES'],
    'Attempts after the first before a task is set aside, counted anew after each page.',
  ),
  throttledMaxMs: setting(
    durationMs(365 * 24 * HOUR_MS),
    '6h',
    'duration, 0 = no limit',
    ['SLUICE_THROTTLED_MAX'],
    'How long a task may be told to wait (429), with no other answer, before it is set aside.',
  ),
  maxAccountsPerUser: setting(
    count(1, 1_000),
    '3',
    'count',
    ['SLUICE_MAX_ACCOUNTS_PER_USER', 'MAX_ACCOUNTS_PER_USER'],
    'Accounts of a tenant at one service that are used at once.',
  ),
  accountTimeoutMs: setting(
    durationMs(24 * HOUR_MS),
    '30m',
    'duration',
    ['SLUICE_ACCOUNT_TIMEOUT', 'ACCOUNT_TIMEOUT'],
    'An account of which nothing was heard for so long is taken from whoever has it.',
  ),
  accountRestMs: setting(
    durationMs(24 * HOUR_MS),
    '30s',
    'duration',
    ['SLUICE_ACCOUNT_REST', 'ACCOUNT_REST'],
    'How long an account rests where the service asks for patience and names no time.',
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
  ...POOL_SETTINGS,
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
  ...CHANNELS_SETTINGS,
  ...MEDIA_SETTINGS,
  ...LEADS_SETTINGS,
  ...CAMPAIGNS_SETTINGS,
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
