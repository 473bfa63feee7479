/** Puts one of several nodes together that share a Postgres. */
import { hostname } from 'node:os';
import { SluiceError } from './base/errors.ts';
import { newId } from './base/ids.ts';
import { makeDirectory } from './base/make-directory.ts';
import { standingOf } from './cli/standings.ts';
import type { DocumentListener, EngineSession, NodeKind, Watch } from './cli/workbench.ts';
import { PgSignals } from './cluster/pg-signals.ts';
import type { Notice, Signals } from './cluster/signals.ts';
import { ClusterEngine } from './engine/cluster-engine.ts';
import { InputShelf } from './engine/input-shelf.ts';
import { readStatus } from './engine/node-status.ts';
import { LIMIT_KIND, SetLimits } from './engine/set-limits.ts';
import { Tenants } from './engine/tenants.ts';
import { Uploads } from './engine/uploads.ts';
import { WebhookNotes, watchedInStore } from './engine/webhook-notes.ts';
import { createAccountBook } from './main-accounts.ts';
import { type BenchParts, engineParts } from './main-parts.ts';
import { version } from './main-version.ts';
import type { NodeIntro } from './store/cluster-store.ts';
import { PostgresListener } from './store/postgres/listen.ts';
import { openPostgresCluster } from './store/postgres/open-postgres-cluster.ts';
import { SideDatabase } from './store/postgres/side-database.ts';
import { type OwnerLock, takeOwnerLock } from './store/sqlite/owner-lock.ts';
import type { Store } from './store/store.ts';

/** Connections beside those of the store: for hints, and the one that listens. */
const SIDE_POOL_MAX = 2;
const SIDE_CONNECTIONS = SIDE_POOL_MAX + 1;
/** A store that stays away for longer has cost the node its lease. */
const PATIENCE_LEASES = 2;
/** What nodes hold in memory. */
const TOLD_KINDS = new Set(['key', 'tenant', 'schedule', 'webhook', 'account', LIMIT_KIND]);
/** Of more the others read all. */
const IDS_TOLD_MAX = 50;
const LEADERLESS_READ_MAX = 100_000;

