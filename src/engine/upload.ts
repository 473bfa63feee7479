/**
 * One file on its way in. It is written beside its place, as `….part`, and gets its name once it is
 * whole: synced, with the digest that was promised. Meanwhile readers take what has arrived and
 * wait for more.
 *
 * Invariant: `arrived` says that there is no more only after the file has its name on disk, so
 * nothing that broke off is ever taken for whole, not even after a crash.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { formatBytes } from '../base/duration.ts';
import { messageOf, SluiceError, systemCode } from '../base/errors.ts';
import type { ArrivingFile } from '../sources/arriving-file.ts';

/** What follows the name of a file that is not whole. */
export const PART = '.part';

export interface UploadTerms {
  readonly bytesMax: number;
  /** What the sender says the SHA-256 is, base64. */
  readonly sha256: string | undefined;
}

export interface UploadEnd {
  readonly bytes: number;
  /** SHA-256, base64. */
  readonly sha256: string;
}

export class Upload {
  /** Absolute; where the file is once it is whole. */
  readonly path: string;
  /** For people. */
  readonly name: string;
  readonly #handle: FileHandle;
  readonly #waiting = new Set<() => void>();
  #bytes = 0;
  #whole = false;
  #error: SluiceError | undefined;
  #interrupt: ((error: SluiceError) => void) | undefined;

  private constructor(path: string, name: string, handle: FileHandle) {
    this.path = path;
    this.name = name;
    this.#handle = handle;
  }

  /** Rejects with `store.*`. */
  static async open(path: string, name: string): Promise<Upload> {
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      return new Upload(path, name, await open(path + PART, 'wx', 0o600));
    } catch (error) {
      throw diskError(error, path);
    }
  }

  /** Why it will never be whole, where that is so. */
  get error(): SluiceError | undefined {
    return this.#error;
  }

  /** The file for readers. A reader that waits ends with the signal's reason. */
  file(signal?: AbortSignal): ArrivingFile {
    return {
      paths: [this.path + PART, this.path],
      cut: false,
      arrived: (known) => this.#arrived(known, signal),
    };
  }

  /**
   * Takes the bytes to their end. Rejects with what `chunks` rejects with, or with `input.*`,
   * `store.*` or what `abandon` was given; the part that arrived stays until `remove`.
   */
  async receive(chunks: AsyncIterable<Uint8Array>, terms: UploadTerms): Promise<UploadEnd> {
    const hash = createHash('sha256');
    const iterator = chunks[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await this.#unlessAbandoned(iterator.next());
        if (next.done === true) break;
        await this.#take(next.value, terms.bytesMax);
        hash.update(next.value);
      }
      const sha256 = hash.digest('base64');
      if (terms.sha256 !== undefined && terms.sha256 !== sha256) {
        const { name } = this;
        throw new SluiceError('input.digest_mismatch', { name, sha256, expected: terms.sha256 });
      }
      await this.#settle();
      return { bytes: this.#bytes, sha256 };
    } catch (error) {
      const explained = diskError(error, this.path);
      this.abandon(explained);
      await this.#handle.close().catch(() => {});
      // It may be in the middle of a wait: its end is not waited for.
      iterator.return?.()?.catch?.(() => {});
      throw explained;
    }
  }

  /** It will not become whole: whoever reads it is told why. After its end this does nothing. */
  abandon(error: unknown): void {
    if (this.#whole || this.#error !== undefined) return;
    this.#error = forReaders(error, this.name);
    this.#interrupt?.(this.#error);
    this.#wake();
  }

  /** Removes what there is on disk. */
  async remove(): Promise<void> {
    await Promise.all([rm(this.path + PART, { force: true }), rm(this.path, { force: true })]);
  }

  async #take(chunk: Uint8Array, bytesMax: number): Promise<void> {
    if (this.#bytes + chunk.length > bytesMax) {
      throw new SluiceError('input.too_large', { name: this.name, limit: formatBytes(bytesMax) });
    }
    for (let at = 0; at < chunk.length; ) {
      const { bytesWritten } = await this.#handle.write(chunk, at, chunk.length - at);
      at += bytesWritten;
    }
    this.#bytes += chunk.length;
    this.#wake();
  }

  async #settle(): Promise<void> {
    await this.#handle.sync();
    await this.#handle.close();
    if (this.#error !== undefined) throw this.#error;
    await rename(this.path + PART, this.path);
    const directory = await open(dirname(this.path), 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
    if (this.#error !== undefined) throw this.#error;
    this.#whole = true;
    this.#wake();
  }

  #unlessAbandoned<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#error !== undefined) reject(this.#error);
      this.#interrupt = reject;
      work.then(resolve, reject);
    });
  }

  async #arrived(known: number, signal: AbortSignal | undefined): Promise<number> {
    for (;;) {
      signal?.throwIfAborted();
      if (this.#error !== undefined) throw this.#error;
      if (this.#bytes > known || this.#whole) return this.#bytes;
      const { promise, resolve } = Promise.withResolvers<void>();
      const wake = () => resolve();
      this.#waiting.add(wake);
      signal?.addEventListener('abort', wake);
      await promise;
      this.#waiting.delete(wake);
      signal?.removeEventListener('abort', wake);
    }
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }
}

/** A disk that is full is no fault of the job that reads, and must not look like the store's. */
function forReaders(error: unknown, name: string): SluiceError {
  if (error instanceof SluiceError && error.code.startsWith('input.')) return error;
  const detail = messageOf(error).replace(/\.$/, '');
  return new SluiceError('input.upload_broken', { name, detail }, { cause: error });
}

function diskError(error: unknown, path: string): unknown {
  const code = systemCode(error);
  if (error instanceof SluiceError || code === undefined) return error;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new SluiceError('store.full', { path: dirname(path) }, { cause: error });
  }
  const detail = messageOf(error);
  return new SluiceError('store.unwritable', { path: dirname(path), detail }, { cause: error });
}
