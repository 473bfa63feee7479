/**
 * Messages of Telegram channels, with their pictures: one row, one channel. A run brings what is
 * new since the last one, and what was edited or deleted of the newest messages.
 */
import { z } from 'zod';
import type { Failure } from '../../model/failure.ts';
import { hostLane, type LaneKey } from '../../model/lane.ts';
import type { TaskSeed } from '../../model/task.ts';
import type { CollectContext, Collector, Source } from '../collector.ts';
import { isRefusal, readChannelName } from './channel-name.ts';
import {
  type ChannelOptions,
  channelOptions,
  collectOptions,
  needsAccount,
} from './channel-options.ts';
import { type ChannelMessage, channelMessage } from './message.ts';
import { HISTORY, TELEGRAM, telegramService } from './telegram-account.ts';

const input = z.object({ name: z.string(), key: z.string(), invite: z.string().optional() });
type ChannelInput = z.output<typeof input>;

export interface ChannelsConfig {
  /** Where the public previews are. */
  readonly previewUrl: string;
  /** Channels of one job at once, where it does not say itself. */
  readonly concurrency: number | 'adaptive';
  /** Stand-in that takes the calls of accounts; undefined = Telegram itself. */
  readonly gateway: string | undefined;
}

/** Places of channels that are read at once, a job each. */
const PLACES = 'channels';

/** The `channels` collector. */
export function createChannelsCollector(
  config: ChannelsConfig,
): Collector<ChannelInput, ChannelOptions, ChannelMessage> {
  const host = new URL(config.previewUrl).host;
  const placesOf = (options: ChannelOptions) => options.concurrentLimit ?? config.concurrency;
  return {
    name: 'channels',
    summary: 'Messages of Telegram channels with their pictures: what is new, edited and deleted.',
    input,
    options: channelOptions as z.ZodType<ChannelOptions>,
    record: channelMessage,
    defaults: { output: 'record' },
    columnFor: 'channels',
    service: telegramService(config.gateway),
    account: (channel, { reader }) =>
      needsAccount(channel, reader) ? { service: TELEGRAM, endpoint: HISTORY } : undefined,
    plan: planChannels,
    // A channel keeps its place to its end, also while it waits. Where there are no places, the
    // host's own lane finds out how much it bears.
    lanes: (_channel, options, job): readonly LaneKey[] =>
      placesOf(options) === 'adaptive' ? [hostLane(host)] : [`${PLACES}:${job.id}`],
    limits(lane, options) {
      const places = placesOf(options);
      if (!lane.startsWith(`${PLACES}:`) || places === 'adaptive') return undefined;
      return { concurrency: places, rate: 'none', breaker: false };
    },
    async *collect(channel, ctx: CollectContext<ChannelOptions>) {
      // Loaded with the first channel: commands that collect nothing start without them.
      const [{ createReader }, { collectChannel }] = await Promise.all([
        import('./create-reader.ts'),
        import('./collect-channel.ts'),
      ]);
      const reader = createReader(channel, ctx, config);
      try {
        yield* collectChannel(channel.key, reader, ctx, collectOptions(ctx.options, ctx.nowMs()));
      } finally {
        await reader.close();
      }
    },
  };
}

async function* planChannels(source: Source): AsyncGenerator<TaskSeed<ChannelInput>> {
  const column = source.column ?? source.columns[0];
  for await (const row of source.rows()) {
    if (row.damage) {
      yield { reject: row.damage };
      continue;
    }
    const value = column === undefined ? row.cells[0] : row.fields[column];
    const channel = readChannelName(typeof value === 'string' ? value : String(value ?? ''));
    if (isRefusal(channel)) yield { reject: withLine(channel, row.line) };
    else yield { input: channel, key: channel.key };
  }
}

function withLine(failure: Failure, line: number): Failure {
  return { ...failure, message: `Line ${line}: ${failure.message}` };
}
