import type { Keep } from './kept.ts';
import type { Page } from './task.ts';

/** What of a page is to be kept as it is, record by record. */
export interface KeptAsTheyAre {
  readonly collection: string;
  /** One a record: it is `put` under it, and dropped where it is there already. */
  readonly keys: readonly string[];
}

export interface PackedParts<Cursor> {
  /** JSON texts of the records. */
  readonly texts: readonly string[];
  readonly cursor: Cursor;
  readonly kept?: KeptAsTheyAre;
  /** Changes beside those, made after them. */
  readonly keep: readonly Keep[];
  readonly done?: boolean;
}

/**
 * A page whose records are JSON texts already: those that another process has made by the
 * thousand. They are stored as they are; what makes them answers for their shape.
 */
export class PackedPage<Cursor = unknown> implements Page<never, Cursor> {
  readonly records: readonly never[] = [];
  readonly parts: PackedParts<Cursor>;

  constructor(parts: PackedParts<Cursor>) {
    this.parts = parts;
  }

  get cursor(): Cursor {
    return this.parts.cursor;
  }

  get keep(): readonly Keep[] {
    return this.parts.keep;
  }

  get done(): boolean {
    return this.parts.done === true;
  }

  with(more: Partial<PackedParts<Cursor>>): PackedPage<Cursor> {
    return new PackedPage({ ...this.parts, ...more });
  }
}
