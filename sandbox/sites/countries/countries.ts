/**
 * The countries that sites are dealt to, in turn: site `i` belongs to `COUNTRY_TURN[i % length]`,
 * so every language appears among the first few dozen sites whatever the seed.
 */
import type { Country } from './country.ts';
import { ENGLISH_SPEAKING } from './english-speaking.ts';
import { EUROPEAN } from './european.ts';
import { ROMANCE_AND_JAPAN } from './romance-and-japan.ts';

export const COUNTRIES: readonly Country[] = [
  ...ENGLISH_SPEAKING,
  ...EUROPEAN,
  ...ROMANCE_AND_JAPAN,
];

/** Mixed, so that neighbouring rows differ in language. */
export const COUNTRY_TURN: readonly Country[] = [
  ...'US DE FR JP GB ES NL IT SE PL CA AT BR AU BE PT CH MX IE'.split(' '),
].map((code) => countryByCode(code));

/** The country of an ISO 3166 alpha-2 code; throws when no site belongs to it. */
export function countryByCode(code: string): Country {
  const found = COUNTRIES.find((country) => country.code === code);
  if (!found) throw new Error(`no sandbox country ${code}`);
  return found;
}
