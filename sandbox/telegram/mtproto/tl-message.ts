/** Channels and messages of the world as the protocol describes them. */
import { Long, type tl } from '@mtcute/node';
import { seedOf } from '../../sites/seed.ts';
import type { Channel } from '../world/channel.ts';
import { NEWEST_SECONDS } from '../world/channel.ts';
import type { Entity, Forward, Message, Reaction } from '../world/message.ts';
import { repliedMessage } from '../world/words.ts';
import { hashOf, type TlContext, tlMedia, tlPhoto, tlWebPage } from './tl-media.ts';

export function tlChannel(channel: Channel, accessHash: Long, left: boolean): tl.RawChannel {
  return {
    _: 'channel',
    left,
    broadcast: true,
    verified: channel.verified,
    id: Number(channel.channelId),
    accessHash,
    title: channel.title,
    ...(channel.username === '' ? {} : { username: channel.username }),
    photo: { _: 'chatPhotoEmpty' },
    date: NEWEST_SECONDS - 100_000_000,
    participantsCount: channel.subscribers,
  };
}

export function tlChannelFull(channel: Channel): tl.RawChannelFull {
  return {
    _: 'channelFull',
    id: Number(channel.channelId),
    about: channel.description,
    participantsCount: channel.subscribers,
    readInboxMaxId: channel.newestId,
    readOutboxMaxId: 0,
    unreadCount: 0,
    chatPhoto: { _: 'photoEmpty', id: Long.ZERO },
    notifySettings: { _: 'peerNotifySettings' },
    botInfo: [],
    pts: channel.newestId + 1,
  };
}

/** A message, with the users and channels that it names. */
export interface TlMessage {
  readonly message: tl.TypeMessage;
  readonly users: readonly tl.RawUser[];
  readonly chats: readonly tl.RawChannel[];
}

export function tlMessage(context: TlContext, channel: Channel, message: Message): TlMessage {
  const own = { ...context, dateSeconds: message.dateSeconds };
  const peerId: tl.TypePeer = { _: 'peerChannel', channelId: Number(channel.channelId) };
  if (message.service) {
    return { message: tlService(own, message, peerId), users: [], chats: [] };
  }
  const replied = repliedMessage(channel, message);
  const origin = message.forward && originOf(message.forward);
  const bot = message.viaBot === '' ? undefined : tlUser(message.viaBot, message.viaBot, true);
  const media = message.media
    ? tlMedia(own, message.media)
    : message.preview && tlWebPage(own, message.preview);
  const found: tl.RawMessage = {
    _: 'message',
    post: true,
    id: message.id,
    peerId,
    date: message.dateSeconds,
    message: message.text,
    views: message.views,
    forwards: message.forwards,
    ...(message.entities.length > 0 ? { entities: message.entities.map(tlEntity) } : {}),
    ...(media ? { media } : {}),
    ...(origin ? { fwdFrom: { ...origin.header, date: message.dateSeconds - 3_600 } } : {}),
    ...(replied ? { replyTo: { _: 'messageReplyHeader', replyToMsgId: replied.id } } : {}),
    ...(bot ? { viaBotId: bot.id } : {}),
    ...(message.editSeconds > 0 ? { editDate: message.editSeconds } : {}),
    ...(message.signature === '' ? {} : { postAuthor: message.signature }),
    ...(message.albumId === '' ? {} : { groupedId: Long.fromString(message.albumId) }),
    ...(message.reactions.length > 0 ? { reactions: tlReactions(message.reactions) } : {}),
  };
  return {
    message: found,
    users: [...(origin?.user ? [origin.user] : []), ...(bot ? [bot] : [])],
    chats: origin?.chat ? [origin.chat] : [],
  };
}

