/**
 * Where bytes go. A write resolves when the other side has taken the bytes, so whoever writes is
 * never ahead of whoever reads by more than one chunk.
 */
export interface Output {
  /** Takes a chunk, which must not change until the promise resolves. */
  write(chunk: Buffer): Promise<void>;
  /** All is written: makes it visible and durable where that applies. */
  finish(): Promise<void>;
  /** Gives up: nothing that was written stays behind where that can be helped. */
  discard(): Promise<void>;
}

/** Keeps what is written in memory. For small answers and tests. */
export class MemoryOutput implements Output {
  readonly #chunks: Buffer[] = [];

  async write(chunk: Buffer): Promise<void> {
    this.#chunks.push(chunk);
  }

  async finish(): Promise<void> {}

  async discard(): Promise<void> {
    this.#chunks.length = 0;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  text(): string {
    return this.bytes().toString('utf8');
  }
}
