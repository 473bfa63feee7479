/** Puts accounts together: the book of them, the box for their secrets, and what asks services. */
import { join } from 'node:path';
import { SecretBox } from './base/secret-box.ts';
import type { EngineSession, Workbench } from './cli/workbench.ts';
import { AccountBook } from './engine/account-book.ts';
import type { AccountLimits } from './engine/account-desk.ts';
import { Accounts } from './engine/accounts.ts';
import { allowedHosts } from './main-hosts.ts';
import type { Settings } from './model/settings.ts';
import type { Store } from './store/store.ts';

const SOCKETS = { socketsMax: 8, idleMax: 2 };

export function accountLimits(settings: Settings): AccountLimits {
  const { maxAccountsPerUser, accountTimeoutMs, accountRestMs } = settings;
  return { max: maxAccountsPerUser, timeoutMs: accountTimeoutMs, restMs: accountRestMs };
}

/** `quietStore`: of several nodes, what tells the others nothing; undefined = there are none. */
export function createAccountBook(
  bench: Pick<Workbench, 'resolved' | 'dataDir' | 'clock' | 'log'>,
  store: Store,
  quietStore?: Store,
): AccountBook {
  const { dataDir, clock, log } = bench;
  const { secretKey } = bench.resolved.settings;
  return new AccountBook({
    store,
    ...(quietStore && { quietStore }),
    clock,
    log,
    sealer: new SecretBox({ key: secretKey, file: join(dataDir, 'secret.key') }),
    keyShared: quietStore === undefined || secretKey !== '',
  });
}

export interface OpenAccounts {
  readonly accounts: Accounts;
  close(): Promise<void>;
}

export async function openAccounts(
  bench: Pick<Workbench, 'resolved' | 'dataDir' | 'clock' | 'registry'>,
  { accounts: book, store }: Pick<EngineSession, 'accounts' | 'store'>,
): Promise<OpenAccounts> {
  const { clock, registry } = bench;
  const { settings } = bench.resolved;
  const transport = await import('./transport/undici-fetcher.ts');
  const fetcher = transport.createUndiciFetcher({
    ...transport.FETCHER_DEFAULTS,
    ...SOCKETS,
    clock,
    headers: { 'user-agent': settings.userAgent },
    allowHosts: allowedHosts(settings),
    resolve: settings.resolve,
    resolver: transport.defaultResolver(),
  });
  const accounts = new Accounts({
    book,
    store,
    clock,
    fetcher,
    collectors: () => registry.list(),
    limits: accountLimits(settings),
    timeoutMs: settings.requestTimeoutMs,
    deadlineMs: settings.requestDeadlineMs,
    bodyBytesMax: settings.bodyBytesMax,
    userAgent: settings.userAgent,
  });
  return { accounts, close: () => fetcher.close() };
}
