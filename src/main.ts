/**
 * The composition root: the only file that picks implementations. Heavy parts are loaded when they
 * are needed, so that a command that only looks starts quickly.
 */
import { join, resolve } from 'node:path';
import { systemClock } from './base/clock.ts';
import { type Logger, lineLogger } from './base/log.ts';
import { computeThreads, Machine } from './base/machine.ts';
import { moduleUrl } from './base/module-url.ts';
import { systemRandom } from './base/random.ts';
import { keepHeapSmall } from './base/small-heap.ts';
import type { EngineSession, Io, Talk, Workbench } from './cli/workbench.ts';
import type { Source } from './collectors/collector.ts';
import { createContactsCollector } from './collectors/contacts/contacts.ts';
import { Registry } from './collectors/registry.ts';
import { Tenants } from './engine/tenants.ts';
import { Uploads } from './engine/uploads.ts';
import type { Job } from './model/job.ts';
import type { ResolvedSettings } from './model/resolve-settings.ts';
import type { Settings } from './model/settings.ts';
import type { InputFile } from './sources/input-file.ts';
import type { Store } from './store/store.ts';
import type { Fetcher } from './transport/fetcher.ts';

const NODE_SLOTS = 256;
const COMPUTE_TIMEOUT_MS = 20_000;
const COMPUTE_HEAP_MB = 256;
const REDIRECTS_MAX = 10;
const MODEL_TIMEOUT_MS = 30_000;
const LOAD_EVERY_MS = 500;
/** More are of no use: the node's slots bound what is active. */
const SOCKETS_MAX = 4_096;

/** Puts the parts together for one command. */
export function createWorkbench(resolved: ResolvedSettings, io: Io, logger?: Logger): Workbench {
  keepHeapSmall();
  const { settings } = resolved;
  const dataDir = resolve(io.cwd, settings.dataDir);
  const talk: Talk = { say: undefined };
  const ownLog = lineLogger(settings.logLevel, (level, message, fields) => {
    const extra = Object.entries(fields).map(
      ([name, value]) => ` ${name}=${JSON.stringify(value)}`,
    );
    const line = `${level === 'warn' ? 'warning' : level}: ${message}${extra.join('')}`;
    if (talk.say) talk.say(line);
    else io.stderr.write(`${line}\n`);
  });
  const log = logger ?? ownLog;
  const registry = new Registry(
    [createContactsCollector({ model: modelEndpoint(settings) })],
    moduleUrl(import.meta.url, './index.ts'),
  );
  const parts = {
    resolved,
    dataDir,
    cwd: io.cwd,
    registry,
    clock: systemClock,
    random: systemRandom,
    log,
    talk,
  };
  return {
    ...parts,
    openEngine: () => openEngine(parts),
    openReader: () => openReader(dataDir),
    async openServer(session) {
      return (await import('./main-server.ts')).openServer(parts, session);
    },
  };
}

async function openReader(path: string): Promise<Store> {
  const { openSqliteStore } = await import('./store/sqlite/open-sqlite-store.ts');
  return openSqliteStore({ path, mode: 'reader' });
}

