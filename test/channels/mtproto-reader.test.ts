/** The reader with accounts, over the real client library and the sandbox's calls. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { startTelegram, type Telegram } from '../../sandbox/telegram/start-telegram.ts';
import type { Channel } from '../../sandbox/telegram/world/channel.ts';
import { differences } from '../../src/cli/demo/message-truth.ts';
import type { HeldAccount, ServiceContext } from '../../src/collectors/account-service.ts';
import type { ChannelMessage } from '../../src/collectors/channels/message.ts';
import { channelMessage } from '../../src/collectors/channels/message.ts';
import { MtprotoReader } from '../../src/collectors/channels/mtproto-reader.ts';
import { telegramService } from '../../src/collectors/channels/telegram-account.ts';
import type { CollectContext } from '../../src/collectors/collector.ts';
import { FailureError } from '../../src/model/failure.ts';

let telegram: Telegram;

before(async () => {
  telegram = await startTelegram({ latencyScale: 0, channels: 2, closed: 1, posts: 400 });
});
beforeEach(() => telegram.reset());
after(() => telegram.close());

/** Accounts in their order, each until it rests or is set aside; what was said of them. */
class Pool {
  readonly said: string[] = [];
  readonly #free: number[];
  readonly abort = new AbortController();
  nowMs = 1_000_000;

  constructor(...indexes: number[]) {
    this.#free = indexes;
  }

  get held(): number {
    return this.#held;
  }
  #held = 0;

  get ctx(): CollectContext {
    return {
      account: async () => this.#take(),
      nowMs: () => this.nowMs,
      signal: this.abort.signal,
    } as unknown as CollectContext;
  }

  #take(): HeldAccount {
    const index = this.#free.shift();
    if (index === undefined) {
      const message = 'All accounts rest.';
      throw new FailureError({ class: 'throttled', code: 'account.all_resting', message });
    }
    const { name, ...secret } = telegram.accounts[index] as (typeof telegram.accounts)[number];
    let out = false;
    let usable = true;
    this.#held += 1;
    const say = (what: string) => {
      usable = false;
      this.said.push(`${name} ${what}`);
    };
    return {
      id: name,
      name,
      secret,
      get held() {
        return !out;
      },
      learned() {},
      rest: (untilMs, why) => say(`rests ${((untilMs ?? 0) - this.nowMs) / 1_000} s: ${why}`),
      quarantine: (why) => say(`is set aside: ${why}`),
      pause() {},
      renew: () => !out,
      [Symbol.dispose]: () => {
        if (out) return;
        out = true;
        this.#held -= 1;
        if (usable) this.#free.push(index);
      },
    };
  }
}

function readerOf(pool: Pool, channel: Channel | string): MtprotoReader {
  const name = typeof channel === 'string' ? channel : channel.username;
  return new MtprotoReader({ name, key: name.toLowerCase() }, pool.ctx, telegram.gatewayUrl);
}

function channelAt(index: number): Channel {
  return telegram.world.channels[index] as Channel;
}

async function readAll(reader: MtprotoReader): Promise<{ all: ChannelMessage[]; pages: number }> {
  const all: ChannelMessage[] = [];
  for (let before: number | undefined, pages = 1; ; pages += 1) {
    const { messages, older } = await reader.page(before);
    all.push(...messages);
    if (older === undefined || messages.length === 0) return { all, pages };
    before = older;
  }
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof FailureError
    ? `${error.failure.class} ${error.failure.code}`
    : String(error);
}