function tlService(context: TlContext, message: Message, peerId: tl.TypePeer): tl.TypeMessage {
  const base = { id: message.id, peerId, post: true, date: message.dateSeconds };
  const { service } = message;
  switch (service?.action) {
    case 'photo':
      return {
        _: 'messageService',
        ...base,
        action: { _: 'messageActionChatEditPhoto', photo: tlPhoto(context, service.photo) },
      };
    case 'title':
      return {
        _: 'messageService',
        ...base,
        action: { _: 'messageActionChatEditTitle', title: service.title },
      };
    case 'pinned':
      return {
        _: 'messageService',
        ...base,
        replyTo: { _: 'messageReplyHeader', replyToMsgId: service.messageId },
        action: { _: 'messageActionPinMessage' },
      };
    default:
      return {
        _: 'messageService',
        ...base,
        action: { _: 'messageActionChannelCreate', title: 'channel' },
      };
  }
}

interface Origin {
  readonly header: tl.RawMessageFwdHeader;
  readonly user?: tl.RawUser;
  readonly chat?: tl.RawChannel;
}

function originOf(forward: Forward): Origin {
  const header: tl.RawMessageFwdHeader = { _: 'messageFwdHeader', date: 0 };
  switch (forward.kind) {
    case 'hidden':
      return { header: { ...header, fromName: forward.name } };
    case 'user': {
      const user = tlUser(forward.username, forward.name, false);
      return { header: { ...header, fromId: { _: 'peerUser', userId: user.id } }, user };
    }
    case 'channel': {
      const channelId = 900_000_000 + (seedOf(0, forward.username) % 90_000_000);
      const chat: tl.RawChannel = {
        _: 'channel',
        broadcast: true,
        left: true,
        id: channelId,
        accessHash: hashOf(forward.username),
        title: forward.name,
        username: forward.username,
        photo: { _: 'chatPhotoEmpty' },
        date: NEWEST_SECONDS - 200_000_000,
      };
      return {
        header: {
          ...header,
          fromId: { _: 'peerChannel', channelId },
          channelPost: forward.messageId,
          ...(forward.author === '' ? {} : { postAuthor: forward.author }),
        },
        chat,
      };
    }
  }
}

export function tlUser(username: string, name: string, bot: boolean): tl.RawUser {
  return {
    _: 'user',
    id: 100_000_000 + (seedOf(0, username) % 90_000_000),
    accessHash: hashOf(username),
    firstName: name,
    username,
    ...(bot ? { bot: true, botInfoVersion: 1 } : {}),
  };
}

function tlEntity(entity: Entity): tl.TypeMessageEntity {
  const { offset, length, url = '' } = entity;
  const place = { offset, length };
  switch (entity.type) {
    case 'bold':
      return { _: 'messageEntityBold', ...place };
    case 'italic':
      return { _: 'messageEntityItalic', ...place };
    case 'underline':
      return { _: 'messageEntityUnderline', ...place };
    case 'strike':
      return { _: 'messageEntityStrike', ...place };
    case 'code':
      return { _: 'messageEntityCode', ...place };
    case 'pre':
      return { _: 'messageEntityPre', ...place, language: entity.language ?? '' };
    case 'blockquote':
      return { _: 'messageEntityBlockquote', ...place };
    case 'spoiler':
      return { _: 'messageEntitySpoiler', ...place };
    case 'url':
      return { _: 'messageEntityUrl', ...place };
    case 'text-link':
      return { _: 'messageEntityTextUrl', ...place, url };
    case 'hashtag':
      return { _: 'messageEntityHashtag', ...place };
    case 'mention':
      return { _: 'messageEntityMention', ...place };
    case 'email':
      return { _: 'messageEntityEmail', ...place };
    case 'custom-emoji': {
      const documentId = Long.fromString(entity.emojiId ?? '0');
      return { _: 'messageEntityCustomEmoji', ...place, documentId };
    }
  }
}

function tlReactions(reactions: readonly Reaction[]): tl.RawMessageReactions {
  return {
    _: 'messageReactions',
    results: reactions.map(({ kind, count }) => ({
      _: 'reactionCount',
      reaction: tlReaction(kind),
      count,
    })),
  };
}

function tlReaction(kind: string): tl.TypeReaction {
  if (kind === 'paid') return { _: 'reactionPaid' };
  const custom = /^custom:(\d+)$/.exec(kind)?.[1];
  return custom === undefined
    ? { _: 'reactionEmoji', emoticon: kind }
    : { _: 'reactionCustomEmoji', documentId: Long.fromString(custom) };
}
