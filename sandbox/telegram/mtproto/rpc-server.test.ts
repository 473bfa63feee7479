/** The protocol through the real client, whose logic is all there but for the connection. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import {
  type FileLocation,
  type InputPeerLike,
  MemoryStorage,
  type Message,
  networkMiddlewares,
  TelegramClient,
  tl,
} from '@mtcute/node';
import { telegramGateway } from '../../../src/collectors/channels/telegram-gateway.ts';
import { startTelegram, type Telegram } from '../start-telegram.ts';
import type { TruthPost } from '../truth.ts';
import type { Channel } from '../world/channel.ts';

let telegram: Telegram;
const clients: TelegramClient[] = [];

before(async () => {
  telegram = await startTelegram({ latencyScale: 0, channels: 2, posts: 80, invited: 1 });
});
after(async () => {
  await Promise.all(clients.map((client) => client.destroy()));
  await telegram.close();
});

/** A client of one of the accounts; `byGateway` sends its calls over HTTP. */
async function clientOf(index: number, byGateway = false): Promise<TelegramClient> {
  const { apiId, apiHash, session } = secretOf(index);
  const { transport, middleware } = telegramGateway(telegram.gatewayUrl, session);
  const own = byGateway ? middleware : telegram.middleware(session);
  const basic = networkMiddlewares.basic({
    floodWaiter: { maxWait: 0 },
    internalErrors: { maxRetries: 0 },
  });
  const client = new TelegramClient({
    apiId,
    apiHash,
    storage: new MemoryStorage(),
    transport,
    disableUpdates: true,
    logLevel: 0,
    network: { middlewares: [...basic, own] },
  });
  clients.push(client);
  await client.importSession(session);
  return client;
}

function secretOf(index: number) {
  const secret = telegram.accounts[index];
  assert.ok(secret);
  return secret;
}

function channelAt(index: number): Channel {
  return telegram.world.channels[index] as Channel;
}

function statsOf(index: number) {
  const stats = telegram.stats().protocol.accounts[secretOf(index).name];
  assert.ok(stats);
  return stats;
}

async function historyOf(client: TelegramClient, name: InputPeerLike): Promise<Message[]> {
  const found: Message[] = [];
  for await (const message of client.iterHistory(name, { chunkSize: 100 })) found.push(message);
  return found.reverse();
}

async function sha256Of(client: TelegramClient, location: FileLocation): Promise<string> {
  const bytes = await client.downloadAsBuffer(location);
  return createHash('sha256').update(bytes).digest('hex');
}

/** The error of the protocol that a call ends with: code and text. */
async function failure(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof tl.RpcError) return `${error.code} ${error.text.replace('%d', 'N')}`;
  return (error as Error | undefined)?.constructor.name ?? 'none';
}

