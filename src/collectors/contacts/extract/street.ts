import {
  BOX,
  DIRECTION_WORDS,
  NUMBER_WORDS,
  STREET_SUFFIXES,
  SURE_SUFFIXES,
  UNIT_LEAD,
  UNIT_PART,
  UNIT_START,
} from './street-words.ts';

/**
 * Recognises streets that are written with the number first (`2828 SW Corbett Avenue Suite 135`),
 * and tells where in a line the street begins and where the town behind it begins.
 *
 * All functions look at one short part of a page at a time and are linear in it.
 */

export interface StreetMatch {
  /** Where the street begins within the part. */
  readonly start: number;
  /** 2: number and street word; 1: number and names only. */
  readonly strength: number;
}

interface Word {
  readonly text: string;
  /** Lower case without the dots and commas around it. */
  readonly bare: string;
  readonly start: number;
  readonly end: number;
}

const HOUSE = new RegExp(
  [
    String.raw`^(?:#?\d{1,6}[A-Za-z]?|#?\d{1,6}[-–/&+]\d{1,6}[A-Za-z]?|\d{1,5}-?[A-Z]|`,
    String.raw`[A-Za-z]{1,2}\d{1,3}\/\d{1,5}|[NSEW]\d{1,3}[NSEW]?\d{0,5})$`,
  ].join(''),
  '',
);
const ORDINAL = /^\d{1,3}(?:st|nd|rd|th)$/i;
const SMALL = new Set([
  'of',
  'the',
  'de',
  'la',
  'del',
  'los',
  'las',
  'and',
  '&',
  'at',
  'le',
  'du',
  '-',
]);
/** What no part of a postal address contains: addresses of the net, long numbers, sentences. */
const FOREIGN =
  /@|https?:|www\.|\d{3}[-. )]{1,3}\d{3}[-. ]\d{4}|[?!©"“”=<>]|: \S+ \S+ \S+ \S+ \S+ \S/;
/** The same up to its end; of a copyright, the years too. */
const FOREIGN_PIECE = new RegExp(
  [
    String.raw`@\S*|https?:\S*|www\.\S*|\d{3}[-. )]{1,3}\d{3}[-. ]\d{4}|`,
    String.raw`©(?: ?\d{4}(?: ?[-–] ?\d{2,4})?)?|[?!"“”=<>]`,
  ].join(''),
  'g',
);

/** Whether a part can belong to a postal address at all. */
export function isForeign(part: string): boolean {
  return part.length > 100 || FOREIGN.test(part);
}

/** What stands behind the last foreign piece of a part, or '' where there is no such piece. */
export function behindForeign(part: string): string {
  let end = 0;
  for (const piece of part.matchAll(FOREIGN_PIECE)) end = piece.index + piece[0].length;
  return end === 0 ? '' : part.slice(end).replace(/^[\s.:)–—-]+/, '');
}

/** A post office box in a part: where it begins and ends. */
export function boxIn(part: string): { start: number; end: number } | undefined {
  const match = BOX.exec(part);
  if (match === null) return undefined;
  const end = match.index + match[0].trimEnd().length;
  const start = match.index + match[0].indexOf(match[1]!);
  return { start, end };
}

/** Whether a part is a unit, floor or room by itself. */
export function isUnit(part: string): boolean {
  return part.length <= 50 && UNIT_PART.test(part);
}

/** Roads known by a number (`Highway 20 West`, `Rt. 7`, `County Road 12`). */
const NUMBERED_ROAD = new RegExp(
  [
    String.raw`^(?:(?:us|u\.s\.|state|county|old|rural) )?(?:hwy|highway|route|rte|rt|road|`,
    String.raw`cr|fm|sr|rr|interstate|i)\.?[ -]?#?\d{1,4}[a-z]?(?: (?:[nsew]|north|south|`,
    String.raw`east|west|bypass)\.?)?$`,
  ].join(''),
  'i',
);

/** A rural route without its box (`R.D. #2`, `HC 64`). */
export function isRuralRoute(part: string): boolean {
  return /^(?:r\.?r\.?|h\.?c\.?r?|r\.?f?\.?d\.?|rural route|star route) ?#?\d{1,4}$/i.test(part);
}