describe('a reader with accounts', () => {
  it('reads long channels page by page, albums whole wherever a page ends', async () => {
    const pool = new Pool(0);
    for (const index of [0, 2]) {
      const reader = readerOf(pool, channelAt(index));
      const { all, pages } = await readAll(reader);
      await reader.close();
      const name = channelAt(index).username;
      const truth = [...telegram.truth()].filter(({ channel }) => channel === name).reverse();
      assert.deepEqual(
        all.map(({ id }) => id),
        truth.map(({ id }) => id),
      );
      assert.ok(index !== 0 || pages >= 5);
      const surprises = all.flatMap((message, at) => {
        channelMessage.parse(message);
        const post = truth[at] as (typeof truth)[number];
        return differences(message, post, { images: false, exact: true });
      });
      assert.deepEqual(surprises.slice(0, 5), []);
    }
    assert.equal(pool.held, 0);
  });

  it('goes on with the same page by another account, and ends where all rest', async () => {
    const channel = channelAt(0);
    const pool = new Pool(0, 1);
    const reader = readerOf(pool, channel);
    const first = await reader.page(undefined);
    const [one, two] = telegram.accounts.map(({ name }) => name) as [string, string];
    const method = 'messages.getHistory';
    telegram.failCalls({ account: one, method, error: 'FLOOD_WAIT_77', times: 1 });
    const second = await reader.page(first.older);
    assert.ok((second.messages[0]?.id ?? 0) < (first.messages.at(-1)?.id ?? 0));
    assert.deepEqual(pool.said, [`${one} rests 77 s: FLOOD_WAIT_77`]);
    telegram.failCalls({ account: two, method, error: 'FLOOD_PREMIUM_WAIT_9', times: 1 });
    assert.equal(await codeOf(reader.page(second.older)), 'throttled account.all_resting');
    assert.equal(pool.said[1], `${two} rests 9 s: FLOOD_PREMIUM_WAIT_9`);
    assert.equal(pool.held, 0);
    await reader.close();
  });

  it('sets accounts aside that are not let in', async () => {
    const pool = new Pool(1, 2);
    const [, two, three] = telegram.accounts.map(({ name }) => name) as string[];
    telegram.revoke(two as string, 'USER_DEACTIVATED_BAN');
    try {
      const reader = readerOf(pool, channelAt(0));
      assert.ok((await reader.page(undefined)).messages.length > 50);
      assert.deepEqual(pool.said, [`${two} is set aside: USER_DEACTIVATED_BAN`]);
      await reader.close();
      assert.equal(pool.held, 0);
      assert.ok(three);
    } finally {
      telegram.revoke(two as string, '');
    }
  });

  it('says what is wrong with a channel, and spends no account on it', async () => {
    const pool = new Pool(0);
    assert.equal(
      await codeOf(readerOf(pool, 'nobody_has_this_name').page(undefined)),
      'gone channels.not_found',
    );
    telegram.failCalls({ method: 'messages.getHistory', error: 'CHANNEL_PRIVATE', times: 1 });
    const reader = readerOf(pool, channelAt(0));
    assert.equal(await codeOf(reader.page(undefined)), 'gone channels.not_found');
    telegram.failCalls({ method: 'messages.getHistory', error: 'PEER_FLOOD', times: 1 });
    assert.equal(await codeOf(reader.page(undefined)), 'invalid channels.protocol');
    await reader.close();
    assert.deepEqual(pool.said, []);
    assert.equal(pool.held, 0);
  });

  it('fetches pictures at once, by whichever account, after their references have expired', async () => {
    const pool = new Pool(0, 1);
    const reader = readerOf(pool, channelAt(1));
    const { messages } = await reader.page(undefined);
    const truth = [...telegram.truth()].filter(({ channel }) => channel === channelAt(1).username);
    const wanted = messages
      .flatMap((message) => message.media.map((media) => ({ message, media })))
      .filter(({ media, message }) => media.kind === 'photo' && message.kind === 'message')
      .slice(0, 12);
    assert.ok(wanted.length >= 8);
    telegram.expireReferences();
    const method = 'upload.getFile';
    const [one] = telegram.accounts.map(({ name }) => name) as [string];
    telegram.failCalls({ account: one, method, error: 'FLOOD_WAIT_5', times: 1 });
    const digests = await Promise.all(
      wanted.map(async ({ message, media }) => {
        const { bytes } = await reader.image(message, media, 10_000_000);
        return createHash('sha256').update(bytes).digest('hex');
      }),
    );
    const right = wanted.map(({ media }) => {
      const parts = truth.flatMap((post) => post.media);
      return parts.find(({ photoId }) => photoId === media.mediaId)?.imageSha256;
    });
    assert.deepEqual(digests, right);
    assert.equal(pool.said.length, 1);
    const [first] = wanted;
    assert.ok(first);
    const small = reader.image(first.message, first.media, 10);
    assert.equal(await codeOf(small), 'invalid channels.image_too_large');
    await reader.close();
    assert.equal(pool.held, 0);
  });

  it('ends at once when it is interrupted', async () => {
    const pool = new Pool(0);
    const reader = readerOf(pool, channelAt(0));
    const first = reader.page(undefined);
    pool.abort.abort(new Error('interrupted'));
    assert.match(await codeOf(first), /interrupted/);
    await reader.close();
    assert.equal(pool.held, 0);
  });

  it('has accounts tested: who they are, or why they are not let in', async () => {
    const service = telegramService(telegram.gatewayUrl);
    const secret = service.secret.parse(telegram.accounts[0]);
    const ctx = { signal: AbortSignal.timeout(20_000) } as unknown as ServiceContext;
    const well = await service.test(secret, ctx);
    assert.equal(well.ok, true);
    const name = String(telegram.accounts[0]?.name);
    telegram.revoke(name, 'AUTH_KEY_UNREGISTERED');
    const ill = await service.test(secret, ctx);
    telegram.revoke(name, '');
    assert.equal(ill.ok, false);
    assert.match(ill.detail, /AUTH_KEY_UNREGISTERED/);
    assert.equal(service.secret.safeParse({ session: 'x', apiId: 1, apiHash: 'y' }).success, false);
  });
});
