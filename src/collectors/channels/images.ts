/**
 * Pictures of a page of messages, a few at once. One that cannot be had is named with its reason,
 * and its message stays; only what would hit all others as well (a rest that the host asks for, an
 * interrupt) ends the attempt.
 */
import { classify } from '../../retry/classify.ts';
import type { CollectContext } from '../collector.ts';
import { isImage } from './changes.ts';
import type { ChannelReader, ImageBytes } from './channel-reader.ts';
import type { ChannelMessage, KeptFile, MessageMedia } from './message.ts';
import { Turns } from './turns.ts';

export interface ImageOptions {
  readonly images: boolean;
  readonly imageConcurrency: number;
  /** Bytes. */
  readonly maxImageBytes: number;
}

export interface WithImages {
  /** In the order that was given. */
  readonly messages: readonly ChannelMessage[];
  readonly kept: number;
  readonly failed: number;
}

const TRIES = 3;
const AGAIN_AFTER_MS = 400;

const EXTENSIONS: Readonly<Record<string, string>> = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/webp': 'webp',
  'image/gif': 'gif',
};

/** `turns`: shared by pages that are worked on at the same time. */
export async function keepImages(
  messages: readonly ChannelMessage[],
  reader: ChannelReader,
  ctx: CollectContext,
  options: ImageOptions,
  turns: Turns = new Turns(options.imageConcurrency),
): Promise<WithImages> {
  if (!options.images) return { messages, kept: 0, failed: 0 };
  const found = new Map<MessageMedia, MessageMedia>();
  const wanted = messages.flatMap((message) =>
    message.media
      .filter((media) => isImage(media) && !media.file)
      .map((media) => ({ message, media })),
  );
  let failed = 0;
  const keep = async ({ message, media }: (typeof wanted)[number]) => {
    const file = await keepOne(message, media, reader, ctx, options);
    if (typeof file === 'string') failed += 1;
    found.set(media, typeof file === 'string' ? { ...media, fileError: file } : { ...media, file });
  };
  try {
    await Promise.all(wanted.map((each) => turns.take(() => keep(each))));
  } catch (error) {
    turns.end(error);
    throw error;
  }
  return {
    messages: messages.map((message) => withList(withMedia(message, found))),
    kept: wanted.length - failed,
    failed,
  };
}

function withMedia(
  message: ChannelMessage,
  found: ReadonlyMap<MessageMedia, MessageMedia>,
): ChannelMessage {
  if (!message.media.some((media) => found.has(media))) return message;
  return { ...message, media: message.media.map((media) => found.get(media) ?? media) };
}

function withList(message: ChannelMessage): ChannelMessage {
  const images = message.media.flatMap(({ file }) => file ?? []);
  return images.length === 0 ? message : { ...message, images };
}

/** The file, or why there is none. */
async function keepOne(
  message: ChannelMessage,
  media: MessageMedia,
  reader: ChannelReader,
  ctx: CollectContext,
  options: ImageOptions,
): Promise<KeptFile | string> {
  let image: ImageBytes;
  try {
    image = await fetchPatiently(message, media, reader, ctx, options.maxImageBytes);
  } catch (error) {
    if (ctx.signal.aborted) throw error;
    const failure = classify(error);
    if (failure.class === 'throttled' || failure.class === 'bug') throw error;
    return failure.message;
  }
  const type = imageType(image);
  if (type === undefined) return `Its address answered with something else: ${image.contentType}.`;
  const { digest, path, size } = await ctx.files.put({
    bytes: image.bytes,
    contentType: type,
    extension: EXTENSIONS[type] as string,
  });
  return { digest, path, size, type };
}

async function fetchPatiently(
  message: ChannelMessage,
  media: MessageMedia,
  reader: ChannelReader,
  ctx: CollectContext,
  bytesMax: number,
): Promise<ImageBytes> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await reader.image(message, media, bytesMax);
    } catch (error) {
      if (ctx.signal.aborted || tried >= TRIES || classify(error).class !== 'transient')
        throw error;
      await ctx.sleep(AGAIN_AFTER_MS * 2 ** tried * (0.5 + ctx.random.next()));
    }
  }
}

/** By its first bytes: what a host says of a picture is often wrong. */
function imageType({ bytes }: ImageBytes): string | undefined {
  const starts = (...signature: number[]) => signature.every((byte, at) => bytes[at] === byte);
  if (starts(0xff, 0xd8, 0xff)) return 'image/jpeg';
  if (starts(0x89, 0x50, 0x4e, 0x47)) return 'image/png';
  if (starts(0x47, 0x49, 0x46, 0x38)) return 'image/gif';
  const isRiff = starts(0x52, 0x49, 0x46, 0x46);
  return isRiff && String.fromCharCode(...bytes.subarray(8, 12)) === 'WEBP'
    ? 'image/webp'
    : undefined;
}
