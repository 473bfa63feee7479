/** `sluice channels …`: collecting by name, and how far channels are. */
import { Readable } from 'node:stream';
import { SluiceError } from '../../base/errors.ts';
import { STATES } from '../../collectors/channels/message.ts';
import type { ChannelState } from '../../collectors/channels/sweep-state.ts';
import { count } from '../../engine/job-words.ts';
import { EXIT } from '../exit.ts';
import { printList, shortTime } from '../print-list.ts';
import type { Invocation, OwnFlags } from '../program.ts';
import { reading } from './collections.ts';
import { runJob } from './run.ts';

const PAGE = 1_000;
const NOTHING_YET: ReadonlySet<string> = new Set(['store.missing', 'collection.not_found']);

/** As `sluice run channels` with a list of the names. */
export function collectChannels(
  invocation: Invocation,
  args: readonly string[],
  own: OwnFlags,
): Promise<number> {
  const names = Readable.from([Buffer.from(`${args.join('\n')}\n`)]) as unknown;
  const io = { ...invocation.io, stdin: names as NodeJS.ReadStream };
  const { reader, since, maxMessages, images, concurrentLimit } = own;
  const given = {
    reader,
    since,
    maxMessages,
    concurrentLimit,
    // commander sets it to true unless --no-images is given.
    images: images === false ? false : undefined,
  };
  const opt = Object.entries(given)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${String(value)}`);
  const wishes = {
    ...own,
    inputName: args.length === 1 ? args[0] : `${args.length} channels`,
    inputFormat: 'text',
    opt: [...opt, ...((own.opt as string[]) ?? [])],
  };
  return runJob({ ...invocation, io }, ['channels', '-'], wishes);
}

interface ShownChannel extends Omit<ChannelState, 'ranges'> {
  readonly messages: number;
  readonly changedMs: number;
}

export async function listChannels(invocation: Invocation): Promise<number> {
  const header = ['CHANNEL', 'TITLE', 'MESSAGES', 'NEWEST', 'DOWN TO', 'SWEEP', 'CHANGED (UTC)'];
  const print = (channels: readonly ShownChannel[]) =>
    printList(invocation, channels, header, (channel) => [
      channel.name,
      channel.title,
      count(channel.messages),
      String(channel.newest),
      String(channel.oldest),
      channel.unfinished ? 'unfinished' : 'done',
      shortTime(channel.changedMs),
    ]);
  const list = reading(invocation, async (reader) => {
    const { store, query } = await reader.source(STATES, {});
    const channels: ShownChannel[] = [];
    for (let after = {}; ; ) {
      const page = await store.entries({ ...query, ...after, limit: PAGE });
      for (const { json, changedMs } of page) channels.push(shown(json, changedMs));
      const last = page.at(-1);
      if (last === undefined) break;
      after = { after: last.key };
    }
    print(channels);
    return EXIT.ok;
  });
  // Where nothing was collected so far there is none; that is an answer, not an error.
  return list.catch((error: unknown) => {
    if (!(error instanceof SluiceError) || !NOTHING_YET.has(error.code)) throw error;
    print([]);
    return EXIT.ok;
  });
}

function shown(json: string, changedMs: number): ShownChannel {
  const { ranges, ...state } = JSON.parse(json) as ChannelState;
  const messages = ranges.reduce((sum, range) => sum + range.count, 0);
  return { ...state, messages, changedMs };
}
