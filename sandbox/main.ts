/**
 * Starts one stand-in as a process of its own:
 *
 *   node sandbox/main.ts sites|telegram|vicidial|x|s3|bigquery|knee|rate|latency|pages [--port N] [--seed N] [--json] …
 *
 * With --json one line `{"kind","port",…}` on stdout says that it listens. It ends on SIGTERM and
 * SIGINT, and with --until-stdin-closes when the process that started it goes away.
 */
import { parseArgs } from 'node:util';
import { messageOf } from '../src/base/errors.ts';
import {
  BIGQUERY_FLAGS,
  BIGQUERY_NUMBERS,
  BIGQUERY_TEXTS,
  BIGQUERY_USAGE,
  readBigQueryOptions,
} from './bigquery/bigquery-flags.ts';
import { readS3Options, S3_NUMBERS, S3_TEXTS, S3_USAGE } from './s3/s3-flags.ts';
import { startS3 } from './s3/start-s3.ts';
import { kneeServer } from './servers/knee-server.ts';
import { HEAVY_TAIL, type LatencyLaw, latencyServer } from './servers/latency-server.ts';
import { pagesServer } from './servers/pages-server.ts';
import { rateLimitedHosts } from './servers/rate-limited-hosts.ts';
import { describeSites, startSites } from './sites/start-sites.ts';
import {
  readVicidialOptions,
  VICIDIAL_NUMBERS,
  VICIDIAL_TEXTS,
  VICIDIAL_USAGE,
} from './vicidial/vicidial-flags.ts';
import { describeX, startX } from './x/start-x.ts';
import { readXOptions, X_FLAGS, X_NUMBERS, X_TEXTS, X_USAGE } from './x/x-flags.ts';

const USAGE = `usage: node sandbox/main.ts KIND [options]
  sites    --count N --latency-scale X --page-latency-scale X --dir DIR
  telegram --channels N --closed N --invited N --posts N --rate PER_SECOND --burst N
           --retry-after-ms N --link-holds-ms N --latency-scale X --fault-share X --dir DIR
           --accounts N --flood-rate PER_SECOND --flood-burst N
${X_USAGE}${VICIDIAL_USAGE}${BIGQUERY_USAGE}  media    --count N --dir DIR
  openai   --key KEY --latency-ms N --fault-share X --rate PER_SECOND --burst N
${S3_USAGE}  knee     --capacity N --base-latency-ms N --changes MS:CAPACITY,…
  rate     --rate PER_SECOND --burst N --retry-after-ms N --latency-ms N
  latency  --law pareto|log-normal --min-ms N --alpha X --median-ms N --sigma X --max-ms N
  pages    --pages N --page-bytes N
  all      --port N --seed N --json --until-stdin-closes
`;

const NUMBERS = [
  'port',
  'seed',
  'count',
  'latency-scale',
  'page-latency-scale',
  'capacity',
  'base-latency-ms',
  'rate',
  'burst',
  'retry-after-ms',
  'latency-ms',
  'min-ms',
  'alpha',
  'median-ms',
  'sigma',
  'max-ms',
  'pages',
  'page-bytes',
  'channels',
  'closed',
  'invited',
  'posts',
  'link-holds-ms',
  'fault-share',
  'flood-rate',
  'flood-burst',
  ...S3_NUMBERS,
  ...X_NUMBERS,
  ...VICIDIAL_NUMBERS,
  ...BIGQUERY_NUMBERS,
] as const;
type NumberName = (typeof NUMBERS)[number];

interface Request {
  readonly kind: string;
  readonly json: boolean;
  readonly untilStdinCloses: boolean;
  readonly directory: string;
  readonly law: string;
  readonly changes: string;
  number(name: NumberName, otherwise: number): number;
  /** undefined where it was not given. */
  text(name: string): string | undefined;
  flag(name: string): boolean;
}

interface Started {
  /** What --json prints. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** What people read. */
  readonly text: string;
  close(): Promise<void>;
}

class UsageError extends Error {}

