/**
 * Numbers spelled with letters: `1-800-FLOWERS`, `(734) 668-TIME`, `1300 FLOWERS`. Letters stand
 * for the digits of a telephone's keypad; what is longer than a number is not dialled.
 */
import { type ParsedPhone, parsePhone } from './phone-number.ts';

const KEYPAD = '22233344455566677778889999';
const NORTH_AMERICAN =
  /(?:\+?(1)[-. ]{0,2})?[([]?([2-9]\d\d)[)\]]?([-. ]{0,3})((?:\d{3}[-. ]?)?[A-Za-z][A-Za-z\d]*(?:-[A-Za-z\d]+){0,2})(?![A-Za-z\d])/y;
const OTHER_PLANS = /(1300|1800|0800|0508)[- ]([A-Z]{5,9})(?![A-Za-z\d])/y;
const TOLL_FREE = /^8(?:00|33|44|55|66|77|88)$/;

export interface VanityPhone {
  readonly end: number;
  readonly parsed: ParsedPhone;
}

/** What a reading may ask about its place; answers cost more than most readings. */
export interface VanityPlace {
  /** Countries that the page may mean. */
  countries(): readonly string[];
  /** Whether the words before call it a telephone number. */
  labelled(): boolean;
}

/** Reads a number with letters at `start`. */
export function vanityAt(text: string, start: number, place: VanityPlace): VanityPhone | undefined {
  OTHER_PLANS.lastIndex = start;
  const other = OTHER_PLANS.exec(text);
  if (other !== null) return otherPlan(other, start, place.countries());
  NORTH_AMERICAN.lastIndex = start;
  const match = NORTH_AMERICAN.exec(text);
  if (match === null) return undefined;
  const [whole, one, area, separator, word] = match as unknown as [
    string,
    string | undefined,
    string,
    string,
    string,
  ];
  const letters = word.replace(/[^A-Za-z\d]/g, '');
  const letterCount = letters.replace(/\d/g, '').length;
  if (letters.length < 7 || letters.length > 12 || letterCount < 3) return undefined;
  const upper = letters === letters.toUpperCase();
  const tollFree = TOLL_FREE.test(area);
  if (!upper && !(tollFree && separator.includes('-'))) return undefined;
  if (!tollFree && (letters.length !== 7 || !/[-.)]/.test(whole.slice(0, -word.length)))) {
    return undefined;
  }
  if (tollFree && one === undefined && !/[-.]/.test(separator) && !place.labelled()) {
    return undefined;
  }
  const parsed = parsePhone(area + keypad(letters).slice(0, 7), 'US');
  return parsed?.valid ? { end: start + whole.length, parsed } : undefined;
}

function otherPlan(
  match: RegExpExecArray,
  start: number,
  countries: readonly string[],
): VanityPhone | undefined {
  for (const country of countries) {
    if (country !== 'AU' && country !== 'NZ') continue;
    const parsed = parsePhone((match[1]! + keypad(match[2]!)).slice(0, 10), country);
    if (parsed?.valid) return { end: start + match[0].length, parsed };
  }
  return undefined;
}

function keypad(letters: string): string {
  let digits = '';
  for (let i = 0; i < letters.length; i++) {
    const code = letters.charCodeAt(i);
    digits += code < 65 ? letters[i] : KEYPAD[(code & ~32) - 65];
  }
  return digits;
}
