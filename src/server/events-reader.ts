/**
 * One stream to one client. What the client has not taken is bounded: one that is too far behind is
 * cut off, and comes back behind the last event that it has seen.
 */
import type { ServerResponse } from 'node:http';

export interface EventReaderOptions {
  readonly response: ServerResponse;
  /** Bytes that may be unsent, beside the first ones. */
  readonly unsentBytesMax: number;
  /** Ends with the job's end. */
  readonly untilEnd: boolean;
  /** Whether the key that opened it still opens it. */
  readonly allowed: () => Promise<boolean>;
  readonly onGone: (reader: EventReader) => void;
}

export class EventReader {
  readonly untilEnd: boolean;
  readonly allowed: () => Promise<boolean>;
  readonly #response: ServerResponse;
  readonly #unsentBytesMax: number;

  /** `first`: what it begins with, however much that is. */
  constructor(options: EventReaderOptions, first: Buffer) {
    const { response, untilEnd, allowed, onGone } = options;
    this.untilEnd = untilEnd;
    this.allowed = allowed;
    this.#response = response;
    this.#unsentBytesMax = options.unsentBytesMax + first.length;
    response.once('close', () => onGone(this));
    // A connection that breaks is no news: the client comes back.
    response.on('error', () => {});
    response.write(first);
  }

  write(bytes: Buffer): void {
    const response = this.#response;
    if (response.writableEnded || response.destroyed) return;
    if (response.writableLength + bytes.length > this.#unsentBytesMax) response.destroy();
    else response.write(bytes);
  }

  /** Resolves when it is closed. */
  end(last: string): Promise<void> {
    const response = this.#response;
    return new Promise((resolve) => {
      if (response.closed) resolve();
      else response.once('close', resolve);
      if (!response.writableEnded) response.end(last);
    });
  }

  destroy(): void {
    this.#response.destroy();
  }
}
