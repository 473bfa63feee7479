import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { messageOf } from '../base/errors.ts';

/**
 * Collects a body and undoes its content codings, holding at most `bodyBytesMax` of the result
 * whatever the ratio. A small compressed body is kept until its end and decompressed at once, which
 * costs a tenth of a stream; a longer one goes through a stream as it comes, so that a bomb is met
 * at the cap and not after its last byte.
 */
export interface BodyReader {
  /** False = pause until `onRoom`. Calls nothing after an error. */
  write(chunk: Uint8Array): boolean;
  /** The exchange is over: says what became of the body, perhaps synchronously. */
  end(): void;
  /** Frees what is held. */
  destroy(): void;
  /** Bytes before decompression. */
  readonly wireBytes: number;
}

export interface BodyListener {
  onBody(body: Uint8Array): void;
  onBodyError(error: BodyError): void;
  /** The reader takes more after `write` answered false. */
  onRoom(): void;
}

export type BodyError =
  | { readonly kind: 'too-large' }
  | { readonly kind: 'corrupt'; readonly detail: string };

export type Coding = 'gzip' | 'deflate' | 'br' | 'zstd';

/** Compressed bodies up to this size are decompressed in one synchronous call. */
const SYNC_BYTES_MAX = 32 * 1024;
/** Codings on top of each other; more is an attack or a mistake. */
const CODINGS_MAX = 3;
/** A compressed body may exceed what it holds by its frame and its stored blocks. */
const FRAME_BYTES = 64 * 1024;
/** 8 MiB, the window that RFC 8878 asks every decoder to support and nobody to exceed. */
const ZSTD_WINDOW_LOG_MAX = 23;

