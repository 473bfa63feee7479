/** The preview over real HTTP: what a reader finds there is what the truth says. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { byClass, parseHtml, type ReadPost, readPosts } from './page-reader.ts';
import { startTelegram, type Telegram } from './start-telegram.ts';
import { UNKNOWN_NAME } from './telegram-files.ts';
import type { TruthMedia, TruthPost } from './truth.ts';
import type { Channel } from './world/channel.ts';
import { SHAPES } from './world/compose-message.ts';
import { shownDuration } from './world/counter.ts';

let telegram: Telegram;

before(async () => {
  telegram = await startTelegram({ latencyScale: 0, channels: 5, posts: 90, invited: 1 });
});
after(() => telegram.close());

async function page(path: string, from = telegram): Promise<string> {
  const response = await fetch(`${from.url}${path}`, { redirect: 'manual' });
  assert.equal(response.status, 200, path);
  return response.text();
}

function order(name: string, body: unknown, to = telegram): Promise<Response> {
  return fetch(`${to.url}/__${name}`, { method: 'POST', body: JSON.stringify(body) });
}

function channelAt(index: number, of = telegram): Channel {
  return of.world.channels[index] as Channel;
}

function older(html: string): number {
  const [more] = byClass(parseHtml(html), 'tme_messages_more').filter(
    (link) => link.attributes['data-before'] !== undefined,
  );
  return Number(more?.attributes['data-before'] ?? 0);
}

/** The whole history, as its pages lead back. */
async function readHistory(name: string): Promise<{ posts: ReadPost[]; pages: ReadPost[][] }> {
  const pages: ReadPost[][] = [];
  let html = await page(`/s/${name.toUpperCase()}`);
  for (;;) {
    pages.unshift(readPosts(html));
    const before = older(html);
    if (before === 0 || pages.length > 100) return { posts: pages.flat(), pages };
    html = await page(`/s/${name}?before=${before}`);
  }
}

function truthOf(channel: Channel, of = telegram): TruthPost[] {
  return [...of.truth()].filter((post) => post.channel === channel.username);
}

/** The parts of the truth that a page shows. */
function expected(truth: TruthPost): Omit<ReadPost, 'media' | 'previewImage'> {
  const { forward } = truth;
  return {
    dataPost: `${truth.channel}/${truth.id}`,
    service: truth.kind === 'service',
    text: truth.text,
    links: truth.links,
    date: truth.date,
    edited: truth.edited,
    author: truth.author,
    views: truth.views,
    reactions: truth.reactions.map(({ kind, shown }) => [kind, shown] as const),
    replyTo: truth.replyTo,
    forward: forward && { name: forward.name, url: forward.url, author: forward.author },
    previewUrl: truth.preview?.url ?? null,
  };
}

async function sha256At(url: string): Promise<string | null> {
  if (url === '') return null;
  const response = await fetch(url);
  assert.equal(response.status, 200);
  return createHash('sha256')
    .update(Buffer.from(await response.arrayBuffer()))
    .digest('hex');
}

