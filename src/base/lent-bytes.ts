/**
 * Memory that a caller and its threads see together. Bytes that are copied into it cross by
 * reference, and whoever had them before need not hold them: memory that a garbage collector would
 * otherwise meet with every call is used over and over instead.
 */

const PART_BYTES_MIN = 16 * 1_024;
/** Shorter ones may lie in memory that many buffers share. */
const FREED_BYTES_MIN = 16 * 1_024;
/** Longer ones cross as they are. */
const PART_BYTES_MAX = 256 * 1_024;
/** Kept for later calls, all together. */
const FREE_BYTES_MAX = 8 * 2 ** 20;

/**
 * Frees the memory of bytes that nobody else looks at: they are empty from then on. What waits for
 * a garbage collector makes it come sooner.
 */
export function freeBytes({ buffer, byteLength }: Uint8Array): void {
  const own = buffer instanceof ArrayBuffer && buffer.byteLength <= byteLength * 2;
  if (own && byteLength >= FREED_BYTES_MIN) buffer.transfer(0);
}

export class LentBytes {
  readonly #free = new Map<number, SharedArrayBuffer[]>();
  #freeBytes = 0;

  /** A copy that threads see, to be given back; undefined where the bytes are too many. */
  lend(bytes: Uint8Array): Uint8Array | undefined {
    if (bytes.byteLength > PART_BYTES_MAX) return undefined;
    let size = PART_BYTES_MIN;
    while (size < bytes.byteLength) size *= 2;
    const lent = new Uint8Array(this.#take(size), 0, bytes.byteLength);
    lent.set(bytes);
    return lent;
  }

  /** For the next: nobody looks at it any more. */
  giveBack({ buffer }: Uint8Array): void {
    if (this.#freeBytes + buffer.byteLength > FREE_BYTES_MAX) return;
    const free = this.#free.get(buffer.byteLength);
    if (free === undefined) this.#free.set(buffer.byteLength, [buffer as SharedArrayBuffer]);
    else free.push(buffer as SharedArrayBuffer);
    this.#freeBytes += buffer.byteLength;
  }

  #take(size: number): SharedArrayBuffer {
    const free = this.#free.get(size)?.pop();
    if (free === undefined) return new SharedArrayBuffer(size);
    this.#freeBytes -= size;
    return free;
  }
}
