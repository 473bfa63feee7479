/** Messages by seed. Every shape in `SHAPES` comes once in each round of a channel. */
import { pick, type Random, randomInt } from '../../../src/base/random.ts';
import { MediaComposer } from './compose-media.ts';
import { type ComposedText, composeText, someUrl } from './compose-text.ts';
import type { Forward, LinkPreview, Media, Message, Photo, Reaction } from './message.ts';
import { EMOJI, PEOPLE, type Tongue } from './phrases.ts';

export const SHAPES = [
  'text',
  'text',
  'text',
  'text',
  'text',
  'text',
  'photo',
  'photo',
  'photo',
  'photo-alone',
  'album',
  'album',
  'album-with-video',
  'video',
  'video-too-big',
  'round-video',
  'document',
  'audio',
  'voice',
  'poll',
  'sticker',
  'location',
  'venue',
  'contact',
  'link-preview',
  'link-preview-video',
  'reply',
  'reply-to-media',
  'forward-channel',
  'forward-user',
  'forward-hidden',
  'via-bot',
  'same-photo',
  'copied-photo',
  'unsupported',
  'pinned',
  'new-title',
  'new-photo',
] as const;
export type Shape = (typeof SHAPES)[number];

export interface ChannelFacts {
  readonly title: string;
  readonly tongue: Tongue;
  /** Posts bear the name of who wrote them. */
  readonly signed: boolean;
  readonly index: number;
}

const BARE: Omit<Message, 'id' | 'dateSeconds'> = {
  editSeconds: 0,
  text: '',
  entities: [],
  media: undefined,
  albumId: '',
  replyTo: 0,
  forward: undefined,
  signature: '',
  viaBot: '',
  preview: undefined,
  reactions: [],
  views: 0,
  forwards: 0,
  service: undefined,
};

/** Writes the messages of one channel, in order. */
export class MessageComposer {
  readonly #random: Random;
  readonly #facts: ChannelFacts;
  readonly #media: MediaComposer;
  readonly #replied: Message[] = [];
  #lastPhoto: Photo | undefined;
  #lastMedia = 0;
  #round: Shape[] = [];
  #turn = 0;

  constructor(seed: number, random: Random, facts: ChannelFacts) {
    this.#random = random;
    this.#facts = facts;
    this.#media = new MediaComposer(seed, random, facts.index);
  }

  /** The first message of every channel. */
  created(id: number, dateSeconds: number): Message {
    return { ...BARE, id, dateSeconds, service: { action: 'created' } };
  }

