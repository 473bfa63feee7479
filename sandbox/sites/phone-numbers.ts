/** Phone numbers of a country: drawn from its cities' patterns, written as people there do. */
import { pick, type Random } from '../../src/base/random.ts';
import type { City, Country } from './countries/country.ts';
import { fillPattern } from './seed.ts';

export interface PhoneFact {
  readonly e164: string;
  /** As written on the pages, without the extension. */
  readonly written: string;
  /** Digits after the extension word, or ''. */
  readonly extension: string;
  readonly kind: 'phone' | 'fax';
}

/** A number of the city that is not yet in `taken`, which it joins. */
export function drawNumber(random: Random, at: City, taken: Set<string>): string {
  for (;;) {
    const number = fillPattern(random, at.phone);
    if (!taken.has(number)) {
      taken.add(number);
      return number;
    }
  }
}

/** E.164 of a national significant number with spaces. */
export function toE164(country: Country, number: string): string {
  return `+${country.callingCode}${number.replace(/\D/g, '')}`;
}

/**
 * One of the ways to write a number. Sites whose domain does not name the country write it with the
 * country code, as a reader could not tell it otherwise.
 */
export function writeNumber(
  random: Random,
  country: Country,
  number: string,
  international: boolean,
): string {
  const forms = international
    ? internationalForms(country, number)
    : nationalForms(country, number);
  return pick(random, forms);
}

function nationalForms(country: Country, number: string): readonly string[] {
  const [area = '', ...rest] = number.split(' ');
  const tail = rest.join(' ');
  switch (country.phoneStyle) {
    case 'north-american':
      return [
        `(${area}) ${rest.join('-')}`,
        `${area}-${rest.join('-')}`,
        `${area}.${rest.join('.')}`,
      ];
    case 'brazilian':
      return [`(${area}) ${rest.join('-')}`, `${area} ${rest.join('-')}`];
    case 'dashes-0':
      return [`0${area}-${country.code === 'JP' ? rest.join('-') : tail}`, `0${area} ${tail}`];
    case 'trunk-8':
      return [`8 (${area}) ${rest.join('-')}`];
    case 'trunk-0':
      return country.code === 'DE' || country.code === 'AT'
        ? [`0${area} ${tail}`, `0${area}/${tail}`, `(0${area}) ${tail}`, `0${area} - ${tail}`]
        : country.code === 'FR'
          ? [`0${area} ${tail}`, `0${area}.${rest.join('.')}`, `0${area}-${rest.join('-')}`]
          : [`0${area} ${tail}`, `(0${area}) ${tail}`];
    case 'plain':
      return [`${area} ${tail}`, `${area}${rest.join('')}`, `(${area}) ${tail}`];
  }
}

function internationalForms(country: Country, number: string): readonly string[] {
  const code = country.callingCode;
  const dashed = number.replaceAll(' ', '-');
  const [area = '', ...rest] = number.split(' ');
  switch (country.phoneStyle) {
    case 'north-american':
      return [`+1 ${dashed}`, `+1 (${area}) ${rest.join('-')}`, `1-${dashed}`];
    case 'trunk-0':
      return [
        `+${code} ${number}`,
        `+${code} (0) ${number}`,
        // Australia dials out with 0011, the others with 00.
        country.code === 'AU' ? `+${code} (0)${number}` : `00${code} ${number}`,
      ];
    case 'dashes-0':
      return [`+${code} ${number}`, `+${code}-${dashed}`];
    case 'trunk-8':
      return [`+7 (${area}) ${rest.join('-')}`, `+7 ${number}`];
    default:
      return [`+${code} ${number}`, `(+${code}) ${number}`];
  }
}
