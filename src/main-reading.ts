/**
 * The part of the API that tells of what is kept beside jobs, over a store that is only read: for
 * that nothing is owned, made, started or sent.
 */
import { randomBytes } from 'node:crypto';
import { SluiceError } from './base/errors.ts';
import type { ReadingSession } from './cli/workbench.ts';
import { Feed } from './engine/feed.ts';
import { LeadLists } from './engine/lead-lists.ts';
import { CATCH_UP_MS, Schedules } from './engine/schedules.ts';
import { Tenants } from './engine/tenants.ts';
import { createAccountBook, openAccounts } from './main-accounts.ts';
import type { BenchParts } from './main-parts.ts';
import { createWebhooks } from './main-webhooks.ts';
import { type AppParts, createApp } from './server/app.ts';
import { KeyRing } from './server/keys.ts';
import type { ServerParts } from './server/parts.ts';
import { accountRoutes } from './server/routes/accounts.ts';
import { keyRoutes } from './server/routes/keys.ts';
import { leadListReadRoutes } from './server/routes/lead-lists.ts';
import { nodeRoutes } from './server/routes/nodes.ts';
import { scheduleRoutes } from './server/routes/schedules.ts';
import { tenantRoutes } from './server/routes/tenants.ts';
import { webhookRoutes } from './server/routes/webhooks.ts';
import type { Store } from './store/store.ts';

/** Closes the store with the session. */
export async function openReading(bench: BenchParts, store: Store): Promise<ReadingSession> {
  const { dataDir, clock, random, log } = bench;
  const { settings } = bench.resolved;
  const engine = {
    feed: new Feed(clock, 0, () => {}),
    beforeEnd: () => {},
    tenantChanged: () => {},
  };
  const tenants = await Tenants.open(store, clock);
  const keys = new KeyRing({ store, tenants, clock, random });
  const { webhooks, fetcher } = createWebhooks(bench, { engine, store });
  await webhooks.join(false);
  const accounts = createAccountBook(bench, store);
  const opened = await openAccounts(bench, { accounts, store });
  const localKey = randomBytes(32).toString('base64url');
  const parts = {
    ...{ clock, random, log, dataDir, keys, localKey, settings, tenants, engine, webhooks },
    accounts: opened.accounts,
    leads: new LeadLists({ store, clock, everyMs: settings.leadListEveryMs }),
    schedules: readSchedules(bench, store, engine.feed),
    cluster: undefined,
    ready: () => true,
    metrics: { answered: () => {} },
    sessions: { keyOf: () => undefined },
  } satisfies AppParts & Partial<Record<keyof ServerParts, unknown>>;
  const routes = [
    ...accountRoutes(parts),
    ...keyRoutes(parts),
    ...leadListReadRoutes(parts),
    ...nodeRoutes(parts),
    ...scheduleRoutes(parts),
    ...tenantRoutes(parts),
    ...webhookRoutes(parts),
  ];
  const app = createApp(
    parts,
    routes.filter(({ method }) => method === 'GET'),
  );
  return {
    async inject({ path, headers }) {
      const sent = { 'x-api-key': localKey, ...headers };
      const answer = await app.inject({ method: 'GET', url: path, headers: sent });
      return { status: answer.statusCode, body: answer.body };
    },
    async close() {
      await app.close();
      await Promise.all([webhooks.close(), opened.close()]);
      await fetcher.close();
      await store.close();
    },
  };
}

/** Never opened, so no tick ever comes. */
function readSchedules({ clock, random, log }: BenchParts, store: Store, feed: Feed): Schedules {
  const refuse = () => {
    throw new SluiceError('internal.bug', { detail: 'a job was asked of what only reads' });
  };
  const [submit, cancel] = [refuse, refuse];
  return new Schedules({ store, clock, random, log, feed, submit, cancel, catchUpMs: CATCH_UP_MS });
}
