/**
 * What a tenant keeps across jobs: collections of entries by key, such as the people that lists
 * have brought so far. They change with the page that says so, in one transaction, and stay when
 * its job is deleted.
 */

/** A change of one entry, as a page asks for it; they are made in the order of the list. */
export interface Keep {
  /** 1 to 64 of a-z, 0-9 and -. */
  readonly collection: string;
  /** 1 to 512 characters, none of them a control character. */
  readonly key: string;
  /** Plain JSON; nothing for `remove`. */
  readonly value?: unknown;
  /** `first`: kept only where there is no such key. `put`: kept, or replaced. */
  readonly op: KeepOp;
  /**
   * Index of the record of the page that is dropped where this changes nothing: `first` with a key
   * that was there, `put` of what was there already, `remove` of what was not.
   */
  readonly record?: number;
}

export const KEEP_OPS = ['first', 'put', 'remove'] as const;
export type KeepOp = (typeof KEEP_OPS)[number];

export interface KeptEntry {
  readonly tenant: string;
  readonly collection: string;
  readonly key: string;
  /** JSON text. */
  readonly json: string;
  /** The job that brought it first. */
  readonly jobId: string;
  /** Wall time, ms, as is `changedMs`. */
  readonly firstMs: number;
  readonly changedMs: number;
  /** 1, 2, … with every change; from 1 again where it was removed in between. */
  readonly revision: number;
}

/** The longest key, in UTF-16 units. */
export const KEPT_KEY_CHARS_MAX = 512;

export function isCollectionName(name: unknown): name is string {
  return typeof name === 'string' && /^[a-z0-9-]{1,64}$/.test(name);
}
