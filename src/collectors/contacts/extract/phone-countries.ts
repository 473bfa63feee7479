/**
 * Which country's numbering plan a number without country code belongs to: what stands near it,
 * then what the page as a whole says (domain, language, markup, postal codes, other numbers).
 */
import { getPublicSuffix } from 'tldts';
import { countryCode, countryNames } from './countries.ts';
import { FAR_COUNTRIES } from './country-names.ts';
import { Memo } from './memo.ts';
import { originOf } from './page-url.ts';
import type { PageView } from './page-view.ts';
import { callingCode } from './phone-number.ts';
import { textMarks } from './text-marks.ts';

/** Top-level domains of countries that are sold to everyone. */
const SOLD = new Set(
  'ac ag ai am as asia be bz cc cd co dj eu fm gd gg gl gs hn im io je la lc li ly me ms mu nu sc sh so st su tel tk tl to tv vc vg vu ws'
    .split(' ')
    .filter((suffix) => suffix !== 'be' && suffix !== 'li'),
);

/** Where a language is spoken when nothing else is known. */
const LANGUAGE_HOME: Readonly<Record<string, string>> = {
  de: 'DE',
  fr: 'FR',
  es: 'ES',
  it: 'IT',
  pt: 'PT',
  nl: 'NL',
  pl: 'PL',
  cs: 'CZ',
  sk: 'SK',
  hu: 'HU',
  ro: 'RO',
  bg: 'BG',
  el: 'GR',
  hr: 'HR',
  sl: 'SI',
  sr: 'RS',
  sv: 'SE',
  nb: 'NO',
  no: 'NO',
  nn: 'NO',
  da: 'DK',
  fi: 'FI',
  is: 'IS',
  et: 'EE',
  lv: 'LV',
  lt: 'LT',
  uk: 'UA',
  ru: 'RU',
  tr: 'TR',
  he: 'IL',
  ja: 'JP',
  ko: 'KR',
  zh: 'CN',
  th: 'TH',
  vi: 'VN',
  id: 'ID',
  ms: 'MY',
  ca: 'ES',
  eu: 'ES',
  gl: 'ES',
  hi: 'IN',
  fa: 'IR',
};

export interface CountryHints {
  /** Countries to try in order; the first is the likeliest. */
  readonly likely: readonly string[];
  /** Nothing speaks against reading `(212) 555-0100` as North American. */
  readonly northAmerican: boolean;
  readonly english: boolean;
}

/** What a page as a whole says about its country. */
export function countryHints(
  view: PageView,
  defaultCountry: string,
  addressCountries: readonly string[],
): CountryHints {
  const likely: string[] = [];
  const add = (code: string): void => {
    if (code !== '' && !likely.includes(code) && likely.length < 6) likely.push(code);
  };
  const byDomain = countryOfDomain(view.url);
  add(byDomain);
  add(defaultCountry.toUpperCase());
  for (const country of addressCountries) add(regionOf(country));
  add(regionOf(view.meta.get('geo.region') ?? view.meta.get('geo.country') ?? ''));
  const lang = view.lang || (view.meta.get('content-language') ?? '').toLowerCase();
  const language = lang.slice(0, 2);
  const english = language === 'en' || language === '';
  const locales = [lang, (view.meta.get('og:locale') ?? '').toLowerCase()];
  for (const locale of locales) {
    const region = localeRegion(locale);
    // Page builders write en-US into pages of every country.
    if (region !== 'US') add(region);
  }
  if (addressCountries.length === 0) {
    for (const code of countriesByPostalCode(view.text)) add(code);
  }
  if (!english) add(LANGUAGE_HOME[language] ?? '');
  const first = likely[0];
  const northAmerican =
    first === undefined ||
    first === 'US' ||
    first === 'CA' ||
    byDomain === '' ||
    likely.includes('US');
  if (northAmerican) add('US');
  return { likely, northAmerican, english };
}

export function countryOfDomain(url: string): string {
  return DOMAINS.of(originOf(url));
}

