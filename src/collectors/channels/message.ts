/**
 * What a channel yields: one record a message, the same whichever way it was read. A record is also
 * what is kept of the message under `name/000000000123` in the collection `channel-messages`.
 */
import { z } from 'zod';

/** A count as it was shown: `12.3K` is 12300 and approximate. */
export const shownCount = z.object({ count: z.number(), approximate: z.boolean() });

export const ENTITY_KINDS = [
  'link',
  'hashtag',
  'mention',
  'bold',
  'italic',
  'underline',
  'strike',
  'code',
  'pre',
  'quote',
  'spoiler',
] as const;

/** A part of the text; offset and length in UTF-16 units. */
export const textEntity = z.object({
  kind: z.enum(ENTITY_KINDS),
  offset: z.number(),
  length: z.number(),
  /** Where a link goes. */
  url: z.string().optional(),
});

/** Bytes that were fetched and kept by their digest. */
export const keptFile = z.object({
  /** SHA-256, hex. */
  digest: z.string(),
  /** In the store of files. */
  path: z.string(),
  /** Bytes. */
  size: z.number(),
  /** Media type. */
  type: z.string(),
});

export const MEDIA_KINDS = [
  'photo',
  'video',
  'document',
  'audio',
  'voice',
  'sticker',
  'location',
  'contact',
  'other',
] as const;

export const messageMedia = z.object({
  kind: z.enum(MEDIA_KINDS),
  /** Stays the same when the address changes, where the service tells it. */
  mediaId: z.string().optional(),
  /** Message of the album that holds it. */
  messageId: z.number().optional(),
  /** Expires after a while. */
  url: z.string().optional(),
  /** Still picture of a video. */
  thumbnailUrl: z.string().optional(),
  width: z.number().optional(),
  height: z.number().optional(),
  /** Width by height, where the sizes are not told. */
  ratio: z.number().optional(),
  durationSeconds: z.number().optional(),
  fileName: z.string().optional(),
  /** As shown or told, bytes. */
  size: z.number().optional(),
  mimeType: z.string().optional(),
  latitude: z.number().optional(),
  longitude: z.number().optional(),
  phone: z.string().optional(),
  /** Name of a contact, title of a place or of a piece of music. */
  title: z.string().optional(),
  /** Performer, address, or whatever stands below the title. */
  detail: z.string().optional(),
  file: keptFile.optional(),
  /** Why there is no file of a picture that was asked for. */
  fileError: z.string().optional(),
});

export const messagePoll = z.object({
  question: z.string(),
  /** As shown: `Anonymous Poll`, `Quiz`, … */
  type: z.string(),
  options: z.array(
    z.object({
      text: z.string(),
      percent: z.number().optional(),
      votes: z.number().optional(),
    }),
  ),
  voters: shownCount.optional(),
});

export const SERVICE_KINDS = ['created', 'pinned', 'photo', 'title', 'other'] as const;

export const channelMessage = z.object({
  kind: z.enum(['message', 'service', 'deletion']),
  channel: z.object({
    /** As the channel itself writes it. */
    name: z.string(),
    title: z.string(),
    id: z.string().optional(),
  }),
  id: z.number(),
  url: z.string(),
  /** ISO 8601, UTC; a few notices are shown without one. */
  date: z.string().optional(),
  edited: z.boolean(),
  /** Known with an account only. */
  editDate: z.string().optional(),
  /** Plain, with newlines. */
  text: z.string(),
  entities: z.array(textEntity),
  /** Signature of who wrote it. */
  author: z.string().optional(),
  viaBot: z.string().optional(),
  views: shownCount.optional(),
  reactions: z.array(z.object({ emoji: z.string(), ...shownCount.shape })),
  replyTo: z
    .object({
      id: z.number().optional(),
      url: z.string().optional(),
      author: z.string().optional(),
      text: z.string().optional(),
    })
    .optional(),
  forward: z
    .object({
      from: z.string().optional(),
      link: z.string().optional(),
      author: z.string().optional(),
    })
    .optional(),
  /** Id of the album's first message; the others have no record of their own. */
  albumId: z.number().optional(),
  media: z.array(messageMedia),
  /** The files among them, for a manifest of the job. */
  images: z.array(keptFile).optional(),
  poll: messagePoll.optional(),
  linkPreview: z
    .object({
      url: z.string(),
      site: z.string().optional(),
      title: z.string().optional(),
      description: z.string().optional(),
    })
    .optional(),
  service: z.enum(SERVICE_KINDS).optional(),
  /** Gone from the channel; the rest is as it was last seen. */
  deleted: z.literal(true).optional(),
});

export type ChannelMessage = z.output<typeof channelMessage>;
export type MessageMedia = z.output<typeof messageMedia>;
export type MessagePoll = z.output<typeof messagePoll>;
export type TextEntity = z.output<typeof textEntity>;
export type EntityKind = (typeof ENTITY_KINDS)[number];
export type ShownCount = z.output<typeof shownCount>;
export type KeptFile = z.output<typeof keptFile>;
export type ServiceKind = (typeof SERVICE_KINDS)[number];

export const MESSAGES = 'channel-messages';
export const STATES = 'channel-state';

const ID_DIGITS = 12;

/** Where the service's own addresses are, wherever its pages were read. */
export const TELEGRAM_URL = 'https://t.me';

/** Keys of a channel sort as its messages do. */
export function messageKey(channelKey: string, id: number): string {
  return `${channelKey}/${String(id).padStart(ID_DIGITS, '0')}`;
}
