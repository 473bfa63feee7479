/**
 * A stand-in for Telegram channels on a loopback port, made from a seed: the public preview, and the
 * calls of the protocol for invented accounts, both over the same channels; with the list of them
 * (CSV) and the truth of what is in them (JSON Lines).
 */
import type { RpcCallMiddleware } from '@mtcute/node';
import { startStandIn } from '../servers/stand-in.ts';
import { tryLines } from '../try-lines.ts';
import { handleOrder, previewOrders, rpcOrders } from './control.ts';
import type { AccountSecret, FloodLimit } from './mtproto/accounts.ts';
import { GATEWAY_PATH, handleGateway } from './mtproto/gateway.ts';
import { type OrderedFailure, RpcServer, type RpcStats } from './mtproto/rpc-server.ts';
import type { Fault } from './preview/faults.ts';
import { PreviewServer } from './preview/preview-server.ts';
import type { PreviewStats } from './preview/preview-stats.ts';
import { channelRows, type TruthChannel, writeTelegramFiles } from './telegram-files.ts';
import { type TruthPost, worldTruth } from './truth.ts';
import { World } from './world/world.ts';

export interface TelegramOptions {
  /** 0 = any free port. */
  readonly port?: number;
  readonly seed?: number;
  /** Public channels, 1 to 10,000. */
  readonly channels?: number;
  /** Channels that have a name and no preview: only the protocol shows them. */
  readonly closed?: number;
  /** Channels without a name, for those who have the invitation. */
  readonly invited?: number;
  /** Posts a channel, on the average. */
  readonly posts?: number;
  /** Pages a second for everyone together, then 429; 0 = no limit. */
  readonly ratePerSecond?: number;
  readonly burst?: number;
  /** What Retry-After asks for, ms; 0 = until the next token, in whole seconds. */
  readonly retryAfterMs?: number;
  /** How long the address of a file holds, ms; then 404. */
  readonly linkHoldsMs?: number;
  /** All latencies are multiplied by it; 0 = none. */
  readonly latencyScale?: number;
  /** Share of the requests that go wrong, 0 to 1. */
  readonly faultShare?: number;
  /** Accounts of the protocol. */
  readonly accounts?: number;
  /** Calls of one method by one account a second, then FLOOD_WAIT; 0 = no limit. */
  readonly floodRatePerSecond?: number;
  readonly floodBurst?: number;
  /**
   * Where `channels.csv`, `channels.jsonl`, `truth.jsonl` and `accounts.jsonl` are written;
   * undefined = nowhere.
   */
  readonly directory?: string;
}

export type TelegramStats = PreviewStats & { readonly protocol: RpcStats };

export interface Telegram {
  readonly port: number;
  /** `http://127.0.0.1:PORT`: what stands for `https://t.me`. */
  readonly url: string;
  readonly seed: number;
  /** Its channels can be looked at and changed: `world.byName('…')?.add({ text })`. */
  readonly world: World;
  /** Paths of the files that were written, if any. */
  readonly csvFile: string | undefined;
  readonly channelsFile: string | undefined;
  readonly truthFile: string | undefined;
  readonly accountsFile: string | undefined;
  /** Where clients in other processes send the calls of the protocol. */
  readonly gatewayUrl: string;
  /** What each account needs to log in. */
  readonly accounts: readonly AccountSecret[];
  /** Answers the calls of a client in this process with this session string. */
  middleware(session: string): RpcCallMiddleware;
  /** The truth of every post as it is now. */
  truth(): Generator<TruthPost>;
  /** The rows of the CSV. */
  rows(): Generator<TruthChannel>;
  /** No address of a file given so far holds any longer. */
  expireLinks(): void;
  limit(ratePerSecond: number, burst: number): void;
  /** Answers every page with 429 for so long. */
  rest(ms: number): void;
  /** The next `times` pages of this channel go wrong in this way. */
  fail(username: string, fault: Fault, times: number): void;
  /** The next calls that fit go wrong. */
  failCalls(order: OrderedFailure): void;
  /** Another limit for each method of each account from now on. */
  limitCalls(limit: FloodLimit): void;
  /** Ends the session of an account (default: AUTH_KEY_UNREGISTERED); '' makes it well again. */
  revoke(account: string, error?: string): boolean;
  /** References to files that the protocol gave so far are refused. */
  expireReferences(): void;
  stats(): TelegramStats;
  /** Forgets counters, attempts and ordered faults; the channels stay as they are. */
  reset(): void;
  close(): Promise<void>;
}

