/** Puts webhooks together: a fetcher of their own, the address guard and the box for secrets. */
import { join } from 'node:path';
import { messageOf } from './base/errors.ts';
import { SecretBox } from './base/secret-box.ts';
import type { EngineSession, Workbench } from './cli/workbench.ts';
import { RoleKeeper } from './engine/role-keeper.ts';
import { Webhooks, type WebhooksParts } from './engine/webhooks.ts';
import { webhookJob } from './server/routes/webhooks.ts';
import { createAddressGuard } from './transport/address-guard.ts';
import type { Fetcher } from './transport/fetcher.ts';
import {
  createUndiciFetcher,
  defaultResolver,
  FETCHER_DEFAULTS,
} from './transport/undici-fetcher.ts';

const TIMEOUT_MS = 15_000;
const SOCKETS = { socketsMax: 32, idleMax: 8 };

type Bench = Pick<Workbench, 'resolved' | 'dataDir' | 'clock' | 'random' | 'log'>;
type Holds = WebhooksParts['holds'];

export interface OpenWebhooks {
  readonly webhooks: Webhooks;
  /** Among several servers: tells and sends where it is this one's part. */
  start(): Promise<void>;
  close(): Promise<void>;
}

interface MadeWebhooks {
  readonly webhooks: Webhooks;
  readonly fetcher: Fetcher;
}

/** Known and changed, but not yet sent. `holds`: as one of several servers. */
export function createWebhooks(
  bench: Bench,
  { engine, store, holds }: Pick<WebhooksParts, 'engine' | 'store'> & { holds?: Holds },
): MadeWebhooks {
  const { dataDir, clock, random, log } = bench;
  const { allowHosts, resolve, secretKey } = bench.resolved.settings;
  // Of its own: that of the jobs also reaches the language model, and keeps pages.
  const fetcher = createUndiciFetcher({
    ...FETCHER_DEFAULTS,
    ...SOCKETS,
    clock,
    headers: { 'user-agent': 'Sluice-Webhooks' },
    allowHosts,
    resolve,
    resolver: defaultResolver(),
  });
  const webhooks = new Webhooks({
    engine,
    store,
    fetcher,
    timeoutMs: TIMEOUT_MS,
    guard: createAddressGuard({ allowHosts, resolve }),
    sealer: new SecretBox({ key: secretKey, file: join(dataDir, 'secret.key') }),
    keyShared: holds === undefined || secretKey !== '',
    clock,
    random,
    log,
    jobBody: webhookJob,
    ...(holds && { holds }),
  });
  return { webhooks, fetcher };
}

export async function openWebhooks(
  bench: Bench,
  { engine, store, cluster }: Pick<EngineSession, 'engine' | 'store' | 'cluster'>,
): Promise<OpenWebhooks> {
  const { clock, log } = bench;
  const role =
    cluster &&
    new RoleKeeper({
      cluster: cluster.store,
      engine: cluster.engine,
      clock,
      log,
      role: 'webhooks',
      begin: () => webhooks.begin(),
      end: () => webhooks.end(),
    });
  const holds = role && (() => role.holds());
  const { webhooks, fetcher }: MadeWebhooks = createWebhooks(bench, { engine, store, holds });
  if (cluster === undefined) await webhooks.open();
  else {
    await webhooks.join(cluster.intro.kind === 'serve');
    cluster.onDocuments((kind, ids) => {
      if (kind !== undefined && kind !== 'webhook') return;
      webhooks.changed(ids).catch((error: unknown) => log.warn(messageOf(error)));
    });
  }
  return {
    webhooks,
    start: async () => role?.start(),
    async close() {
      await role?.close();
      await webhooks.close();
      await fetcher.close();
    },
  };
}
