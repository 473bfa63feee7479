/** Which way a channel is read. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Failure, FailureError } from '../../model/failure.ts';
import type { CollectContext } from '../collector.ts';
import { type ChannelOptions, channelOptions, collectOptions } from './channel-options.ts';
import { createReader } from './create-reader.ts';

const LANDING =
  '<html><body><div class="tgme_page"><div class="tgme_page_title">A</div></div></body></html>';
const CONFIG = { previewUrl: 'https://t.me/', gateway: undefined };
const NAMED = { name: 'Name', key: 'name' };
const INVITED = { name: '+code1234', key: '+code1234', invite: 'code1234' };

function contextOf(reader: ChannelOptions['reader'], refusal?: Partial<Failure>) {
  const asked: string[] = [];
  const ctx = {
    options: channelOptions.parse({ reader }),
    signal: new AbortController().signal,
    fetch: async (url: string) => {
      asked.push(url);
      return { url: 'https://t.me/Name', text: () => LANDING };
    },
    account: async () => {
      asked.push('account');
      const failure = { class: 'throttled', code: 'account.none', message: 'None.', ...refusal };
      throw new FailureError(failure as Failure);
    },
  } as unknown as CollectContext<ChannelOptions>;
  return { ctx, asked };
}

async function codeOf(call: () => Promise<unknown>): Promise<string> {
  const error = await Promise.resolve()
    .then(call)
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
  assert.ok(error instanceof FailureError, String(error));
  return `${error.failure.class} ${error.failure.code}`;
}

describe('the way in which a channel is read', () => {
  it('is the preview, and an account where there is none', async () => {
    const preview = contextOf('preview');
    const named = createReader(NAMED, preview.ctx, CONFIG);
    assert.equal(await codeOf(() => named.page(undefined)), 'auth channels.no_preview');
    assert.deepEqual(preview.asked, ['https://t.me/s/Name']);
    const auto = contextOf('auto', { code: 'account.all_resting' });
    const either = createReader(NAMED, auto.ctx, CONFIG);
    assert.equal(await codeOf(() => either.page(7)), 'throttled account.all_resting');
    assert.deepEqual(auto.asked, ['https://t.me/s/Name?before=7', 'account']);
  });

  it('ends with what the preview said where there is no account at all', async () => {
    const { ctx, asked } = contextOf('auto');
    const reader = createReader(NAMED, ctx, CONFIG);
    assert.equal(await codeOf(() => reader.page(undefined)), 'auth channels.no_preview');
    assert.deepEqual(asked, ['https://t.me/s/Name', 'account']);
    await reader.close();
  });

  it('is an account where that is asked for, or there is but an invitation', async () => {
    for (const [reader, channel] of [
      ['mtproto', NAMED],
      ['auto', INVITED],
    ] as const) {
      const { ctx, asked } = contextOf(reader);
      const made = createReader(channel, ctx, CONFIG);
      assert.equal(await codeOf(() => made.page(undefined)), 'throttled account.none');
      assert.deepEqual(asked, ['account']);
    }
    const { ctx } = contextOf('preview');
    const refused = async () => createReader(INVITED, ctx, CONFIG);
    assert.equal(await codeOf(refused), 'auth channels.needs_account');
  });
});

describe('options of channels', () => {
  it('are read as people write them', () => {
    const nowMs = Date.UTC(2026, 5, 15);
    const read = (given: object) => collectOptions(channelOptions.parse(given), nowMs);
    assert.equal(read({}).maxMessages, undefined);
    assert.equal(read({ maxMessages: '50' }).maxMessages, 50);
    assert.equal(read({ since: '2026-01-31' }).since, '2026-01-31T00:00:00.000Z');
    assert.equal(read({ since: '14d' }).since, '2026-06-01T00:00:00.000Z');
    assert.equal(read({ images: 'false' }).images, false);
    assert.equal(read({ maxImageBytes: '2MiB' }).maxImageBytes, 2_097_152);
    assert.equal(read({ pageDelay: '500ms' }).pageDelayMs, 500);
    assert.equal(channelOptions.parse({ concurrentLimit: 'adaptive' }).concurrentLimit, 'adaptive');
  });

  it('are refused where they make no sense', () => {
    for (const wrong of [
      { since: 'yesterday' },
      { since: '14' },
      { since: '2026-13-45' },
      { maxMessages: -1 },
      { concurrentLimit: 0 },
      { concurrentLimit: 'many' },
      { imageConcurrency: 100 },
      { maxImageBytes: '0' },
      { pageDelay: '2h' },
      { reader: 'api' },
    ]) {
      assert.equal(channelOptions.safeParse(wrong).success, false, JSON.stringify(wrong));
    }
  });
});
