/** What a channel holds, as the messenger itself would know it; how it is shown is told elsewhere. */

export const ENTITY_TYPES = [
  'bold',
  'italic',
  'underline',
  'strike',
  'code',
  'pre',
  'blockquote',
  'spoiler',
  'url',
  'text-link',
  'hashtag',
  'mention',
  'email',
  'custom-emoji',
] as const;
export type EntityType = (typeof ENTITY_TYPES)[number];

/** A part of a text with a meaning. Entities nest or lie apart; they never overlap by half. */
export interface Entity {
  readonly type: EntityType;
  /** UTF-16 units. */
  readonly offset: number;
  readonly length: number;
  /** Target of a `url` or `text-link`. */
  readonly url?: string;
  /** Language of a `pre`. */
  readonly language?: string;
  /** Id of a `custom-emoji`, decimal digits. */
  readonly emojiId?: string;
}

/** Bytes that can be fetched; the same name always means the same bytes. */
export interface WorldFile {
  /** `picture`, `sticker`, `video`, `voice`, `document`, and a number: `picture-17`. */
  readonly name: string;
  readonly kind: 'picture' | 'sticker' | 'video' | 'voice' | 'document';
}

/** A picture under an id of its own; a copy of the bytes sent anew has another id. */
export interface Photo {
  /** Decimal digits, beyond 2^53. */
  readonly photoId: string;
  readonly file: WorldFile;
  readonly width: number;
  readonly height: number;
}

export type Media =
  | { readonly kind: 'photo'; readonly photo: Photo }
  | {
      readonly kind: 'video' | 'round-video';
      readonly thumb: Photo;
      readonly file: WorldFile;
      readonly seconds: number;
      /** Shown as a still with "Media is too big". */
      readonly tooBig: boolean;
    }
  | {
      readonly kind: 'document' | 'audio';
      readonly file: WorldFile;
      readonly name: string;
      /** What stands below the name: a size, or the performer. */
      readonly extra: string;
      readonly mimeType: string;
    }
  | { readonly kind: 'voice'; readonly file: WorldFile; readonly seconds: number }
  | {
      readonly kind: 'poll';
      readonly question: string;
      readonly quiz: boolean;
      readonly options: readonly { readonly text: string; readonly percent: number }[];
      readonly voters: number;
    }
  | { readonly kind: 'sticker'; readonly file: WorldFile; readonly emoji: string }
  | {
      readonly kind: 'location';
      readonly latitude: number;
      readonly longitude: number;
      /** Name and address of a venue, or ''. */
      readonly title: string;
      readonly address: string;
      readonly map: WorldFile;
    }
  | { readonly kind: 'contact'; readonly name: string; readonly phone: string }
  /** Something only the application shows. */
  | { readonly kind: 'unsupported' };

export interface LinkPreview {
  readonly url: string;
  readonly siteName: string;
  readonly title: string;
  readonly description: string;
  readonly picture: WorldFile | undefined;
  /** The linked page has a film; it is none of this message's media. */
  readonly video: boolean;
}

export type Forward =
  | {
      readonly kind: 'channel';
      readonly name: string;
      readonly username: string;
      readonly messageId: number;
      /** Signature of the post there, or ''. */
      readonly author: string;
    }
  | { readonly kind: 'user'; readonly name: string; readonly username: string }
  | { readonly kind: 'hidden'; readonly name: string };

export interface Reaction {
  /** An emoji, `custom:ID`, or `paid` for stars. */
  readonly kind: string;
  readonly count: number;
}

export type Service =
  | { readonly action: 'created' }
  | { readonly action: 'photo'; readonly photo: Photo }
  | { readonly action: 'title'; readonly title: string }
  | { readonly action: 'pinned'; readonly messageId: number };

/** One message. An album is several messages in a row with the same `albumId`. */
export interface Message {
  readonly id: number;
  readonly dateSeconds: number;
  /** 0 = never edited. */
  readonly editSeconds: number;
  readonly text: string;
  readonly entities: readonly Entity[];
  readonly media: Media | undefined;
  /** Decimal digits; '' = in no album. */
  readonly albumId: string;
  /** 0 = no reply. */
  readonly replyTo: number;
  readonly forward: Forward | undefined;
  /** Who signed it, or ''. */
  readonly signature: string;
  /** Name of the bot it came through, or ''. */
  readonly viaBot: string;
  readonly preview: LinkPreview | undefined;
  readonly reactions: readonly Reaction[];
  readonly views: number;
  readonly forwards: number;
  readonly service: Service | undefined;
}

/** What a reader of the web sees as one: a message, or all of an album. Oldest first. */
export type Post = readonly [Message, ...Message[]];

/** Messages, oldest first, as posts. */
export function postsOf(messages: readonly Message[]): Post[] {
  const posts: [Message, ...Message[]][] = [];
  for (const message of messages) {
    const last = posts.at(-1);
    if (message.albumId !== '' && last?.[0].albumId === message.albumId) last.push(message);
    else posts.push([message]);
  }
  return posts;
}

/** The message of a post that bears its words: of an album one does, not always the first. */
export function textOf(post: Post): Message {
  return post.find((message) => message.text !== '') ?? post[0];
}
