/**
 * Telegram's protocol without its network: the calls of a client go to an HTTP gateway, which a
 * stand-in offers. The client keeps all its logic (peers, paging, parts of files, waits); only the
 * encrypted connection is missing. For tests and trials, never for Telegram itself.
 */
import { createHash } from 'node:crypto';
import { Long, type RpcCallMiddleware, type TelegramTransport } from '@mtcute/node';
import { __tlReaderMap, TlBinaryReader } from '@mtcute/node/utils.js';

export interface TelegramGateway {
  /** For the client's option of this name: it connects to nothing. */
  readonly transport: TelegramTransport;
  /** For the end of `network.middlewares`: it answers every call. */
  readonly middleware: RpcCallMiddleware;
}

/**
 * The parts of a client that talks to the gateway at `url` with this session string. The string
 * itself is not sent; the gateway knows sessions by their digest. A gateway that does not answer
 * makes the call fail with an Error that is none of the protocol's.
 */
export function telegramGateway(url: string, session: string): TelegramGateway {
  const key = createHash('sha256').update(session).digest('hex').slice(0, 32);
  return {
    transport: silentTransport,
    middleware: async ({ request, params }) => {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: writeCall({ session: key, dcId: params?.dcId, request }),
        signal: params?.abortSignal ?? null,
      });
      if (!response.ok) throw new Error(`the gateway answered ${response.status}`);
      if (response.headers.get('content-type') === 'application/json') {
        const { error } = (await response.json()) as { error: { code: number; text: string } };
        return { _: 'mt_rpc_error', errorCode: error.code, errorMessage: error.text };
      }
      return readAnswer(request._, new Uint8Array(await response.arrayBuffer()));
    },
  };
}

/** Binary as the server sends it; the answers to some methods are no objects. */
function readAnswer(method: string, bytes: Uint8Array): unknown {
  const reader = new TlBinaryReader(__tlReaderMap, bytes);
  const own = __tlReaderMap._results[method];
  return own ? own(reader) : reader.object();
}

function writeCall(call: object): string {
  return JSON.stringify(call, (_key, value: unknown) => {
    if (Long.isLong(value)) return { $long: value.toString() };
    if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') };
    return value;
  });
}

/** Connections that are open and say nothing: a client that cannot connect would try for ever. */
const silentTransport: TelegramTransport = {
  connect: async () => {
    const { promise: closed, resolve: close } = Promise.withResolvers<void>();
    return {
      address: null,
      localAddress: null,
      remoteAddress: null,
      read: async () => {
        await closed;
        throw new Error('the silent connection was closed');
      },
      write: async () => undefined,
      close: () => close(),
    };
  },
  packetCodec: () => ({
    tag: () => new Uint8Array(),
    encode: () => undefined,
    decode: () => null,
    reset: () => undefined,
  }),
};
