/** The list of channels as CSV, the truth of each row and of each post, as text and as files. */
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { AccountSecret } from './mtproto/accounts.ts';
import { worldTruth } from './truth.ts';
import type { Channel } from './world/channel.ts';
import { shownCount } from './world/counter.ts';
import type { World } from './world/world.ts';

/** One row of the CSV, and what is right to find there. */
export interface TruthChannel {
  /** Number of the row, from 1. */
  readonly row: number;
  /** The cell as written. */
  readonly written: string;
  /** Canonical name; the name asked for where there is no such channel. */
  readonly channel: string;
  readonly state: Channel['access'] | 'unknown';
  readonly title: string;
  /** As the preview shows them. */
  readonly subscribers: string;
  readonly posts: number;
  readonly messages: number;
  readonly oldestId: number;
  readonly newestId: number;
}

export const UNKNOWN_NAME = 'nobody_has_this_name';

/** Every channel in one of the ways people write them, and a name that nobody has. */
export function* channelRows(world: World): Generator<TruthChannel> {
  let row = 0;
  for (const channel of world.channels) {
    row += 1;
    const { username, access, title, messages } = channel;
    const named = access !== 'invited';
    yield {
      row,
      written: named ? written(username, channel.index) : `https://t.me/+${channel.inviteHash}`,
      channel: named ? username : `+${channel.inviteHash}`,
      state: access,
      title,
      subscribers: shownCount(channel.subscribers),
      posts: channel.posts.length,
      messages: messages.length,
      oldestId: messages[0]?.id ?? 0,
      newestId: channel.newestId,
    };
    // The unknown name stands amid the others, not at their end.
    if (channel.index === 0) yield unknownRow(++row);
  }
}

function unknownRow(row: number): TruthChannel {
  const nothing = { title: '', subscribers: '', posts: 0, messages: 0, oldestId: 0, newestId: 0 };
  return { row, written: `@${UNKNOWN_NAME}`, channel: UNKNOWN_NAME, state: 'unknown', ...nothing };
}

function written(username: string, index: number): string {
  switch (index % 6) {
    case 0:
      return username;
    case 1:
      return `@${username}`;
    case 2:
      return `https://t.me/${username}`;
    case 3:
      return `t.me/s/${username}`;
    case 4:
      return username.toLowerCase();
    default:
      return ` https://t.me/s/${username}?before=40 `;
  }
}

/** `channel,note`, LF. */
export function* channelsCsv(world: World): Generator<string> {
  yield 'channel,note\n';
  for (const row of channelRows(world)) yield `${row.written},row ${row.row}\n`;
}

export interface TelegramFiles {
  /** `channels.csv`. */
  readonly csvFile: string;
  /** `channels.jsonl`: a line a row of the CSV. */
  readonly channelsFile: string;
  /** `truth.jsonl`: a line a post. */
  readonly truthFile: string;
  /** `accounts.jsonl`: a line an account, with its session string. */
  readonly accountsFile: string;
}

/** Writes the files into a directory, which is made if need be. */
export async function writeTelegramFiles(
  directory: string,
  world: World,
  accounts: readonly AccountSecret[],
): Promise<TelegramFiles> {
  await mkdir(directory, { recursive: true });
  const csvFile = join(directory, 'channels.csv');
  const channelsFile = join(directory, 'channels.jsonl');
  const truthFile = join(directory, 'truth.jsonl');
  const accountsFile = join(directory, 'accounts.jsonl');
  await writeFile(accountsFile, [...jsonLines(accounts)].join(''));
  await writeFile(csvFile, [...channelsCsv(world)].join(''));
  await writeFile(channelsFile, [...jsonLines(channelRows(world))].join(''));
  await pipeline(Readable.from(jsonLines(worldTruth(world))), createWriteStream(truthFile));
  return { csvFile, channelsFile, truthFile, accountsFile };
}

function* jsonLines(values: Iterable<unknown>): Generator<string> {
  for (const value of values) yield `${JSON.stringify(value)}\n`;
}