const DOMAINS = new Memo(500, 200, countryOfOrigin);

function countryOfOrigin(origin: string): string {
  const suffix = getPublicSuffix(origin) ?? '';
  const top = suffix.slice(suffix.lastIndexOf('.') + 1);
  if (top === 'uk') return 'GB';
  if (top.length !== 2 || (SOLD.has(top) && !suffix.includes('.'))) return '';
  const code = top.toUpperCase();
  return callingCode(code) === '' ? '' : code;
}

function localeRegion(locale: string): string {
  const region = /^[a-z]{2,3}[-_](?:[a-z]{4}[-_])?([a-z]{2})\b/.exec(locale)?.[1] ?? '';
  return regionOf(region);
}

function regionOf(value: string): string {
  const code = value.trim().slice(0, 2).toUpperCase();
  return value !== '' && callingCode(code) !== '' ? code : '';
}

const BRITISH = /\b[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}\b/y;
const CANADIAN = /\b[ABCEGHJ-NPRSTVXY]\d[A-Z] ?\d[A-Z]\d\b/y;
const AUSTRALIAN = /\b(?:NSW|VIC|QLD|TAS|ACT|WA|SA|NT),? \d{4}\b/y;

/** Countries whose postal codes the text holds: a look at the letters before its digits. */
function countriesByPostalCode(text: string): string[] {
  const { digits, units } = textMarks(text);
  let british = false;
  let canadian = false;
  let australian = false;
  for (let i = 0; i < digits.length; i += 2) {
    const start = digits[i]!;
    const before = start > 0 ? units[start - 1]! : 0;
    if (isCapital(before)) {
      canadian ||= matchesAt(CANADIAN, text, start - 1);
      british ||= matchesAt(BRITISH, text, start - 1) || matchesAt(BRITISH, text, start - 2);
    } else if (before === 32 && !australian && digits[i + 1]! - start === 4) {
      const name = units[start - 2] === 44 ? start - 2 : start - 1;
      if (name < 1 || !isCapital(units[name - 1]!)) continue;
      australian = matchesAt(AUSTRALIAN, text, name - 2) || matchesAt(AUSTRALIAN, text, name - 3);
    }
  }
  const found: string[] = [];
  if (british) found.push('GB');
  if (canadian) found.push('CA');
  if (australian) found.push('AU');
  return found;
}

function matchesAt(pattern: RegExp, text: string, at: number): boolean {
  if (at < 0) return false;
  pattern.lastIndex = at;
  return pattern.test(text);
}

function isCapital(code: number): boolean {
  return code >= 65 && code <= 90;
}

const LINES_ABOVE_MAX = 8;
const CHARS_ABOVE_MAX = 400;
const CHARS_BELOW_MAX = 120;
const LINES_BELOW_MAX = 3;
const WORDS_MAX = 12;

/** The country that the lines above (nearest first) or right below a number name, or ''. */
export function countryNear(text: string, start: number, end: number): string {
  const { units } = textMarks(text);
  let stop = start;
  const floor = Math.max(0, start - CHARS_ABOVE_MAX);
  for (let lines = 0; lines < LINES_ABOVE_MAX && stop > floor; lines++) {
    let newline = stop - 1;
    while (newline >= floor && units[newline] !== 10) newline--;
    const country = countryBetween(text, units, newline + 1, stop);
    if (country !== '') return country;
    stop = newline;
  }
  const limit = Math.min(text.length, end + CHARS_BELOW_MAX);
  let from = end;
  for (let lines = 0; lines < LINES_BELOW_MAX && from <= limit; lines++) {
    let newline = from;
    while (newline < limit && units[newline] !== 10) newline++;
    const country = countryBetween(text, units, from, newline);
    if (country !== '') return country;
    from = newline + 1;
  }
  return '';
}

function countryBetween(text: string, units: Uint16Array, from: number, to: number): string {
  return mayNameCountry(text, units, from, to) ? COUNTRIES.of(text.slice(from, to)) : '';
}