describe('the protocol', () => {
  it('shows the same channels as the pages do, private ones too', async () => {
    const client = await clientOf(0);
    for (const channel of telegram.world.channels.filter(({ username }) => username !== '')) {
      const messages = await historyOf(client, channel.username);
      const truth = [...telegram.truth()].filter((post) => post.channel === channel.username);
      const ids = truth.flatMap(({ id, album }) => album?.ids ?? [id]);
      assert.deepEqual(
        messages.map(({ id }) => id),
        ids,
      );
      const byId = new Map(messages.map((message) => [message.id, message]));
      for (const post of truth) compare(post, byId);
    }
    assert.ok((statsOf(0).methods['messages.getHistory'] ?? 0) >= 3);
  });

  it('hands out the bytes of photos and documents, large ones in parts, from two centres', async () => {
    const client = await clientOf(1);
    const truth = [...telegram.truth()].filter(({ channel }) => channel === channelAt(0).username);
    const messages = await historyOf(client, channelAt(0).username);
    let photos = 0;
    for (const { id, media } of messages) {
      const wanted = truth.flatMap((post) => post.media).find(({ messageId }) => messageId === id);
      if (media?.type === 'photo') {
        assert.equal(await sha256Of(client, media), wanted?.imageSha256);
        photos += 1;
      } else if (media instanceof Object && 'fileSize' in media && 'location' in media) {
        assert.equal(await sha256Of(client, media as FileLocation), wanted?.protocolSha256);
        if (media.type !== 'video') continue;
        const still = media.getThumbnail('m');
        assert.ok(still);
        assert.equal(await sha256Of(client, still), wanted?.imageSha256);
      }
    }
    const { methods } = statsOf(1);
    assert.ok(photos > 20 && (methods['upload.getFile'] ?? 0) > photos);
  });

  it('pages by id: only what is newer, and only so many', async () => {
    const client = await clientOf(0);
    const channel = channelAt(1);
    const ids = channel.messages.map(({ id }) => id);
    const minId = ids.at(-4) as number;
    const newer: number[] = [];
    for await (const { id } of client.iterHistory(channel.username, { minId })) newer.unshift(id);
    assert.deepEqual(newer, ids.slice(-3));
    const first: number[] = [];
    for await (const { id } of client.iterHistory(channel.username, { reverse: true, limit: 5 })) {
      first.push(id);
    }
    assert.deepEqual(first, ids.slice(0, 5));
    const gone = Array.from({ length: channel.newestId }, (_, at) => at + 1).find(
      (id) => !ids.includes(id),
    ) as number;
    const some = await client.getMessages(channel.username, [ids[0] as number, gone]);
    assert.deepEqual(
      some.map((message) => message?.id ?? null),
      [ids[0], null],
    );
  });

  it('knows who may read what', async () => {
    const client = await clientOf(2);
    assert.equal(await failure(client.resolvePeer('nobody_at_all')), 'MtPeerNotFoundError');
    const invited = telegram.world.channels.find(({ access }) => access === 'invited') as Channel;
    const link = `https://t.me/+${invited.inviteHash}`;
    assert.equal((await client.getChatPreview(link)).title, invited.title);
    const joined = await client.joinChat(link);
    assert.ok('chat' in joined);
    assert.equal((await historyOf(client, joined.chat.inputPeer)).length, invited.messages.length);
    const full = await client.getFullChat(channelAt(0).username);
    assert.equal(full.bio, channelAt(0).description);
    assert.equal((await client.getMe()).id, secretOf(2).userId);
  });

  it('fails as ordered, and counts who comes back too early', async () => {
    const client = await clientOf(0);
    const { username } = channelAt(0);
    const { name } = secretOf(0);
    const read = () => failure(client.getHistory(username, { limit: 1 }));
    telegram.failCalls({ account: name, channel: username, error: 'CHANNEL_PRIVATE', times: 1 });
    assert.equal(await read(), '400 CHANNEL_PRIVATE');
    assert.equal(await read(), 'none');
    telegram.failCalls({ method: 'messages.getHistory', error: 'FLOOD_WAIT_30', times: 1 });
    const [other, before] = [await clientOf(1), statsOf(0).early];
    assert.equal(await read(), '420 FLOOD_WAIT_N');
    assert.equal(await failure(other.getHistory(username, { limit: 1 })), 'none');
    assert.equal(statsOf(0).early, before);
    // A client that has forgotten comes too early.
    assert.equal(await failure((await clientOf(0)).getHistory(username)), '420 FLOOD_WAIT_N');
    assert.equal(statsOf(0).early, before + 1);
    telegram.reset();
    telegram.revoke(name, 'SESSION_REVOKED');
    const again = await clientOf(0);
    assert.equal(await failure(again.resolvePeer(username)), '401 SESSION_REVOKED');
    assert.equal(statsOf(0).afterRevoke, 0);
    assert.equal(await failure(again.resolvePeer(username)), '401 SESSION_REVOKED');
    assert.equal(statsOf(0).afterRevoke, 1);
    telegram.revoke(name, '');
    assert.equal(await failure(again.resolvePeer(username)), 'none');
  });

  it('floods who calls one method too fast, each account apart', async () => {
    const [one, two] = [await clientOf(0), await clientOf(1)];
    telegram.reset();
    telegram.limitCalls({ ratePerSecond: 0.01, burst: 2 });
    try {
      const { username } = channelAt(0);
      const calls = [];
      for (let count = 0; count < 3; count += 1)
        calls.push(await failure(one.getHistory(username)));
      assert.deepEqual(calls, ['none', 'none', '420 FLOOD_WAIT_N']);
      assert.equal(await failure(two.getHistory(username)), 'none');
      assert.equal(statsOf(0).flooded, 1);
    } finally {
      telegram.limitCalls({ ratePerSecond: 0, burst: 1 });
    }
  });

  it('refuses references to files that have expired, until the message is read anew', async () => {
    const client = await clientOf(1);
    telegram.reset();
    const { username } = channelAt(0);
    const read = async () => {
      const messages = await historyOf(client, username);
      const { media } = messages.find((message) => message.media?.type === 'photo') as Message;
      return media as FileLocation;
    };
    const old = await read();
    telegram.expireReferences();
    assert.equal(await failure(client.downloadAsBuffer(old)), '400 FILE_REFERENCE_EXPIRED');
    assert.ok((await client.downloadAsBuffer(await read())).length > 0);
  });

  it('is the same over the gateway, for strangers too', async () => {
    const [near, far] = [await clientOf(0), await clientOf(0, true)];
    const { username } = channelAt(1);
    const raw = (messages: Message[]) => messages.map((message) => message.raw);
    assert.deepEqual(raw(await historyOf(far, username)), raw(await historyOf(near, username)));
    const photo = (await historyOf(far, username)).find((each) => each.media?.type === 'photo');
    const location = photo?.media as FileLocation;
    assert.equal(await sha256Of(far, location), await sha256Of(near, location));
    const calls = Array.from({ length: 6 }, () => near.getFullChat(username));
    await Promise.all(calls);
    assert.ok(statsOf(0).concurrencyMax > 1);
    assert.equal(telegram.stats().protocol.strangers, 0);
    const body = JSON.stringify({ session: 'x', request: { _: 'updates.getState' } });
    const reply = await fetch(telegram.gatewayUrl, { method: 'POST', body });
    assert.deepEqual(await reply.json(), { error: { code: 401, text: 'AUTH_KEY_UNREGISTERED' } });
    assert.equal(telegram.stats().protocol.strangers, 1);
  });
});

