/**
 * What has changed since a message was last seen. Counts grow and addresses expire all the time:
 * they alone are no change, unless they are asked for.
 */
import type { ChannelMessage, MessageMedia } from './message.ts';

export interface ChangeOptions {
  /** Views, reactions and votes count as well. */
  readonly counts: boolean;
  /** A picture that is not kept yet is a reason to look again. */
  readonly images: boolean;
}

export function isChanged(
  before: ChannelMessage,
  now: ChannelMessage,
  options: ChangeOptions,
): boolean {
  if (JSON.stringify(lasting(before, options)) !== JSON.stringify(lasting(now, options))) {
    return true;
  }
  return options.images && before.media.some((media) => isImage(media) && !media.file);
}

/** Whether it is told again once its pictures were tried: not where none of them was had. */
export function isNews(
  before: ChannelMessage,
  now: ChannelMessage,
  options: ChangeOptions,
): boolean {
  if (isChanged(before, now, { ...options, images: false })) return true;
  return (
    now.media.filter(({ file }) => file).length > before.media.filter(({ file }) => file).length
  );
}

/** The same message with the files that are kept of it already. */
export function withKnownFiles(
  before: ChannelMessage | undefined,
  now: ChannelMessage,
): ChannelMessage {
  if (!before) return now;
  const known = new Map(
    before.media.flatMap(({ mediaId, file }) => (mediaId && file ? [[mediaId, file]] : [])),
  );
  if (known.size === 0) return now;
  return {
    ...now,
    media: now.media.map((media) => {
      const file = media.mediaId === undefined ? undefined : known.get(media.mediaId);
      return file ? { ...media, file } : media;
    }),
  };
}

/** As it was last seen, and that it is gone. */
export function asDeleted(before: ChannelMessage): ChannelMessage {
  return { ...before, kind: 'deletion', deleted: true };
}

/** Whether it is a picture that can be fetched. */
export function isImage(media: MessageMedia): boolean {
  return media.kind === 'photo' && (media.url !== undefined || media.mediaId !== undefined);
}

function lasting(message: ChannelMessage, options: ChangeOptions): unknown {
  const { channel, views, reactions, poll, replyTo, media, images, ...rest } = message;
  return {
    // In one order, however the entry was written.
    ...Object.fromEntries(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1))),
    replyTo: replyTo?.id,
    poll: poll && [poll.question, poll.options.map(({ text }) => text)],
    media: media.map(({ kind, mediaId, messageId, fileName, title }) => [
      kind,
      mediaId,
      messageId,
      fileName,
      title,
    ]),
    counts: options.counts ? [views, reactions, poll] : undefined,
  };
}
