import type { Transform } from 'node:stream';
import zlib from 'node:zlib';
import { messageOf } from '../base/errors.ts';
import type { BodyListener, BodyReader, Coding } from './body-reader.ts';
import { decoderStream } from './body-reader.ts';

/**
 * A body that is taken while it comes. What has come and was not taken has a bound: beyond it the
 * connection is left unread until there is room again, so memory is flat whatever the body's size.
 * It is read by one reader, once. Whoever leaves it (a `break`, `cancel`) closes its connection.
 */
export interface BodyStream extends AsyncIterable<Uint8Array> {
  /** Bytes on the wire so far, where they are counted. */
  readonly wireBytes?: number;
  /** Ends it: nothing more comes. Harmless after its end. */
  cancel(): void;
  /** Told once, when its last byte came, it failed (with the reason) or it was cancelled. */
  onEnd(listener: (reason: unknown) => void): void;
}

/** Bytes that may wait for the reader. */
const HELD_BYTES_MAX = 256 * 1024;
const ROOM_BYTES = HELD_BYTES_MAX / 2;

interface Waiter {
  resolve(step: IteratorResult<Uint8Array, undefined>): void;
  reject(reason: unknown): void;
}

const END = { done: true, value: undefined } as const;

export class StreamReader implements BodyReader, BodyStream {
  wireBytes = 0;
  readonly #codings: readonly Coding[];
  readonly #max: number;
  readonly #listener: BodyListener;
  readonly #onCancel: () => void;
  #decoders: readonly Transform[] = [];
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #bytes = 0;
  /** The connection is left unread. */
  #full = false;
  #wait: Waiter | undefined;
  #ended = false;
  #reason: unknown;
  #onEnd: ((reason: unknown) => void) | undefined;
  #taken = false;

  constructor(
    codings: readonly Coding[],
    bodyBytesMax: number,
    listener: BodyListener,
    onCancel: () => void,
  ) {
    this.#codings = codings;
    this.#max = bodyBytesMax;
    this.#listener = listener;
    this.#onCancel = onCancel;
  }

  /** Whether it is the reader that is waited for, not the server. */
  get full(): boolean {
    return this.#full;
  }

  write(chunk: Uint8Array): boolean {
    if (this.#ended) return true;
    this.wireBytes += chunk.length;
    if (this.#codings.length === 0) {
      this.#push(chunk);
      return !this.#full;
    }
    if (this.#decoders.length === 0) this.#startDecoders(chunk);
    const [first] = this.#decoders as [Transform];
    this.#full = !first.write(chunk) || this.#full;
    return !this.#full;
  }

  end(): void {
    if (this.#ended) return;
    const [first] = this.#decoders;
    if (first === undefined) this.#listener.onBody(new Uint8Array(0));
    else first.end();
  }

  /** All has come, or (with a reason) no more will. */
  finish(reason?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#reason = reason;
    if (reason !== undefined) this.destroy();
    const wait = this.#wait;
    this.#wait = undefined;
    if (wait && reason !== undefined) wait.reject(reason);
    else wait?.resolve(END);
    this.#onEnd?.(reason);
  }

  destroy(): void {
    this.#held = [];
    this.#heldBytes = 0;
    for (const decoder of this.#decoders) decoder.destroy();
  }

  cancel(): void {
    this.#held = [];
    if (!this.#ended) this.#onCancel();
  }

  onEnd(listener: (reason: unknown) => void): void {
    if (this.#ended) listener(this.#reason);
    else this.#onEnd = listener;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    if (this.#taken) throw new TypeError('a body that is streamed can be read once');
    this.#taken = true;
    return {
      next: () => this.#next(),
      return: async () => {
        this.cancel();
        return END;
      },
    };
  }

  #next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const value = this.#held.shift();
    if (value !== undefined) {
      this.#heldBytes -= value.length;
      if (this.#full && this.#heldBytes <= ROOM_BYTES) this.#makeRoom();
      return Promise.resolve({ done: false, value });
    }
    if (this.#reason !== undefined) return Promise.reject(this.#reason);
    if (this.#ended) return Promise.resolve(END);
    return new Promise((resolve, reject) => {
      this.#wait = { resolve, reject };
    });
  }

  #push(chunk: Uint8Array): void {
    if (this.#ended || chunk.length === 0) return;
    this.#bytes += chunk.length;
    if (this.#bytes > this.#max) {
      this.#listener.onBodyError({ kind: 'too-large' });
      return;
    }
    const wait = this.#wait;
    if (wait) {
      this.#wait = undefined;
      wait.resolve({ done: false, value: chunk });
      return;
    }
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes < HELD_BYTES_MAX) return;
    this.#full = true;
    this.#decoders.at(-1)?.pause();
  }

  #makeRoom(): void {
    this.#full = false;
    const last = this.#decoders.at(-1);
    if (last === undefined) this.#listener.onRoom();
    else {
      last.resume();
      if (this.#decoders[0]?.writableNeedDrain === false) this.#listener.onRoom();
    }
  }

  /** Codings are undone from the outermost, the last one named, inwards. */
  #startDecoders(head: Uint8Array): void {
    const decoders = this.#codings.toReversed().map((coding) => decoderStream(coding, head));
    this.#decoders = decoders;
    const fail = (error: unknown) => {
      if (this.#ended) return;
      const detail = messageOf(error).toLowerCase();
      const early = (error as { errno?: number }).errno === zlib.constants.Z_BUF_ERROR;
      this.#listener.onBodyError({
        kind: 'corrupt',
        detail: early ? 'the compressed stream ends too early' : detail,
      });
    };
    for (const [i, decoder] of decoders.entries()) {
      decoder.on('error', fail);
      const next = decoders[i + 1];
      if (next) decoder.pipe(next);
    }
    const last = decoders.at(-1) as Transform;
    last.on('data', (chunk: Uint8Array) => this.#push(chunk));
    last.on('end', () => {
      if (!this.#ended) this.#listener.onBody(new Uint8Array(0));
    });
    decoders[0]?.on('drain', () => {
      if (this.#ended || this.#heldBytes >= HELD_BYTES_MAX) return;
      this.#full = false;
      this.#listener.onRoom();
    });
  }
}
