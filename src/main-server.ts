/** Puts the service together: an engine, its tenants and keys, and the HTTP server over them. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { messageOf } from './base/errors.ts';
import { listenError } from './base/listen-error.ts';
import { SecretBox } from './base/secret-box.ts';
import type { EngineSession, ServerSession } from './cli/workbench.ts';
import { JobDesk } from './engine/job-desk.ts';
import { LEADS_COLLECTOR, LeadLists } from './engine/lead-lists.ts';
import { ProgressBook } from './engine/progress-book.ts';
import { RoleKeeper } from './engine/role-keeper.ts';
import { CATCH_UP_MS, Schedules } from './engine/schedules.ts';
import { BenchmarkDesk } from './engine/tasks/benchmark-desk.ts';
import { UploadDesk } from './engine/upload-desk.ts';
import { openAccounts } from './main-accounts.ts';
import { openBenchRuns } from './main-bench-runs.ts';
import { namedDestinations, openOutbox } from './main-outbox.ts';
import type { BenchParts } from './main-parts.ts';
import { version } from './main-version.ts';
import { openWebhooks } from './main-webhooks.ts';
import { shownSettings } from './model/resolve-settings.ts';
import { createApp } from './server/app.ts';
import { ChartKeeper } from './server/chart-keeper.ts';
import { watchNode } from './server/cluster-metrics.ts';
import { dashboardRoutes } from './server/dashboard.ts';
import { EventStreams } from './server/events.ts';
import { FailureMutes } from './server/failure-mutes.ts';
import { FailureTimes } from './server/failure-times.ts';
import { History } from './server/history.ts';
import { JobLog } from './server/job-log.ts';
import { JobMarks } from './server/job-marks.ts';
import { JobWindow } from './server/job-window.ts';
import { KeyRing } from './server/keys.ts';
import { Metrics } from './server/metrics.ts';
import { observers } from './server/observers.ts';
import { watchOutbox } from './server/outbox-metrics.ts';
import type { ServerParts } from './server/parts.ts';
import { watchPools } from './server/pool-metrics.ts';
import { allRoutes } from './server/routes.ts';
import { Sessions } from './server/session.ts';
import { tracingObserver } from './server/tracing.ts';

export async function openServer(
  bench: BenchParts,
  session: EngineSession,
): Promise<ServerSession> {
  const { registry, dataDir, clock, random, log } = bench;
  const { settings } = bench.resolved;
  const { engine, store, tenants, limits, uploads: running } = session;
  for (const path of settings.collectors) await registry.register(resolve(bench.cwd, path));
  const { cluster } = session;
  const keys = new KeyRing({ store, tenants, clock, random, shared: cluster !== undefined });
  cluster?.onDocuments((kind, ids) => {
    if (kind === undefined || kind === 'key') keys.forget(ids);
  });
  let ready = true;
  const { retries, leadListEveryMs: everyMs } = settings;
  const leads = new LeadLists({ store, clock, everyMs });
  const desk = new JobDesk({
    engine,
    store,
    uploads: running,
    registry,
    dataDir,
    clock,
    random,
    retries,
    fillers: { [LEADS_COLLECTOR]: leads },
  });
  const uploads = new UploadDesk({ desk, uploads: running, store, clock, random });
  // Beside a database file lie inputs of its jobs, which a Postgres knows nothing of.
  if (cluster === undefined) await running.sweep(store, clock.wallMs());
  else if (cluster.intro.kind === 'serve' && !existsSync(join(dataDir, 'sluice.db'))) {
    await running.sweep(store, clock.wallMs(), true);
  }
  const outboxes = openOutbox(bench, session);
  const { outbox, entries: entryDeliveries } = outboxes;
  const minding =
    cluster &&
    new RoleKeeper({
      cluster: cluster.store,
      engine: cluster.engine,
      clock,
      log,
      role: 'schedules',
      begin: () => schedules.open(),
      end: () => schedules.close(),
    });
  const schedules: Schedules = new Schedules({
    store,
    clock,
    random,
    log,
    feed: engine.feed,
    catchUpMs: CATCH_UP_MS,
    async submit({ deliver = [], ...order }, tenant, key) {
      // A name may be gone by now: then there is no job, and the history says why.
      const destinations = outbox.check(deliver, true);
      const { job } = await desk.submit(order, tenant, key);
      await outbox.add(job, destinations).catch((error: unknown) => {
        log.error(`Records of a scheduled job are not delivered: ${messageOf(error)}`);
      });
      return job;
    },
    cancel: (jobId) => engine.cancel(jobId),
    async checkOrder(order, tenant) {
      // Schedules are shown as they are: addresses with passwords have no place there.
      outbox.check(order.deliver ?? [], false);
      await desk.checkOrder(order, tenant);
    },
    ...(minding && { holds: () => minding.holds() }),
  });
  cluster?.onDocuments((kind, ids) => {
    if (kind !== undefined && kind !== 'schedule') return;
    schedules.changed(ids).catch((error: unknown) => log.warn(messageOf(error)));
  });
  const metrics = new Metrics();
  metrics.watch(engine, cluster?.engine);
  watchPools(metrics, bench.pools);
  if (cluster) watchNode(metrics, cluster.engine, true);
  const jobWindow = new JobWindow(clock);
  const jobLog = new JobLog(engine, clock);
  const node = cluster?.intro.name;
  const jobMarks = new JobMarks({ limits, store, clock, log, version: version(), node });
  await jobMarks.ready;
  const tracing = tracingObserver(clock, version());
  engine.observe(observers(metrics, tracing, jobWindow, jobLog, jobMarks));
  const localKey = randomBytes(32).toString('base64url');
  const progress = new ProgressBook(engine, clock);
  const streamsMax = settings.eventStreamsMax;
  const events = new EventStreams({ engine, store, progress, clock, streamsMax });
  const history = new History({ engine, clock, marks: jobMarks });
  const charts = await ChartKeeper.open({
    ...{ history, window: jobWindow, marks: jobMarks, store, clock, log, node },
  });
  const failureTimes = new FailureTimes({ engine, store, clock, log });
  const benchmarks = new BenchmarkDesk(clock, dataDir);
  const sealer = new SecretBox({ key: settings.secretKey, file: join(dataDir, 'secret.key') });
  const opening = await openWebhooks(bench, session);
  const { webhooks } = opening;
  const openedAccounts = await openAccounts(bench, session);
  watchOutbox(metrics, outbox);
  for (const [name] of namedDestinations(settings)) {
    const why = outbox.trouble(name);
    if (why !== undefined) log.warn(`Nothing can be delivered to ${name}. ${why}`);
  }
  metrics.watchAccounts(() => openedAccounts.accounts.standing());
  const parts: ServerParts = {
    engine,
    store,
    registry,
    desk,
    uploads,
    tenants,
    limits,
    keys,
    leads,
    schedules,
    progress,
    events,
    webhooks,
    outbox,
    entryDeliveries,
    accounts: openedAccounts.accounts,
    history,
    jobWindow,
    jobLog,
    jobMarks,
    failureTimes,
    failureMutes: new FailureMutes({ store, clock }),
    benchmarks,
    benchRuns: openBenchRuns(log),
    pools: bench.pools,
    sessions: new Sessions({ sealer, clock }),
    dashboard: async () => (await import('./main-dashboard.ts')).openDashboard(),
    settings,
    shownSettings: shownSettings(bench.resolved),
    dataDir,
    cluster,
    inputHere: (path) => running.bringHere(path),
    clock,
    random,
    log,
    metrics,
    version: version(),
    localKey,
    ready: () => ready,
  };
  const app = createApp(parts, [...allRoutes(parts), ...dashboardRoutes(parts)]);
  await app.ready();
  return {
    localKey,
    async firstKey() {
      if (!(await keys.isEmpty())) return undefined;
      const { key } = await keys.create({ tenant: '', name: 'first', scope: 'admin' });
      return key;
    },
    async listen(host, port) {
      try {
        return await app.listen({ host, port });
      } catch (error) {
        throw listenError(error, host, port);
      }
    },
    async start() {
      const resumed = await engine.resumeAll();
      if (cluster === undefined) await schedules.open();
      await Promise.all([minding?.start(), opening.start(), outboxes.begin()]);
      return resumed;
    },
    async inject(request) {
      const { method, path, body, text, headers } = request;
      const payload = text ?? (body as object | undefined);
      const answer = await app.inject({
        method,
        url: path,
        headers: { 'x-api-key': localKey, ...headers },
        ...(payload === undefined ? {} : { payload }),
      });
      return { status: answer.statusCode, body: answer.body };
    },
    drain() {
      ready = false;
      // What is due from now on is made up for by the next server.
      void (minding ?? schedules).close();
    },
    idle: () => uploads.idle(),
    async close() {
      ready = false;
      await uploads.close();
      await events.close();
      history.close();
      jobLog.close();
      await charts.close();
      await failureTimes.close();
      await benchmarks.close();
      engine.observe(undefined);
      await app.close();
      await (minding ?? schedules).close();
      await outboxes.close();
      await opening.close();
      await openedAccounts.close();
    },
  };
}
