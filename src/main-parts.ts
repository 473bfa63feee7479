/** What every engine is made of, alone or one of several: fetcher, sources, limits, compute. */
import { join } from 'node:path';
import { systemClock } from './base/clock.ts';
import { Machine } from './base/machine.ts';
import type { Workbench } from './cli/workbench.ts';
import type { Source } from './collectors/collector.ts';
import type { AccountBook } from './engine/account-book.ts';
import { type EngineOptions, NODE_SLOTS } from './engine/engine-options.ts';
import type { SetLimits } from './engine/set-limits.ts';
import type { Tenants } from './engine/tenants.ts';
import type { Uploads } from './engine/uploads.ts';
import { accountLimits } from './main-accounts.ts';
import { allowedHosts } from './main-hosts.ts';
import { socketLimits } from './main-open-files.ts';
import type { Job } from './model/job.ts';
import type { Settings } from './model/settings.ts';
import type { BlobStore } from './sinks/blob-store.ts';
import type { InputFile } from './sources/input-file.ts';
import type { Fetcher } from './transport/fetcher.ts';

const REDIRECTS_MAX = 10;
/** Of a large file in S3-compatible storage. */
const PART_BYTES = 8 * 2 ** 20;
const LOAD_EVERY_MS = 500;

export type BenchParts = Omit<
  Workbench,
  | 'openEngine'
  | 'checkThere'
  | 'openReading'
  | 'openReader'
  | 'openWatch'
  | 'examineDatabase'
  | 'openServer'
  | 'openHealth'
  | 'openOutbox'
  | 'openDestination'
  | 'inputHere'
  | 'moveStore'
  | 'upload'
>;

type OptionsOf = (
  tenants: Tenants,
  accounts: AccountBook,
  set: SetLimits,
) => Omit<EngineOptions, 'store' | 'epoch'>;

/** All but the store, the epoch and what waits for them. */
export async function engineParts(
  parts: BenchParts,
  ready: { readonly owned: Promise<boolean>; readonly uploads: Uploads },
): Promise<OptionsOf> {
  const { settings } = parts.resolved;
  const [{ defaultLaneLimits }, { openPools }, fetcher, load] = await Promise.all([
    import('./engine/lane-book.ts'),
    import('./main-pools.ts'),
    createCachingFetcher(parts, ready.owned),
    watchLoad(),
  ]);
  const pools = openPools(parts);
  const nodeSlots = settings.nodeConcurrency || NODE_SLOTS;
  const storing = parts.pools.inline('upload');
  // Asked for with the first job; an import that was made before still takes its time.
  let sources: ReturnType<typeof loadSources> | undefined;
  return (tenants, accounts, set) => ({
    fetcher,
    compute: pools,
    pools: parts.pools,
    ...(storing && { storing }),
    clock: parts.clock,
    random: parts.random,
    log: parts.log,
    collectorOf: (name) => parts.registry.get(name),
    openSource: async (job, signal, held) => {
      sources ??= loadSources();
      const file = async () => held ?? ready.uploads.planFile(job.input, signal);
      return openJobSource(job, parts, await sources, file);
    },
    checkInput: (input) => ready.uploads.checkWhole(input),
    limits: {
      nodeSlots,
      jobsMax: settings.jobsMax,
      jobSlots: settings.jobConcurrency,
      // What is active is held as well.
      lookAhead: Math.max(settings.lookAhead, 2 * nodeSlots),
      attemptTimeoutMs: settings.attemptTimeoutMs,
      throttledMaxMs: settings.throttledMaxMs,
      resultTtlMs: settings.resultTtlMs,
      reuseResults: settings.reuseResults,
      tenant: (name) => tenants.quota(name),
      rowsPerDay: (name) => tenants.quota(name).rowsPerDay,
      set: (lane) => set.find(lane),
      lane: defaultLaneLimits({
        concurrency: settings.hostConcurrency,
        rate: settings.hostRate,
        accounts: settings.maxAccountsPerUser,
      }),
    },
    accounts: { book: accounts, limits: accountLimits(settings) },
    fetch: {
      userAgent: settings.userAgent,
      timeoutMs: settings.requestTimeoutMs,
      deadlineMs: settings.requestDeadlineMs,
      bodyBytesMax: settings.bodyBytesMax,
      redirectsMax: REDIRECTS_MAX,
      robots: settings.robots,
      crawlDelayMaxMs: settings.crawlDelayMaxMs,
    },
    load,
    openFiles: () => openFiles(parts),
  });
}