/** Where two streets meet (`Cnr Hay & King Sts`, `Route 202 & Naamans Road`). */
function isCrossing(part: string): boolean {
  if (part.length > CROSSING_CHARS_MAX || !/ (?:&|and|at|\/) /i.test(part)) return false;
  const found = CROSSING.exec(part);
  if (found === null) return false;
  const [, lead, one, other] = found as unknown as [string, string | undefined, string, string];
  const last = other
    .slice(other.lastIndexOf(' ') + 1)
    .toLowerCase()
    .replace(/\.$/, '');
  const plural = /^(?:streets|sts|avenues|aves|roads|rds)$/.test(last);
  if (!plural && !SURE_SUFFIXES.has(last) && !NUMBERED_ROAD.test(other)) return false;
  return plural || lead !== undefined || NUMBERED_ROAD.test(one) || isNamedStreet(one);
}

const CROSSING = new RegExp(
  [
    String.raw`^((?:on )?(?:the )?(?:corner|cnr|cor|intersection)\.? (?:of )?)?`,
    String.raw`((?:\p{Lu}|\d)[\p{L}\d.'’ -]+?) (?:&|and|at|\/) ((?:\p{Lu}|\d)[\p{L}\d.'’ -]+)$`,
  ].join(''),
  'iu',
);
const CROSSING_CHARS_MAX = 70;

/** Whether a part without a number ends in a word that only means a street (`Maxwell Road`). */
export function isNamedStreet(part: string): boolean {
  const words = wordsOf(part);
  if (words.length < 2 || words.length > 7 || !/^\p{Lu}/u.test(part)) return false;
  return SURE_SUFFIXES.has(words.at(-1)!.bare);
}

/** `9-5` before a house number tells when somebody is there. */
function isHours(words: readonly Word[], at: number): boolean {
  return /^\d{1,2}[-–]\d{1,2}$/.test(words[at]!.text) && /^\d{2,6}$/.test(words[at + 1]!.text);
}

/** A street that runs to the end of the part, or undefined. */
export function streetIn(part: string): StreetMatch | undefined {
  if (NUMBERED_ROAD.test(part) || isCrossing(part)) return { start: 0, strength: 2 };
  const words = wordsOf(part);
  for (let at = 0; at + 1 < words.length; at++) {
    if (!isHouse(words, at) || isHours(words, at)) continue;
    const strength = tailStrength(words, at + 1);
    if (strength > 0) return { start: streetStart(words, at), strength };
  }
  return undefined;
}

/** Splits `100 Main St Suite 5 Springfield` into its street and its town. */
export function splitStreetAndTown(
  part: string,
): { street: string; town: string; start: number; strength: number } | undefined {
  const words = wordsOf(part);
  const box = boxIn(part);
  if (box !== undefined) {
    const town = part.slice(box.end).trim();
    if (town === '') return undefined;
    return { street: part.slice(box.start, box.end), town, start: box.start, strength: 2 };
  }
  for (let at = 0; at + 2 < words.length; at++) {
    if (!isHouse(words, at)) continue;
    const split = townIndex(words, at + 1);
    if (split === undefined || split.index >= words.length) continue;
    const start = streetStart(words, at);
    const cut = words[split.index]!.start;
    const street = part
      .slice(start, cut)
      .replace(/[\s.,/–—-]+$/, (end) => (end[0] === '.' ? '.' : ''));
    return { street, town: part.slice(cut), start, strength: split.strength };
  }
  return undefined;
}

/** Splits `Suite 200 Irvine`, `# 470 Schaumburg`, `2nd Floor Boise` into the unit and the town. */
export function splitUnitAndTown(part: string): { unit: string; town: string } | undefined {
  const unit = UNIT_LEAD.exec(part)?.[0];
  if (unit === undefined) return undefined;
  return { unit: unit.trim().replace(/,? in$/, ''), town: part.slice(unit.length) };
}

function wordsOf(part: string): Word[] {
  const words: Word[] = [];
  let start = 0;
  while (start < part.length) {
    let end = part.indexOf(' ', start);
    if (end < 0) end = part.length;
    if (end > start) {
      const text = part.slice(start, end);
      words.push({ text, bare: bareOf(text), start, end });
    }
    start = end + 1;
  }
  return words;
}