/** The same few lines stand above all numbers of a page. */
const COUNTRIES = new Memo(1_000, CHARS_ABOVE_MAX, countryInLine);

function countryInLine(line: string): string {
  const parts = line.split(/[,;:|()\d\t•·–]+|-\s|\s-/);
  for (let i = parts.length - 1; i >= 0; i--) {
    const words = parts[i]!.trim().split(' ').slice(0, WORDS_MAX);
    const opens = words.map(opensName);
    if (!opens.includes(true)) continue;
    // The longest names first, the last of them on the line.
    for (let size = Math.min(4, words.length); size > 0; size--) {
      for (let from = words.length - size; from >= 0; from--) {
        if (!opens[from]) continue;
        const code = codeOfName(words.slice(from, from + size).join(' '));
        if (code !== '') return code;
      }
    }
  }
  return '';
}

/** Whether any word of the line may begin a country's name: most lines end here. */
function mayNameCountry(text: string, units: Uint16Array, from: number, to: number): boolean {
  let start = from;
  let hash = 0;
  for (let at = from; at <= to; at++) {
    const code = at < to ? units[at]! : 10;
    const sign = code < 128 ? SIGNS[code]! : isFarParting(code) ? PARTING : FAR;
    if (sign !== PARTING) {
      if (sign !== SILENT) hash = (Math.imul(hash, 31) + sign) | 0;
      continue;
    }
    if (at > start && HASHES[hash & (HASHES.length - 1)] === 1) {
      if (opensName(undashed(text, start, at))) return true;
    }
    start = at + 1;
    hash = 0;
  }
  return false;
}

/** A word without the dash at either end, which parts words as the space beside it does. */
function undashed(text: string, start: number, end: number): string {
  const first = text.charCodeAt(start) === 45 ? start + 1 : start;
  return text.slice(first, text.charCodeAt(end - 1) === 45 ? end - 1 : end);
}

const PARTING = 0;
const SILENT = 1;
const FAR = 128;

/**
 * What ASCII counts as in the hash of a word: letters as small ones, dots and dashes as nothing.
 * White space, digits and what else lines are cut at part words.
 */
const SIGNS = new Uint8Array(128);
for (let code = 0; code < 128; code++) SIGNS[code] = code | 32;
for (const part of '\t\n ,;:|()0123456789') SIGNS[part.charCodeAt(0)] = PARTING;
for (const part of '-.') SIGNS[part.charCodeAt(0)] = SILENT;

function isFarParting(code: number): boolean {
  return code === 0xb7 || code === 0x2013 || code === 0x2022;
}

/** First words of countries' names. */
const OPENINGS: ReadonlySet<string> = new Set(
  [...countryNames(), ...FAR_COUNTRIES.keys(), 'us', 'uk'].map((name) => bareWord(name)),
);

/** One bit of each opening's hash: nearly all words are turned away before a string is made. */
const HASHES = new Uint8Array(1 << 13);
for (const word of OPENINGS) {
  let hash = 0;
  for (let i = 0; i < word.length; i++) {
    const code = word.charCodeAt(i);
    if (code !== 45 && code !== 46)
      hash = (Math.imul(hash, 31) + (code < 128 ? code | 32 : FAR)) | 0;
  }
  HASHES[hash & (HASHES.length - 1)] = 1;
}

function opensName(word: string): boolean {
  return OPENINGS.has(bareWord(word.toLowerCase()));
}

/** The first word of a name, without a dot at its end. */
function bareWord(name: string): string {
  const space = name.indexOf(' ');
  const word = space < 0 ? name : name.slice(0, space);
  return word.endsWith('.') ? word.slice(0, -1) : word;
}

function codeOfName(name: string): string {
  if (name.length < 2 || name.length > 30) return '';
  // Two letters are a country only where they are written as one.
  if (name.length === 2 && name !== 'UK' && name !== 'US') return '';
  return countryCode(name) || (FAR_COUNTRIES.get(name.toLowerCase()) ?? '');
}