/** Where the files of collectors are: loaded with the first of them. */
export async function openFiles({
  clock,
  dataDir,
  random,
  resolved: { settings },
}: Pick<Workbench, 'clock' | 'dataDir' | 'random' | 'resolved'>): Promise<BlobStore> {
  if (settings.filesTo !== '') {
    const [{ S3BlobStore }, { s3Place }] = await Promise.all([
      import('./sinks/s3-blob-store.ts'),
      import('./sinks/s3-place.ts'),
    ]);
    const place = s3Place({
      to: settings.filesTo,
      endpoint: settings.filesEndpoint,
      region: settings.filesRegion,
      keyId: settings.filesKeyId,
      keySecret: settings.filesKeySecret,
      sessionToken: settings.filesSessionToken,
      addressing: settings.filesAddressing,
    });
    const limits = { parallel: settings.uploadWorkers, partBytes: PART_BYTES };
    return S3BlobStore.open(place, { clock, random }, limits);
  }
  const { FolderBlobStore } = await import('./sinks/folder-blob-store.ts');
  const folder = settings.filesDirectory || join(dataDir, 'files');
  return FolderBlobStore.open(folder, clock, random);
}

/** `owned`: whether the data directory is this process's own; only its owner keeps pages. */
async function createCachingFetcher(
  {
    dataDir,
    clock,
    log,
    resolved: { settings },
  }: Pick<Workbench, 'dataDir' | 'clock' | 'log' | 'resolved'>,
  owned: Promise<boolean>,
): Promise<Fetcher> {
  const bytesMax = settings.httpCacheBytesMax;
  if (bytesMax === 0) return createFetcher(settings);
  const [fetcher, { withHttpCache }, { openFileHttpCache }, own] = await Promise.all([
    createFetcher(settings),
    import('./transport/http-cache.ts'),
    import('./transport/file-http-cache.ts'),
    owned,
  ]);
  if (!own) return fetcher;
  const directory = join(dataDir, 'http-cache');
  return withHttpCache(fetcher, openFileHttpCache({ directory, bytesMax, clock, log }), clock, {
    // Who wants no earlier results wants every page asked about.
    useFresh: settings.reuseResults && settings.resultTtlMs > 0,
    // Under another rule another machine answers for the same name.
    scope: settings.resolve.join(),
  });
}

async function createFetcher(settings: Settings) {
  const transport = await import('./transport/undici-fetcher.ts');
  return transport.createUndiciFetcher({
    ...transport.FETCHER_DEFAULTS,
    clock: systemClock,
    headers: { 'user-agent': settings.userAgent },
    allowHosts: allowedHosts(settings),
    resolve: settings.resolve,
    ...socketLimits(transport.FETCHER_DEFAULTS),
    resolver: transport.defaultResolver(),
  });
}

function loadSources() {
  return Promise.all([import('./sources/open-source.ts'), import('./sources/csv-record.ts')]);
}

async function openJobSource(
  job: Pick<Job, 'input'>,
  { log, resolved: { settings } }: Pick<Workbench, 'log' | 'resolved'>,
  [{ openSource }, { CSV_LIMITS }]: Awaited<ReturnType<typeof loadSources>>,
  file: () => Promise<InputFile>,
): Promise<Source> {
  const { input } = job;
  const source = await openSource(
    { ...input, path: input.path === '' ? '' : await file() },
    {
      ...(input.column === undefined ? {} : { column: input.column }),
      limits: { ...CSV_LIMITS, cellBytesMax: settings.cellBytesMax },
    },
  );
  const known = source.warnings.length;
  // What only reading to the end brings to light.
  async function* tellingWarnings<T>(rows: AsyncIterable<T>): AsyncGenerator<T> {
    yield* rows;
    for (const warning of source.warnings.slice(known)) log.warn(warning.message);
  }
  const { rowGroups } = source;
  return {
    columns: source.columns,
    column: source.column,
    rows: () => tellingWarnings(source.rows()),
    ...(rowGroups && { rowGroups: () => tellingWarnings(rowGroups.call(source)) }),
  };
}

async function watchLoad() {
  const { LoadGuard } = await import('./admission/load-guard.ts');
  const machine = new Machine();
  const guard = new LoadGuard();
  return {
    everyMs: LOAD_EVERY_MS,
    factor: (nowMs: number) => guard.judge(machine.read(), nowMs).factor,
  };
}
