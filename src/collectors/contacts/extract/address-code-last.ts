import type { AddressCandidate, CodeAnchor } from './address-candidate.ts';
import { cleanTown, isTown, type StreetLines, streetLines } from './address-candidate.ts';
import { isFieldName } from './address-fields.ts';
import { withoutLabel } from './address-label.ts';
import {
  countryBehind,
  isSeparator,
  type Part,
  partBehind,
  partsBefore,
  skipEdges,
  startBehind,
  type UnitText,
} from './address-window.ts';
import { codeAt } from './code-at.ts';
import { countryCode } from './countries.ts';
import { LetterGate } from './letter-gate.ts';
import { gateOf, type Region, type RegionMatch, regionBefore } from './regions.ts';
import { behindForeign, isUnit, splitStreetAndTown, splitUnitAndTown } from './street.ts';
import { streetAbove } from './street-named.ts';

/**
 * Addresses whose code stands behind the town: the United States, Canada, Australia and, where the
 * page suggests the country, New Zealand and South Africa.
 *
 * Read backwards from the code: region, town, then the lines of the street. An address without a
 * street is none: a ZIP in running text or in a list of towns served is not where somebody is.
 */

const PARTS_MAX = 7;
const GAP_MAX = 8;
/** What a form writes between region and code. */
const CODE_LABEL = /(?:zip(?: ?code)?|post(?:al)? ?code)$/i;
const CODE_LABEL_GATE = new LetterGate(['zip', 'code']);

/** An address that ends in a code with a region before it (`Houston, TX 77055`). */
export function regionAddress(
  anchor: CodeAnchor,
  regions: ReadonlyMap<string, Region>,
): AddressCandidate | undefined {
  const { text, units, start } = anchor;
  let at = skipBack(units, start, anchor.floor);
  let country = '';
  const behindCountry = skipCountry(anchor, at);
  if (behindCountry !== undefined && regionBefore(anchor, at, regions, true) === undefined) {
    at = skipBack(units, behindCountry.start, anchor.floor);
    country = behindCountry.code;
  }
  const label = codeLabel(anchor, at);
  if (label !== undefined) at = skipBack(units, at - label.length, anchor.floor);
  const match = regionBefore(anchor, at, regions, true);
  if (match === undefined || match.start <= anchor.floor) return undefined;
  const code = text.slice(anchor.start, anchor.end);
  if (match.region.digits !== '' && !match.region.digits.includes(code[0]!)) return undefined;
  return fromTown(anchor, match, match.start, country || match.region.country);
}

/** The label that ends at `end`, or undefined. */
function codeLabel({ text, units, floor }: CodeAnchor, end: number): string | undefined {
  if (!CODE_LABEL_GATE.closesIn(units, end)) return undefined;
  return CODE_LABEL.exec(text.slice(Math.max(floor, end - 14), end))?.[0];
}

/** Canada also writes the province behind the code (`North Vancouver, V7P 1B3 BC`). */
export function codeThenRegion(
  anchor: CodeAnchor,
  regions: ReadonlyMap<string, Region>,
): AddressCandidate | undefined {
  const behind = partBehind(anchor, anchor.end);
  const name = behind === undefined ? '' : behind.text.replace(/\.$/, '');
  const region = regions.get(name.toLowerCase());
  if (region === undefined || behind === undefined || behind.start - anchor.end > 4) {
    return fromTown(anchor, undefined, anchor.start, 'CA');
  }
  const match: RegionMatch = { region, name, start: behind.start };
  return fromTown({ ...anchor }, match, anchor.start, region.country, behind.end);
}

/** Australia does so too (`Wagga Wagga 2650 NSW`); without a state behind it is no code. */
export function codeThenState(
  anchor: CodeAnchor,
  regions: ReadonlyMap<string, Region>,
): AddressCandidate | undefined {
  const begin = skipEdges(anchor.units, startBehind(anchor.units, anchor.end));
  if (!gateOf(regions).opensIn(anchor.units, begin)) return undefined;
  const behind = partBehind(anchor, anchor.end);
  const known = behind !== undefined && regions.has(behind.text.replace(/\.$/, '').toLowerCase());
  return known ? codeThenRegion(anchor, regions) : undefined;
}

/** An address that ends in town and code with no region (`Auckland 1010`, `Cape Town, 8001`). */
export function townAddress(anchor: CodeAnchor, country: string): AddressCandidate | undefined {
  return fromTown(anchor, undefined, anchor.start, country);
}