describe('the pages of a channel', () => {
  it('show every post as the truth has it, from the newest back to the first', async () => {
    const shown = telegram.world.channels.filter(({ access }) => access === 'public');
    for (const channel of shown) {
      const { posts, pages } = await readHistory(channel.username);
      const truth = truthOf(channel);
      assert.deepEqual(
        posts.map(({ media: _media, previewImage: _image, ...rest }) => rest),
        truth.map(expected),
      );
      const lengths = pages.map((each) => each.length);
      assert.ok(Math.max(...lengths) <= 20);
      // Where the oldest messages are gone or the pages lead on past them, the last one is empty.
      const empty = channel.leadsPastTheEnd && (truth[0]?.id ?? 0) > 1;
      assert.equal(lengths[0] === 0, empty, channel.username);
    }
  });

  it('show the media, with the bytes that the truth knows', async () => {
    const channel = channelAt(0);
    const truth = truthOf(channel);
    const { posts } = await readHistory(channel.username);
    for (const [index, post] of posts.entries()) {
      const wanted = (truth[index] as TruthPost).media.filter(({ kind }) => kind !== 'unsupported');
      const found = await Promise.all(
        post.media.map(async ({ kind, image, file, duration }) => [
          kind,
          await sha256At(image),
          await sha256At(file),
          duration,
        ]),
      );
      assert.deepEqual(found, wanted.map(mediaShown), post.dataPost);
      const preview = (truth[index] as TruthPost).preview?.imageSha256 ?? null;
      assert.equal(await sha256At(post.previewImage), preview);
    }
    const ratios = posts.flatMap(({ media }) => media.map(({ ratio }) => ratio ?? 0));
    const wanted = truth.flatMap(({ media }) => media.map(({ ratio }) => ratio ?? 0));
    const unsupported = truth.flatMap(({ media }) => media).filter((m) => m.kind === 'unsupported');
    assert.equal(ratios.length, wanted.length - unsupported.length);
    const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
    assert.ok(Math.abs(sum(ratios) - sum(wanted)) < 0.01 * ratios.length);
  });

  it('hold every shape of message, albums with their words at either end, and shared bytes', () => {
    const truth = truthOf(channelAt(0));
    const kinds = new Set(truth.flatMap(({ media }) => media.map(({ kind }) => kind)));
    assert.equal(kinds.size, 11);
    assert.ok(truth.length > SHAPES.length * 2);
    const photos = truth.flatMap(({ media }) => media).filter(({ kind }) => kind === 'photo');
    assert.ok(new Set(photos.map(({ imageSha256 }) => imageSha256)).size < photos.length);
    assert.ok(new Set(photos.map(({ photoId }) => photoId)).size < photos.length);
    const ids = truth.map(({ id }) => id);
    assert.ok((ids.at(-1) as number) > channelAt(0).messages.length, 'ids have gaps');
  });

  it('lead forward with ?after, find words with ?q, and end before the first message', async () => {
    const channel = channelAt(1);
    const ids = channel.posts.map(([first]) => first.id);
    const [first] = channel.posts[3] as (typeof channel.posts)[number];
    const next = readPosts(await page(`/s/${channel.username}?after=${first.id}`));
    assert.equal(next[0]?.dataPost, `${channel.username}/${ids[4]}`);
    assert.deepEqual(readPosts(await page(`/s/${channel.username}?before=1`)), []);
    channel.add({ text: 'the only zebra' });
    const [found, ...others] = readPosts(await page(`/s/${channel.username}?q=ZEBRA`));
    assert.equal(found?.text, 'the only zebra');
    assert.deepEqual(others, []);
    const none = parseHtml(await page(`/s/${channel.username}?q=giraffe`));
    assert.equal(byClass(none, 'tme_no_messages_found').length, 1);
  });

  it('give a single post, albums by any of their ids', async () => {
    const channel = channelAt(0);
    const album = channel.posts.find((post) => post.length > 1) as (typeof channel.posts)[number];
    const id = album.at(-1)?.id;
    const [post] = readPosts(await page(`/${channel.username}/${id}?embed=1&mode=tme`));
    assert.equal(post?.dataPost, `${channel.username}/${album[0].id}`);
    assert.equal(post?.media.length, album.length);
  });
});

function mediaShown(media: TruthMedia): unknown[] {
  const { kind, imageSha256, fileSha256, seconds } = media;
  const duration = seconds === null ? '' : shownDuration(seconds);
  return [kind, imageSha256, fileSha256, duration];
}

describe('what has no preview', () => {
  it('is sent on to a page without history', async () => {
    const closed = telegram.world.channels.find(({ access }) => access === 'closed') as Channel;
    for (const name of [UNKNOWN_NAME, closed.username]) {
      const response = await fetch(`${telegram.url}/s/${name}`, { redirect: 'manual' });
      assert.equal(response.status, 302);
      assert.equal(response.headers.get('location'), `${telegram.url}/${name}`);
      const landing = await fetch(`${telegram.url}/s/${name}`);
      assert.equal(landing.status, 200);
      assert.doesNotMatch(await landing.text(), /tgme_channel_(?:history|info)/);
    }
    assert.equal(telegram.stats().notPreviewable[UNKNOWN_NAME], 2);
  });
});

describe('orders', () => {
  it('add, edit, count on and delete messages', async () => {
    const channel = channelAt(2);
    const added = await order('add', { channel: channel.username, count: 2, shape: 'photo' });
    const { ids, posts } = (await added.json()) as { ids: number[]; posts: TruthPost[] };
    const [first = 0, second = 0] = ids;
    assert.deepEqual(
      posts.map(({ id }) => id),
      [first, second],
    );
    await order('edit', { channel: channel.username, id: first, text: 'other words' });
    await order('grow', { channel: channel.username, id: first, views: 5_000_000 });
    await order('delete', { channel: channel.username, ids: [second] });
    const last = readPosts(await page(`/s/${channel.username}`)).at(-1);
    assert.equal(last?.dataPost, `${channel.username}/${first}`);
    assert.equal(last?.text, 'other words');
    assert.equal(last?.edited, true);
    assert.match(last?.views ?? '', /^\d+(?:\.\d+)?M$/);
    // An id is never given twice.
    assert.equal(channel.add()[0]?.id, second + 1);
  });

  it('are refused when they name nothing', async () => {
    const wrong = await Promise.all([
      order('add', { channel: 'nobody' }),
      order('edit', { channel: channelAt(0).username, id: 999_999 }),
      order('fail', { channel: channelAt(0).username, fault: 'flood' }),
    ]);
    assert.deepEqual(
      wrong.map(({ status }) => status),
      [400, 400, 400],
    );
  });

  it('let addresses of files expire, and a fresh page has fresh ones', async () => {
    const { username } = channelAt(0);
    const image = async () =>
      readPosts(await page(`/s/${username}`))
        .flatMap(({ media }) => media)
        .find(({ kind }) => kind === 'photo')?.image ?? '';
    const old = await image();
    assert.equal((await fetch(old)).status, 200);
    await order('expire', {});
    assert.equal((await fetch(old)).status, 404);
    assert.equal((await fetch(await image())).status, 200);
    assert.equal((await fetch(`${telegram.url}/file/made-up~thing.jpg`)).status, 404);
  });
});

