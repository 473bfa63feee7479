/**
 * A page's HTML as a string and as an array of its code units. The readers look at every unit, and
 * an array gives one in a fraction of the time that a string takes; slices and searches are the
 * string's. Pages are read one after another, so those of usual size share the array: a source is
 * good until the next one is made.
 */

export interface SourceText {
  readonly html: string;
  /** Longer than `html`; what lies behind its end is not of this page. */
  readonly codes: Uint16Array;
}

/** Units behind the end, so that looking a little ahead needs no bound. */
const SLACK = 4;
const SHARED_UNITS_MAX = 512 * 1024;
let shared = new Uint16Array(64 * 1024);

/** The source of one page; the one before it must not be read any more. */
export function sourceText(html: string): SourceText {
  const { length } = html;
  const codes = unitsFor(length + SLACK);
  Buffer.from(codes.buffer, 0, length * 2).write(html, 'utf16le');
  codes.fill(0, length, length + SLACK);
  return { html, codes };
}

/** The source of a few words, which leaves that of the page as it is. */
export function smallSourceText(text: string): SourceText {
  const codes = new Uint16Array(text.length + SLACK);
  for (let i = 0; i < text.length; i++) codes[i] = text.charCodeAt(i);
  return { html: text, codes };
}

function unitsFor(units: number): Uint16Array<ArrayBuffer> {
  if (units > SHARED_UNITS_MAX) return new Uint16Array(units);
  if (shared.length < units) shared = new Uint16Array(Math.min(units * 2, SHARED_UNITS_MAX));
  return shared;
}
