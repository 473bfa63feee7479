import type { Output } from './output.ts';

const BATCH_BYTES = 64 * 1_024;
/** UTF-8 takes at most this many bytes for one unit of a string. */
const BYTES_PER_UNIT = 3;

/**
 * Gathers small pieces into chunks for an output. `full` says when to `flush`, so that a writer
 * waits once a chunk and not once a piece; what is held beyond that is one piece.
 */
export class ByteBatch {
  readonly #output: Output;
  #buffer: Buffer = Buffer.allocUnsafe(BATCH_BYTES);
  #used = 0;
  #bytesOut = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  get full(): boolean {
    return this.#used >= BATCH_BYTES;
  }

  /** All bytes taken so far. */
  get bytes(): number {
    return this.#bytesOut + this.#used;
  }

  add(piece: Buffer): void {
    this.#reserve(piece.length);
    this.#used += piece.copy(this.#buffer, this.#used);
  }

  text(piece: string): void {
    this.#reserve(piece.length * BYTES_PER_UNIT);
    this.#used += this.#buffer.write(piece, this.#used, 'utf8');
  }

  async flush(): Promise<void> {
    if (this.#used === 0) return;
    const chunk = this.#buffer.subarray(0, this.#used);
    this.#bytesOut += this.#used;
    this.#buffer = Buffer.allocUnsafe(BATCH_BYTES);
    this.#used = 0;
    await this.#output.write(chunk);
  }

  #reserve(bytes: number): void {
    const needed = this.#used + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#used);
    this.#buffer = larger;
  }
}
