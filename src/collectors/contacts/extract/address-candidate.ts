import { withoutLabel } from './address-label.ts';
import type { AddressParts } from './address-line.ts';
import type { Part, UnitText } from './address-window.ts';
import {
  behindForeign,
  boxIn,
  isForeign,
  isNamedStreet,
  isRuralRoute,
  isUnit,
  streetIn,
} from './street.ts';

/** An address read from the text, and the stretch of text that it takes. */
export interface AddressCandidate extends AddressParts {
  readonly start: number;
  readonly end: number;
  readonly confidence: number;
}

/** A code in the text from which an address is read backwards or forwards. */
export interface CodeAnchor extends UnitText {
  readonly start: number;
  readonly end: number;
  /** No address reaches below this offset: the end of the one before. */
  readonly floor: number;
  /** Country that the page suggests (host, language), or ''. */
  readonly hint: string;
}

export interface StreetLines {
  readonly street: string;
  readonly start: number;
  readonly strength: number;
}

const CITY = /^\p{L}[\p{L}.'’`´-]*(?: (?:\p{L}[\p{L}.'’`´-]*|&|\([\p{L} ]{2,20}\))){0,4}$/u;
const NOT_CITY = new RegExp(
  [
    '^(?:suite|ste|unit|floor|phone|tel|fax|email|e-mail|address|home|contact|the|',
    String.raw`and|in|or|state|zip|postcode|zip code|po box|p\.o\. box|room|level|building)\b`,
  ].join(''),
  'i',
);

/** Whether a part can be the name of a town. */
export function isTown(part: string): boolean {
  return part.length >= 2 && part.length <= 40 && CITY.test(part) && !NOT_CITY.test(part);
}

/** A town's name without what surrounds it in print. */
export function cleanTown(part: string): string {
  return part
    .replace(/^[\s.:–-]+|[\s:–-]+$/g, '')
    .replace(/^in (?=\p{Lu})/u, '')
    .replace(/(?<=\p{Ll}{4})\.$/u, '');
}

const LINES_MAX = 5;
const WEAK_MAX = 2;

/**
 * Collects the lines of a street above the town, nearest first: units and building names on the
 * way, up to the line that has a number and a name (or a post office box).
 */
export function streetLines(parts: readonly Part[], from: number): StreetLines | undefined {
  const lines: string[] = [];
  let weak = 0;
  const limit = Math.min(parts.length, from + LINES_MAX);
  for (let at = from; at < limit; at++) {
    const part = parts[at]!;
    const text = ownText(part);
    if (text === undefined) return undefined;
    const offset = part.text.length - text.length;
    const box = boxIn(text);
    if (box !== undefined) {
      const from = streetBeside(text, box.start) ?? box.start;
      lines.unshift(text.slice(from));
      return withUnitAbove(parts, at, { lines, start: part.start + offset + from, strength: 2 });
    }
    const street = streetIn(text);
    if (street !== undefined && !(isUnit(text) && street.strength < 2)) {
      lines.unshift(text.slice(street.start));
      const start = part.start + offset + street.start;
      return withUnitAbove(parts, at, { lines, start, strength: street.strength });
    }
    if (!isUnit(text)) {
      weak++;
      if (weak > WEAK_MAX || text.length > 45 || text.includes(':')) return undefined;
    }
    lines.unshift(text);
    if (isNamedStreet(text) && !isNumberedStreet(parts[at + 1]))
      return namedLines(parts, at, lines);
  }
  return undefined;
}

/** Where the street before a box on the same line begins: `455 Oak Street - PO Box 12`. */
function streetBeside(text: string, box: number): number | undefined {
  const street = streetIn(text.slice(0, box).replace(/[\s(–—-]+$/, ''));
  return street?.strength === 2 ? street.start : undefined;
}

/**
 * A part without its label. Behind what belongs to no address (a phone, a mail, the end of a
 * sentence) only a street beyond doubt is read; other words there may be anything.
 */
function ownText(part: Part): string | undefined {
  const text = withoutLabel(part.text);
  if (!isForeign(text)) return text;
  const tail = behindForeign(text);
  return streetIn(tail)?.strength === 2 ? tail : undefined;
}

function isNumberedStreet(part: Part | undefined): boolean {
  return part !== undefined && (streetIn(part.text)?.start === 0 || boxIn(part.text) !== undefined);
}

/** A street without a number on its line: the number may stand alone above (`25, Metro Dr.`). */
function namedLines(parts: readonly Part[], at: number, lines: string[]): StreetLines {
  const above = parts[at + 1];
  if (above !== undefined && /^\d{1,6}[A-Za-z]?$/.test(above.text)) {
    return { street: `${above.text} ${lines.join(', ')}`, start: above.start, strength: 2 };
  }
  return withUnitAbove(parts, at, { lines, start: parts[at]!.start, strength: 1 });
}

const ABOVE_MAX = 2;

/** Units (and for a box the street, for a street the box) in the lines above belong to it. */
function withUnitAbove(
  parts: readonly Part[],
  at: number,
  found: { lines: string[]; start: number; strength: number },
): StreetLines {
  const { lines } = found;
  let start = found.start;
  let hasStreet = boxIn(lines[0]!) === undefined;
  for (let up = at + 1; start === parts[up - 1]!.start && up <= at + ABOVE_MAX; up++) {
    const above = parts[up];
    const text = withoutLabel(above?.text ?? '');
    if (above === undefined || isForeign(text)) break;
    const street = hasStreet ? undefined : streetIn(text);
    const begins = street?.strength === 2 && street.start === 0;
    if (!isUnit(text) && !begins && (hasStreet || !isRuralRoute(text))) break;
    if (begins) hasStreet = true;
    lines.unshift(text);
    start = above.start + above.text.length - text.length;
  }
  return { street: lines.join(', '), start, strength: found.strength };
}
