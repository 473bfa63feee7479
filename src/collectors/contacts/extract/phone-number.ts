/**
 * The numbering plans of the world, asked as seldom as possible: a parse costs as much as
 * scanning ten kilobytes of text, so answers are remembered, North American ones by their first
 * four digits.
 */
import {
  type CountryCode,
  getCountryCallingCode,
  isSupportedCountry,
  type PhoneNumber,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/max';
import { Memo } from './memo.ts';

export interface ParsedPhone {
  readonly e164: string;
  /** ISO 3166 alpha-2, or '' for non-geographic numbers. */
  readonly country: string;
  /** In use by its numbering plan; otherwise only its length is right. */
  readonly valid: boolean;
}

const MEMO_MAX = 4_000;
const memo = new Map<string, ParsedPhone | null>();
/**
 * Country of North American numbers by area code and next digit, for the two countries with no
 * further rules.
 */
const northAmerican = new Map<string, string>();

/** Reads digits as dialled inside `country`, or as `+digits` where it is ''. */
export function parsePhone(digits: string, country: string): ParsedPhone | undefined {
  const national = nationalNorthAmerican(digits, country);
  if (national !== '') {
    const known = northAmerican.get(national.slice(0, 4));
    if (known !== undefined) return { e164: `+1${national}`, country: known, valid: true };
  }
  const key = `${country}${digits}`;
  let parsed = memo.get(key);
  if (parsed === undefined) {
    parsed = parseAnew(digits, country);
    if (memo.size >= MEMO_MAX) memo.clear();
    memo.set(key, parsed);
    if (national !== '' && parsed?.valid && (parsed.country === 'US' || parsed.country === 'CA')) {
      northAmerican.set(national.slice(0, 4), parsed.country);
    }
  }
  return parsed ?? undefined;
}

/** The ten digits of a number dialled in North America, or ''. */
function nationalNorthAmerican(digits: string, country: string): string {
  const length = digits.length;
  const first = digits.charCodeAt(0);
  if (country === '') return length === 11 && first === 49 ? digits.slice(1) : '';
  if (country !== 'US' && country !== 'CA') return '';
  if (length === 10 && first > 49) return digits;
  return length === 11 && first === 49 && digits.charCodeAt(1) > 49 ? digits.slice(1) : '';
}

function parseAnew(digits: string, country: string): ParsedPhone | null {
  const number = read(digits, country);
  if (number === undefined) return null;
  const valid = number.isValid();
  if (!valid && !number.isPossible()) return null;
  return { e164: number.number, country: number.country ?? '', valid };
}

function read(digits: string, country: string): PhoneNumber | undefined {
  if (country === '') return parsePhoneNumberFromString(`+${digits}`, { extract: false });
  if (!isSupportedCountry(country)) return undefined;
  return parsePhoneNumberFromString(digits, { defaultCountry: country, extract: false });
}

/** The calling code of a country (`44`), or ''. */
export function callingCode(country: string): string {
  return CALLING_CODES.of(country);
}

const CALLING_CODES = new Memo(400, 2, (country) =>
  isSupportedCountry(country) ? getCountryCallingCode(country as CountryCode) : '',
);