function bareOf(word: string): string {
  return word.replace(/^[(]+|[.,;:)]+$/g, '').toLowerCase();
}

function isHouse(words: readonly Word[], at: number): boolean {
  const word = words[at]!;
  if (NUMBER_WORDS.has(word.bare)) return isSuffixNear(words, at) || (at === 0 && isCenter(words));
  const text = word.text.replace(/[,.]$/, '');
  if (!HOUSE.test(text)) return false;
  const before = words[at - 1]?.bare;
  // A year, not a house.
  if (before === 'copyright') return false;
  // `Suite 120 Springfield` is no street: the number belongs to the unit.
  return before === undefined || !UNIT_START.test(before) || isSuffixNear(words, at);
}

/** `One Financial Center`: buildings that are addresses of their own. */
function isCenter(words: readonly Word[]): boolean {
  for (let at = 2; at < words.length && at <= 4; at++) {
    if (CENTERS.has(words[at]!.bare)) return words.slice(0, at + 1).every(isCapitalised);
  }
  return false;
}

function isCapitalised({ text }: Word): boolean {
  return /^\p{Lu}/u.test(text);
}

const CENTERS = new Set(['center', 'centre', 'tower', 'towers', 'gateway', 'landing']);

function isSuffixNear(words: readonly Word[], at: number): boolean {
  for (let next = at + 2; next < words.length && next <= at + 5; next++) {
    if (SURE_SUFFIXES.has(words[next]!.bare)) return true;
  }
  return false;
}

/** A unit before the number belongs to the street (`Lvl2 845 Pacific Hwy`, `Unit 3 12 High St`). */
function streetStart(words: readonly Word[], at: number): number {
  const before = words[at - 1];
  if (before === undefined) return words[at]!.start;
  if (UNIT_START.test(before.bare)) return before.start;
  const second = words[at - 2];
  if (second !== undefined && UNIT_START.test(second.bare) && isUnitName(before.bare)) {
    return second.start;
  }
  return words[at]!.start;
}

/** `Unit 3`, `Suite B`, `Shop 4/5`, but not `office at`. */
function isUnitName(word: string): boolean {
  return /^[\w/&-]{1,5}$/.test(word) && !SMALL.has(word) && !SENTENCE_WORDS.has(word);
}

/** Streets that need no other name. */
const SOLE_STREETS = new Set('broadway esplanade strand boardwalk embarcadero'.split(' '));

/** How surely the words from `from` to the end are the name of a street: 2, 1 or 0. */
function tailStrength(words: readonly Word[], from: number): number {
  const count = words.length - from;
  if (count > 11) return 0;
  let suffix = false;
  let names = 0;
  let lower = 0;
  for (let at = from; at < words.length; at++) {
    const { bare, text } = words[at]!;
    if (bare === '') continue;
    if (STREET_SUFFIXES.has(bare) && (names > 0 || count > 1 || SOLE_STREETS.has(bare)))
      suffix = true;
    else if (ORDINAL.test(bare) && (at > from || count > 1 || names > 0)) suffix = true;
    else if (UNIT_START.test(bare) || DIRECTION_WORDS.has(bare) || SMALL.has(bare)) continue;
    else if (/^[a-zß-ÿ]/.test(text)) lower++;
    else names++;
  }
  if (ORDINAL.test(words[from]!.bare)) suffix = true;
  if (lower > 0) return suffix && lower + names <= 3 ? 2 : 0;
  if (suffix) return 2;
  return names > 0 && count <= 6 && !/^\d/.test(words[from]!.text) ? 1 : 0;
}

/** Index of the first word of the town behind a street that begins at `from`. */
function townIndex(
  words: readonly Word[],
  from: number,
): { index: number; strength: number } | undefined {
  let end = -1;
  const limit = Math.min(words.length, from + 8);
  for (let at = from; at < limit; at++) {
    const { bare } = words[at]!;
    const named = at > from || ORDINAL.test(bare) || bare === 'broadway';
    if (named && SURE_SUFFIXES.has(bare) && !isSaint(words, at)) {
      end = at + 1;
      if (isNumber(words[end])) end++;
      break;
    }
    if (ORDINAL.test(bare) && end < 0 && !SURE_SUFFIXES.has(words[at + 1]?.bare ?? ''))
      end = at + 1;
  }
  if (end < 0) end = weakEnd(words, from, limit);
  if (end < 0) return guessedTown(words, from);
  while (end < words.length && isDirection(words, end)) end++;
  return { index: unitEnd(words, end), strength: 2 };
}

