/** What a country's sites share: endings, legal forms, cities with postal and phone patterns. */
import type { Locale } from '../locales/locale.ts';

export interface City {
  readonly name: string;
  /** State, province or region as addresses of the country write it, or ''. */
  readonly region: string;
  /** `#` stands for a digit, `@` for a letter. */
  readonly postal: string;
  /** National significant number, groups parted by spaces; the first group is the area code. */
  readonly phone: string;
}

/** How the parts of an address are put in lines. */
export type AddressStyle =
  | 'us'
  | 'uk'
  | 'au'
  | 'postal-first'
  | 'italian'
  | 'mexican'
  | 'brazilian'
  | 'japanese';

/** How phone numbers are written. */
export type PhoneStyle =
  | 'north-american'
  | 'trunk-0'
  | 'plain'
  | 'dashes-0'
  | 'brazilian'
  | 'trunk-8';

export interface Country {
  /** ISO 3166 alpha-2. */
  readonly code: string;
  readonly name: string;
  readonly locale: Locale;
  readonly callingCode: string;
  /** Domain endings; the first is the usual one. */
  readonly endings: readonly string[];
  /** `{name}` is the trade name. */
  readonly legalForms: readonly string[];
  readonly addressStyle: AddressStyle;
  readonly phoneStyle: PhoneStyle;
  /** `{n}` is the house number. */
  readonly streets: readonly string[];
  readonly cities: readonly City[];
}

/** A city from its table row. */
export function city(name: string, region: string, postal: string, phone: string): City {
  return { name, region, postal, phone };
}