  /** The next post: one message, or as many as an album has, with ids from `id` on. */
  next(id: number, dateSeconds: number, wanted?: Shape): Message[] {
    const messages = this.#compose(id, dateSeconds, wanted ?? this.#nextShape());
    this.#turn += 1;
    const [first] = messages as [Message];
    if (!first.service) this.#replied.push(first);
    if (this.#replied.length > 30) this.#replied.shift();
    if (first.media?.kind === 'photo') this.#lastPhoto = first.media.photo;
    if (first.media !== undefined && first.text === '') this.#lastMedia = first.id;
    return messages;
  }

  /** A text like those of this channel's other posts. */
  text(): ComposedText {
    return composeText(this.#random, this.#facts.tongue, this.#turn);
  }

  #compose(id: number, dateSeconds: number, shape: Shape): Message[] {
    const base: Message = { ...BARE, id, dateSeconds };
    const random = this.#random;
    if (shape === 'pinned') {
      const messageId = pick(random, this.#replied)?.id ?? 1;
      return [{ ...base, service: { action: 'pinned', messageId } }];
    }
    if (shape === 'new-title') {
      return [{ ...base, service: { action: 'title', title: this.#facts.title } }];
    }
    if (shape === 'new-photo') {
      return [{ ...base, service: { action: 'photo', photo: this.#media.photo() } }];
    }
    const post: Message = {
      ...base,
      editSeconds: this.#turn % 9 === 4 ? dateSeconds + randomInt(random, 30, 9_000) : 0,
      signature: this.#facts.signed ? pick(random, PEOPLE) : '',
      reactions: this.#turn % 3 === 0 ? this.#reactions() : [],
      views: Math.min(9_000_000, Math.floor(60 * (1 - random.next()) ** -1.6)),
      forwards: randomInt(random, 0, 90),
    };
    if (shape.startsWith('album')) return this.#album(post, shape);
    return [{ ...post, ...this.#parts(shape) }];
  }

  #parts(shape: Shape): Partial<Message> {
    const media = this.#mediaOf(shape);
    const { text, entities } = this.text();
    const words = { text, entities };
    switch (shape) {
      case 'photo-alone':
      case 'round-video':
      case 'voice':
      case 'poll':
      case 'sticker':
      case 'location':
      case 'venue':
      case 'contact':
      case 'unsupported':
        return { media };
      case 'link-preview':
      case 'link-preview-video':
        return { ...words, preview: this.#preview(shape === 'link-preview-video') };
      case 'reply':
        return { ...words, replyTo: pick(this.#random, this.#replied)?.id ?? 0 };
      case 'reply-to-media':
        return { ...words, replyTo: this.#lastMedia };
      case 'forward-channel':
      case 'forward-user':
      case 'forward-hidden':
        return { ...words, forward: this.#forward(shape) };
      case 'via-bot':
        return { ...words, viaBot: 'gif' };
      default:
        return { ...words, media };
    }
  }

  #mediaOf(shape: Shape): Media | undefined {
    const media = this.#media;
    switch (shape) {
      case 'photo':
      case 'photo-alone':
        return { kind: 'photo', photo: media.photo() };
      case 'same-photo':
        return { kind: 'photo', photo: this.#lastPhoto ?? media.photo() };
      case 'copied-photo':
        return { kind: 'photo', photo: media.again(this.#lastPhoto ?? media.photo()) };
      case 'video':
        return media.video('video', false);
      case 'video-too-big':
        return media.video('video', true);
      case 'round-video':
        return media.video('round-video', false);
      case 'document':
        return media.document();
      case 'audio':
        return media.audio();
      case 'voice':
        return media.voice();
      case 'poll':
        return media.poll(this.#facts.tongue);
      case 'sticker':
        return media.sticker();
      case 'location':
      case 'venue':
        return media.location(shape === 'venue');
      case 'contact':
        return media.contact();
      case 'unsupported':
        return { kind: 'unsupported' };
      default:
        return undefined;
    }
  }

  #album(post: Message, shape: Shape): Message[] {
    const count = randomInt(this.#random, 2, 6);
    const albumId = `1${randomInt(this.#random, 10_000_000, 99_999_999)}${String(post.id).padStart(8, '0')}`;
    // The words of an album stand at its first part as a rule, at times at its last.
    const worded = this.#random.next() < 0.75 ? 0 : count - 1;
    const words = this.text();
    return Array.from({ length: count }, (_, index) => {
      const film = shape === 'album-with-video' && index === 1;
      const media: Media = film
        ? this.#media.video('video', false)
        : { kind: 'photo', photo: this.#media.photo() };
      const said = index === worded ? { text: words.text, entities: words.entities } : {};
      const reactions = index === 0 ? post.reactions : [];
      return { ...post, id: post.id + index, albumId, media, reactions, ...said };
    });
  }

  #preview(video: boolean): LinkPreview {
    const url = someUrl(this.#random);
    const title = pick(this.#random, this.#facts.tongue.sentences);
    const picture = video || this.#random.next() < 0.7 ? this.#media.picture() : undefined;
    const description = 'A page & what it is about\nin two lines';
    return { url, siteName: 'Example "News"', title, description, picture, video };
  }

  #forward(shape: Shape): Forward {
    const name = pick(this.#random, PEOPLE);
    if (shape === 'forward-hidden') return { kind: 'hidden', name };
    if (shape === 'forward-user')
      return { kind: 'user', name, username: `person_${PEOPLE.indexOf(name) + 1}` };
    const author = this.#random.next() < 0.5 ? name : '';
    const messageId = randomInt(this.#random, 2, 90_000);
    return { kind: 'channel', name: 'Far & Away', username: 'FarAway', messageId, author };
  }

  #reactions(): Reaction[] {
    const count = () => Math.floor(3 * (1 - this.#random.next()) ** -1.5);
    const found: Reaction[] = [
      { kind: '👍', count: count() },
      { kind: '❤️', count: count() },
    ];
    if (this.#turn % 2 === 0) found.push({ kind: pick(this.#random, EMOJI.slice(3)), count: 1 });
    if (this.#turn % 4 === 0) found.push({ kind: 'custom:5368324170671202286', count: count() });
    if (this.#turn % 6 === 0) found.unshift({ kind: 'paid', count: count() });
    return found;
  }

  #nextShape(): Shape {
    if (this.#round.length === 0) this.#round = shuffled(this.#random, SHAPES);
    return this.#round.pop() as Shape;
  }
}

function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const found = [...items];
  for (let at = found.length - 1; at > 0; at -= 1) {
    const other = randomInt(random, 0, at);
    [found[at], found[other]] = [found[other] as T, found[at] as T];
  }
  return found;
}
