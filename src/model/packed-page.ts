import type { Keep } from './kept.ts';
import type { Page } from './task.ts';

/** What of a page is to be kept as it is, record by record. */
export interface KeptAsTheyAre {
  readonly collection: string;
  /** One a record: it is `put` under it, and dropped where it is there already. */
  readonly keys: readonly string[];
}

/**
 * A page whose records are JSON texts already: those that another process has made by the
 * thousand. They are stored as they are; what makes them answers for their shape.
 */
export class PackedPage<Cursor = unknown> implements Page<never, Cursor> {
  readonly records: readonly never[] = [];
  readonly texts: readonly string[];
  readonly cursor: Cursor;
  readonly kept: KeptAsTheyAre | undefined;
  /** Changes beside those, made after them. */
  readonly keep: readonly Keep[];

  constructor(
    texts: readonly string[],
    cursor: Cursor,
    kept?: KeptAsTheyAre,
    keep: readonly Keep[] = [],
  ) {
    this.texts = texts;
    this.cursor = cursor;
    this.kept = kept;
    this.keep = keep;
  }
}
