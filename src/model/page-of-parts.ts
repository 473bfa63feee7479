import type { Keep } from './kept.ts';
import type { Page } from './task.ts';

export interface PageParts<Cursor> {
  readonly cursor: Cursor;
  readonly keep?: readonly Keep[];
  readonly done?: boolean;
}

/**
 * A page whose records are not objects: the engine knows each kind of it by its class. These are
 * for collectors that come with the program. What they hand over is stored as it is and checked
 * against no schema, so they are no part of what a collector of a user's own may use.
 */
export abstract class PageOfParts<Cursor, Parts extends PageParts<Cursor>>
  implements Page<never, Cursor>
{
  readonly records: readonly never[] = [];
  readonly parts: Parts;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  get cursor(): Cursor {
    return this.parts.cursor;
  }

  get keep(): readonly Keep[] {
    return this.parts.keep ?? [];
  }

  get done(): boolean {
    return this.parts.done === true;
  }

  /** The same page with other parts. */
  abstract with(more: Partial<PageParts<Cursor>>): PageOfParts<Cursor, Parts>;
}
