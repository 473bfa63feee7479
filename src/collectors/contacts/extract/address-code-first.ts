import type { AddressCandidate, CodeAnchor } from './address-candidate.ts';
import { isFieldName, townFieldEnd } from './address-fields.ts';
import { countryBehind, partsBefore, type UnitText } from './address-window.ts';
import { codeAt } from './code-at.ts';
import { COUNTRIES_BY_SHAPE, COUNTRY_BY_PREFIX } from './code-formats.ts';
import { MX_ES_REGIONS } from './regions.ts';
import { streetAbove } from './street-named.ts';
import { STREET_SUFFIXES } from './street-words.ts';

/**
 * Addresses whose code stands before the town (`12 rue de la Paix, 75002 Paris`), as in most of
 * Europe. Digits and a capitalised word are common in any text, so a street above the code and some
 * evidence of the country are both asked for: a prefix (`D-`), the country's name, the page's host
 * or language, or a street word of its language.
 */

const PARTS_MAX = 5;
const TOWN = new RegExp(
  [
    String.raw`\p{Lu}[\p{L}.'’-]*(?:[ /](?:(?:am|an|der|den|dem|im|in|ob|bei|la|le|les|el|`,
    'los|las|sur|sous|en|de|del|della|di|du|da|do|dos|das|nad|pod|aan|op|ved|och|i|',
    String.raw`a|e|et|v|na|upon|und|(?:[a-z]\.){1,2})(?=[ /]\p{Lu})|\p{Lu}[\p{L}.'’-]*|`,
    String.raw`l['’]\p{Lu}\p{L}*|d['’]\p{Lu}\p{L}*)){0,5}`,
  ].join(''),
  'uy',
);
const TOWN_STOP = new RegExp(
  [
    '[ /](?:tel|tél|telefon|telefono|teléfono|telefoon|telephone|phone|fon|fono|',
    String.raw`fax|mobil|mobile|handy|e-?mail|mail|siret|siren|rcs|tva|vat|ust|p\.?iva|cif|`,
    'nif|kvk|btw|cvr|org|map|karte|plan|web|www|impressum|kontakt|contact|',
    String.raw`copyright)\b.*$`,
  ].join(''),
  'i',
);
const MONTH = new RegExp(
  [
    '^(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec|january|february|march|',
    'april|june|july|august|september|october|november|december)$',
  ].join(''),
  'i',
);
/** Towns that tell Switzerland from its neighbours, which have codes of four digits too. */
const SWISS = new RegExp(
  [
    '^(?:zürich|zurich|genève|genf|geneva|basel|bern|berne|lausanne|luzern|lugano|',
    String.raw`winterthur|zug|st\.? gallen|chur|fribourg|neuchâtel)\b`,
  ].join(''),
  'i',
);

/** The digits behind these words number a box or a room. */
const ROOM_NUMBER = new RegExp(
  [
    String.raw`(?:\b(?:suite|ste|unit|apt|office|room|rm|bureau|oficina|local)|box|bag|postfach|`,
    String.raw`b\.?p\.?|#)[ .:#]*(?:no\.?|n[°º])?[ .:#]*$`,
  ].join(''),
  'i',
);