/** Reads town and street backwards from `before`, where the region or the code begins. */
export function fromTown(
  anchor: CodeAnchor,
  match: RegionMatch | undefined,
  before: number,
  country: string,
  end = anchor.end,
): AddressCandidate | undefined {
  const { text } = anchor;
  const parts = partsBefore(anchor, before, anchor.floor, PARTS_MAX).filter(
    (part) => !isFieldName(part.text),
  );
  const read = townAndStreet(parts);
  if (read === undefined) return undefined;
  const behind = countryBehind(anchor, end);
  return {
    street: read.street,
    city: read.city,
    state: match?.name ?? '',
    postalCode: text.slice(anchor.start, anchor.end).trim(),
    country: behind?.code || country,
    start: read.start,
    end: behind?.end ?? end,
    confidence: read.strength > 1 ? 0.92 : 0.8,
  };
}

/** `455 Oak StreetMarion`: two elements that only a style sheet parts. */
const GLUED =
  /(?<= )(?:Street|Road|Avenue|Drive|Lane|Boulevard|Blvd|Court|Way|Place|Ave|St|Rd|Dr|Ln|\d{1,4})\.?(?=\p{Lu}\p{Ll}{2})/gu;

interface TownAndStreet {
  readonly street: string;
  readonly city: string;
  readonly start: number;
  readonly strength: number;
}

/** Town in the nearest part, street in the parts above; or both in one part. */
export function townAndStreet(parts: readonly Part[]): TownAndStreet | undefined {
  let at = 0;
  const nearest = parts[0];
  if (nearest === undefined) return undefined;
  if (/\bcounty$/i.test(nearest.text) && parts.length > 2) at = 1;
  const part = parts[at]!;
  const text = withoutLabel(part.text).replace(GLUED, '$& ');
  const unit = splitUnitAndTown(text);
  if (unit !== undefined && isTown(unit.town)) {
    const lines = streetLines(parts, at + 1);
    if (lines !== undefined) {
      return { ...lines, street: `${lines.street}, ${unit.unit}`, city: unit.town };
    }
  }
  const town = cleanTown(text);
  if (!/\d/.test(town) && isTown(town)) {
    const lines = streetLines(parts, at + 1);
    const found = lines ?? namedStreetAbove(parts, at + 1);
    if (found !== undefined) return { ...found, city: town };
  }
  // `330-555-0132 - 455 Oak St Akron`: the phone is no house number.
  const tail = behindForeign(text);
  const line = splitStreetAndTown(tail) === undefined ? text : tail;
  const split = splitStreetAndTown(line);
  if (split === undefined) return undefined;
  const city = cleanTown(split.town);
  if (!isTown(city)) return undefined;
  const start = part.start + (part.text.length - line.length) + split.start;
  const above = parts[at + 1];
  if (above !== undefined && start === part.start && isUnit(withoutLabel(above.text))) {
    const unit = withoutLabel(above.text);
    const street = `${unit}, ${split.street}`;
    return { street, city, start: above.start, strength: split.strength };
  }
  return { street: split.street, city, start, strength: split.strength };
}

/** Streets of Quebec and Puerto Rico: `1250, boulevard Laurier`, `Calle Sol 63`. */
function namedStreetAbove(parts: readonly Part[], from: number): StreetLines | undefined {
  const found = streetAbove(parts, from);
  return found !== undefined && found.strength > 1 ? found : undefined;
}

/** Offset behind the last character that is neither white space nor a separator. */
export function skipBack(units: Uint16Array, from: number, floor: number): number {
  let at = from;
  while (at > floor && at > from - GAP_MAX) {
    const code = units[at - 1]!;
    if (!isGap(code) && !isSeparator(code)) break;
    at--;
  }
  return at;
}

/** White space, dashes, dots, colons and brackets. */
function isGap(code: number): boolean {
  return (
    code <= 32 ||
    code === 45 ||
    code === 0x2013 ||
    code === 58 ||
    code === 40 ||
    code === 41 ||
    code === 46
  );
}

/** What countries are called between region and code. */
const COUNTRIES_BETWEEN = [
  'Canada',
  'CANADA',
  'USA',
  'US',
  'United States',
  'UNITED STATES',
  'United States of America',
  'Australia',
  'AUSTRALIA',
];

/** `Canada` or `USA` between region and code. */
function skipCountry(
  { text, units }: UnitText,
  end: number,
): { start: number; code: string } | undefined {
  // They all end in `a` or `s`.
  const last = units[end - 1]! | 32;
  if (last !== 97 && last !== 115) return undefined;
  for (const name of COUNTRIES_BETWEEN) {
    const start = end - name.length;
    if (text.startsWith(name, start) && !isLetter(codeAt(text, start - 1))) {
      return { start, code: countryCode(name) };
    }
  }
  return undefined;
}

function isLetter(code: number): boolean {
  const folded = code | 32;
  return folded >= 97 && folded <= 122;
}