async function openEngine(
  parts: Omit<Workbench, 'openEngine' | 'openReader' | 'openServer'>,
): Promise<EngineSession> {
  const { settings } = parts.resolved;
  const [{ openThreadStore }, { withKeptJobs }] = await Promise.all([
    import('./store/thread/thread-store.ts'),
    import('./store/kept-jobs.ts'),
  ]);
  // Its thread starts while the rest is loaded: most of a short run's wait is for the two.
  const opening = openThreadStore({ path: parts.dataDir, mode: 'owner' }).then(withKeptJobs);
  const [store, { Engine }, { defaultLaneLimits }, { ComputePool }, fetcher, load] =
    await Promise.all([
      opening,
      import('./engine/engine.ts'),
      import('./engine/lane-book.ts'),
      import('./workers/compute-pool.ts'),
      createCachingFetcher(parts, opening),
      watchLoad(),
    ]).catch(async (error: unknown) => {
      await opening.then(
        (opened) => opened.close(),
        () => {},
      );
      throw error;
    });
  const nodeSlots = settings.nodeConcurrency || NODE_SLOTS;
  const [tenants, epoch] = await Promise.all([Tenants.open(store, parts.clock), store.nextEpoch()]);
  const uploads = new Uploads(parts.dataDir);
  const engine = new Engine({
    store,
    fetcher,
    compute: new ComputePool({
      threads: computeThreads(settings.threads),
      clock: parts.clock,
      callTimeoutMs: COMPUTE_TIMEOUT_MS,
      heapMbMax: COMPUTE_HEAP_MB,
    }),
    clock: parts.clock,
    random: parts.random,
    log: parts.log,
    collectorOf: (name) => parts.registry.get(name),
    openSource: (job, signal) =>
      openJobSource(job, parts, () => uploads.planFile(job.input, signal)),
    epoch,
    limits: {
      nodeSlots,
      jobsMax: settings.jobsMax,
      jobSlots: settings.jobConcurrency,
      lookAhead: settings.lookAhead,
      attemptTimeoutMs: settings.attemptTimeoutMs,
      throttledMaxMs: settings.throttledMaxMs,
      resultTtlMs: settings.resultTtlMs,
      tenant: (name) => tenants.quota(name),
      rowsPerDay: (name) => tenants.quota(name).rowsPerDay,
      lane: defaultLaneLimits({ concurrency: settings.hostConcurrency, rate: settings.hostRate }),
    },
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
  });
  return {
    engine,
    store,
    tenants,
    uploads,
    async close() {
      await engine.close();
      await store.close();
    },
  };
}

/** `owned` resolves when the data directory is this process's own: only its owner writes pages. */
async function createCachingFetcher(
  {
    dataDir,
    clock,
    log,
    resolved: { settings },
  }: Pick<Workbench, 'dataDir' | 'clock' | 'log' | 'resolved'>,
  owned: Promise<unknown>,
): Promise<Fetcher> {
  const bytesMax = settings.httpCacheBytesMax;
  if (bytesMax === 0) return createFetcher(settings);
  const [fetcher, { withHttpCache }, { openFileHttpCache }] = await Promise.all([
    createFetcher(settings),
    import('./transport/http-cache.ts'),
    import('./transport/file-http-cache.ts'),
    owned,
  ]);
  const directory = join(dataDir, 'http-cache');
  return withHttpCache(fetcher, openFileHttpCache({ directory, bytesMax, clock, log }), clock, {
    // Who wants no earlier results wants every page asked about.
    useFresh: settings.resultTtlMs > 0,
    // Under another rule another machine answers for the same name.
    scope: settings.resolve.join(),
  });
}

async function createFetcher(settings: Settings) {
  const transport = await import('./transport/undici-fetcher.ts');
  const model = URL.parse(settings.llmBaseUrl)?.host;
  return transport.createUndiciFetcher({
    ...transport.FETCHER_DEFAULTS,
    clock: systemClock,
    headers: { 'user-agent': settings.userAgent },
    // The endpoint of the model is named by its owner, and often runs on this machine.
    allowHosts: model ? [...settings.allowHosts, model] : settings.allowHosts,
    resolve: settings.resolve,
    ...socketLimits(transport.FETCHER_DEFAULTS),
    resolver: transport.defaultResolver(),
  });
}

/** Half of the files that may be open are for sockets; the defaults suit a limit of 1,024. */
function socketLimits(defaults: { readonly socketsMax: number; readonly idleMax: number }) {
  const machine = new Machine();
  const { openFilesMax } = machine.read();
  machine.close();
  if (openFilesMax === undefined) return defaults;
  const socketsMax = Math.max(16, Math.min(SOCKETS_MAX, Math.floor(openFilesMax / 2)));
  return { socketsMax, idleMax: Math.max(8, Math.floor(socketsMax / 2)) };
}

async function openJobSource(
  job: Job,
  { log, resolved: { settings } }: Pick<Workbench, 'log' | 'resolved'>,
  file: () => Promise<InputFile>,
): Promise<Source> {
  const [{ openSource }, { CSV_LIMITS }] = await Promise.all([
    import('./sources/open-source.ts'),
    import('./sources/csv-record.ts'),
  ]);
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

function modelEndpoint(settings: Settings) {
  if (settings.llmBaseUrl === '') return undefined;
  return {
    baseUrl: settings.llmBaseUrl,
    model: settings.llmModel,
    apiKey: settings.llmApiKey,
    concurrency: settings.llmConcurrency,
    timeoutMs: MODEL_TIMEOUT_MS,
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
