/** Pictures of a page: a few at once, each once, and what cannot be had is named. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FailureError } from '../../model/failure.ts';
import type { CollectContext } from '../collector.ts';
import type { ChannelReader, ImageBytes } from './channel-reader.ts';
import { keepImages } from './images.ts';
import type { ChannelMessage } from './message.ts';

const JPEG = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 1, 2, 3);
const OPTIONS = { images: true, imageConcurrency: 3, maxImageBytes: 1_000 };

function message(id: number, urls: readonly string[]): ChannelMessage {
  return {
    kind: 'message',
    channel: { name: 'C', title: 'C' },
    id,
    url: `https://t.me/C/${id}`,
    edited: false,
    text: '',
    entities: [],
    reactions: [],
    media: urls.map((url) => ({ kind: 'photo' as const, url })),
  };
}

function contextOf(kept: string[], signal = new AbortController().signal): CollectContext {
  return {
    signal,
    random: { next: () => 0.5 },
    sleep: async () => {},
    files: {
      put: async ({ bytes, extension }: { bytes: Uint8Array; extension?: string }) => {
        kept.push(`${bytes.length}.${extension}`);
        return { digest: 'd', path: `d.${extension}`, size: bytes.length, known: false };
      },
    },
  } as unknown as CollectContext;
}

function readerOf(fetch: (url: string) => Promise<ImageBytes> | ImageBytes): ChannelReader {
  return {
    page: () => Promise.reject(new Error('not asked')),
    image: async (_, media) => fetch(media.url as string),
    close: async () => {},
  };
}

function failing(failureClass: 'transient' | 'throttled' | 'gone', message: string) {
  return new FailureError({ class: failureClass, code: 'x', message });
}

describe('pictures of a page', () => {
  it('are fetched a few at once, and listed with their messages', async () => {
    const kept: string[] = [];
    let [now, most] = [0, 0];
    const reader = readerOf(async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((go) => setImmediate(go));
      now -= 1;
      return { bytes: JPEG, contentType: 'text/plain' };
    });
    const messages = Array.from({ length: 5 }, (_, id) => message(id, ['a', 'b', 'c']));
    const found = await keepImages(messages, reader, contextOf(kept), OPTIONS);
    assert.equal(most, 3);
    assert.deepEqual([found.kept, found.failed, kept.length], [15, 0, 15]);
    const file = { digest: 'd', path: 'd.jpg', size: 7, type: 'image/jpeg' };
    assert.deepEqual(found.messages[0]?.media[2], { kind: 'photo', url: 'c', file });
    assert.deepEqual(found.messages[0]?.images, [file, file, file]);
  });

  it('are named where they cannot be had, and stop nobody', async () => {
    const kept: string[] = [];
    let tries = 0;
    const reader = readerOf((url) => {
      if (url === 'gone') throw failing('gone', 'It is gone.');
      if (url === 'page') return { bytes: Buffer.from('<html>'), contentType: 'text/html' };
      if (url === 'shaky') tries += 1;
      if (url === 'shaky' && tries < 3) throw failing('transient', 'Once more.');
      if (url === 'broken') throw failing('transient', 'It is broken.');
      return { bytes: JPEG, contentType: 'image/jpeg' };
    });
    const urls = ['gone', 'page', 'shaky', 'broken', 'well'];
    const found = await keepImages([message(1, urls)], reader, contextOf(kept), OPTIONS);
    const [only] = found.messages;
    assert.deepEqual(
      only?.media.map(({ file, fileError }) => fileError ?? file?.path),
      [
        'It is gone.',
        'Its address answered with something else: text/html.',
        'd.jpg',
        'It is broken.',
        'd.jpg',
      ],
    );
    assert.deepEqual([found.kept, found.failed, kept.length], [2, 3, 2]);
  });

  it('end the attempt where the host asks for a rest, and when it is interrupted', async () => {
    const resting = readerOf(() => {
      throw failing('throttled', 'Later.');
    });
    await assert.rejects(keepImages([message(1, ['a'])], resting, contextOf([]), OPTIONS), /Later/);
    const abort = new AbortController();
    abort.abort();
    const gone = readerOf(() => {
      throw failing('gone', 'Interrupted.');
    });
    const interrupted = keepImages([message(1, ['a'])], gone, contextOf([], abort.signal), OPTIONS);
    await assert.rejects(interrupted, /Interrupted/);
  });

  it('are left where they are not wanted, or kept already', async () => {
    const never = readerOf(() => assert.fail('fetched'));
    const file = { digest: 'd', path: 'd', size: 1, type: 'image/png' };
    const media = [
      { kind: 'photo' as const, url: 'a', file },
      { kind: 'video' as const, url: 'v' },
    ];
    const known = { ...message(1, []), media };
    const found = await keepImages([known], never, contextOf([]), OPTIONS);
    assert.deepEqual(found.messages[0]?.images, [file]);
    const off = { ...OPTIONS, images: false };
    assert.equal((await keepImages([message(1, ['a'])], never, contextOf([]), off)).kept, 0);
  });
});