/** Starts it on 127.0.0.1. Throws RangeError for a number of channels out of bounds. */
export async function startTelegram(options: TelegramOptions = {}): Promise<Telegram> {
  const { port = 0, directory } = options;
  const world = new World(options);
  const preview = new PreviewServer(world, {
    ratePerSecond: options.ratePerSecond ?? 0,
    burst: options.burst ?? 1,
    retryAfterMs: options.retryAfterMs ?? 0,
    linkHoldsMs: options.linkHoldsMs ?? 3_600_000,
    latencyScale: options.latencyScale ?? 1,
    faultShare: options.faultShare ?? 0,
  });
  const rpc = new RpcServer(world, {
    accounts: options.accounts ?? 3,
    limit: { ratePerSecond: options.floodRatePerSecond ?? 0, burst: options.floodBurst ?? 1 },
    latencyScale: options.latencyScale ?? 1,
  });
  const stats = (): TelegramStats => ({ ...preview.stats(), protocol: rpc.stats() });
  const reset = () => {
    preview.clear();
    rpc.clear();
  };
  const orders = {
    ...previewOrders(world, preview),
    ...rpcOrders(rpc),
    reset: () => {
      reset();
      return {};
    },
  };
  const files =
    directory === undefined ? undefined : await writeTelegramFiles(directory, world, rpc.secrets);
  const server = await startStandIn(port, stats, (request, response) => {
    if (handleGateway(rpc, request, response)) return;
    if (!handleOrder(orders, request, response)) preview.handle(request, response);
  });
  return {
    port: server.port,
    url: server.url,
    seed: world.seed,
    world,
    csvFile: files?.csvFile,
    channelsFile: files?.channelsFile,
    truthFile: files?.truthFile,
    accountsFile: files?.accountsFile,
    gatewayUrl: `${server.url}${GATEWAY_PATH}`,
    accounts: rpc.secrets,
    middleware: (session) => rpc.middleware(session),
    truth: () => worldTruth(world),
    rows: () => channelRows(world),
    expireLinks: () => preview.expireLinks(),
    limit: (ratePerSecond, burst) => preview.limit(ratePerSecond, burst),
    rest: (ms) => preview.rest(ms),
    fail: (username, fault, times) => preview.fail(username, fault, times),
    failCalls: (order) => rpc.fail(order),
    limitCalls: (limit) => rpc.limit(limit),
    revoke: (account, error) => rpc.revoke(account, error),
    expireReferences: () => rpc.expireReferences(),
    stats,
    reset,
    close: () => server.close(),
  };
}

/** What to tell a person who started it. */
export function describeTelegram(telegram: Telegram): string {
  const { url, world, seed } = telegram;
  const lines = [
    `${world.channels.length} channels (seed ${seed}) at ${url}`,
    `one of them: ${url}/s/${world.channels[0]?.username}`,
    `the gateway of the protocol: ${telegram.gatewayUrl}`,
    `what it saw: ${url}/__stats`,
  ];
  if (telegram.csvFile !== undefined) {
    const { csvFile, accountsFile = '' } = telegram;
    lines.push(`the list: ${csvFile}`, `the truth: ${telegram.truthFile}`);
    lines.push(`the accounts: ${accountsFile}`);
    lines.push(
      ...tryLines(
        { SLUICE_TELEGRAM_PREVIEW_URL: url, SLUICE_TELEGRAM_GATEWAY: telegram.gatewayUrl },
        ['accounts', 'import', accountsFile, '--service', 'telegram', '--replace'],
        ['run', 'channels', csvFile, '--opt', 'reader=auto', '-o', 'messages.jsonl'],
      ),
    );
  }
  return `${lines.join('\n')}\n`;
}