const ZSTD_OPTIONS = {
  params: { [zlib.constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX },
} as const;

/** The codings of a Content-Encoding header, outermost last; unknown ones are left alone. */
export function contentCodings(header: string | undefined): readonly Coding[] | undefined {
  if (header === undefined) return [];
  const codings: Coding[] = [];
  for (const name of header.toLowerCase().split(',', 16)) {
    const coding = name.trim().replace(/^x-/, '');
    if (coding === 'gzip' || coding === 'deflate' || coding === 'br' || coding === 'zstd') {
      codings.push(coding);
    }
  }
  return codings.length > CODINGS_MAX ? undefined : codings;
}

export function createBodyReader(
  codings: readonly Coding[],
  bodyBytesMax: number,
  listener: BodyListener,
): BodyReader {
  if (codings.length === 0) return new PlainReader(bodyBytesMax, listener);
  return new CodedReader(codings, bodyBytesMax, listener);
}

class PlainReader implements BodyReader {
  wireBytes = 0;
  readonly #max: number;
  readonly #listener: BodyListener;
  #chunks: Uint8Array[] = [];

  constructor(max: number, listener: BodyListener) {
    this.#max = max;
    this.#listener = listener;
  }

  write(chunk: Uint8Array): boolean {
    this.wireBytes += chunk.length;
    if (this.wireBytes > this.#max) {
      this.#chunks = [];
      this.#listener.onBodyError({ kind: 'too-large' });
    } else {
      this.#chunks.push(chunk);
    }
    return true;
  }

  end(): void {
    this.#listener.onBody(joined(this.#chunks, this.wireBytes));
  }

  destroy(): void {
    this.#chunks = [];
  }
}

class CodedReader implements BodyReader {
  wireBytes = 0;
  readonly #codings: readonly Coding[];
  readonly #max: number;
  readonly #listener: BodyListener;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #stream: zlib.Gunzip | undefined;
  #destroyed = false;

  constructor(codings: readonly Coding[], max: number, listener: BodyListener) {
    this.#codings = codings;
    this.#max = max;
    this.#listener = listener;
  }

  write(chunk: Uint8Array): boolean {
    if (this.#destroyed) return true;
    this.wireBytes += chunk.length;
    if (this.#stream !== undefined) return this.#stream.write(chunk);
    this.#chunks.push(chunk);
    if (this.wireBytes <= SYNC_BYTES_MAX) return true;
    if (this.#codings.length > 1) {
      if (this.wireBytes > this.#max + FRAME_BYTES) this.#fail({ kind: 'too-large' });
      return true;
    }
    return this.#startStream(this.#codings[0] as Coding);
  }

  end(): void {
    if (this.#destroyed) return;
    if (this.#stream !== undefined) this.#stream.end();
    else if (this.wireBytes === 0) this.#listener.onBody(new Uint8Array(0));
    else if (this.wireBytes <= SYNC_BYTES_MAX) this.#decodeNow();
    else void this.#decodeLater();
  }

  destroy(): void {
    this.#destroyed = true;
    this.#chunks = [];
    this.#stream?.destroy();
  }

  #startStream(coding: Coding): boolean {
    const wire = joined(this.#chunks, this.wireBytes);
    this.#chunks = [];
    const stream = decoderStream(coding, wire);
    this.#stream = stream;
    stream.on('data', (chunk: Uint8Array) => {
      if (this.#destroyed) return;
      this.#bytes += chunk.length;
      if (this.#bytes > this.#max) this.#fail({ kind: 'too-large' });
      else this.#chunks.push(chunk);
    });
    stream.on('error', (error) => {
      if (!this.#destroyed) this.#fail({ kind: 'corrupt', detail: detailOf(coding, error) });
    });
    stream.on('drain', () => {
      if (!this.#destroyed) this.#listener.onRoom();
    });
    stream.on('end', () => {
      if (!this.#destroyed) this.#listener.onBody(joined(this.#chunks, this.#bytes));
    });
    return stream.write(wire);
  }

  #decodeNow(): void {
    let body = joined(this.#chunks, this.wireBytes);
    for (const [coding, max] of this.#steps()) {
      try {
        body = decodeSync(coding, body, max);
      } catch (error) {
        this.#fail(bodyError(coding, error));
        return;
      }
    }
    this.#listener.onBody(body);
  }

  /** Several codings on a long body: rare, so simple, each step capped and on the thread pool. */
  async #decodeLater(): Promise<void> {
    let body = joined(this.#chunks, this.wireBytes);
    for (const [coding, max] of this.#steps()) {
      try {
        body = await decodeAsync(coding, body, max);
      } catch (error) {
        if (!this.#destroyed) this.#fail(bodyError(coding, error));
        return;
      }
      if (this.#destroyed) return;
    }
    this.#listener.onBody(body);
  }

  /** From the outermost coding in, each with the most that may come out of it. */
  #steps(): (readonly [coding: Coding, bytesMax: number])[] {
    const frameBytes = (i: number) => (i === 0 ? 0 : FRAME_BYTES);
    return this.#codings
      .map((coding, i) => [coding, this.#max + frameBytes(i)] as const)
      .toReversed();
  }

  #fail(error: BodyError): void {
    this.destroy();
    this.#listener.onBodyError(error);
  }
}

function decodeSync(coding: Coding, wire: Uint8Array, maxOutputLength: number): Uint8Array {
  const options = { maxOutputLength: Math.max(maxOutputLength, 1) };
  switch (coding) {
    case 'gzip':
      return zlib.gunzipSync(wire, options);
    case 'br':
      return zlib.brotliDecompressSync(wire, options);
    case 'zstd':
      return zlib.zstdDecompressSync(wire, { ...ZSTD_OPTIONS, ...options });
    case 'deflate':
      return isZlib(wire) ? zlib.inflateSync(wire, options) : zlib.inflateRawSync(wire, options);
  }
}

const gunzip = promisify<Uint8Array, zlib.ZlibOptions, Uint8Array>(zlib.gunzip);
const inflate = promisify<Uint8Array, zlib.ZlibOptions, Uint8Array>(zlib.inflate);
const inflateRaw = promisify<Uint8Array, zlib.ZlibOptions, Uint8Array>(zlib.inflateRaw);
const unbrotli = promisify<Uint8Array, zlib.BrotliOptions, Uint8Array>(zlib.brotliDecompress);
const unzstd = promisify<Uint8Array, zlib.ZstdOptions, Uint8Array>(zlib.zstdDecompress);

function decodeAsync(coding: Coding, wire: Uint8Array, maxOutputLength: number) {
  const options = { maxOutputLength: Math.max(maxOutputLength, 1) };
  switch (coding) {
    case 'gzip':
      return gunzip(wire, options);
    case 'br':
      return unbrotli(wire, options);
    case 'zstd':
      return unzstd(wire, { ...ZSTD_OPTIONS, ...options });
    case 'deflate':
      return isZlib(wire) ? inflate(wire, options) : inflateRaw(wire, options);
  }
}

export function decoderStream(coding: Coding, head: Uint8Array): zlib.Gunzip {
  switch (coding) {
    case 'gzip':
      return zlib.createGunzip();
    case 'br':
      return zlib.createBrotliDecompress();
    case 'zstd':
      return zlib.createZstdDecompress(ZSTD_OPTIONS);
    case 'deflate':
      return isZlib(head) ? zlib.createInflate() : zlib.createInflateRaw();
  }
}

/** `deflate` means zlib's frame, but many servers send the bare stream. */
function isZlib(wire: Uint8Array): boolean {
  const [first = 0, second = 0] = wire;
  return (first & 0x0f) === 8 && (first * 256 + second) % 31 === 0;
}

function bodyError(coding: Coding, error: unknown): BodyError {
  const tooLarge = error instanceof RangeError;
  return tooLarge ? { kind: 'too-large' } : { kind: 'corrupt', detail: detailOf(coding, error) };
}

function detailOf(coding: Coding, error: unknown): string {
  const message = messageOf(error);
  return /unexpected end|Z_BUF/i.test(message)
    ? `the ${coding} stream ends too early`
    : `it is no ${coding} stream (${message.toLowerCase()})`;
}

function joined(chunks: readonly Uint8Array[], bytes: number): Uint8Array {
  return chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks, bytes);
}