/** `St.` before a name is a saint, unless nothing came before it that could be a street. */
function isSaint(words: readonly Word[], at: number): boolean {
  return words[at]!.bare === 'st' && at + 1 < words.length && /^\d+$/.test(words[at - 1]!.bare);
}

function isNumber(word: Word | undefined): boolean {
  return word !== undefined && /^\d{1,4}[A-Za-z]?$/.test(word.bare);
}

/** What follows a direction in the names of towns (`North Vancouver`, `West Palm Beach`). */
const DIRECTED_TOWNS = new Set(
  (
    'vancouver york palm lansing las bend hollywood san miami hartford haven orange providence ' +
    'jordan valley fargo lafayette chicago hampton bay portland end brunswick charleston little ' +
    'saint st augusta plainfield bergen canaan wales rockaway point monroe memphis windsor ' +
    'caldwell babylon islip hempstead sacramento covina des allis salem easton attleboro andover ' +
    'reading adams kingstown pole platte tonawanda ridgeville olmsted royalton canton liverpool ' +
    'woodford norwood kensington shields harrow ham acton finchley cleveland ' +
    'bethesda potomac springfield chester hills lake sioux gate amboy rutherford park'
  ).split(' '),
);

function isDirection(words: readonly Word[], at: number): boolean {
  const { bare, text } = words[at]!;
  if (!DIRECTION_WORDS.has(bare)) return false;
  if (bare.length <= 2) return text === text.toUpperCase();
  // A spelled direction is the street's (`King Street West Toronto`) but for towns called so.
  return at + 1 < words.length && !DIRECTED_TOWNS.has(words[at + 1]!.bare);
}

/** The last word that may be a street's (`Hills`, `Green`), so long as a town is left behind it. */
function weakEnd(words: readonly Word[], from: number, limit: number): number {
  for (let at = from + 1; at < limit; at++) {
    const { bare } = words[at]!;
    if (UNIT_START.test(bare)) return at;
    if (STREET_SUFFIXES.has(bare) && at + 1 < words.length) return at + 1;
  }
  return -1;
}

/** Skips `Suite 135`, `# 4F`, `2nd Floor`, and a named building between street and town. */
function unitEnd(words: readonly Word[], from: number): number {
  let at = from;
  for (let turns = 0; turns < 3 && at < words.length; turns++) {
    const { bare } = words[at]!;
    if (UNIT_START.test(bare)) {
      at += /\d$/.test(bare) && bare.length > 1 ? 1 : 2;
      if (words[at - 1]?.bare === '#') at++;
      if (isNumber(words[at])) at++;
    } else if (/^#?\d/.test(bare) && at + 1 < words.length) {
      at += UNIT_START.test(words[at + 1]!.bare) ? 2 : 1;
    } else if (/^[/–—-]$/.test(words[at]!.text)) {
      at++;
    } else {
      break;
    }
  }
  return at;
}

/** `1200 units in Denver` counts units. */
const SENTENCE_WORDS = new Set('in for from with by to is are was on per our your'.split(' '));

const TOWN_STARTS = new Set(
  'san los new fort ft saint st santa las el la le palm north south east west lake ' +
    'mount mt port grand salt des baton cedar colorado'.split(' '),
);

/**
 * With no street word at all, the town is the last word, or two after `San`, `New` and the like.
 */
function guessedTown(
  words: readonly Word[],
  from: number,
): { index: number; strength: number } | undefined {
  if (words.length - from < 2 || SMALL.has(words[from]!.bare)) return undefined;
  const last = words.length - 1;
  if (words.slice(from, last).some((word) => SENTENCE_WORDS.has(word.text))) return undefined;
  const index = TOWN_STARTS.has(words[last - 1]!.bare) && last - 1 > from ? last - 1 : last;
  return { index, strength: 1 };
}
