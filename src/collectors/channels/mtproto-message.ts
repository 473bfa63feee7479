/** A message as the protocol gives it, in the record that the preview gives too. */
import type { Message, Photo } from '@mtcute/node';
import { type ChannelMessage, type ServiceKind, TELEGRAM_URL } from './message.ts';
import { readEntities } from './mtproto-entities.ts';
import { readMedia } from './mtproto-media.ts';
import type { TelegramPeer } from './telegram-client.ts';

/** Messages, newest first, as posts: an album is one of them, its messages oldest first. */
export function postsOf(messages: readonly Message[]): (readonly Message[])[] {
  const posts: Message[][] = [];
  for (const message of messages) {
    const last = posts.at(-1);
    const group = message.groupedIdUnique;
    if (last && group !== null && last[0]?.groupedIdUnique === group) last.unshift(message);
    else posts.push([message]);
  }
  return posts;
}

/** One post as a record. */
export function readPost(post: readonly Message[], peer: TelegramPeer): ChannelMessage {
  const first = post[0] as Message;
  const worded = post.find(({ text }) => text !== '') ?? first;
  const { action } = first;
  const name = peer.username === '' ? `c/${peer.id}` : peer.username;
  const editDate = worded.hideEditMark ? null : worded.editDate;
  const media = post.flatMap((message) => readMedia(message, post.length > 1));
  const poll = readPoll(first);
  const replyTo = action ? undefined : readReply(first, name);
  const forward = readForward(first);
  const linkPreview = readLinkPreview(worded);
  return {
    kind: action ? 'service' : 'message',
    channel: { name, title: peer.title, id: peer.id },
    id: first.id,
    url: `${TELEGRAM_URL}/${name}/${first.id}`,
    date: first.date.toISOString(),
    edited: editDate !== null,
    ...(editDate === null ? {} : { editDate: editDate.toISOString() }),
    text: action ? serviceText(first) : worded.text,
    entities: action ? [] : readEntities(worded),
    ...(first.signature ? { author: first.signature } : {}),
    ...(first.viaBot ? { viaBot: first.viaBot.username ?? first.viaBot.displayName } : {}),
    ...(first.views === null || action ? {} : { views: exactly(first.views) }),
    reactions: readReactions(first),
    ...(replyTo && { replyTo }),
    ...(forward && { forward }),
    ...(post.length > 1 ? { albumId: first.id } : {}),
    media,
    ...(poll && { poll }),
    ...(linkPreview && { linkPreview }),
    ...(action ? { service: serviceKind(first) } : {}),
  };
}

/** The pictures of a post by the ids under which the record names them. */
export function photosOf(post: readonly Message[]): [id: string, photo: Photo][] {
  return post.flatMap(({ media, action }) => {
    const photo =
      media?.type === 'photo' ? media : action?.type === 'photo_changed' ? action.photo : undefined;
    return photo?.type === 'photo' ? [[photo.id.toString(), photo] as [string, Photo]] : [];
  });
}

function exactly(count: number) {
  return { count, approximate: false };
}

function readReactions({ reactions }: Message): ChannelMessage['reactions'] {
  return (reactions?.reactions ?? []).map((reaction) => {
    const { emoji, count, isPaid } = reaction;
    const sign = isPaid ? 'paid' : typeof emoji === 'string' ? emoji : `custom:${emoji}`;
    return { emoji: sign, ...exactly(count) };
  });
}

function readReply(message: Message, name: string): ChannelMessage['replyTo'] {
  const id = message.replyToMessage?.id;
  if (id === undefined || id === null) return undefined;
  return { id, url: `${TELEGRAM_URL}/${name}/${id}` };
}

function readForward({ forward }: Message): ChannelMessage['forward'] {
  if (!forward) return undefined;
  const { sender, signature, raw } = forward;
  const username = 'username' in sender ? sender.username : null;
  const path = raw.channelPost === undefined ? username : `${username}/${raw.channelPost}`;
  return {
    ...(sender.displayName === '' ? {} : { from: sender.displayName }),
    ...(username ? { link: `${TELEGRAM_URL}/${path}` } : {}),
    ...(signature ? { author: signature } : {}),
  };
}

function readPoll({ media }: Message): ChannelMessage['poll'] {
  if (media?.type !== 'poll') return undefined;
  const sum = media.answers.reduce((votes, { voters }) => votes + voters, 0);
  return {
    question: media.question,
    type: `${media.isPublic ? '' : 'Anonymous '}${media.isQuiz ? 'Quiz' : 'Poll'}`,
    options: media.answers.map(({ text, voters }) => ({
      text,
      votes: voters,
      ...(sum === 0 ? {} : { percent: Math.round((voters / sum) * 100) }),
    })),
    voters: exactly(media.voters),
  };
}

function readLinkPreview({ media }: Message): ChannelMessage['linkPreview'] {
  if (media?.type !== 'webpage') return undefined;
  const { url, siteName, title, description } = media.preview;
  const absolute = URL.parse(url)?.href;
  if (absolute === undefined) return undefined;
  return {
    url: absolute,
    ...(siteName ? { site: siteName } : {}),
    ...(title ? { title } : {}),
    ...(description ? { description } : {}),
  };
}

function serviceKind({ action }: Message): ServiceKind {
  switch (action?.type) {
    case 'channel_created':
      return 'created';
    case 'message_pinned':
      return 'pinned';
    case 'photo_changed':
      return 'photo';
    case 'title_changed':
      return 'title';
    default:
      return 'other';
  }
}

/** As the service itself puts it, where it is one of the usual notices. */
function serviceText({ action }: Message): string {
  switch (action?.type) {
    case 'channel_created':
      return 'Channel created';
    case 'photo_changed':
      return 'Channel photo updated';
    case 'title_changed':
      return `Channel name was changed to «${action.title}»`;
    default:
      return (action?.type ?? '').replaceAll('_', ' ');
  }
}