/** Joins the others; rejects with `store.*` where it cannot. */
export async function openNode(parts: BenchParts, kind: NodeKind): Promise<EngineSession> {
  const { clock, random, dataDir, log } = parts;
  const { settings } = parts.resolved;
  const cluster = await openStore(parts);
  const own = ownDirectory(dataDir);
  const { signals, giveUp: giveUpSignals, close: closeSignals } = openSignals(parts);
  signals.everyMinute(() => cluster.prune());
  const closeAll = async () => {
    await closeSignals();
    await cluster.close();
    own?.release();
  };
  try {
    const shelf = new InputShelf(cluster, dataDir);
    const uploads = new Uploads(dataDir, shelf);
    const intro: NodeIntro = {
      id: newId('n', clock.wallMs(), random),
      name: settings.nodeName || hostname(),
      version: version(),
      kind,
    };
    const store = tellingStore(cluster.store, signals, intro.id);
    const owned = Promise.resolve(own !== undefined);
    const [options, tenants, limits, epoch] = await Promise.all([
      engineParts(parts, { owned, uploads }),
      Tenants.open(store, clock),
      SetLimits.open(store, clock),
      cluster.store.nextEpoch(),
    ]);
    const accounts = createAccountBook(parts, store, cluster.store);
    const drainAsked = Promise.withResolvers<void>();
    const listeners = new Set<DocumentListener>();
    const onNotice = (notice: Notice | undefined) => {
      if (notice === undefined) for (const listener of listeners) listener(undefined);
      if (notice?.kind !== 'documents' || notice.by === intro.id) return;
      for (const listener of listeners) listener(notice.of, notice.ids);
    };
    const engine = await ClusterEngine.open({
      cluster,
      signals,
      intro,
      leaseMs: settings.nodeLeaseMs,
      leads: kind !== 'worker',
      ownOnly: kind === 'run',
      watchAll: kind === 'serve',
      engine: { ...options(tenants, accounts, limits), epoch },
      onDrain: () => drainAsked.resolve(),
      onNotice,
    });
    tenants.onChange((tenant) => engine.tenantChanged(tenant.name));
    limits.onChange((lane) => engine.limitChanged(lane));
    listeners.add((kind, ids) => {
      if (kind !== undefined && kind !== 'account') return;
      accounts.changed(ids).catch(() => {
        // Read again where one of them is about to be used.
      });
    });
    listeners.add((kind) => {
      if (kind !== undefined && kind !== 'tenant') return;
      tenants.reload().catch(() => {
        // Read again with the next notice.
      });
    });
    listeners.add((kind) => {
      if (kind !== undefined && kind !== LIMIT_KIND) return;
      limits.reload().catch(() => {
        // Read again with the next notice.
      });
    });
    if (kind === 'run') {
      const notes = new WebhookNotes({ store, clock, watched: watchedInStore(store) });
      // A server of the cluster tells of the end.
      engine.beforeEnd(async (jobId) => {
        await notes.note(jobId);
      });
    }
    return {
      engine,
      store,
      tenants,
      limits,
      accounts,
      uploads,
      cluster: {
        engine,
        store: cluster,
        signals,
        intro,
        drainAsked: drainAsked.promise,
        onDocuments: (listener) => listeners.add(listener),
        lifeline: {
          silentMs: () => cluster.silentMs,
          attempts: () => attemptsOf(engine),
          giveUp() {
            cluster.giveUp();
            giveUpSignals();
          },
        },
      },
      async close() {
        await engine.close();
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll().catch((failed: unknown) => log.debug(String(failed)));
    throw error;
  }
}

function attemptsOf({ membership }: ClusterEngine): number {
  const runs = [...(membership?.engine.runs.all() ?? [])];
  return runs.reduce((sum, { attempts }) => sum + attempts.size, 0);
}

/** The store for looking only. */
export async function openSharedReader(parts: BenchParts): Promise<Store> {
  const cluster = await openStore(parts);
  return withMethods(cluster.store, { close: () => cluster.close() });
}

/** The same with what the nodes say of the work. */
export async function openSharedWatch(parts: BenchParts): Promise<Watch> {
  const cluster = await openStore(parts);
  return {
    store: cluster.store,
    async standings(jobIds) {
      const [nodes, leaderless] = await Promise.all([
        cluster.nodes(),
        cluster.leaderless(LEADERLESS_READ_MAX),
      ]);
      // Whose lease has ended leads nothing, though it is only put away by another node.
      const live = nodes.filter(({ leaseMs }) => leaseMs > 0);
      const served = live.some(({ kind }) => kind === 'serve');
      const told = live.map(({ status }) => readStatus(status)?.jobs ?? {});
      const nowMs = parts.clock.monoMs();
      // A server takes the lead of what nobody leads.
      const minded = (id: string) => served || (live.length > 0 && !leaderless.includes(id));
      return new Map(jobIds.map((id) => [id, standingOf(id, told, minded(id), nowMs)]));
    },
    close: () => cluster.close(),
  };
}

/** Copies an input of a job to this machine, where it is not there yet. */
export async function bringInputHere(parts: BenchParts, path: string): Promise<void> {
  const cluster = await openStore(parts);
  try {
    await new Uploads(parts.dataDir, new InputShelf(cluster, parts.dataDir)).bringHere(path);
  } finally {
    await cluster.close();
  }
}

/** Of nodes on one machine, one keeps pages in the directory that they share. */
function ownDirectory(path: string): OwnerLock | undefined {
  makeDirectory(path);
  try {
    return takeOwnerLock(path);
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'store.in_use') return undefined;
    throw error;
  }
}

export function openStore({ resolved: { settings }, clock, random }: BenchParts) {
  return openPostgresCluster({
    url: settings.databaseUrl,
    poolMax: Math.max(1, settings.dbMaxPoolSize - SIDE_CONNECTIONS),
    patienceMs: PATIENCE_LEASES * settings.nodeLeaseMs,
    leaseMs: settings.nodeLeaseMs,
    clock,
    random,
  });
}

function openSignals({ resolved: { settings }, clock, random, log: logger }: BenchParts) {
  const { databaseUrl } = settings;
  const side = new SideDatabase({ databaseUrl, poolMax: SIDE_POOL_MAX, clock });
  const listener = new PostgresListener({ databaseUrl, clock, random, logger });
  const signals = new PgSignals({
    query: (text, values) => side.query(text, values),
    listen: (...args) => listener.listen(...args),
    clock,
    random,
    logger,
  });
  return {
    signals,
    giveUp() {
      side.giveUp();
      void listener.close();
    },
    async close() {
      await listener.close();
      await side.close();
    },
  };
}

/** Tells the other nodes of documents that were written. */
function tellingStore(store: Store, signals: Signals, by: string): Store {
  return withMethods(store, {
    async writeDocuments(changes, nowMs) {
      await store.writeDocuments(changes, nowMs);
      const written = Map.groupBy(changes, ({ kind }) => kind);
      for (const [of, each] of written) {
        if (!TOLD_KINDS.has(of)) continue;
        const ids = each.length > IDS_TOLD_MAX ? {} : { ids: each.map(({ id }) => id) };
        signals.post({ kind: 'documents', of, by, ...ids }).catch(() => {
          // Whoever was away reads everything anew.
        });
      }
    },
  });
}

/** The same store with some of its methods replaced. */
function withMethods(store: Store, methods: Partial<Store>): Store {
  return new Proxy(store, {
    // Whoever awaits it asks for `then`, which it does not have.
    get: (target, name: keyof Store) => methods[name] ?? target[name]?.bind(target),
  });
}