async function main(): Promise<void> {
  const request = readArguments(process.argv.slice(2));
  const started = await start(request);
  const stop = () => {
    // The exit code is 0: being asked to stop is how this program ends.
    void started.close().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  if (request.untilStdinCloses) {
    process.stdin.resume();
    process.stdin.once('end', stop);
    process.stdin.once('error', stop);
  }
  // Whoever reads this may ask it to stop at once.
  process.stdout.write(
    request.json ? `${JSON.stringify({ kind: request.kind, ...started.facts })}\n` : started.text,
  );
}

function readArguments(args: readonly string[]): Request {
  const wordOptions = Object.fromEntries([
    ...[...NUMBERS, ...S3_TEXTS, ...X_TEXTS, ...VICIDIAL_TEXTS, ...BIGQUERY_TEXTS].map(
      (name) => [name, { type: 'string' }] as const,
    ),
    ...[...X_FLAGS, ...BIGQUERY_FLAGS].map((name) => [name, { type: 'boolean' }] as const),
  ]);
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...wordOptions,
      dir: { type: 'string' },
      key: { type: 'string' },
      law: { type: 'string' },
      changes: { type: 'string' },
      json: { type: 'boolean' },
      'until-stdin-closes': { type: 'boolean' },
    },
  });
  const texts = values as Readonly<Record<string, string | boolean | undefined>>;
  return {
    kind: positionals[0] ?? '',
    json: texts.json === true,
    untilStdinCloses: texts['until-stdin-closes'] === true,
    directory: String(texts.dir ?? ''),
    law: String(texts.law ?? 'pareto'),
    changes: String(texts.changes ?? ''),
    text: (name) => (texts[name] === undefined ? undefined : String(texts[name])),
    flag: (name) => texts[name] === true,
    number(name, otherwise) {
      const text = texts[name];
      if (text === undefined) return otherwise;
      const value = Number(text);
      if (text === '' || !Number.isFinite(value) || value < 0) {
        throw new UsageError(`--${name} needs a number of 0 or more, not "${text}"`);
      }
      return value;
    },
  };
}

async function start(request: Request): Promise<Started> {
  const port = request.number('port', 0);
  const seed = request.number('seed', 1);
  switch (request.kind) {
    case 'sites':
      return startAllSites(request, port, seed);
    case 'telegram':
      return startAllChannels(request, port, seed);
    case 'x':
      return startXApi(request, port, seed);
    case 'media':
      return startMediaFiles(request, port, seed);
    case 'openai':
      return startModels(request, port, seed);
    case 's3':
      return described(await startS3(readS3Options(request, port, seed)));
    case 'vicidial':
      return startAllDiallers(request, port, seed);
    case 'bigquery':
      return startWarehouse(request, port, seed);
    case 'knee':
      return described(
        await kneeServer({
          port,
          seed,
          capacity: request.number('capacity', 30),
          baseLatencyMs: request.number('base-latency-ms', 50),
          changes: readChanges(request.changes),
        }),
      );
    case 'rate':
      return described(
        await rateLimitedHosts({
          port,
          ratePerSecond: request.number('rate', 1),
          burst: request.number('burst', 1),
          retryAfterMs: request.number('retry-after-ms', 0),
          latencyMs: request.number('latency-ms', 0),
        }),
      );
    case 'latency':
      return described(await latencyServer({ port, seed, law: readLaw(request) }));
    case 'pages':
      return described(
        await pagesServer({
          port,
          seed,
          pages: request.number('pages', 200),
          pageBytes: request.number('page-bytes', 20_000),
        }),
      );
    default:
      throw new UsageError(`there is no stand-in "${request.kind}"`);
  }
}

async function startAllSites(request: Request, port: number, seed: number): Promise<Started> {
  const sites = await startSites({
    port,
    seed,
    count: request.number('count', 300),
    latencyScale: request.number('latency-scale', 1),
    pageLatencyScale: request.number('page-latency-scale', 1),
    ...(request.directory === '' ? {} : { directory: request.directory }),
  });
  const { count, csvFile, truthFile, authorityFile, resolveRules } = sites;
  return {
    facts: { port: sites.port, seed, count, csvFile, truthFile, authorityFile, resolveRules },
    text: describeSites(sites),
    close: () => sites.close(),
  };
}

async function startAllChannels(request: Request, port: number, seed: number): Promise<Started> {
  // Its protocol takes a while to load: the other kinds shall not wait for it.
  const { describeTelegram, startTelegram } = await import('./telegram/start-telegram.ts');
  const telegram = await startTelegram({
    port,
    seed,
    channels: request.number('channels', 8),
    closed: request.number('closed', 1),
    invited: request.number('invited', 0),
    posts: request.number('posts', 120),
    ratePerSecond: request.number('rate', 0),
    burst: request.number('burst', 1),
    retryAfterMs: request.number('retry-after-ms', 0),
    linkHoldsMs: request.number('link-holds-ms', 3_600_000),
    latencyScale: request.number('latency-scale', 1),
    faultShare: request.number('fault-share', 0),
    accounts: request.number('accounts', 3),
    floodRatePerSecond: request.number('flood-rate', 0),
    floodBurst: request.number('flood-burst', 1),
    ...(request.directory === '' ? {} : { directory: request.directory }),
  });
  const { url, gatewayUrl, csvFile, channelsFile, truthFile, accountsFile } = telegram;
  const files = { csvFile, channelsFile, truthFile, accountsFile };
  return {
    facts: { port: telegram.port, url, gatewayUrl, seed, ...files },
    text: describeTelegram(telegram),
    close: () => telegram.close(),
  };
}

