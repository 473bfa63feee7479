import type { AddressCandidate, CodeAnchor } from './address-candidate.ts';
import { countryBehind } from './address-code-last.ts';
import { type Part, partsBefore } from './address-window.ts';
import {
  COUNTRIES_BY_SHAPE,
  COUNTRY_BY_PREFIX,
  endingCountries,
  STREET_FIRST_WORDS,
} from './code-formats.ts';
import { boxIn, isForeign, withoutLabel } from './street.ts';
import { STREET_SUFFIXES } from './street-words.ts';

/**
 * Addresses whose code stands before the town (`12 rue de la Paix, 75002 Paris`), as in most of
 * Europe. Digits and a capitalised word are common in any text, so a street above the code and some
 * evidence of the country are both asked for: a prefix (`D-`), the country's name, the page's host
 * or language, or a street word of its language.
 */

const PARTS_MAX = 5;
const TOWN =
  /\p{Lu}[\p{L}.'’-]*(?:[ /](?:(?:am|an|der|den|dem|im|in|ob|bei|la|le|les|el|los|las|sur|sous|en|de|del|della|di|du|da|do|dos|das|nad|pod|aan|op|ved|och|i|a|e|et|v|na|upon|und)(?=[ /]\p{Lu})|\p{Lu}[\p{L}.'’-]*|l['’]\p{Lu}\p{L}*|d['’]\p{Lu}\p{L}*)){0,5}/uy;
const TOWN_STOP =
  /[ /](?:tel|tél|telefon|telefono|teléfono|telefoon|telephone|phone|fon|fono|fax|mobil|mobile|handy|e-?mail|mail|siret|siren|rcs|tva|vat|ust|p\.?iva|cif|nif|kvk|btw|cvr|org|map|karte|plan|web|www|impressum|kontakt|contact|copyright)\b.*$/i;
const SMALL_NUMBER =
  /^(?:n[º°o.]\.? ?)?\d{1,5}(?:[-–/] ?\d{1,5})?(?: ?(?:[a-z]|bis|ter|quater))?(?:\/\d+)?$/i;
const MONTH =
  /^(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec|january|february|march|april|june|july|august|september|october|november|december)$/i;
const EXTRA =
  /^(?:s\/n|\d{1,2}[º°ªoa]|(?:n[º°]\.? ?)?\d|piso|planta|puerta|esc|bajo|local|oficina|of\.|nave|portal|étage|etage|bât|bâtiment|bte|boîte|cs|scala|int|interno|lok|lokal|m\.|\d{1,2}\. ?(?:og|etasje|etage|stock|sal|krs)|th|tv|st\.|hinterhaus|haus|aufgang|edificio|edifício|edif|bloque|apto|andar|loja|sala|fracção|c\/o)/i;

/** The address around a code of the given shape; `start` of the anchor is its first digit. */
export function codeFirstAddress(anchor: CodeAnchor, shape: string): AddressCandidate | undefined {
  const { text } = anchor;
  const countries = COUNTRIES_BY_SHAPE.get(shape);
  if (countries === undefined) return undefined;
  const town = townBehind(text, anchor.end);
  if (town === undefined) return undefined;
  const prefix = prefixBefore(text, anchor.start);
  const start = prefix?.start ?? anchor.start;
  const parts = partsBefore(text, start, anchor.floor, PARTS_MAX);
  const street = streetAbove(parts);
  if (street === undefined) return undefined;
  const behind = countryBehind(text, town.end);
  const named = behind?.code ?? '';
  const votes = [prefix?.country ?? '', named, anchor.hint, ...street.countries];
  const country = votes.find((code) => countries.includes(code)) ?? '';
  if (country === '') return undefined;
  if (named !== '' && !countries.includes(named)) return undefined;
  const sure = country === prefix?.country || country === named || country === anchor.hint;
  if (street.strength < 2 && !sure) return undefined;
  const digits = text.slice(anchor.start, anchor.end);
  const { name, state } = withoutProvince(town.name, country, text, town.end);
  return {
    street: street.street,
    city: name,
    state,
    postalCode: digits,
    country,
    start: street.start,
    end: behind?.end ?? town.end,
    confidence: (sure ? 0.9 : 0.8) + (street.strength > 1 ? 0.03 : -0.1),
  };
}

