/**
 * One session of Telegram's protocol: the few calls that a reader needs, and what their errors
 * mean. The library is loaded with this file, so this file is loaded when it is needed.
 */
import {
  type FileLocation,
  MemoryStorage,
  type Message,
  networkMiddlewares,
  type RpcCallMiddleware,
  TelegramClient,
  tl,
} from '@mtcute/node';
import { messageOf } from '../../base/errors.ts';
import type { Failure } from '../../model/failure.ts';
import type { TelegramSecret } from './telegram-account.ts';
import { telegramGateway } from './telegram-gateway.ts';

/** A channel as one account sees it: the keys to it are that account's own. */
export interface TelegramPeer {
  readonly input: tl.RawInputPeerChannel;
  /** '' = it has none. */
  readonly username: string;
  readonly title: string;
  readonly id: string;
}

export interface HistoryPage {
  /** Newest first, singly. */
  readonly messages: readonly Message[];
  readonly total: number;
}

/** What an error of the protocol asks for. */
export type RpcMeaning =
  /** The account is to rest. */
  | { readonly kind: 'rest'; readonly seconds: number; readonly text: string }
  /** The account is not let in any more. */
  | { readonly kind: 'dead'; readonly text: string }
  /** The way to a file has expired. */
  | { readonly kind: 'reference' }
  | { readonly kind: 'failure'; readonly failure: Failure };

/** Messages of a page at most. */
export const HISTORY_MAX = 100;
/** Errors inside the service are waited out in place so often, a second each. */
const INTERNAL_RETRIES = 2;

export class TelegramSession {
  readonly #client: TelegramClient;

  constructor(client: TelegramClient) {
    this.#client = client;
  }

  /** A channel by its name, or by the code of an invitation that the account has accepted. */
  async resolve(name: string, invite: string | undefined): Promise<TelegramPeer> {
    return peerOf(invite === undefined ? await this.#byName(name) : await this.#byInvite(invite));
  }

  /** Messages below `before`, or the newest. */
  async history(peer: TelegramPeer, before: number | undefined): Promise<HistoryPage> {
    const page = await this.#client.getHistory(peer.input, {
      limit: HISTORY_MAX,
      ...(before === undefined ? {} : { offset: { id: before, date: 0 } }),
    });
    return { messages: [...page], total: page.total };
  }

  async message(peer: TelegramPeer, id: number): Promise<Message | undefined> {
    const [message] = await this.#client.getMessages(peer.input, [id]);
    return message ?? undefined;
  }

  download(location: FileLocation, abortSignal: AbortSignal): Promise<Uint8Array> {
    return this.#client.downloadAsBuffer(location, { abortSignal });
  }

  async ownName(abortSignal: AbortSignal): Promise<string> {
    const request = { _: 'users.getUsers', id: [{ _: 'inputUserSelf' }] } as const;
    const [user] = await this.#client.call({ ...request, id: [...request.id] }, { abortSignal });
    if (user?._ !== 'user') return 'a user';
    const { username, firstName = '', lastName = '' } = user;
    return username ?? (`${firstName} ${lastName}`.trim() || String(user.id));
  }

  async close(): Promise<void> {
    await this.#client.destroy();
  }

  async #byName(username: string): Promise<tl.TypeChat | undefined> {
    const found = await this.#client.call({ _: 'contacts.resolveUsername', username });
    const { peer } = found;
    return found.chats.find(({ id }) => peer._ === 'peerChannel' && id === peer.channelId);
  }

  async #byInvite(hash: string): Promise<tl.TypeChat | undefined> {
    const found = await this.#client.call({ _: 'messages.checkChatInvite', hash });
    return found._ === 'chatInvite' ? undefined : found.chat;
  }
}

/**
 * A wait is the engine's: the account rests, and another goes on. Left alone, downloads would wait
 * in place for as long as they are told to, and try again without an end.
 */
const neverPatient: RpcCallMiddleware = (context, next) => {
  const { floodSleepThreshold: _, maxRetryCount: __, ...params } = context.params ?? {};
  return next({ ...context, params });
};

/** Connects on its first call. `gateway`: where a stand-in takes the calls. */
export async function openClient(
  { apiId, apiHash, session }: TelegramSecret,
  gateway: string | undefined,
): Promise<TelegramSession> {
  const standIn = gateway === undefined ? undefined : telegramGateway(gateway, session);
  const middlewares = [
    neverPatient,
    ...networkMiddlewares.basic({
      floodWaiter: { maxWait: 0 },
      internalErrors: { maxRetries: INTERNAL_RETRIES },
    }),
  ];
  const client = new TelegramClient({
    apiId,
    apiHash,
    storage: new MemoryStorage(),
    disableUpdates: true,
    logLevel: 0,
    ...(standIn && { transport: standIn.transport }),
    network: { middlewares: standIn ? [...middlewares, standIn.middleware] : middlewares },
  });
  await client.importSession(session);
  return new TelegramSession(client);
}

/** What to tell of an account that is not let in; undefined = the error is none of its. */
export function describeRefusal(error: unknown): string | undefined {
  const meaning = meaningOf(error);
  if (meaning.kind === 'dead') return `Telegram does not let it in: ${meaning.text}.`;
  if (meaning.kind === 'rest') return `It has to wait for ${meaning.seconds} s: ${meaning.text}.`;
  return undefined;
}

export function meaningOf(error: unknown): RpcMeaning {
  if (!(error instanceof tl.RpcError)) {
    return failed(
      'transient',
      'channels.connection',
      `Telegram was not reached: ${messageOf(error)}`,
    );
  }
  const { code } = error;
  const told = (error as { readonly seconds?: number }).seconds;
  const seconds = told ?? Number(/_(\d+)$/.exec(error.text)?.[1] ?? Number.NaN);
  const text = error.text.replace('%d', String(seconds));
  if (code === 420) return { kind: 'rest', seconds: Number.isNaN(seconds) ? 60 : seconds, text };
  if (code === 401 || text === 'AUTH_KEY_DUPLICATED') return { kind: 'dead', text };
  if (text.startsWith('FILE_REFERENCE_')) return { kind: 'reference' };
  if (/^USERNAME_|^INVITE_HASH_|^CHANNEL_(?:PRIVATE|INVALID)/.test(text)) {
    const message = `The channel is not there, or not for this account: ${text}.`;
    return failed('gone', 'channels.not_found', message);
  }
  if (code >= 500 || code < 0) {
    return failed('transient', 'channels.service', `Telegram failed: ${text}.`);
  }
  return failed('invalid', 'channels.protocol', `Telegram refused the call: ${text}.`);
}

function failed(failureClass: Failure['class'], code: string, message: string): RpcMeaning {
  return { kind: 'failure', failure: { class: failureClass, code, message } };
}

/** Thrown for what is no channel that the account may read. */
export class NoChannel extends Error {}

function peerOf(chat: tl.TypeChat | undefined): TelegramPeer {
  if (chat?._ !== 'channel' || chat.accessHash === undefined) {
    throw new NoChannel(
      chat === undefined || chat._ !== 'channelForbidden'
        ? 'is no channel that this account is in'
        : 'does not let this account in',
    );
  }
  const { id, accessHash, title, username, usernames } = chat;
  return {
    input: { _: 'inputPeerChannel', channelId: id, accessHash },
    username: username ?? usernames?.find(({ active }) => active)?.username ?? '',
    title,
    id: String(id),
  };
}
