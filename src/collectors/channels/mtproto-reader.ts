/**
 * Reads a channel with the accounts of its tenant. One account is used at a time; where the service
 * asks it for patience it rests and another goes on with the same page, where it is not let in any
 * more it is set aside.
 */
import { orAborted } from '../../base/abort.ts';
import { FailureError } from '../../model/failure.ts';
import type { HeldAccount } from '../account-service.ts';
import type { CollectContext } from '../collector.ts';
import type { ChannelTarget } from './channel-name.ts';
import type { ChannelPage, ChannelReader, ImageBytes } from './channel-reader.ts';
import type { ChannelMessage, MessageMedia } from './message.ts';
import { photosOf, postsOf, readPost } from './mtproto-message.ts';
import { HISTORY, type TelegramSecret } from './telegram-account.ts';
import type { RpcMeaning, TelegramPeer, TelegramSession } from './telegram-client.ts';

type Photo = ReturnType<typeof photosOf>[number][1];
type Library = typeof import('./telegram-client.ts');

/** An account at work on the channel. What it was told of files is of use to it alone. */
interface Worker {
  readonly account: HeldAccount<TelegramSecret>;
  readonly session: TelegramSession;
  readonly peer: TelegramPeer;
  /** Pictures of its last pages, newest last. */
  readonly photos: Map<string, Photo>[];
}

/** Pages whose pictures are remembered: the one at hand, the one ahead, and one to spare. */
const PAGES_KEPT = 3;

export class MtprotoReader implements ChannelReader {
  readonly #target: ChannelTarget;
  readonly #ctx: CollectContext;
  readonly #gateway: string | undefined;
  #library: Library | undefined;
  #worker: Promise<Worker> | undefined;

  /** `gateway`: where a stand-in takes the calls; undefined = Telegram itself. */
  constructor(target: ChannelTarget, ctx: CollectContext, gateway: string | undefined) {
    this.#target = target;
    this.#ctx = ctx;
    this.#gateway = gateway;
  }

