/** One stand-in site as a value: all that its pages, its manners and its truth are made from. */
import type { Behaviour } from './behaviours.ts';
import type { Country } from './countries/country.ts';
import type { EmailMethod } from './email-writing.ts';
import type { PageKey } from './locales/locale.ts';
import type { PhoneFact } from './phone-numbers.ts';
import type { AddressFact } from './postal-address.ts';

/** Where a block stands: on one page, or in the footer of every page. */
export type BlockPlace = PageKey | 'footer';

export const BLOCK_STYLES = ['lines', 'address', 'table', 'list', 'microdata', 'hcard'] as const;
/** The markup around a block of contact details. */
export type BlockStyle = (typeof BLOCK_STYLES)[number];

export interface EmailFact {
  readonly value: string;
  readonly method: EmailMethod;
}

/** Contact details that stand together. */
export interface ContactBlock {
  readonly place: BlockPlace;
  readonly style: BlockStyle;
  readonly emails: readonly EmailFact[];
  readonly phones: readonly PhoneFact[];
  readonly address: boolean;
  readonly hours: boolean;
}

/** What the page's JSON-LD says; the name is always there. */
export interface JsonLdFact {
  readonly place: PageKey;
  readonly email: string;
  readonly phone: PhoneFact | undefined;
  readonly address: boolean;
  readonly hours: boolean;
  readonly socials: boolean;
}

export interface SocialFact {
  readonly network: string;
  /** Canonical: https, no tracking parameters, no trailing slash. */
  readonly url: string;
  /** As the page links it. */
  readonly href: string;
}

export interface PersonFact {
  readonly name: string;
  readonly role: string;
  /** Canonical URL of the LinkedIn profile, or ''. */
  readonly linkedin: string;
  readonly email: EmailFact | undefined;
}

export interface HoursFact {
  /** schema.org form: `Mo-Fr 09:00-17:00`, `Sa 10:00-14:00`. */
  readonly rules: readonly string[];
  /** As the site writes them, one line a rule. */
  readonly lines: readonly string[];
}

export type CookieBanner = 'none' | 'bar' | 'dialog';

export interface Site {
  readonly index: number;
  /** Seed of everything on this site. */
  readonly seed: number;
  /** As the Host header writes it (punycode, no www). */
  readonly host: string;
  /** As people write it. */
  readonly shownHost: string;
  /** Other names that serve the site. */
  readonly aliases: readonly string[];
  readonly company: string;
  /** The name without its legal form. */
  readonly tradeName: string;
  readonly trade: string;
  readonly country: Country;
  readonly behaviour: Behaviour;
  readonly pages: readonly PageKey[];
  readonly paths: Readonly<Partial<Record<PageKey, string>>>;
  readonly address: AddressFact;
  readonly hours: HoursFact;
  readonly blocks: readonly ContactBlock[];
  readonly jsonLd: JsonLdFact | undefined;
  readonly socials: readonly SocialFact[];
  readonly socialsPlace: BlockPlace;
  readonly people: readonly PersonFact[];
  /** Which of the page skeletons it uses. */
  readonly skeleton: number;
  /** Filler is added until the page has about this many bytes. */
  readonly pageBytes: number;
  readonly cookieBanner: CookieBanner;
  /** Mean latency of a page, ms. */
  readonly latencyMs: number;
  readonly shareButtons: boolean;
  readonly openGraph: boolean;
  /** A contact form stands on the contact page. */
  readonly form: boolean;
}
