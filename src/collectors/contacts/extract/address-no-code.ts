import type { AddressCandidate } from './address-candidate.ts';
import { townAndStreet } from './address-code-last.ts';
import { countryBehind, partsBefore, type UnitText } from './address-window.ts';
import { codeAt } from './code-at.ts';
import { AU_REGIONS, CA_REGIONS, type Region, US_REGIONS } from './regions.ts';

/**
 * Addresses that end in a region with no code behind it (`12 Elm Street, Springfield, IL`). Without
 * a code the evidence is thin, so a numbered street of a known kind must stand before the town.
 */

const PARTS_MAX = 5;
const NAME_WORDS_MAX = 3;
const WORD_CHARS_MAX = 14;

/** A code, read with its address elsewhere if at all; other numbers are a phone, hours, a year. */
const CODE_BEHIND = /^[\s,]{1,3}\d{4,6}(?!\d)(?:-\d{4})?(?![-.]\d)/;

/** The address whose region follows the comma at `comma`, or undefined. */
export function regionOnlyAddress(
  page: UnitText,
  comma: number,
  floor: number,
): AddressCandidate | undefined {
  const { text } = page;
  const named = regionAt(text, comma + 2);
  if (named === undefined || CODE_BEHIND.test(text.slice(named.end, named.end + 16))) {
    return undefined;
  }
  const read = townAndStreet(partsBefore(page, comma, floor, PARTS_MAX));
  if (read === undefined || read.strength < 2 || !/\d/.test(read.street)) return undefined;
  const behind = countryBehind(page, named.end);
  return {
    street: read.street,
    city: read.city,
    state: text.slice(comma + 2, named.end),
    postalCode: '',
    country: behind?.code || named.region.country,
    start: read.start,
    end: behind?.end ?? named.end,
    confidence: 0.7,
  };
}

/** The region whose name begins at `start`: two capitals, or the name in full. */
function regionAt(text: string, start: number): { region: Region; end: number } | undefined {
  let end = start;
  for (let words = 0; words < NAME_WORDS_MAX; words++) {
    const from = end;
    while (end - from < WORD_CHARS_MAX && isLetter(codeAt(text, end))) end++;
    if (end === from) return undefined;
    const name = text.slice(start, end);
    const region = regionOf(name);
    if (region !== undefined && !isLetter(codeAt(text, end))) return { region, end };
    if (codeAt(text, end) !== 32) return undefined;
    end++;
  }
  return undefined;
}

function regionOf(name: string): Region | undefined {
  if (name.length < 2 || (name.length < 4 && name !== name.toUpperCase())) return undefined;
  const key = name.toLowerCase();
  return US_REGIONS.get(key) ?? CA_REGIONS.get(key) ?? AU_REGIONS.get(key);
}

function isLetter(code: number): boolean {
  const folded = code | 32;
  return folded >= 97 && folded <= 122;
}