async function startXApi(request: Request, port: number, seed: number): Promise<Started> {
  const options = readXOptions({
    number: (name) =>
      request.text(name) === undefined ? undefined : request.number(name as NumberName, 0),
    text: (name) => request.text(name),
    flag: (name) => request.flag(name),
  });
  const directory = request.directory === '' ? {} : { directory: request.directory };
  const x = await startX({ ...options, ...directory, port, seed });
  const { url, files, appTokens } = x;
  return {
    facts: { port: x.port, url, seed, ...files, appTokens },
    text: describeX(x),
    close: () => x.close(),
  };
}

async function startAllDiallers(request: Request, port: number, seed: number): Promise<Started> {
  const { describeVicidial, startVicidial } = await import('./vicidial/start-vicidial.ts');
  const options = readVicidialOptions({
    number: (name) => (request.text(name) === undefined ? undefined : request.number(name, 0)),
    text: (name) => request.text(name),
  });
  const directory = request.directory === '' ? {} : { directory: request.directory };
  const vicidial = await startVicidial({ ...options, ...directory, port, seed });
  const { url, files } = vicidial;
  return {
    facts: { port: vicidial.port, url, seed, ...files },
    text: describeVicidial(vicidial),
    close: () => vicidial.close(),
  };
}

async function startWarehouse(request: Request, port: number, seed: number): Promise<Started> {
  // So does its database.
  const { describeBigQuery, startBigQuery } = await import('./bigquery/start-bigquery.ts');
  const options = readBigQueryOptions({
    number: (name) => (request.text(name) === undefined ? undefined : request.number(name, 0)),
    text: (name) => request.text(name),
    flag: (name) => request.flag(name),
  });
  const directory = request.directory === '' ? {} : { directory: request.directory };
  const bigQuery = await startBigQuery({ ...options, ...directory, port, seed });
  const { url, project, files } = bigQuery;
  return {
    facts: { port: bigQuery.port, url, seed, project, ...files },
    text: describeBigQuery(bigQuery),
    close: () => bigQuery.close(),
  };
}

async function startMediaFiles(request: Request, port: number, seed: number): Promise<Started> {
  // What draws is a library of some weight: the other kinds shall not wait for it.
  const { startMedia } = await import('./media/start-media.ts');
  const directory = request.directory === '' ? './sandbox-media' : request.directory;
  const media = await startMedia({ port, seed, directory, count: request.number('count', 10) });
  const { url, csvFile, truthFile, rows } = media;
  return {
    facts: { port: media.port, url, seed, csvFile, truthFile, count: rows.length },
    text: `${rows.length} files at ${url}/files/\nthe list: ${csvFile}\nthe truth: ${truthFile}\n`,
    close: () => media.close(),
  };
}

async function startModels(request: Request, port: number, seed: number): Promise<Started> {
  const { startOpenAi } = await import('./openai/start-openai.ts');
  return described(
    await startOpenAi({
      port,
      seed,
      key: request.text('key') ?? '',
      latencyMs: request.number('latency-ms', 0),
      faultShare: request.number('fault-share', 0),
      ratePerSecond: request.number('rate', 0),
      burst: request.number('burst', 1),
    }),
  );
}

function described(server: { port: number; url: string; close(): Promise<void> }): Started {
  return {
    facts: { port: server.port, url: server.url },
    text: `${server.url} (what it saw: ${server.url}/__stats)\n`,
    close: () => server.close(),
  };
}

function readChanges(text: string): { atMs: number; capacity: number }[] {
  if (text === '') return [];
  return text.split(',').map((part) => {
    const match = /^(\d+):(\d+)$/.exec(part.trim());
    if (!match) throw new UsageError(`--changes needs MS:CAPACITY pairs, not "${part}"`);
    return { atMs: Number(match[1]), capacity: Number(match[2]) };
  });
}

function readLaw(request: Request): LatencyLaw {
  const maxMs = request.number('max-ms', HEAVY_TAIL.maxMs);
  if (request.law === 'pareto') {
    const minMs = request.number('min-ms', 20);
    return { kind: 'pareto', minMs, alpha: request.number('alpha', 1.2), maxMs };
  }
  if (request.law === 'log-normal') {
    const medianMs = request.number('median-ms', 100);
    return { kind: 'log-normal', medianMs, sigma: request.number('sigma', 1), maxMs };
  }
  throw new UsageError(`--law is pareto or log-normal, not "${request.law}"`);
}

main().catch((error: unknown) => {
  const code = (error as { code?: unknown }).code;
  const usage =
    error instanceof UsageError ||
    error instanceof RangeError ||
    String(code).startsWith('ERR_PARSE_ARGS');
  process.stderr.write(`${messageOf(error)}\n${usage ? USAGE : ''}`);
  process.exit(usage ? 2 : 1);
});
