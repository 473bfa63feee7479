/**
 * Keeps the files that collectors bring. The place is opened by the first file; equal bytes that
 * come at the same time are written once, and whoever is interrupted leaves that to the others.
 */
import { orAborted } from '../base/abort.ts';
import { SluiceError } from '../base/errors.ts';
import type { KeptFile, NewFile } from '../model/file.ts';
import type { BlobStore } from '../sinks/blob-store.ts';
import { contentDigest, contentPath, contentStem } from '../sinks/content-path.ts';
import type { InlinePool } from '../workers/inline-pool.ts';
import type { EngineOptions } from './engine-options.ts';

const ANY_TYPE = 'application/octet-stream';

type FileDeskParts = Pick<EngineOptions, 'openFiles' | 'storing' | 'recordFiles'>;

export class FileDesk {
  /** undefined = none can be kept. */
  readonly recordFiles: EngineOptions['recordFiles'];
  readonly #open: (() => Promise<BlobStore>) | undefined;
  readonly #pool: InlinePool | undefined;
  #opened: Promise<BlobStore> | undefined;
  readonly #arriving = new Map<string, Promise<KeptFile>>();

  constructor({ openFiles, storing, recordFiles }: FileDeskParts) {
    this.#open = openFiles;
    this.#pool = storing;
    this.recordFiles = recordFiles;
  }

  async put(tenant: string, file: NewFile, signal: AbortSignal): Promise<KeptFile> {
    const { bytes } = file ?? {};
    if (!(bytes instanceof Uint8Array)) {
      const detail = 'ctx.files.put takes { bytes: Uint8Array, contentType?, extension? }';
      throw new SluiceError('collector.threw', { detail });
    }
    const digest = contentDigest(bytes);
    const stem = contentStem(tenant, digest);
    const other = this.#arriving.get(stem);
    if (other !== undefined) return { ...(await orAborted(other, signal)), known: true };
    const keep = () => this.#keep(stem, digest, file);
    const label = `${digest.slice(0, 12)} (${bytes.length} bytes)`;
    const own = (this.#pool ? this.#pool.run(label, keep) : keep()).finally(() =>
      this.#arriving.delete(stem),
    );
    this.#arriving.set(stem, own);
    return orAborted(own, signal);
  }

  async #keep(stem: string, digest: string, file: NewFile): Promise<KeptFile> {
    const { bytes, contentType = ANY_TYPE, extension } = file;
    const store = await this.#store();
    const size = bytes.length;
    const before = await store.find(stem);
    // One of another size was damaged from outside: it is written anew, under its own name.
    if (before?.size === size) return { digest, path: before.path, size, known: true };
    const path = before?.path ?? contentPath(stem, extension);
    await store.write({ path, bytes, contentType });
    return { digest, path, size, known: false };
  }

  #store(): Promise<BlobStore> {
    if (this.#open === undefined) return Promise.reject(new SluiceError('files.none'));
    // A place that could not be opened may be there the next time.
    this.#opened ??= this.#open().catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }
}