/** The address around a code of the given shape; `start` of the anchor is its first digit. */
export function codeFirstAddress(anchor: CodeAnchor, shape: string): AddressCandidate | undefined {
  const { text } = anchor;
  const countries = COUNTRIES_BY_SHAPE.get(shape);
  if (countries === undefined) return undefined;
  const town = townBehind(anchor, anchor.end);
  if (town === undefined) return undefined;
  if (ROOM_NUMBER.test(text.slice(Math.max(0, anchor.start - 14), anchor.start))) return undefined;
  const prefix = prefixBefore(anchor, countries);
  const start = prefix?.start ?? anchor.start;
  const parts = partsBefore(anchor, start, anchor.floor, PARTS_MAX).filter(
    (part) => !isFieldName(part.text),
  );
  const street = streetAbove(parts);
  if (street === undefined) return undefined;
  const behind = countryBehind(anchor, town.end);
  const named = behind?.code ?? '';
  const votes = [prefix?.country ?? '', named, anchor.hint, ...street.countries];
  if (shape === '9999' && SWISS.test(town.name)) votes.unshift('CH');
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

/** The town that follows a code on its line, or on the next behind the name of its field. */
function townBehind(page: UnitText, end: number): { name: string; end: number } | undefined {
  const { text, units } = page;
  let at = townFieldEnd(page, end);
  if (at === end) while (at < end + 3 && at < units.length && isGap(units[at]!)) at++;
  const first = at < units.length ? units[at]! : 0;
  if (at === end || !(isUpper(first) || first >= 0xc0)) return undefined;
  TOWN.lastIndex = at;
  const raw = TOWN.exec(text)?.[0];
  if (raw === undefined) return undefined;
  const name = ` ${raw.slice(0, 60)}`
    .replace(TOWN_STOP, '')
    .replace(/ cedex\b.*$/i, '')
    .trim()
    .replace(/[.'’/-]+$/, '');
  if (name.length < 2 || isStreetWord(name)) return undefined;
  const cedex = /^ ?cedex(?: \d{1,2})?/i.exec(text.slice(at + name.length, at + name.length + 12));
  const numbered = /^ \d{1,2}(?=[\s,;|]|$)(?! \d)/.exec(
    text.slice(at + name.length, at + name.length + 5),
  );
  if (numbered !== null && cedex === null) {
    return { name: name + numbered[0], end: at + name.length + numbered[0].length };
  }
  return { name, end: at + name.length + (cedex?.[0].length ?? 0) };
}

/** `12345 Washington Loop Road` is a street with a long number, not a code and a town. */
function isStreetWord(name: string): boolean {
  const words = name.split(' ');
  if (words.length < 2) return MONTH.test(name);
  const last = words.at(-1)!.toLowerCase().replace(/\.$/, '');
  return STREET_SUFFIXES.has(last) && !/^(?:bad|saint|st|la|le|les)$/i.test(words[0]!);
}

/** `D-` before the code: where it begins and the country that it means. */
function prefixBefore(
  { text, start, hint }: CodeAnchor,
  countries: readonly string[],
): { start: number; country: string } | undefined {
  let at = start;
  if (codeAt(text, at - 1) === 32) at--;
  const dash = codeAt(text, at - 1);
  if (dash !== 45 && dash !== 0x2013) return undefined;
  at--;
  if (codeAt(text, at - 1) === 32) at--;
  let from = at;
  while (from > at - 3 && isUpper(codeAt(text, from - 1))) from--;
  const country = COUNTRY_BY_PREFIX.get(text.slice(from, at));
  if (country === undefined) return undefined;
  const tight = codeAt(text, at) !== 32;
  const fits = countries.includes(country) && (tight || hint === '' || hint === country);
  if (at - from === 1 && isHouseLetter(text, from, fits)) return undefined;
  return { start: from, country };
}

/** `12/D - 20121`, `12 A - 10115`: behind a number a letter that means no likely country. */
function isHouseLetter(text: string, at: number, fits: boolean): boolean {
  const code = codeAt(text, at - 1);
  if (code === 47) return isDigit(codeAt(text, at - 2));
  return !fits && code === 32 && isDigit(codeAt(text, at - 2));
}

/** What stands behind the town in Mexico and Spain: `, Jal.`, ` (Madrid)`. */
const REGION_BEHIND =
  /^(?:, ?(\p{Lu}[\p{L}. ]{0,22}[\p{L}.])(?=[\s,|]|$)|,? ?\((\p{Lu}[\p{L} ]{2,20})\))/u;

/** `Milano (MI)` and `Milano MI`: the province is the state. */
function withoutProvince(
  name: string,
  country: string,
  text: string,
  end: number,
): { name: string; state: string } {
  if (country === 'MX' || country === 'ES') {
    const behind = REGION_BEHIND.exec(text.slice(end, end + 28));
    const state = behind?.[1] ?? behind?.[2] ?? '';
    return { name, state: MX_ES_REGIONS.has(state.toLowerCase().replace(/\.$/, '')) ? state : '' };
  }
  if (country !== 'IT') return { name, state: '' };
  const inside = / ([A-Z]{2})$/.exec(name);
  if (inside !== null) return { name: name.slice(0, -3), state: inside[1]! };
  const behind = /^ ?[(,-] ?([A-Z]{2})\b/.exec(text.slice(end, end + 6));
  return { name, state: behind?.[1] ?? '' };
}

function isGap(code: number): boolean {
  return code === 32 || code === 0xa0 || code === 44;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isUpper(code: number): boolean {
  return code >= 65 && code <= 90;
}
