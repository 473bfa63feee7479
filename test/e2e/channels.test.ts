/** `sluice run channels` against stand-in channels: what is there, what changes, what goes wrong. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startTelegram, type Telegram } from '../../sandbox/telegram/start-telegram.ts';
import type { Channel } from '../../sandbox/telegram/world/channel.ts';
import { jsonLines, scratch } from './sluice-process.ts';
import { TelegramRig } from './telegram-rig.ts';

const IMAGES = { images: true, exact: false };
const directory = scratch();
let telegram: Telegram;
let rig: TelegramRig;
let list: string;

before(async () => {
  telegram = await startTelegram({
    channels: 5,
    closed: 1,
    posts: 40,
    latencyScale: 0.1,
    directory: join(directory.path, 'telegram'),
  });
  rig = new TelegramRig(telegram, directory.path);
  list = telegram.csvFile as string;
});
after(async () => {
  await telegram.close();
  directory[Symbol.dispose]();
});

function channelAt(index: number): Channel {
  return telegram.world.channels[index] as Channel;
}

describe('channels', () => {
  it('are there as they are, pictures and all; failing ones are named and stop nobody', async () => {
    const { records, summary, ended } = await rig.run('full', list);
    rig.checkTruth(records, IMAGES);
    assert.ok(rig.checkFiles(records, 'full') > 30);
    assert.equal(ended.code, 3);
    assert.deepEqual([summary.completed, summary.failed], [5, 2]);
    const closed = channelAt(5).username;
    assert.match(ended.stdout, new RegExp(`${closed} is not shown on the web`));
    assert.match(ended.stdout, /There is no channel nobody_has_this_name/);
    // The same bytes were sent under several messages, and are kept once.
    const digests = records.flatMap(({ media }) => media.flatMap(({ file }) => file?.digest ?? []));
    assert.ok(new Set(digests).size < digests.length);
    const jobId = String(summary.jobId);
    const manifest = await rig.sluice('files', 'manifest', jobId, '--data', 'full');
    assert.equal(manifest.stdout.split('\n').length - 1, digests.length);
    assert.ok(telegram.stats().channelsAtOnceMax > 1);
    assert.ok(telegram.stats().channelsAtOnceMax <= 4);
  });

  it('bring nothing when nothing has changed, and what has changed when something has', async () => {
    telegram.reset();
    const again = await rig.run('full', list);
    assert.deepEqual(again.records, []);
    // A window of a hundred messages a channel is read, and nothing is fetched anew.
    assert.equal(telegram.stats().files.requests, 0);

    const [grown, edited, emptied] = [channelAt(0), channelAt(1), channelAt(2)];
    grown.grow(grown.newestId, 5_000);
    const added = [grown.add({ shape: 'photo' }), grown.add({ shape: 'album' })];
    const last = edited.messages.findLast(({ service, text }) => !service && text !== '');
    edited.edit(last?.id as number, 'Other words');
    const gone = emptied.posts.findLast((post) => post.length === 1 && !post[0].service)?.[0];
    emptied.delete([gone?.id as number]);
    const { records } = await rig.run('full', list);
    const told = records.map(({ kind, channel, id }) => `${kind} ${channel.name}/${id}`);
    assert.deepEqual(
      told.sort(),
      [
        `deletion ${emptied.username}/${gone?.id}`,
        `message ${edited.username}/${last?.id}`,
        ...added.map(([first]) => `message ${grown.username}/${first?.id}`),
      ].sort(),
    );
    const changed = records.find(({ channel }) => channel.name === edited.username);
    assert.deepEqual([changed?.text, changed?.edited], ['Other words', true]);
    const deleted = records.find(({ kind }) => kind === 'deletion');
    assert.deepEqual([deleted?.deleted, deleted?.text], [true, gone?.text]);

    const entries = await rig.sluice(
      ...['collections', 'export', 'channel-messages', '--data', 'full', '-o', 'kept.jsonl'],
    );
    assert.equal(entries.code, 0);
  });

  it('give pictures whose addresses have expired meanwhile', async () => {
    telegram.reset();
    const name = channelAt(3).username;
    writeFileSync(join(directory.path, 'one.txt'), `${name}\n`);
    const running = rig.run('expired', 'one.txt', ['--opt', 'imageConcurrency=1']);
    while (telegram.stats().files.served < 2) await new Promise((go) => setTimeout(go, 5));
    telegram.expireLinks();
    const { records } = await running;
    assert.ok(telegram.stats().files.expired > 0);
    const broken = records.flatMap(({ media }) =>
      media.flatMap(({ fileError }) => fileError ?? []),
    );
    assert.deepEqual(broken, []);
    assert.ok(rig.checkFiles(records, 'expired') > 5);
  });

  it('wait as long as they are asked to, and no request comes before', async () => {
    telegram.reset();
    telegram.limit(4, 2);
    try {
      const more = ['--opt', 'images=false', '--opt', 'maxMessages=25'];
      const { summary } = await rig.run('limited', list, more);
      assert.deepEqual([summary.completed, summary.failed], [5, 2]);
      const { throttled, early } = telegram.stats();
      assert.ok(throttled > 0);
      assert.equal(early, 0);
    } finally {
      telegram.limit(0, 1);
    }
  });

  it('go through pages that are cut, reset and unavailable', async () => {
    telegram.reset();
    for (const index of [0, 1, 2, 3]) {
      const fault = (['truncated', 'cut', 'reset', 'unavailable'] as const)[index];
      telegram.fail(channelAt(index).username, fault ?? 'cut', 2);
    }
    const { records, summary } = await rig.run('faults', list, ['--opt', 'images=false']);
    assert.deepEqual([summary.completed, summary.failed], [5, 2]);
    rig.checkTruth(records, { images: false, exact: false });
  });

  it('come one after another where that is wished', async () => {
    telegram.reset();
    const more = [
      '--opt',
      'concurrentLimit=1',
      '--opt',
      'maxMessages=30',
      '--opt',
      'pageDelay=20ms',
    ];
    const { records } = await rig.run('single', list, [...more, '--opt', 'images=false']);
    assert.equal(telegram.stats().channelsAtOnceMax, 1);
    const counts = new Map<string, number>();
    for (const { channel } of records)
      counts.set(channel.name, (counts.get(channel.name) ?? 0) + 1);
    assert.deepEqual(Math.max(...counts.values()), 30);
  });

  it('are collected by their names, and listed with how far they are', async () => {
    const none = await rig.sluice('channels', 'ls', '--data', 'named', '--json');
    assert.equal(none.stdout, '');
    const names = [channelAt(0).username, `@${channelAt(1).username}`];
    const flags = ['--max-messages', '5', '--no-images', '--concurrent-limit', '2'];
    await rig.sluice('channels', 'collect', ...names, ...flags, '--data', 'named', '-o', 'n.jsonl');
    const { stdout } = await rig.sluice('channels', 'ls', '--data', 'named', '--json');
    assert.deepEqual(
      jsonLines(stdout).map(({ name, messages, unfinished }) => [name, messages, unfinished]),
      [channelAt(1), channelAt(0)].map(({ username }) => [username, 5, false]),
    );
  });
});
