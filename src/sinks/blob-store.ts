/**
 * Where files are kept that collectors bring: pictures, documents, recordings. A file is stored
 * under a path made from its own digest, so that it is never changed once it is there and equal
 * files are kept once. A folder, S3-compatible storage, or memory.
 */
export interface BlobStore {
  /** Where that is, for people; without secrets. */
  readonly place: string;
  /**
   * The file whose path is `stem` or `stem` with an extension, whole and readable; undefined where
   * there is none. Rejects with `files.*`.
   */
  find(stem: string): Promise<StoredBlob | undefined>;
  /**
   * Stores bytes, which must not change meanwhile. When it resolves they are there whole and
   * durable, and nobody sees them before; writing the same path again is harmless.
   */
  write(blob: NewBlob): Promise<void>;
  /** The stored bytes in pieces; undefined where there is no such file. */
  read(path: string): Promise<AsyncIterable<Uint8Array> | undefined>;
}

export interface StoredBlob {
  /** Relative, with `/` between its parts. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

export interface NewBlob {
  /** Relative, with `/` between its parts (`contentPath`). */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly contentType: string;
}

/** Keeps files in memory: for tests. */
export class MemoryBlobStore implements BlobStore {
  readonly place = 'memory';
  readonly #blobs = new Map<string, Buffer>();

  async find(stem: string): Promise<StoredBlob | undefined> {
    for (const [path, { length }] of this.#blobs) {
      if (hasStem(path, stem)) return { path, size: length };
    }
    return undefined;
  }

  async write({ path, bytes }: NewBlob): Promise<void> {
    this.#blobs.set(path, Buffer.from(bytes));
  }

  async read(path: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    const bytes = this.#blobs.get(path);
    return bytes && oneByOne([bytes]);
  }

  /** Paths of all that is kept. */
  paths(): readonly string[] {
    return [...this.#blobs.keys()];
  }
}

/** Whether a path is the stem, alone or with an extension. */
export function hasStem(path: string, stem: string): boolean {
  return path.startsWith(stem) && (path.length === stem.length || path[stem.length] === '.');
}

async function* oneByOne<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
