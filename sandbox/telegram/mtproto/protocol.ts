/** The methods of the protocol, answered from the world. Limits and failures are told elsewhere. */
import { Long, type tl } from '@mtcute/node';
import { seedOf } from '../../sites/seed.ts';
import type { Channel } from '../world/channel.ts';
import type { Message } from '../world/message.ts';
import type { World } from '../world/world.ts';
import type { Account, RpcFailure } from './accounts.ts';
import { dcOf, HOME_DC, openReference, stillOf, type TlContext, thumbOf } from './tl-media.ts';
import { tlChannel, tlChannelFull, tlMessage } from './tl-message.ts';

/** An answer that is an error of the protocol. */
export class RpcError extends Error {
  readonly failure: RpcFailure;

  constructor(code: number, text: string) {
    super(text);
    this.failure = { code, text };
  }
}

export const HISTORY_MAX = 100;
const FILE_PART_BYTES_MAX = 1_048_576;

export interface Call {
  readonly account: Account;
  /** Data centre that the call goes to. */
  readonly dcId: number;
}

export class Protocol {
  readonly #world: World;
  #generation = 1;

  constructor(world: World) {
    this.#world = world;
  }

  /** References to files given so far are refused from now on. */
  expireReferences(): void {
    this.#generation += 1;
  }

  /** The channel that a request is about, if it is about one. */
  channelOf(request: tl.RpcMethod): Channel | undefined {
    switch (request._) {
      case 'contacts.resolveUsername':
        return this.#world.byName(request.username);
      case 'messages.getHistory':
        return 'channelId' in request.peer
          ? this.#world.byId(String(request.peer.channelId))
          : undefined;
      case 'channels.getFullChannel':
      case 'channels.getMessages':
        return 'channelId' in request.channel
          ? this.#world.byId(String(request.channel.channelId))
          : undefined;
      default:
        return undefined;
    }
  }

