/**
 * Tells codes of four digits from years, of which a page may hold hundreds: by the letters of the
 * words beside them, before any of those is looked up. Whatever may be a code passes.
 */
import { skipBack } from './address-code-last.ts';
import { TOWNS_BEFORE_CODE } from './address-loose.ts';
import { skipEdges, startBehind } from './address-window.ts';
import { LetterGate } from './letter-gate.ts';
import { AU_REGIONS, gateOf } from './regions.ts';

const BEHIND = gateOf(AU_REGIONS);
/** Regions, towns, countries and labels that may stand before four digits. */
const BEFORE = new LetterGate([
  ...AU_REGIONS.keys(),
  ...TOWNS_BEFORE_CODE,
  'zip',
  'code',
  'canada',
  'usa',
  'australia',
]);

/** Whether the words around the digits from `start` to `end` allow a postal code. */
export function mayBeFourDigitCode(
  units: Uint16Array,
  start: number,
  end: number,
  floor: number,
  hint: string,
): boolean {
  if (hint === 'NZ' || hint === 'ZA') return true;
  // A town, or the name of a country.
  const word = skipEdges(units, end);
  const first = word < units.length ? units[word]! : 0;
  if ((first >= 65 && first <= 90) || first >= 0xc0) return true;
  const isWord = first >= 97 && first <= 122;
  const behind = isWord ? word : skipEdges(units, startBehind(units, end));
  if (BEHIND.opensIn(units, behind)) return true;
  const before = skipBack(units, start, floor);
  if (BEFORE.closesIn(units, before)) return true;
  if (before === floor && BEFORE.closesIn(units, skipBack(units, start, 0))) return true;
  if (!mayNameSouth(units, end)) return false;
  return isNamedBehind(units, end, 'NZ') || isNamedBehind(units, end, 'ZA');
}

/** Whether `new` or `south` may begin behind `end`: most words there end the matter. */
function mayNameSouth(units: Uint16Array, end: number): boolean {
  const limit = Math.min(end + CHARS_BEHIND_MAX - SOUTH_CHARS_MIN, units.length - 1);
  for (let at = end; at < limit; at++) {
    const code = units[at]! | 32;
    if (code === 110) {
      if ((units[at + 1]! | 32) === 101) return true;
    } else if (code === 115 && (units[at + 1]! | 32) === 111) return true;
  }
  return false;
}

const NAMES: Readonly<Record<string, string>> = {
  NZ: 'new zealand',
  ZA: 'south africa',
  JP: 'japan',
  IN: 'india',
  SG: 'singapore',
};

const CHARS_BEHIND_MAX = 24;
/** Of the names that `mayNameSouth` looks for, less one. */
const SOUTH_CHARS_MIN = 10;

/** Whether one of these countries, by its code, is named right behind `end`. */
export function isNamedBehind(units: Uint16Array, end: number, country: string): boolean {
  const name = NAMES[country]!;
  const first = name.charCodeAt(0);
  const limit = Math.min(end + CHARS_BEHIND_MAX, units.length) - name.length;
  for (let at = end; at <= limit; at++) {
    if ((units[at]! | 32) === first && isName(units, at, name)) return true;
  }
  return false;
}

/** Whether a name of small letters stands at `at`, in any letters. */
function isName(units: Uint16Array, at: number, name: string): boolean {
  for (let i = 1; i < name.length; i++) {
    const code = units[at + i]!;
    if ((code >= 65 && code <= 90 ? code | 32 : code) !== name.charCodeAt(i)) return false;
  }
  return true;
}
