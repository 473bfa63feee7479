/** Where a channel is read from: the public preview or an account. Both give the same records. */
import type { ChannelMessage, MessageMedia } from './message.ts';

export interface ChannelPage {
  readonly channel: ChannelMessage['channel'];
  /** Newest first; an album is one message. */
  readonly messages: readonly ChannelMessage[];
  /** Messages below this id are on the next page; undefined = this was the last. */
  readonly older: number | undefined;
  /** Messages of the whole channel, where that is told. */
  readonly total?: number;
}

export interface ImageBytes {
  readonly bytes: Uint8Array;
  readonly contentType: string;
}

export interface ChannelReader {
  /** The newest page, or the one below an id. Throws a `FailureError` where there is none. */
  page(before: number | undefined): Promise<ChannelPage>;
  /**
   * The bytes of a picture of a message that was on one of the last pages; asks for the message
   * anew where the way to its picture has expired.
   */
  image(message: ChannelMessage, media: MessageMedia, bytesMax: number): Promise<ImageBytes>;
  /** Gives back what it holds. */
  close(): Promise<void>;
}
