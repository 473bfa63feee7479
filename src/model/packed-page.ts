import { PageOfParts, type PageParts } from './page-of-parts.ts';

/** What of a page is to be kept as it is, record by record. */
export interface KeptAsTheyAre {
  readonly collection: string;
  /** One a record: it is `put` under it, and dropped where it is there already. */
  readonly keys: readonly string[];
}

export interface PackedParts<Cursor> extends PageParts<Cursor> {
  /** JSON texts of the records. */
  readonly texts: readonly string[];
  /** Before the changes in `keep`. */
  readonly kept?: KeptAsTheyAre;
}

/**
 * A page whose records are JSON texts already: those that another process has made by the
 * thousand. They are stored as they are; what makes them answers for their shape.
 */
export class PackedPage<Cursor = unknown> extends PageOfParts<Cursor, PackedParts<Cursor>> {
  with(more: Partial<PageParts<Cursor>>): PackedPage<Cursor> {
    return new PackedPage({ ...this.parts, ...more });
  }
}
