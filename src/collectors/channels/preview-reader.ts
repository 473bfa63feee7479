/** Reads a channel from its public preview: no account, no key, what everybody can see. */
import { FailureError } from '../../model/failure.ts';
import type { CollectContext } from '../collector.ts';
import type { ChannelPage, ChannelReader, ImageBytes } from './channel-reader.ts';
import type { ChannelMessage, MessageMedia } from './message.ts';
import { type NoPreview, readPreviewPage, readSinglePage } from './preview-page.ts';

const HTML = { accept: 'text/html' };
const IMAGES = { accept: 'image/*' };
/** Of a picture: its address has expired. */
const EXPIRED = new Set([403, 404, 410]);

export class PreviewReader implements ChannelReader {
  readonly #base: string;
  readonly #name: string;
  readonly #ctx: CollectContext;
  /** Messages that were asked for alone, so that an album of ten asks once. */
  readonly #again = new Map<number, Promise<ChannelMessage | undefined>>();

  /** `base`: where the previews are, such as `https://t.me`. */
  constructor(base: string, name: string, ctx: CollectContext) {
    this.#base = base.replace(/\/+$/, '');
    this.#name = name;
    this.#ctx = ctx;
  }

  async page(before: number | undefined): Promise<ChannelPage> {
    const query = before === undefined ? '' : `?before=${before}`;
    const reply = await this.#ctx.fetch(`${this.#base}/s/${this.#name}${query}`, { headers: HTML });
    const page = readPreviewPage(reply.text(), reply.url);
    if (typeof page === 'string') throw noPreview(page, this.#name, reply.url);
    const messages = page.messages
      .filter(({ id }) => before === undefined || id < before)
      .toReversed();
    const lowest = messages.at(-1)?.id;
    // What leads nowhere, or back, is the end.
    const older = page.before === undefined ? undefined : lowest;
    return { channel: page.channel, messages, older };
  }

  async image(message: ChannelMessage, media: MessageMedia, bytesMax: number): Promise<ImageBytes> {
    const first = await this.#bytes(media.url, bytesMax);
    if (first) return first;
    const anew = await this.#messageAnew(message);
    const place = message.media.indexOf(media);
    const same = anew?.media.find(
      ({ mediaId }) => mediaId !== undefined && mediaId === media.mediaId,
    );
    const second = await this.#bytes((same ?? anew?.media[place])?.url, bytesMax);
    if (second) return second;
    throw new FailureError({
      class: 'gone',
      code: 'channels.image_gone',
      message: 'The address of the picture has expired, and so has a new one.',
    });
  }

  async close(): Promise<void> {}

  /** undefined = it has expired. */
  async #bytes(url: string | undefined, bytesMax: number): Promise<ImageBytes | undefined> {
    if (url === undefined) return undefined;
    try {
      const reply = await this.#ctx.fetch(url, { headers: IMAGES, bodyBytesMax: bytesMax });
      return { bytes: reply.body, contentType: reply.headers['content-type'] ?? '' };
    } catch (error) {
      if (error instanceof FailureError && EXPIRED.has(error.failure.status ?? 0)) return undefined;
      throw error;
    }
  }

  #messageAnew(message: ChannelMessage): Promise<ChannelMessage | undefined> {
    let asked = this.#again.get(message.id);
    if (!asked) {
      asked = this.#single(message);
      this.#again.set(message.id, asked);
      const forget = () => this.#again.delete(message.id);
      asked.then(forget, forget);
    }
    return asked;
  }

  async #single({ id, channel }: ChannelMessage): Promise<ChannelMessage | undefined> {
    const url = `${this.#base}/${this.#name}/${id}?embed=1&mode=tme`;
    const reply = await this.#ctx.fetch(url, { headers: HTML });
    return readSinglePage(reply.text(), reply.url, channel);
  }
}

function noPreview(what: NoPreview, name: string, url: string): FailureError {
  switch (what) {
    case 'unknown':
      return new FailureError({
        class: 'gone',
        code: 'channels.not_found',
        message: `There is no channel ${name}.`,
        hint: 'Check the name; channels are renamed and deleted.',
      });
    case 'landing':
      return new FailureError({
        class: 'auth',
        code: 'channels.no_preview',
        message: `${name} is not shown on the web: it is closed, restricted, or no channel.`,
        hint: 'With an account it may be read: `sluice accounts add telegram`, or POST /v1/accounts, then the option reader=auto.',
      });
    case 'cut':
      return new FailureError({
        class: 'transient',
        code: 'channels.page_cut',
        message: `The page ${url} ends before its end.`,
        hint: 'Often passing: it is asked for again.',
      });
    case 'foreign':
      return new FailureError({
        class: 'transient',
        code: 'channels.unexpected_page',
        message: `${url} answered with a page that is no channel's.`,
        hint: 'Something between here and the service may answer in its place.',
      });
  }
}