  page(before: number | undefined): Promise<ChannelPage> {
    return this.#withWorker(async (worker, library) => {
      const { messages, total } = await worker.session.history(worker.peer, before);
      const posts = postsOf(messages);
      // The last album of a full page may go on in the next, which then begins above it.
      const isCut = messages.length >= library.HISTORY_MAX && posts.length > 1;
      if (isCut && (posts.at(-1)?.[0]?.groupedIdUnique ?? null) !== null) posts.pop();
      worker.photos.push(new Map(posts.flatMap(photosOf)));
      if (worker.photos.length > PAGES_KEPT) worker.photos.shift();
      const records = posts.map((post) => readPost(post, worker.peer));
      const lowest = records.at(-1)?.id;
      const { username, title, id } = worker.peer;
      return {
        channel: { name: username === '' ? `c/${id}` : username, title, id },
        messages: records,
        older: lowest === undefined || lowest <= 1 ? undefined : lowest,
        total,
      };
    });
  }

  image(message: ChannelMessage, media: MessageMedia, bytesMax: number): Promise<ImageBytes> {
    const id = media.mediaId as string;
    return this.#withWorker(async (worker, library) => {
      const known = worker.photos.map((page) => page.get(id)).find((photo) => photo !== undefined);
      let photo = known ?? (await this.#photoAnew(worker, message, media));
      for (let anew = known === undefined; ; anew = true) {
        checkSize(photo, bytesMax);
        try {
          const bytes = await worker.session.download(photo, this.#ctx.signal);
          return { bytes, contentType: 'image/jpeg' };
        } catch (error) {
          if (anew || library.meaningOf(error).kind !== 'reference') throw error;
          photo = await this.#photoAnew(worker, message, media);
        }
      }
    });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    if (worker) await worker.then(letGo, () => {});
  }

  /** From its message as it is now. */
  async #photoAnew(
    { session, peer }: Worker,
    message: ChannelMessage,
    { mediaId, messageId }: MessageMedia,
  ): Promise<Photo> {
    const anew = await session.message(peer, messageId ?? message.id);
    const photo = anew && photosOf([anew]).find(([id]) => id === mediaId)?.[1];
    if (photo) return photo;
    throw new FailureError({
      class: 'gone',
      code: 'channels.image_gone',
      message: 'The picture is not in its message any more.',
    });
  }

  /** Calls with an account, and with another one where the first may not go on. */
  async #withWorker<T>(call: (worker: Worker, library: Library) => Promise<T>): Promise<T> {
    this.#library ??= await import('./telegram-client.ts');
    const library = this.#library;
    for (;;) {
      this.#worker ??= this.#hire(library);
      const hired = this.#worker;
      let worker: Worker | undefined;
      try {
        worker = await hired;
        if (!worker.account.renew()) {
          await this.#dismiss(hired, worker);
          continue;
        }
        const result = await orAborted(call(worker, library), this.#ctx.signal);
        worker.account.renew();
        return result;
      } catch (error) {
        if (this.#ctx.signal.aborted || error instanceof FailureError) {
          // Nobody was hired: the next call tries again.
          if (!worker && this.#worker === hired) this.#worker = undefined;
          throw error;
        }
        const meaning = library.meaningOf(error);
        if (worker && (meaning.kind === 'rest' || meaning.kind === 'dead')) {
          this.#tell(worker.account, meaning);
          await this.#dismiss(hired, worker);
          continue;
        }
        // Another call has let the worker go meanwhile, and this one was cut off by that.
        if (worker && this.#worker !== hired) continue;
        throw failureOf(meaning, error);
      }
    }
  }

  /** Calls of one worker come here together; the first lets it go. */
  async #dismiss(hired: Promise<Worker>, worker: Worker): Promise<void> {
    if (this.#worker !== hired) return;
    this.#worker = undefined;
    await letGo(worker);
  }

  #tell(account: HeldAccount, meaning: RpcMeaning): void {
    if (!account.held) return;
    if (meaning.kind === 'dead') account.quarantine(meaning.text);
    if (meaning.kind === 'rest') {
      account.rest(this.#ctx.nowMs() + meaning.seconds * 1_000, meaning.text);
    }
  }

  async #hire(library: Library): Promise<Worker> {
    for (;;) {
      const account = (await this.#ctx.account(HISTORY)) as HeldAccount<TelegramSecret>;
      let session: TelegramSession | undefined;
      try {
        session = await library.openClient(account.secret, this.#gateway);
        const { name, invite } = this.#target;
        const peer = await orAborted(session.resolve(name, invite), this.#ctx.signal);
        return { account, session, peer, photos: [] };
      } catch (error) {
        await session?.close();
        const meaning = error instanceof library.NoChannel ? undefined : library.meaningOf(error);
        if (meaning) this.#tell(account, meaning);
        account[Symbol.dispose]();
        if (this.#ctx.signal.aborted) throw error;
        if (meaning?.kind === 'rest' || meaning?.kind === 'dead') continue;
        throw meaning ? failureOf(meaning, error) : this.#noChannel(account, error as Error);
      }
    }
  }

  #noChannel({ name }: HeldAccount, error: Error): FailureError {
    return new FailureError({
      class: 'auth',
      code: 'channels.no_access',
      message: `${this.#target.name} ${error.message} (account ${name}).`,
      hint: 'Join the channel with that account; Sluice joins none by itself.',
    });
  }
}

async function letGo({ account, session }: Worker): Promise<void> {
  account[Symbol.dispose]();
  await session.close();
}

function failureOf(meaning: RpcMeaning, cause: unknown): FailureError {
  if (meaning.kind === 'failure') return new FailureError(meaning.failure, { cause });
  return new FailureError({
    class: 'gone',
    code: 'channels.image_gone',
    message: 'The way to the picture has expired, and so has a new one.',
  });
}

function checkSize({ fileSize }: Photo, bytesMax: number): void {
  if (fileSize === undefined || fileSize <= bytesMax) return;
  throw new FailureError({
    class: 'invalid',
    code: 'channels.image_too_large',
    message: `The picture has ${fileSize} bytes, more than ${bytesMax}.`,
  });
}