  /** Throws RpcError. */
  answer(call: Call, request: tl.RpcMethod): tl.TlObject | tl.TlObject[] | boolean {
    switch (request._) {
      case 'contacts.resolveUsername':
        return this.#resolve(call, request.username);
      case 'messages.getHistory':
        return this.#history(call, request);
      case 'channels.getMessages':
        return this.#messages(call, request);
      case 'channels.getFullChannel': {
        const channel = this.#channel(call, request.channel);
        const chats = [this.#tlChannel(call, channel)];
        return { _: 'messages.chatFull', fullChat: tlChannelFull(channel), chats, users: [] };
      }
      case 'channels.getChannels': {
        const channels = request.id.map((each) => this.#channel(call, each));
        return { _: 'messages.chats', chats: channels.map((each) => this.#tlChannel(call, each)) };
      }
      case 'messages.checkChatInvite':
        return this.#checkInvite(call, request.hash);
      case 'messages.importChatInvite':
        return this.#join(call, this.#invited(request.hash));
      case 'upload.getFile':
        return this.#file(call, request);
      case 'users.getUsers':
        return request.id.map(() => this.#self(call));
      case 'updates.getState':
        return { _: 'updates.state', pts: 1, qts: 0, date: 0, seq: 0, unreadCount: 0 };
      case 'account.updateStatus':
      case 'auth.logOut':
        return true;
      default:
        throw new RpcError(400, 'INPUT_METHOD_INVALID');
    }
  }

  #resolve(call: Call, username: string): tl.TlObject {
    if (!/^[A-Za-z][A-Za-z0-9_]{2,31}$/.test(username)) throw new RpcError(400, 'USERNAME_INVALID');
    const channel = this.#world.byName(username);
    if (!channel) throw new RpcError(400, 'USERNAME_NOT_OCCUPIED');
    const channelId = Number(channel.channelId);
    return {
      _: 'contacts.resolvedPeer',
      peer: { _: 'peerChannel', channelId },
      chats: [this.#tlChannel(call, channel)],
      users: [],
    };
  }

  /** Newest first, as the protocol pages: from below `offsetId`, moved by `addOffset`. */
  #history(call: Call, request: tl.messages.RawGetHistoryRequest): tl.TlObject {
    const channel = this.#channel(call, request.peer);
    const { offsetId, offsetDate, addOffset, maxId, minId } = request;
    const newestFirst = channel.messages.toReversed();
    const below = newestFirst.findIndex(
      ({ id, dateSeconds }) =>
        (offsetId === 0 || id < offsetId) && (offsetDate === 0 || dateSeconds < offsetDate),
    );
    const from = (below < 0 ? newestFirst.length : below) + addOffset;
    const limit = Math.min(HISTORY_MAX, Math.max(0, request.limit));
    const messages = newestFirst
      .slice(Math.max(0, from), Math.max(0, from + limit))
      .filter(({ id }) => (maxId === 0 || id < maxId) && (minId === 0 || id > minId));
    return this.#channelMessages(call, channel, messages);
  }

  #messages(call: Call, request: tl.channels.RawGetMessagesRequest): tl.TlObject {
    const channel = this.#channel(call, request.channel);
    const ids = request.id.map((each) => ('id' in each ? each.id : 0));
    const known = ids.map((id) => channel.message(id));
    const found = this.#channelMessages(
      call,
      channel,
      known.filter((each) => each !== undefined),
    );
    const messages = ids.map(
      (id): tl.TypeMessage =>
        found.messages.find((each) => each.id === id) ?? { _: 'messageEmpty', id },
    );
    return { ...found, messages };
  }

  #channelMessages(
    call: Call,
    channel: Channel,
    messages: readonly Message[],
  ): tl.messages.RawChannelMessages {
    const context: TlContext = {
      files: this.#world.files,
      generation: this.#generation,
      dateSeconds: 0,
    };
    const made = messages.map((message) => tlMessage(context, channel, message));
    return {
      _: 'messages.channelMessages',
      pts: channel.newestId + 1,
      count: channel.messages.length,
      messages: made.map(({ message }) => message),
      topics: [],
      chats: unique([this.#tlChannel(call, channel), ...made.flatMap(({ chats }) => chats)]),
      users: unique(made.flatMap(({ users }) => users)),
    };
  }

  #checkInvite(call: Call, hash: string): tl.TlObject {
    const channel = this.#invited(hash);
    if (call.account.joined.has(channel.channelId)) {
      return { _: 'chatInviteAlready', chat: this.#tlChannel(call, channel) };
    }
    return {
      _: 'chatInvite',
      channel: true,
      broadcast: true,
      title: channel.title,
      about: channel.description,
      photo: { _: 'photoEmpty', id: Long.ZERO },
      participantsCount: channel.subscribers,
      color: 0,
    };
  }

  #join(call: Call, channel: Channel): tl.TlObject {
    if (call.account.joined.has(channel.channelId)) {
      throw new RpcError(400, 'USER_ALREADY_PARTICIPANT');
    }
    call.account.joined.add(channel.channelId);
    const chats = [this.#tlChannel(call, channel)];
    const updates: tl.RawUpdates = {
      _: 'updates',
      updates: [],
      users: [],
      chats,
      date: 0,
      seq: 0,
    };
    return { _: 'messages.chatInviteJoinResultOk', updates };
  }

  #invited(hash: string): Channel {
    const channel = this.#world.byInvite(hash);
    if (!channel) throw new RpcError(406, 'INVITE_HASH_EXPIRED');
    return channel;
  }

  #file(call: Call, request: tl.upload.RawGetFileRequest): tl.TlObject {
    const { location, limit } = request;
    if (!('fileReference' in location) || !('thumbSize' in location)) {
      throw new RpcError(400, 'LOCATION_INVALID');
    }
    const { generation, file } = openReference(location.fileReference);
    if (generation !== this.#generation) throw new RpcError(400, 'FILE_REFERENCE_EXPIRED');
    if (dcOf(file) !== call.dcId) throw new RpcError(303, `FILE_MIGRATE_${dcOf(file)}`);
    const offset = Number(request.offset);
    if (limit <= 0 || limit > FILE_PART_BYTES_MAX || offset % 1_024 !== 0 || limit % 1_024 !== 0) {
      throw new RpcError(400, 'LIMIT_INVALID');
    }
    const small = location.thumbSize === 'm';
    const still =
      location._ === 'inputDocumentFileLocation' ? stillOf(location.fileReference) : thumbOf(file);
    const wanted = small ? (still ?? file) : file;
    const { bytes, contentType } = this.#world.files.read(wanted);
    return {
      _: 'upload.file',
      type: storageType(contentType),
      mtime: 0,
      bytes: new Uint8Array(bytes.subarray(offset, offset + limit)),
    };
  }

  #self({ account }: Call): tl.RawUser {
    const { userId, name } = account.secret;
    return { _: 'user', self: true, id: userId, accessHash: Long.ONE, firstName: name };
  }

  /** A channel that the account may read. Access hashes are each account's own. */
  #channel(call: Call, peer: tl.TypeInputPeer | tl.TypeInputChannel): Channel {
    const channel = 'channelId' in peer ? this.#world.byId(String(peer.channelId)) : undefined;
    const hash = 'accessHash' in peer ? peer.accessHash : Long.ZERO;
    if (!channel || !hash.equals(accessHash(call.account, channel))) {
      throw new RpcError(400, 'CHANNEL_INVALID');
    }
    if (channel.access === 'invited' && !call.account.joined.has(channel.channelId)) {
      throw new RpcError(400, 'CHANNEL_PRIVATE');
    }
    return channel;
  }

  #tlChannel(call: Call, channel: Channel): tl.RawChannel {
    const left = !call.account.joined.has(channel.channelId);
    return tlChannel(channel, accessHash(call.account, channel), left);
  }
}

/** Where a call goes when it names no data centre. */
export function dcOfCall(dcId: number | undefined): number {
  return dcId ?? HOME_DC;
}

function accessHash(account: Account, channel: Channel): Long {
  const low = seedOf(account.secret.userId, 'low', channel.channelId);
  return Long.fromBits(low, seedOf(account.secret.userId, 'high', channel.channelId));
}

function storageType(contentType: string): tl.storage.TypeFileType {
  if (contentType === 'image/jpeg') return { _: 'storage.fileJpeg' };
  if (contentType === 'image/png') return { _: 'storage.filePng' };
  if (contentType === 'image/webp') return { _: 'storage.fileWebp' };
  if (contentType === 'video/mp4') return { _: 'storage.fileMp4' };
  return { _: 'storage.fileUnknown' };
}

function unique<T extends { readonly id: number }>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [item.id, item])).values()];
}
