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
  text: string,
  start: number,
  end: number,
  floor: number,
  hint: string,
): boolean {
  if (hint === 'NZ' || hint === 'ZA') return true;
  // A town, or the name of a country.
  const word = skipEdges(text, end);
  const first = text.charCodeAt(word);
  if ((first >= 65 && first <= 90) || first >= 0xc0) return true;
  const isWord = first >= 97 && first <= 122;
  const behind = isWord ? word : skipEdges(text, startBehind(text, end));
  if (BEHIND.opens(text, behind)) return true;
  const before = skipBack(text, start, floor);
  if (BEFORE.closes(text, before)) return true;
  if (before === floor && BEFORE.closes(text, skipBack(text, start, 0))) return true;
  if (!mayNameSouth(text, end)) return false;
  return isNamedBehind(text, end, 'NZ') || isNamedBehind(text, end, 'ZA');
}

/** Whether `new` or `south` may begin behind `end`: most words there end the matter. */
function mayNameSouth(text: string, end: number): boolean {
  for (let at = end; at < end + CHARS_BEHIND_MAX - SOUTH_CHARS_MIN; at++) {
    const code = text.charCodeAt(at) | 32;
    if (code === 110) {
      if ((text.charCodeAt(at + 1) | 32) === 101) return true;
    } else if (code === 115 && (text.charCodeAt(at + 1) | 32) === 111) return true;
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
export function isNamedBehind(text: string, end: number, country: string): boolean {
  const name = NAMES[country]!;
  const first = name.charCodeAt(0);
  for (let at = end; at <= end + CHARS_BEHIND_MAX - name.length; at++) {
    if ((text.charCodeAt(at) | 32) !== first) continue;
    if (text.slice(at, at + name.length).toLowerCase() === name) return true;
  }
  return false;
}
