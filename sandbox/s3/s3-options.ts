/** What the stand-in of S3-compatible storage is told, and what it tells. */
export interface S3Options {
  /** 0 = any free one. */
  readonly port?: number;
  readonly seed?: number;
  readonly buckets?: readonly string[];
  readonly keyId?: string;
  readonly keySecret?: string;
  /** Share of requests that are answered 503 SlowDown. */
  readonly slowDownShare?: number;
  /** Share of bodies whose connection is reset when half of them has come. */
  readonly resetShare?: number;
  /** Before each answer, ms. */
  readonly latencyMs?: number;
  /** Where `truth.jsonl` is written: a line an object that is whole. Default: nowhere. */
  readonly directory?: string;
}

/** Orders to a running one, `POST /__order` with a JSON object. */
export type S3Order =
  | { readonly do: 'down'; readonly ms: number }
  | { readonly do: 'slow-down'; readonly share: number }
  | { readonly do: 'reset'; readonly share: number }
  | { readonly do: 'latency'; readonly ms: number }
  /** The next completions are done, and their answer is lost. */
  | { readonly do: 'lose-completions'; readonly count: number };

export interface S3Stats {
  /** By operation, such as `UploadPart`. */
  readonly asked: Readonly<Record<string, number>>;
  readonly statuses: Readonly<Record<string, number>>;
  /** Bodies of objects and parts that were taken, bytes. */
  readonly takenBytes: number;
  /** Parts that were on their way at once, at most. */
  readonly together: number;
  readonly openUploads: number;
}

export interface S3Truth {
  readonly bucket: string;
  readonly key: string;
  readonly size: number;
  readonly sha256: string;
  readonly etag: string;
  /** 0 = it came whole. */
  readonly parts: number;
}
