/**
 * What is in the channels, for machines: for every post the record that a perfect reader of the
 * preview gives, with what only the protocol tells beside it. Made from the world and by none of the
 * pages' code, so tests can read the pages and compare.
 */
import type { Channel } from './world/channel.ts';
import { isoSeconds, shownCount } from './world/counter.ts';
import type { WorldFiles } from './world/files.ts';
import { type Entity, type Media, type Photo, type Post, textOf } from './world/message.ts';
import { repliedMessage, serviceText } from './world/words.ts';
import type { World } from './world/world.ts';

export interface TruthMedia {
  readonly kind: Media['kind'];
  /** The message that holds it: in an album each part has its own. */
  readonly messageId: number;
  readonly photoId: string | null;
  /** Width by height of photos and films, to four places. */
  readonly ratio: number | null;
  /** Of the photo, or of a film's still. */
  readonly imageSha256: string | null;
  /** Of what is played or downloaded; null where the preview has no address for it. */
  readonly fileSha256: string | null;
  /** Of files that only the protocol hands out. */
  readonly protocolSha256: string | null;
  readonly seconds: number | null;
  readonly name: string | null;
  readonly extra: string | null;
  /** What a poll, place or contact says. */
  readonly details: Readonly<Record<string, unknown>> | null;
}

export interface TruthForward {
  readonly kind: 'channel' | 'user' | 'hidden';
  readonly name: string;
  readonly url: string | null;
  readonly author: string;
}

export interface TruthPost {
  /** Canonical name; `+hash` for a channel without one. */
  readonly channel: string;
  readonly channelId: string;
  readonly access: Channel['access'];
  readonly id: number;
  readonly url: string;
  readonly kind: 'post' | 'service';
  readonly date: string;
  readonly edited: boolean;
  /** Told by the protocol alone. */
  readonly editDate: string | null;
  readonly text: string;
  readonly entities: readonly Entity[];
  /** Targets of links, in order, as the author meant them. */
  readonly links: readonly string[];
  readonly hashtags: readonly string[];
  readonly mentions: readonly string[];
  readonly author: string;
  readonly viaBot: string;
  /** As the preview shows it, `4.02K`; '' on notices. */
  readonly views: string;
  readonly viewsExact: number;
  readonly reactions: readonly { kind: string; shown: string; exact: number }[];
  readonly replyTo: number | null;
  readonly forward: TruthForward | null;
  readonly album: { readonly albumId: string; readonly ids: readonly number[] } | null;
  readonly media: readonly TruthMedia[];
  readonly preview: {
    readonly url: string;
    readonly siteName: string;
    readonly title: string;
    readonly description: string;
    readonly imageSha256: string | null;
  } | null;
}

/** Every post of every channel, oldest first within a channel. */
export function* worldTruth(world: World): Generator<TruthPost> {
  for (const channel of world.channels) yield* channelTruth(world, channel);
}

export function* channelTruth(world: World, channel: Channel): Generator<TruthPost> {
  for (const post of channel.posts) yield truthOfPost(world.files, channel, post);
}

export function truthOfPost(files: WorldFiles, channel: Channel, post: Post): TruthPost {
  const [first] = post;
  const worded = textOf(post);
  const { preview } = worded;
  const name = channel.username === '' ? `+${channel.inviteHash}` : channel.username;
  const ofType = (type: Entity['type']) =>
    worded.entities
      .filter((entity) => entity.type === type)
      .map(({ offset, length }) => worded.text.slice(offset, offset + length));
  return {
    channel: name,
    channelId: channel.channelId,
    access: channel.access,
    id: first.id,
    url: `https://t.me/${channel.username === '' ? `c/${channel.channelId}` : name}/${first.id}`,
    kind: first.service ? 'service' : 'post',
    date: isoSeconds(first.dateSeconds),
    edited: worded.editSeconds > 0,
    editDate: worded.editSeconds > 0 ? isoSeconds(worded.editSeconds) : null,
    text: first.service ? serviceText(channel, first.service) : worded.text,
    entities: worded.entities,
    links: worded.entities.flatMap((entity) => entity.url ?? []),
    hashtags: ofType('hashtag'),
    mentions: ofType('mention'),
    author: first.signature,
    viaBot: first.viaBot,
    views: first.service ? '' : shownCount(first.views),
    viewsExact: first.views,
    reactions: first.reactions.map(({ kind, count }) => ({
      kind,
      shown: shownCount(count),
      exact: count,
    })),
    replyTo: repliedMessage(channel, first)?.id ?? null,
    forward: forwardOf(first.forward),
    album: first.albumId === '' ? null : { albumId: first.albumId, ids: post.map(({ id }) => id) },
    media: post.flatMap(({ id, media }) => (media ? mediaOf(files, id, media) : [])),
    preview: preview
      ? {
          url: preview.url,
          siteName: preview.siteName,
          title: preview.title,
          description: preview.description,
          imageSha256: preview.picture ? files.sha256(preview.picture) : null,
        }
      : null,
  };
}

function forwardOf(forward: Post[0]['forward']): TruthForward | null {
  switch (forward?.kind) {
    case undefined:
      return null;
    case 'hidden':
      return { kind: 'hidden', name: forward.name, url: null, author: '' };
    case 'user':
      return {
        kind: 'user',
        name: forward.name,
        url: `https://t.me/${forward.username}`,
        author: '',
      };
    case 'channel': {
      const url = `https://t.me/${forward.username}/${forward.messageId}`;
      return { kind: 'channel', name: forward.name, url, author: forward.author };
    }
  }
}

const NO_MEDIA: Omit<TruthMedia, 'kind' | 'messageId'> = {
  photoId: null,
  ratio: null,
  imageSha256: null,
  fileSha256: null,
  protocolSha256: null,
  seconds: null,
  name: null,
  extra: null,
  details: null,
};

function mediaOf(files: WorldFiles, messageId: number, media: Media): TruthMedia {
  const none = { ...NO_MEDIA, kind: media.kind, messageId };
  const picture = ({ photoId, file, width, height }: Photo) => ({
    photoId,
    ratio: Math.round((width / height) * 10_000) / 10_000,
    imageSha256: files.sha256(file),
  });
  switch (media.kind) {
    case 'photo':
      return { ...none, ...picture(media.photo) };
    case 'video':
    case 'round-video': {
      const sha256 = files.sha256(media.file);
      const shown = media.tooBig ? null : sha256;
      const still = { ...picture(media.thumb), photoId: null };
      const { seconds } = media;
      // A round film's shape is always a circle: the page does not tell its sides.
      const ratio = media.kind === 'round-video' ? null : still.ratio;
      return { ...none, ...still, ratio, fileSha256: shown, protocolSha256: sha256, seconds };
    }
    case 'document':
    case 'audio': {
      const { name, extra } = media;
      return { ...none, name, extra, protocolSha256: files.sha256(media.file) };
    }
    case 'voice': {
      const sha256 = files.sha256(media.file);
      return { ...none, fileSha256: sha256, protocolSha256: sha256, seconds: media.seconds };
    }
    case 'sticker': {
      const sha256 = files.sha256(media.file);
      return { ...none, fileSha256: sha256, protocolSha256: sha256 };
    }
    case 'poll': {
      const { question, quiz, options, voters } = media;
      return { ...none, details: { question, quiz, options, voters: shownCount(voters) } };
    }
    case 'location': {
      const { latitude, longitude, title, address } = media;
      return { ...none, details: { latitude, longitude, title, address } };
    }
    case 'contact':
      return { ...none, details: { name: media.name, phone: media.phone } };
    case 'unsupported':
      return none;
  }
}