/** The town that follows a code on its line. */
function townBehind(text: string, end: number): { name: string; end: number } | undefined {
  let at = end;
  while (at < end + 3 && isGap(text.charCodeAt(at))) at++;
  if (at === end) return undefined;
  TOWN.lastIndex = at;
  const raw = TOWN.exec(text)?.[0];
  if (raw === undefined) return undefined;
  const name = ` ${raw.slice(0, 60)}`
    .replace(TOWN_STOP, '')
    .trim()
    .replace(/[.'’/-]+$/, '');
  if (name.length < 2 || isStreetWord(name)) return undefined;
  const cedex = /^ ?cedex(?: \d{1,2})?/i.exec(text.slice(at + name.length, at + name.length + 12));
  return { name, end: at + name.length + (cedex?.[0].length ?? 0) };
}

/** `12345 Washington Loop Road` is a street with a long number, not a code and a town. */
function isStreetWord(name: string): boolean {
  const words = name.split(' ');
  if (words.length < 2) return MONTH.test(name);
  const last = words.at(-1)!.toLowerCase().replace(/\.$/, '');
  return STREET_SUFFIXES.has(last) && !/^(?:bad|saint|st|la|le|les)$/i.test(words[0]!);
}

function prefixBefore(text: string, start: number): { start: number; country: string } | undefined {
  let at = start;
  if (text.charCodeAt(at - 1) === 32) at--;
  const dash = text.charCodeAt(at - 1);
  if (dash !== 45 && dash !== 0x2013) return undefined;
  at--;
  if (text.charCodeAt(at - 1) === 32) at--;
  let from = at;
  while (from > at - 3 && isUpper(text.charCodeAt(from - 1))) from--;
  const country = COUNTRY_BY_PREFIX.get(text.slice(from, at));
  return country === undefined ? undefined : { start: from, country };
}

interface StreetAbove {
  readonly street: string;
  readonly start: number;
  readonly strength: number;
  readonly countries: readonly string[];
}

/** The street in the parts before the code: number and name may be parted by commas. */
function streetAbove(parts: readonly Part[]): StreetAbove | undefined {
  const lines: string[] = [];
  let numbers = 0;
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at]!;
    if (isForeign(part.text)) return undefined;
    const text = withoutLabel(part.text);
    const box = boxIn(text);
    if (box !== undefined && lines.length === 0) {
      const street = text.slice(box.start);
      return { street, start: part.start + part.text.indexOf(street), strength: 2, countries: [] };
    }
    const found = namedStreet(text);
    if (found !== undefined && (found.numbered || numbers > 0 || found.countries.length > 0)) {
      return withNumberAbove(parts, at, text.slice(found.from), lines, found, numbers);
    }
    if (SMALL_NUMBER.test(text)) numbers++;
    else if (EXTRA.test(text) && text.length <= 30) numbers += /\d/.test(text) ? 1 : 0;
    else if (lines.length > 0 || text.length > 40 || text.includes(':')) return undefined;
    lines.unshift(text);
  }
  return undefined;
}

function withNumberAbove(
  parts: readonly Part[],
  at: number,
  first: string,
  lines: readonly string[],
  found: NamedStreet,
  numbers: number,
): StreetAbove {
  const part = parts[at]!;
  const above = parts[at + 1];
  const street = [first, ...lines];
  let start = part.start + Math.max(0, part.text.indexOf(first));
  let numbered = found.numbered || numbers > 0;
  if (!numbered && above !== undefined && SMALL_NUMBER.test(above.text)) {
    street.unshift(above.text);
    start = above.start;
    numbered = true;
  }
  const strength = numbered && found.countries.length > 0 ? 2 : 1;
  return { street: street.join(', '), start, strength, countries: found.countries };
}

interface NamedStreet {
  readonly numbered: boolean;
  readonly countries: readonly string[];
  /** Where the street begins in the part. */
  readonly from: number;
}

/** Whether a part names a street of a known language, or a name with a number behind it. */
function namedStreet(text: string): NamedStreet | undefined {
  const words = text.split(' ');
  if (words.length > 12 || words.length < 2) {
    const only = words.length === 1 ? endingCountries(words[0]!.toLowerCase()) : undefined;
    return only === undefined ? undefined : { numbered: false, countries: only, from: 0 };
  }
  let from = 0;
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!.toLowerCase();
    const first = at + 1 < words.length ? STREET_FIRST_WORDS.get(word) : undefined;
    const last = first ?? endingOf(word);
    if (last !== undefined && /\p{L}/u.test(words[at]!)) {
      const begin = first === undefined ? 0 : firstOffset(words, at, from);
      return { numbered: /\d/.test(text), countries: last, from: begin };
    }
    from += word.length + 1;
  }
  const numbered = /^\p{Lu}[\p{L}.'’ -]{2,40} \d{1,4} ?[a-zA-Z]?(?:[-–/]\d{1,4}[a-z]?)?$/u.test(
    text,
  );
  return numbered ? { numbered, countries: [], from: 0 } : undefined;
}

/** A number right before `rue` belongs to the street; other words before it do not. */
function firstOffset(words: readonly string[], at: number, offset: number): number {
  const before = words[at - 1];
  if (before === undefined) return 0;
  if (SMALL_NUMBER.test(before)) return offset - before.length - 1;
  const second = words[at - 2];
  if (second !== undefined && SMALL_NUMBER.test(second) && before.length <= 6) {
    return offset - before.length - second.length - 2;
  }
  return offset;
}

/** Endings count on a word of their own or on a compound; a short English word is neither. */
function endingOf(word: string): readonly string[] | undefined {
  const bare = word.replace(/[,;]$/, '');
  if (bare.length < 4 && bare !== 'str.' && bare !== 'út' && bare !== 'u.') return undefined;
  return endingCountries(bare);
}

/** `Milano (MI)` and `Milano MI`: the province is the state. */
function withoutProvince(
  name: string,
  country: string,
  text: string,
  end: number,
): { name: string; state: string } {
  if (country !== 'IT') return { name, state: '' };
  const inside = / ([A-Z]{2})$/.exec(name);
  if (inside !== null) return { name: name.slice(0, -3), state: inside[1]! };
  const behind = /^ ?[(,-] ?([A-Z]{2})\b/.exec(text.slice(end, end + 6));
  return { name, state: behind?.[1] ?? '' };
}

function isGap(code: number): boolean {
  return code === 32 || code === 0xa0 || code === 44;
}

function isUpper(code: number): boolean {
  return code >= 65 && code <= 90;
}
