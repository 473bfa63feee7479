/** One channel: its facts, and its messages, which are made when they are first asked for. */
import { pick, type Random, randomInt } from '../../../src/base/random.ts';
import { randomOf, seedOf } from '../../sites/seed.ts';
import { MessageComposer, type Shape } from './compose-message.ts';
import type { Message, Post, WorldFile } from './message.ts';
import { postsOf } from './message.ts';
import { NAME_ENDS, NAME_STARTS, TONGUES } from './phrases.ts';

/**
 * public: the web shows it. closed: it has a name, but only the application shows it.
 * invited: it has no name; who has the invitation may be a member.
 */
export type Access = 'public' | 'closed' | 'invited';

/** When the newest message of every new world was sent, seconds. */
export const NEWEST_SECONDS = Date.UTC(2026, 8, 16, 19, 12, 16) / 1_000;

export interface ChannelOptions {
  readonly seed: number;
  readonly index: number;
  /** How many posts it begins with; ids reach further. */
  readonly posts: number;
  readonly access: Access;
}

/** What a control call may say of a new message. */
export interface NewMessage {
  readonly text?: string;
  readonly shape?: Shape;
  /** Default: a minute after the newest. */
  readonly dateSeconds?: number;
}

export class Channel {
  readonly index: number;
  readonly access: Access;
  /** Its id in the protocol, decimal digits. */
  readonly channelId: string;
  /** As the owner wrote it; '' for an invited one. */
  readonly username: string;
  /** What follows the `+` of an invitation; '' for others. */
  readonly inviteHash: string;
  readonly title: string;
  readonly description: string;
  readonly subscribers: number;
  readonly verified: boolean;
  readonly language: string;
  readonly avatar: WorldFile;
  /** Its pages lead on past the oldest message, to a page without any. */
  readonly leadsPastTheEnd: boolean;
  readonly #composer: MessageComposer;
  readonly #random: Random;
  readonly #posts: number;
  #messages: Message[] | undefined;
  #grouped: { readonly messages: readonly Message[]; readonly posts: readonly Post[] } | undefined;
  #nextId = 1;

  constructor(options: ChannelOptions) {
    const { seed, index, access } = options;
    const random = randomOf(seed, 'channel', index);
    const words = [pick(random, NAME_STARTS), pick(random, NAME_ENDS)];
    this.index = index;
    this.access = access;
    this.channelId = String(1_000_000_000 + (seedOf(seed, 'channel-id', index) % 900_000_000));
    this.username = access === 'invited' ? '' : `${words.join('')}_${index + 1}`;
    this.inviteHash =
      access === 'invited' ? `Ab${seedOf(seed, 'invite', index).toString(36)}_${index}` : '';
    this.title = `${words.join(' & ')} ${index + 1}${index % 3 === 0 ? ' ⚡️' : ''}`;
    this.description = `All of ${words.join(' & ')}.\nhttps://example.com/${index + 1}`;
    this.subscribers = Math.floor(200 * (1 - random.next()) ** -1.4);
    this.verified = index % 5 === 0;
    this.leadsPastTheEnd = index % 2 === 1;
    const tongue = TONGUES[index % TONGUES.length] as (typeof TONGUES)[number];
    this.language = tongue.language;
    this.avatar = { name: `picture-${1_000_000_000 + index * 4}`, kind: 'picture' };
    this.#random = randomOf(seed, 'messages', index);
    this.#posts = options.posts;
    this.#composer = new MessageComposer(seed, this.#random, {
      title: this.title,
      tongue,
      signed: index % 3 === 1,
      index,
    });
  }

  /** Oldest first. */
  get messages(): readonly Message[] {
    this.#messages ??= this.#history();
    return this.#messages;
  }

  get posts(): readonly Post[] {
    const { messages } = this;
    if (this.#grouped?.messages !== messages) {
      this.#grouped = { messages, posts: postsOf(messages) };
    }
    return this.#grouped.posts;
  }

  get newestId(): number {
    return this.messages.at(-1)?.id ?? 0;
  }

  message(id: number): Message | undefined {
    return this.messages.find((message) => message.id === id);
  }

  /** Adds one post and gives its messages. */
  add(wanted: NewMessage = {}): readonly Message[] {
    const before = this.messages;
    const dateSeconds = wanted.dateSeconds ?? (before.at(-1)?.dateSeconds ?? NEWEST_SECONDS) + 60;
    const shape = wanted.shape ?? (wanted.text === undefined ? undefined : 'text');
    const made = this.#composer.next(this.#nextId, dateSeconds, shape);
    const { text } = wanted;
    const added = text === undefined ? made : made.map((each) => said(each, text));
    this.#nextId = (added.at(-1) as Message).id + 1;
    this.#messages = [...before, ...added];
    return added;
  }

  /** Writes other words, an hour later. False when there is no such message. */
  edit(id: number, text?: string): boolean {
    const before = this.message(id);
    if (!before) return false;
    const words = text === undefined ? this.#composer.text() : { text, entities: [] };
    const dateSeconds = Math.max(before.editSeconds, before.dateSeconds);
    this.#replace(id, { ...before, ...words, editSeconds: dateSeconds + 3_600 });
    return true;
  }

  /** Counts views and reactions on, as time does; the message is not edited by that. */
  grow(id: number, views: number): boolean {
    const before = this.message(id);
    if (!before) return false;
    const reactions = before.reactions.map((each) => ({ ...each, count: each.count + 1 }));
    this.#replace(id, { ...before, views: before.views + views, reactions });
    return true;
  }

  delete(ids: readonly number[]): number {
    const before = this.messages;
    this.#messages = before.filter((message) => !ids.includes(message.id));
    return before.length - this.#messages.length;
  }

  #replace(id: number, message: Message): void {
    this.#messages = this.messages.map((each) => (each.id === id ? message : each));
  }

  #history(): Message[] {
    const random = this.#random;
    const made: Message[] = [];
    // In every third channel the oldest messages are gone, the notice of its creation too.
    if (this.index % 3 === 2) this.#nextId = randomInt(random, 5, 40);
    else made.push(this.#composer.created(this.#nextId++, 0));
    for (let count = 0; count < this.#posts; count += 1) {
      const post = this.#composer.next(this.#nextId, 0);
      made.push(...post);
      this.#nextId += post.length + (random.next() < 0.85 ? 0 : randomInt(random, 1, 8));
    }
    this.#nextId = (made.at(-1)?.id ?? 0) + 1;
    return dated(made, random);
  }
}

/** Gives dates that end with the newest; an album has one. */
function dated(messages: readonly Message[], random: Random): Message[] {
  let seconds = NEWEST_SECONDS;
  const found: Message[] = [];
  for (let at = messages.length - 1; at >= 0; at -= 1) {
    const message = messages[at] as Message;
    const later = messages[at + 1];
    const together = message.albumId !== '' && later?.albumId === message.albumId;
    if (later && !together) seconds -= randomInt(random, 60, 20_000);
    const editSeconds = message.editSeconds === 0 ? 0 : seconds + message.editSeconds;
    found.push({ ...message, dateSeconds: seconds, editSeconds });
  }
  return found.reverse();
}

function said(message: Message, text: string): Message {
  return { ...message, text, entities: [] };
}