describe('limits and faults', () => {
  it('ask for patience beyond the rate, and count who does not listen', async () => {
    const limited = await startTelegram({
      latencyScale: 0,
      channels: 1,
      posts: 30,
      ratePerSecond: 0.01,
      burst: 2,
      retryAfterMs: 20_000,
    });
    try {
      const { username } = channelAt(0, limited);
      const statuses = [];
      for (let count = 0; count < 3; count += 1) {
        const response = await fetch(`${limited.url}/s/${username}`);
        statuses.push(response.status);
        if (response.status === 429) assert.equal(response.headers.get('retry-after'), '20');
      }
      assert.deepEqual(statuses, [200, 200, 429]);
      await new Promise((resolve) => setTimeout(resolve, 120));
      assert.equal((await fetch(`${limited.url}/s/${username}`)).status, 429);
      const { throttled, early, channels } = limited.stats();
      assert.deepEqual({ throttled, early }, { throttled: 2, early: 1 });
      assert.equal(channels[username]?.throttled, 2);
    } finally {
      await limited.close();
    }
  });

  it('go wrong as ordered, and only so often', async () => {
    const { username } = channelAt(3);
    const ask = async (fault: string) => {
      await order('fail', { channel: username, fault, times: 1 });
      try {
        const response = await fetch(`${telegram.url}/s/${username}`);
        const body = await response.text();
        return body.includes('</html>') ? response.status : `${response.status} cut`;
      } catch {
        return 'broken';
      }
    };
    assert.deepEqual(
      [
        await ask('reset'),
        await ask('unavailable'),
        await ask('cut'),
        await ask('truncated'),
        await ask('limited'),
      ],
      ['broken', 503, 'broken', '200 cut', '429 cut'],
    );
    assert.equal(readPosts(await page(`/s/${username}`)).length > 0, true);
  });

  it('go wrong by seed, and the same request mostly goes well the next time', async () => {
    const faulty = await startTelegram({
      latencyScale: 0,
      channels: 2,
      posts: 60,
      faultShare: 0.4,
    });
    try {
      const { username } = channelAt(0, faulty);
      let good = 0;
      for (let count = 0; count < 30; count += 1) {
        const body = await fetch(`${faulty.url}/s/${username}`)
          .then((response) => response.text())
          .catch(() => '');
        if (body.endsWith('</html>\n')) good += 1;
      }
      assert.ok(good > 8 && good < 28, `${good} of 30 went well`);
      assert.ok((faulty.stats().channels[username]?.faults ?? 0) >= 30 - good);
    } finally {
      await faulty.close();
    }
  });
});

describe('a world', () => {
  it('is the same for the same seed, and is written as files', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'telegram-'));
    const options = { latencyScale: 0, channels: 3, posts: 40, seed: 7 };
    const one = await startTelegram({ ...options, directory });
    const two = await startTelegram(options);
    const other = await startTelegram({ ...options, seed: 8 });
    try {
      const lines = (await readFile(one.truthFile ?? '', 'utf8')).trim().split('\n');
      assert.deepEqual(
        lines.map((line) => JSON.parse(line) as TruthPost),
        [...two.truth()],
      );
      assert.notDeepEqual([...two.truth()], [...other.truth()]);
      const csv = (await readFile(one.csvFile ?? '', 'utf8')).trimEnd().split('\n');
      const rows = [...one.rows()];
      assert.deepEqual(
        csv.slice(1),
        rows.map(({ written, row }) => `${written},row ${row}`),
      );
      const states = rows.map(({ state }) => state);
      assert.deepEqual(states, ['public', 'unknown', 'public', 'public', 'closed']);
    } finally {
      await Promise.all([one.close(), two.close(), other.close()]);
      await rm(directory, { recursive: true });
    }
  });
});
