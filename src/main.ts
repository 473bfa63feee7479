/**
 * The composition root: the only file that picks implementations. Heavy parts are loaded when they
 * are needed, so that a command that only looks starts quickly.
 */
import { resolve } from 'node:path';
import { systemClock } from './base/clock.ts';
import { SluiceError } from './base/errors.ts';
import { type Logger, lineLogger } from './base/log.ts';
import { moduleUrl } from './base/module-url.ts';
import { systemRandom } from './base/random.ts';
import { keepHeapSmall } from './base/small-heap.ts';
import type { Io, Talk, Workbench } from './cli/workbench.ts';
import { createChannelsCollector } from './collectors/channels/channels.ts';
import { createContactsCollector } from './collectors/contacts/contacts.ts';
import { createLeadsCollector } from './collectors/leads/leads.ts';
import { Registry } from './collectors/registry.ts';
import { campaignsCollector } from './main-campaigns.ts';
import { mediaCollector } from './main-media.ts';
import { checkOpenFiles } from './main-open-files.ts';
import type { ResolvedSettings } from './model/resolve-settings.ts';
import type { Settings } from './model/settings.ts';
import type { Store } from './store/store.ts';
import { PoolBook } from './workers/pool-book.ts';

const MODEL_TIMEOUT_MS = 30_000;

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
  /** Whether jobs may name any file: they are those of the user who started this process. */
  const ownFiles = { any: false };
  const pools = new PoolBook(systemClock);
  const registry = new Registry(
    [
      createContactsCollector({ model: modelEndpoint(settings) }),
      leadsCollector(settings),
      campaignsCollector(settings, pools),
      createChannelsCollector({
        previewUrl: settings.telegramPreviewUrl,
        concurrency: settings.channelConcurrency,
        gateway: settings.telegramGateway || undefined,
      }),
      mediaCollector(settings, io.cwd, ownFiles),
    ],
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
    pools,
  };
  return {
    ...parts,
    async openEngine(kind) {
      checkOpenFiles();
      ownFiles.any = kind === 'run' && settings.databaseUrl === '';
      if (settings.databaseUrl === '') {
        if (kind === 'worker') throw new SluiceError('cluster.alone');
        return (await import('./main-engine.ts')).openEngineAlone(parts);
      }
      return (await import('./main-cluster.ts')).openNode(parts, kind);
    },
    async inputHere(path) {
      if (settings.databaseUrl === '' || path === '') return;
      await (await import('./main-cluster.ts')).bringInputHere(parts, path);
    },
    async upload(files, to, onBytes) {
      return (await import('./main-upload.ts')).uploadHere(parts, { files, to, onBytes });
    },
    async checkThere() {
      if (settings.databaseUrl !== '') return;
      (await import('./store/sqlite/read-error.ts')).checkReadable(dataDir);
    },
    async openReading() {
      const store = await openReader(dataDir);
      return (await import('./main-reading.ts')).openReading(parts, store);
    },
    async openReader() {
      if (settings.databaseUrl === '') return openReader(dataDir);
      return (await import('./main-cluster.ts')).openSharedReader(parts);
    },
    async openWatch() {
      if (settings.databaseUrl !== '') {
        return (await import('./main-cluster.ts')).openSharedWatch(parts);
      }
      const store = await openReader(dataDir);
      const { standingsHere } = await import('./main-watch.ts');
      const standings = standingsHere(dataDir, systemClock);
      return { store, standings, close: () => store.close() };
    },
    async examineDatabase() {
      if (settings.databaseUrl === '') return undefined;
      return (await import('./main-cluster-exam.ts')).examineDatabase(parts);
    },
    async moveStore(url, onRows) {
      return (await import('./main-copy.ts')).moveStore(parts, url, onRows);
    },
    async openOutbox(session) {
      return (await import('./main-outbox.ts')).openOutbox(parts, session);
    },
    async openDestination(given) {
      return (await import('./main-outbox.ts')).openDestination(parts, given);
    },
    async openHealth(session) {
      return (await import('./main-worker.ts')).openHealth(parts, session);
    },
    async openServer(session) {
      return (await import('./main-server.ts')).openServer(parts, session);
    },
  };
}

async function openReader(path: string): Promise<Store> {
  const [{ openSqliteStore }, { withRecordFiles }, { RecordFileFolder }] = await Promise.all([
    import('./store/sqlite/open-sqlite-store.ts'),
    import('./store/record-files/with-record-files.ts'),
    import('./store/record-files/record-file-folder.ts'),
  ]);
  const store = await openSqliteStore({ path, mode: 'reader' });
  return withRecordFiles(store, new RecordFileFolder(path));
}

function leadsCollector(settings: Settings) {
  const { callDelayMinMs, callDelayMaxMs } = settings;
  return createLeadsCollector({
    baseUrl: settings.xBaseUrl,
    batch: settings.batchSize,
    wholeEveryMs: settings.leadSweepEveryMs,
    pauseMinMs: callDelayMinMs,
    pauseMaxMs: Math.max(callDelayMinMs, callDelayMaxMs),
  });
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
