/** All channels of one seed. Whatever shows them, web pages or the protocol, shows this world. */
import { randomOf } from '../../sites/seed.ts';
import { type Access, Channel } from './channel.ts';
import { WorldFiles } from './files.ts';

export interface WorldOptions {
  readonly seed?: number;
  /** Channels that the web shows. */
  readonly channels?: number;
  /** Channels that have a name and no preview. */
  readonly closed?: number;
  /** Channels without a name. */
  readonly invited?: number;
  /** Posts of a channel, on the average; a few have several times as many. */
  readonly posts?: number;
}

export const CHANNELS_MAX = 10_000;

export class World {
  readonly seed: number;
  readonly files: WorldFiles;
  /** Public ones first, then closed, then invited. */
  readonly channels: readonly Channel[];
  readonly #byName = new Map<string, Channel>();

  constructor(options: WorldOptions = {}) {
    const { seed = 1, channels = 8, closed = 1, invited = 0, posts = 120 } = options;
    if (!Number.isInteger(channels) || channels < 1 || channels + closed > CHANNELS_MAX) {
      throw new RangeError(`the number of channels must be from 1 to ${CHANNELS_MAX}`);
    }
    this.seed = seed;
    this.files = new WorldFiles(seed);
    const accesses: Access[] = [
      ...Array.from({ length: channels }, () => 'public' as const),
      ...Array.from({ length: closed }, () => 'closed' as const),
      ...Array.from({ length: invited }, () => 'invited' as const),
    ];
    this.channels = accesses.map(
      (access, index) => new Channel({ seed, index, access, posts: postsOf(seed, index, posts) }),
    );
    for (const channel of this.channels) {
      if (channel.username !== '') this.#byName.set(channel.username.toLowerCase(), channel);
    }
  }

  /** By name in any capitals. */
  byName(username: string): Channel | undefined {
    return this.#byName.get(username.toLowerCase());
  }

  byId(channelId: string): Channel | undefined {
    return this.channels.find((channel) => channel.channelId === channelId);
  }

  byInvite(hash: string): Channel | undefined {
    return this.channels.find(
      (channel) => channel.inviteHash !== '' && channel.inviteHash === hash,
    );
  }
}

function postsOf(seed: number, index: number, mean: number): number {
  const share = randomOf(seed, 'posts', index).next();
  // The first channel has the mean itself, so that a small world is never without history.
  if (index === 0) return mean;
  return Math.max(1, Math.round(mean * Math.min(5, 0.35 * (1 - share) ** -0.65)));
}
