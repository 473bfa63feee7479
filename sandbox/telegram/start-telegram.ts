/**
 * A stand-in for the public preview of Telegram channels on a loopback port, made from a seed, with
 * the list of its channels (CSV) and the truth of what is in them (JSON Lines).
 */
import { startStandIn } from '../servers/stand-in.ts';
import { handleOrder, previewOrders } from './control.ts';
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
  /** Where `channels.csv`, `channels.jsonl` and `truth.jsonl` are written; undefined = nowhere. */
  readonly directory?: string;
}

export type TelegramStats = PreviewStats;

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
  const orders = previewOrders(world, preview);
  const files = directory === undefined ? undefined : await writeTelegramFiles(directory, world);
  const server = await startStandIn(
    port,
    () => preview.stats(),
    (request, response) => {
      if (!handleOrder(orders, request, response)) preview.handle(request, response);
    },
  );
  return {
    port: server.port,
    url: server.url,
    seed: world.seed,
    world,
    csvFile: files?.csvFile,
    channelsFile: files?.channelsFile,
    truthFile: files?.truthFile,
    truth: () => worldTruth(world),
    rows: () => channelRows(world),
    expireLinks: () => preview.expireLinks(),
    limit: (ratePerSecond, burst) => preview.limit(ratePerSecond, burst),
    rest: (ms) => preview.rest(ms),
    fail: (username, fault, times) => preview.fail(username, fault, times),
    stats: () => preview.stats(),
    reset: () => preview.clear(),
    close: () => server.close(),
  };
}

/** What to tell a person who started it. */
export function describeTelegram(telegram: Telegram): string {
  const { url, world, seed } = telegram;
  const lines = [
    `${world.channels.length} channels (seed ${seed}) at ${url}`,
    `one of them: ${url}/s/${world.channels[0]?.username}`,
    `what it saw: ${url}/__stats`,
  ];
  if (telegram.csvFile !== undefined) {
    lines.push(`the list: ${telegram.csvFile}`, `the truth: ${telegram.truthFile}`);
  }
  return `${lines.join('\n')}\n`;
}
