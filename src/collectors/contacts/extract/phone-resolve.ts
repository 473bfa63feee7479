/**
 * From digits to a number of the world: which country's plan they belong to. What stands nearest
 * counts most; a number that fits no likely country is no number.
 */
import { type CountryHints, countryNear } from './phone-countries.ts';
import { callingCode, type ParsedPhone, parsePhone } from './phone-number.ts';
import type { PhoneSpan } from './phone-spans.ts';

export interface ResolvedPhone extends ParsedPhone {
  /** The country follows from the page; otherwise it is the likeliest of several. */
  readonly sure: boolean;
}

/**
 * Reads `span`, which stands at `at` of the page's text; undefined where it is no telephone
 * number.
 */
export function resolvePhone(
  span: PhoneSpan,
  text: string,
  at: number,
  hints: CountryHints,
  labelled: boolean,
): ResolvedPhone | undefined {
  const digits = span.digits;
  if (isPlaceholder(digits)) return undefined;
  const abroad = fromAbroad(digits, hints);
  if (abroad !== undefined) return abroad;
  if (span.plus || span.trunkDropped) {
    const parsed = parsePhone(digits, '');
    if (parsed?.valid) return { ...parsed, sure: true };
    if (parsed !== undefined && labelled && span.plus) return { ...parsed, sure: false };
    if (span.trunkDropped && !span.plus) return national(span, text, at, hints, labelled);
    return span.northAmerican ? valid(digits, 'US', false) : undefined;
  }
  return national(span, text, at, hints, labelled);
}

/** The number behind what is dialled to leave a country: `0049 …`, in North America `011 49 …`. */
function fromAbroad(digits: string, hints: CountryHints): ResolvedPhone | undefined {
  if (digits.startsWith('00') && digits.length >= 10) return valid(digits.slice(2), '', true);
  if (!digits.startsWith('011') || !hints.northAmerican || digits.length < 11) return undefined;
  return valid(digits.slice(3), '', true);
}

function national(
  span: PhoneSpan,
  text: string,
  at: number,
  hints: CountryHints,
  labelled: boolean,
): ResolvedPhone | undefined {
  const digits = span.digits;
  if (span.northAmerican && hints.northAmerican) {
    const parsed = valid(digits, 'US', true);
    if (parsed !== undefined && (labelled || span.groups.length > 1 || digits.length === 10)) {
      return parsed;
    }
  }
  const first = hints.likely[0];
  if (first !== undefined && first !== 'US') {
    const parsed = inCountry(span, first, labelled);
    if (parsed !== undefined) return parsed;
  }
  const near = countryNear(text, at, span.end);
  if (near !== '' && near !== first) {
    const parsed = inCountry(span, near, true) ?? withCallingCode(digits, near);
    if (parsed !== undefined) return parsed;
  }
  for (const country of hints.likely) {
    if (country === first && country !== 'US') continue;
    const parsed = inCountry(span, country, labelled);
    if (parsed !== undefined) return parsed;
  }
  if (span.northAmerican) {
    const parsed = valid(digits, 'US', hints.northAmerican);
    if (parsed !== undefined && span.groups.length > 1) return parsed;
  }
  return lastResort(span, hints, near, labelled);
}

/** Plans in which every number is dialled with a leading zero inside the country. */
const TRUNK_ZERO = new Set(
  'DE AT CH GB IE FR NL BE SE FI AU NZ ZA IN PK BD LK JP KR TW CN TR IL UA RO BG RS SI HR SK AL MK ID MY PH TH VN KH EG KE NG GH AE SA IR IQ JO LB MA'.split(
    ' ',
  ),
);

function inCountry(span: PhoneSpan, country: string, labelled: boolean): ResolvedPhone | undefined {
  const digits = span.digits;
  const parsed = valid(digits, country, true);
  if (parsed !== undefined) {
    const dialled = !TRUNK_ZERO.has(country) || digits.startsWith('0') || isSpecial(digits);
    if (dialled || labelled) return parsed;
    return undefined;
  }
  return labelled ? withCallingCode(digits, country) : undefined;
}

/** Numbers that are dialled without a trunk prefix everywhere: 1300, 1800 and the like. */
function isSpecial(digits: string): boolean {
  return digits.startsWith('1');
}

/** `965 23970072`: the country code without its plus. */
function withCallingCode(digits: string, country: string): ResolvedPhone | undefined {
  const code = callingCode(country);
  if (code === '' || !digits.startsWith(code) || digits.length < 9) return undefined;
  return valid(digits, '', true);
}

/** Countries of English pages whose numbers start with a zero at home, likeliest first. */
const ENGLISH_TRUNK_ZERO = ['GB', 'AU', 'NZ', 'IE', 'ZA', 'IN'];

function lastResort(
  span: PhoneSpan,
  hints: CountryHints,
  near: string,
  labelled: boolean,
): ResolvedPhone | undefined {
  const digits = span.digits;
  if (
    digits.startsWith('0') &&
    hints.english &&
    hints.northAmerican &&
    (span.groups.length > 1 || labelled)
  ) {
    for (const country of ENGLISH_TRUNK_ZERO) {
      const parsed = valid(digits, country, false);
      if (parsed !== undefined) return parsed;
    }
  }
  if (!labelled) return undefined;
  const first = hints.likely[0];
  if (!digits.startsWith('0') && digits.length >= 10) {
    const parsed = valid(digits, '', false);
    if (parsed !== undefined) return parsed;
  }
  return possible(span, near) ?? possible(span, first ?? '');
}

/** A number that is called one, of the right length, but not in use by the plan that is known. */
function possible(span: PhoneSpan, country: string): ResolvedPhone | undefined {
  const digits = span.digits;
  if (country === '' || digits.length < 8) return undefined;
  const code = callingCode(country);
  const abroad = code !== '1' && digits.startsWith(code) ? parsePhone(digits, '') : undefined;
  if (abroad !== undefined) return { ...abroad, sure: false };
  if (code === '1' && !span.northAmerican) return undefined;
  const home = parsePhone(digits, country);
  return home === undefined ? undefined : { ...home, sure: false };
}

function valid(digits: string, country: string, sure: boolean): ResolvedPhone | undefined {
  const parsed = parsePhone(digits, country);
  return parsed?.valid ? { ...parsed, sure } : undefined;
}

/** Numbers that stand for a number in forms and templates. */
function isPlaceholder(digits: string): boolean {
  const tail = digits.slice(-10);
  if (/^(\d)\1+$/.test(tail) || tail.endsWith('5555555')) return true;
  return /^(?:0123456789|1?1234567890|123456789|(?:123|555|1555|1123)1234567)$/.test(digits);
}
