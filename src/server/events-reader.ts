/**
 * One stream to one client. What the client has not taken is bounded: one that is too far behind is
 * cut off, and comes back behind the last event that it has seen.
 */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Bytes for many readers, made ready once. */
export class Chunk {
  readonly bytes: Buffer;
  /** As HTTP/1.1 sends them in chunked coding. */
  readonly coded: Buffer;

  constructor(parts: readonly Buffer[]) {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const size = Buffer.from(`${length.toString(16)}\r\n`);
    this.coded = Buffer.concat([size, ...parts, CRLF]);
    this.bytes = this.coded.subarray(size.length, size.length + length);
  }
}

const CRLF = Buffer.from('\r\n');

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
  readonly #socket: Socket | undefined;

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
    this.#socket = response.chunkedEncoding ? (response.socket ?? undefined) : undefined;
  }

  /**
   * Past the response where that does no more than code the chunk: for hundreds of readers coding
   * costs more than sending.
   */
  write({ bytes, coded }: Chunk): void {
    const response = this.#response;
    if (response.writableEnded || response.destroyed) return;
    if (response.writableLength + bytes.length > this.#unsentBytesMax) response.destroy();
    else if (this.#socket !== undefined) this.#socket.write(coded);
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
