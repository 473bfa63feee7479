/** Puts webhooks together: a fetcher of their own, the address guard and the box for secrets. */
import { join } from 'node:path';
import { messageOf } from './base/errors.ts';
import { SecretBox } from './base/secret-box.ts';
import type { EngineSession, Workbench } from './cli/workbench.ts';
import { RoleKeeper } from './engine/role-keeper.ts';
import { Webhooks } from './engine/webhooks.ts';
import { webhookJob } from './server/routes/webhooks.ts';
import { createAddressGuard } from './transport/address-guard.ts';
import {
  createUndiciFetcher,
  defaultResolver,
  FETCHER_DEFAULTS,
} from './transport/undici-fetcher.ts';

const TIMEOUT_MS = 15_000;
const SOCKETS = { socketsMax: 32, idleMax: 8 };

export interface OpenWebhooks {
  readonly webhooks: Webhooks;
  /** Among several servers: tells and sends where it is this one's part. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export async function openWebhooks(
  bench: Pick<Workbench, 'resolved' | 'dataDir' | 'clock' | 'random' | 'log'>,
  { engine, store, cluster }: Pick<EngineSession, 'engine' | 'store' | 'cluster'>,
): Promise<OpenWebhooks> {
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
  const webhooks: Webhooks = new Webhooks({
    engine,
    store,
    fetcher,
    timeoutMs: TIMEOUT_MS,
    guard: createAddressGuard({ allowHosts, resolve }),
    sealer: new SecretBox({ key: secretKey, file: join(dataDir, 'secret.key') }),
    keyShared: cluster === undefined || secretKey !== '',
    clock,
    random,
    log,
    jobBody: webhookJob,
    ...(role && { holds: () => role.holds() }),
  });
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
