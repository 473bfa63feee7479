/** Which way a channel is read: as was asked for, or as it turns out to be possible. */
import { FailureError } from '../../model/failure.ts';
import type { CollectContext } from '../collector.ts';
import type { ChannelTarget } from './channel-name.ts';
import { type ChannelOptions, needsAccount } from './channel-options.ts';
import type { ChannelPage, ChannelReader, ImageBytes } from './channel-reader.ts';
import type { ChannelMessage, MessageMedia } from './message.ts';
import { MtprotoReader } from './mtproto-reader.ts';
import { PreviewReader } from './preview-reader.ts';

export interface ReaderConfig {
  readonly previewUrl: string;
  readonly gateway: string | undefined;
}

/** Throws a `FailureError` for an invitation that is to be read without an account. */
export function createReader(
  channel: { readonly name: string; readonly key: string; readonly invite?: string | undefined },
  ctx: CollectContext<ChannelOptions>,
  config: ReaderConfig,
): ChannelReader {
  const { name, key, invite } = channel;
  const target: ChannelTarget = { name, key, ...(invite === undefined ? {} : { invite }) };
  const withAccount = () => new MtprotoReader(target, ctx, config.gateway);
  if (needsAccount(channel, ctx.options.reader)) return withAccount();
  if (invite !== undefined) {
    throw new FailureError({
      class: 'auth',
      code: 'channels.needs_account',
      message: 'A channel behind an invitation is read with an account that has accepted it.',
      hint: 'Add one with `sluice accounts add telegram NAME`, or POST /v1/accounts, then the option reader=auto.',
    });
  }
  const preview = new PreviewReader(config.previewUrl, name, ctx);
  return ctx.options.reader === 'auto' ? new EitherReader(preview, withAccount) : preview;
}

/** The preview, and an account where there turns out to be none. */
class EitherReader implements ChannelReader {
  readonly #withAccount: () => ChannelReader;
  #reader: ChannelReader;
  /** Why there is no preview, once that is known. */
  #refusal: FailureError | undefined;

  constructor(preview: ChannelReader, withAccount: () => ChannelReader) {
    this.#reader = preview;
    this.#withAccount = withAccount;
  }

  async page(before: number | undefined): Promise<ChannelPage> {
    try {
      return await this.#reader.page(before);
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      if (this.#refusal === undefined && error.failure.code === 'channels.no_preview') {
        this.#refusal = error;
        this.#reader = this.#withAccount();
        return this.page(before);
      }
      // Without any account the first answer is the last word.
      throw error.failure.code === 'account.none' ? (this.#refusal ?? error) : error;
    }
  }

  image(message: ChannelMessage, media: MessageMedia, bytesMax: number): Promise<ImageBytes> {
    return this.#reader.image(message, media, bytesMax);
  }

  close(): Promise<void> {
    return this.#reader.close();
  }
}
