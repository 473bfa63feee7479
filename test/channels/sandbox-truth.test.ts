/** The parser on every page of the sandbox's channels: each message is what the truth says. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startTelegram } from '../../sandbox/telegram/start-telegram.ts';
import { differences } from '../../src/cli/demo/message-truth.ts';
import { channelMessage } from '../../src/collectors/channels/message.ts';
import { readPreviewPage } from '../../src/collectors/channels/preview-page.ts';

describe('the preview of the sandbox', () => {
  it('is read as it is meant, message by message', async () => {
    const telegram = await startTelegram({ latencyScale: 0, channels: 5, posts: 150, seed: 7 });
    try {
      const truth = new Map(
        [...telegram.truth()].map((post) => [keyOf(post.channel, post.id), post]),
      );
      const surprises: string[] = [];
      const seen = new Set<string>();
      for (const { username, access } of telegram.world.channels) {
        if (access !== 'public') continue;
        for (let before: number | undefined; ; ) {
          const query = before === undefined ? '' : `?before=${before}`;
          const reply = await fetch(`${telegram.url}/s/${username}${query}`);
          const page = readPreviewPage(await reply.text(), reply.url);
          assert.ok(typeof page !== 'string', `${reply.url}: ${page}`);
          for (const message of page.messages) {
            const key = keyOf(message.channel.name, message.id);
            const post = truth.get(key);
            assert.ok(post, key);
            channelMessage.parse(message);
            seen.add(key);
            for (const part of differences(message, post, { images: false, exact: false })) {
              surprises.push(`${key} ${part}`);
            }
          }
          if (page.before === undefined) break;
          before = page.before;
        }
      }
      assert.deepEqual(surprises.slice(0, 10), []);
      const wanted = [...truth.values()].filter((post) => post.access === 'public');
      assert.equal(seen.size, wanted.length);
      assert.ok(seen.size > 400);
    } finally {
      await telegram.close();
    }
  });

  it('has no page where there is no preview', async () => {
    const telegram = await startTelegram({ latencyScale: 0, channels: 1, closed: 1, posts: 3 });
    try {
      const closed = telegram.world.channels[1];
      assert.ok(closed);
      const what = async (path: string) => {
        const reply = await fetch(`${telegram.url}${path}`);
        assert.equal(reply.status, 200);
        return readPreviewPage(await reply.text(), reply.url);
      };
      assert.equal(await what(`/s/${closed.username}`), 'landing');
      assert.equal(await what('/s/nobody_has_this_name'), 'unknown');
    } finally {
      await telegram.close();
    }
  });
});

function keyOf(channel: string, id: number): string {
  return `${channel}/${id}`;
}
