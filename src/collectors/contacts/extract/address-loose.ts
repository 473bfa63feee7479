import { type AddressCandidate, type CodeAnchor, cleanTown, isTown } from './address-candidate.ts';
import { skipBack } from './address-code-last.ts';
import { codeNameBefore, isFieldName } from './address-fields.ts';
import { withoutLabel } from './address-label.ts';
import {
  countryBehind,
  type Part,
  partBehind,
  partsBefore,
  type UnitText,
} from './address-window.ts';
import { LetterGate } from './letter-gate.ts';
import { BR_REGIONS, IN_REGIONS, type RegionMatch, regionBefore } from './regions.ts';
import { boxIn, isForeign } from './street.ts';

/**
 * Addresses behind whose town the code stands and whose street has no fixed form: India, Japan,
 * Singapore, Brazil, and any country named right behind a code. Since the country is known, the
 * parts above the town are taken as far up as one of them has a number or a word for a street.
 */

const PARTS_MAX = 7;
const LINES_MAX = 5;
const STREET_HINT = new RegExp(
  [
    String.raw`\d|\b(?:road|rd|street|st|marg|nagar|lane|avenue|floor|complex|sector|phase|`,
    'plot|chowk|colony|estate|building|house|tower|park|chambers|rua|avenida|av|',
    String.raw`alameda|travessa|-ku|-dori|-cho)\b`,
  ].join(''),
  'i',
);
const STOP = new RegExp(
  [
    String.raw`\b(?:ltd|limited|pvt|inc|llp|llc|gmbh|corp|corporation|k\.k|office|offices|`,
    String.raw`company|headquarters|phone|tel|address|contact|branch)\b\.?(?: \(?\w+\)?)?$`,
  ].join(''),
  'i',
);

/** Large towns whose name before a code tells the country, one row a country. */
const TOWNS: Readonly<Record<string, string>> = {
  IN:
    'mumbai delhi bangalore bengaluru chennai kolkata calcutta hyderabad pune ahmedabad surat ' +
    'jaipur lucknow kanpur nagpur indore bhopal vadodara baroda patna ludhiana agra nashik ' +
    'faridabad rajkot varanasi noida gurgaon gurugram chandigarh coimbatore kochi cochin ' +
    'visakhapatnam vijayawada madurai mysore mysuru mangalore bhubaneswar guwahati ranchi ' +
    'jamshedpur dehradun trivandrum thiruvananthapuram ghaziabad thane secunderabad goa',
  SG: 'singapore',
  NZ: 'auckland wellington christchurch tauranga dunedin',
  ZA: 'johannesburg durban pretoria sandton randburg centurion',
};

const COUNTRY_BY_TOWN: ReadonlyMap<string, string> = new Map(
  Object.entries(TOWNS).flatMap(([code, towns]) => towns.split(' ').map((town) => [town, code])),
);

/** Large towns whose name before a code tells the country, in small letters. */
export const TOWNS_BEFORE_CODE: readonly string[] = [...COUNTRY_BY_TOWN.keys()];

const TOWN_GATE = new LetterGate(TOWNS_BEFORE_CODE);

/** The country of the large town whose name ends before the digits at `start`, or ''. */
export function countryOfTown({ text, units }: UnitText, start: number): string {
  const end = skipBack(units, start, Math.max(0, start - 6));
  if (!TOWN_GATE.closesIn(units, end)) return '';
  let at = end;
  while (at > end - 20 && at > 0 && isLetter(units[at - 1]!)) at--;
  return COUNTRY_BY_TOWN.get(text.slice(at, end).toLowerCase()) ?? '';
}

function isLetter(code: number): boolean {
  const folded = code | 32;
  return folded >= 97 && folded <= 122;
}

/** The address that ends in the code of the anchor, in a country that is known. */
export function looseAddress(anchor: CodeAnchor, country: string): AddressCandidate | undefined {
  const { text, floor } = anchor;
  const code = anchor.start - codeNameBefore(anchor);
  const match = regionOf(anchor, code, country);
  const parts = partsBefore(anchor, match?.start ?? code, floor, PARTS_MAX).filter(
    (part) => !isFieldName(part.text),
  );
  const town = cleanTown(withoutLabel(parts[0]?.text ?? ''));
  if (!isTown(town)) return undefined;
  const street = looseStreet(parts);
  if (street === undefined) return undefined;
  const after = match === undefined && country === 'IN' ? stateBehind(anchor) : undefined;
  const behind = countryBehind(anchor, after?.end ?? anchor.end);
  return {
    street: street.street,
    city: town,
    state: match?.name ?? after?.text ?? '',
    postalCode: text.slice(anchor.start, anchor.end).trim(),
    country,
    start: street.start,
    end: behind?.end ?? after?.end ?? anchor.end,
    confidence: 0.8,
  };
}

/** India also writes the state behind the code (`Gurgaon 122015, Haryana`). */
function stateBehind(anchor: CodeAnchor): Part | undefined {
  const behind = partBehind(anchor, anchor.end);
  return behind !== undefined && IN_REGIONS.has(behind.text.toLowerCase()) ? behind : undefined;
}

function regionOf(anchor: CodeAnchor, code: number, country: string): RegionMatch | undefined {
  const regions = country === 'IN' ? IN_REGIONS : country === 'BR' ? BR_REGIONS : undefined;
  if (regions === undefined) return undefined;
  const match = regionBefore(anchor, skipBack(anchor.units, code, anchor.floor), regions, false);
  return match !== undefined && match.start > anchor.floor ? match : undefined;
}

function looseStreet(parts: readonly Part[]): { street: string; start: number } | undefined {
  let top = 0;
  let numbered = false;
  const limit = Math.min(parts.length, 1 + LINES_MAX);
  for (let at = 1; at < limit; at++) {
    const text = withoutLabel(parts[at]!.text);
    if (isForeign(text) || text.length > 60 || STOP.test(text) || text.includes(':')) break;
    if (/\d{5}/.test(text)) break;
    if (!STREET_HINT.test(text) && boxIn(text) === undefined) {
      if (numbered) break;
      continue;
    }
    top = at;
    numbered ||= /\d/.test(text);
    if (text.length < parts[at]!.text.length) break;
  }
  if (top === 0 || !numbered) return undefined;
  const lines = parts.slice(1, top + 1).map((part) => withoutLabel(part.text));
  return { street: lines.reverse().join(', '), start: parts[top]!.start };
}
