/** A file that a collector brings: a picture, a document, a recording. */
export interface NewFile {
  /** Must not change until the file is kept. */
  readonly bytes: Uint8Array;
  /** Media type, for storage that keeps it. Default: `application/octet-stream`. */
  readonly contentType?: string | undefined;
  /** For the file's name: up to 12 letters and digits, dot or none; others are left out. */
  readonly extension?: string | undefined;
}

/**
 * A file that is kept. In a record's `files` or `images`, these with a `type` if there is one are
 * what a manifest is made of.
 */
export interface KeptFile {
  /** SHA-256 of the bytes, lower-case hex. */
  readonly digest: string;
  /** Relative to the place where files are kept, with `/` between its parts. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Whether the tenant had equal bytes already; the path is then theirs. */
  readonly known: boolean;
}

/** Keeps files of one tenant. */
export interface FileKeeper {
  /**
   * Keeps the bytes under their digest, once however often they come; when it resolves they are
   * durable, so a page that names the path may be yielded. Rejects with `files.*`.
   */
  put(file: NewFile): Promise<KeptFile>;
}
