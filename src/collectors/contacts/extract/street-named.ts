import { withoutLabel } from './address-label.ts';
import type { Part } from './address-window.ts';
import { endingCountries, STREET_FIRST_WORDS } from './code-formats.ts';
import { boxIn, isForeign } from './street.ts';

/**
 * Recognises streets as the languages of Europe and Latin America write them: the word for street
 * first (`rue`, `Via`, `Calle`, `ul.`) or as the ending of a name (`Hauptstraße`, `Storgata`), the
 * number before, behind, or parted from the name by a comma.
 */

const SMALL_NUMBER =
  /^(?:n[º°o.]\.? ?)?\d{1,5}(?:[-–/] ?\d{1,5})?(?: ?(?:[a-z]|bis|ter|quater))?(?:\/\d+)?$/i;
const EXTRA = new RegExp(
  [
    String.raw`^(?:s\/n|\d{1,2}[º°ªoa]|(?:n[º°]\.? ?)?\d|piso|planta|puerta|esc|bajo|local|`,
    String.raw`oficina|of\.|nave|portal|étage|etage|bât|bâtiment|bte|boîte|cs|scala|int|`,
    String.raw`interno|lok|lokal|m\.|\d{1,2}\. ?(?:og|etasje|etage|stock|sal|krs)|th|tv|st\.|`,
    String.raw`д\.? ?\d|стр\.|корп|к\. ?\d|оф|кв|пом|hinterhaus|haus|aufgang|edificio|`,
    'edifício|edif|bloque|apto|andar|loja|sala|',
    String.raw`fracção|c\/o)`,
  ].join(''),
  'i',
);

export interface StreetAbove {
  readonly street: string;
  readonly start: number;
  readonly strength: number;
  readonly countries: readonly string[];
}

/** The street in the parts before the code: number and name may be parted by commas. */
export function streetAbove(parts: readonly Part[], from = 0): StreetAbove | undefined {
  const lines: string[] = [];
  let numbers = 0;
  for (let at = from; at < parts.length; at++) {
    const part = parts[at]!;
    const text = withoutLabel(part.text);
    if (isForeign(text)) return undefined;
    const box = boxIn(text);
    const beside = box === undefined ? undefined : streetBeside(text, box.start);
    if (beside !== undefined) {
      return withNumberAbove(parts, at, text.slice(beside.from), lines, beside, numbers);
    }
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

/** The street before a box on the same line: `12 rue du Lac - BP 123`. */
function streetBeside(text: string, box: number): NamedStreet | undefined {
  const found = namedStreet(text.slice(0, box).replace(/[\s,(–—-]+$/, ''));
  return found === undefined || found.countries.length === 0 ? undefined : found;
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
  const number = withoutLabel(above?.text ?? '');
  if (!numbered && above !== undefined && SMALL_NUMBER.test(number)) {
    street.unshift(number);
    start = above.start + above.text.length - number.length;
    numbered = true;
  }
  const strength = numbered && found.countries.length > 0 ? 2 : 1;
  return { street: street.join(', '), start, strength, countries: found.countries };
}

/** A capitalised name with a number behind it, and what tells the door in the house. */
const NUMBERED = new RegExp(
  [
    String.raw`^\p{Lu}[\p{L}.'’ -]{2,40} \d{1,4} ?[a-zA-Z]?(?:[-–/]\d{1,4}[a-z]?)?(?: (?:bus|`,
    String.raw`bte|boîte|box|lok\.?|m\.?|th|tv|esc\.?|piso) ?[\w.]{1,5})?$`,
  ].join(''),
  'u',
);
const GERMAN_FIRST = /^(?:Am|An|Auf|Im|In|Zum|Zur|Unter|Alte[rs]?|Neue[rs]?|Vor|Hinter) /;
const GERMAN = ['DE', 'AT', 'CH'];

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
  const numbered = NUMBERED.test(text);
  if (!numbered) return undefined;
  return { numbered, countries: GERMAN_FIRST.test(text) ? GERMAN : [], from: 0 };
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