/** One post as the client reads it, beside the truth of it. */
function compare(post: TruthPost, byId: ReadonlyMap<number, Message>): void {
  const parts = (post.album?.ids ?? [post.id]).map((id) => byId.get(id) as Message);
  const first = parts[0] as Message;
  const worded = parts.find(({ text }) => text !== '') ?? first;
  assert.equal(first.date.getTime(), Date.parse(post.date));
  assert.equal(first.isService, post.kind === 'service');
  if (first.isService) return;
  assert.equal(worded.text, post.text);
  assert.equal(worded.entities.length, post.entities.length);
  assert.deepEqual(
    worded.entities.map(({ raw }) => ('url' in raw ? raw.url : null)).filter(Boolean),
    post.entities.filter(({ type }) => type === 'text-link').map(({ url }) => url),
  );
  assert.equal(worded.editDate?.getTime() ?? null, post.editDate && Date.parse(post.editDate));
  assert.equal(first.views, post.viewsExact);
  assert.equal(first.signature ?? '', post.author);
  assert.equal(first.viaBot?.username ?? '', post.viaBot);
  assert.equal(first.replyToMessage?.id ?? null, post.replyTo);
  assert.equal(first.groupedId?.toString() ?? null, post.album?.albumId ?? null);
  assert.equal(first.reactions?.reactions.length ?? 0, post.reactions.length);
  const name = first.forward?.sender.displayName ?? null;
  assert.equal(name, post.forward?.name ?? null);
  const photos = parts.flatMap(({ media }) => (media?.type === 'photo' ? [media] : []));
  assert.deepEqual(
    photos.map(({ raw }) => ('id' in raw ? raw.id.toString() : '')),
    post.media.filter(({ kind }) => kind === 'photo').map(({ photoId }) => photoId),
  );
}
