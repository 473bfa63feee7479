/** Postal addresses as the countries write them, in lines and in parts. */
import { pick, type Random, randomInt } from '../../src/base/random.ts';
import type { City, Country } from './countries/country.ts';
import { fillPattern } from './seed.ts';

export interface AddressFact {
  readonly street: string;
  readonly city: string;
  /** State, province or region where the country's addresses name it, or ''. */
  readonly state: string;
  readonly postalCode: string;
  /** ISO 3166 alpha-2. */
  readonly country: string;
  readonly countryName: string;
  /** As on an envelope, without the country. */
  readonly lines: readonly string[];
}

/** An address in the city. */
export function drawAddress(random: Random, country: Country, at: City): AddressFact {
  const number =
    country.addressStyle === 'japanese' ? randomInt(random, 1, 9) : randomInt(random, 1, 180);
  const street = pick(random, country.streets).replace('{n}', String(number));
  const postalCode = fillPattern(random, at.postal);
  return {
    street,
    city: at.name,
    state: at.region,
    postalCode,
    country: country.code,
    countryName: country.name,
    lines: linesOf(country, at, street, postalCode),
  };
}

function linesOf(country: Country, at: City, street: string, postal: string): readonly string[] {
  switch (country.addressStyle) {
    case 'us':
      return [street, `${at.name}, ${at.region} ${postal}`];
    case 'uk':
      return [street, at.name, postal];
    case 'au':
      return [street, `${at.name} ${at.region} ${postal}`];
    case 'italian':
      return [street, `${postal} ${at.name} (${at.region})`];
    case 'mexican':
      return [street, `${postal} ${at.name}, ${at.region}`];
    case 'brazilian':
      return [street, `${at.name} - ${at.region}`, postal];
    case 'japanese':
      return [`〒${postal}`, `${at.region}${at.name}${street}`];
    case 'postal-first':
      return [street, `${postal} ${at.name}`];
  }
}
