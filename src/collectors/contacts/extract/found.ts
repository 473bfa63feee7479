/** What the extractors find on one page. Values are canonical; `confidence` is in [0, 1]. */
export interface Found {
  /** How it was found: `mailto`, `text`, `json-ld`, `microdata`, `hcard`, `cloudflare`, … */
  readonly method: string;
  readonly confidence: number;
}

export interface FoundEmail extends Found {
  /** Lower-case domain, local part as written. */
  readonly value: string;
}

export interface FoundPhone extends Found {
  /** E.164 (`+14787889039`). */
  readonly value: string;
  readonly extension: string;
  readonly kind: 'phone' | 'fax';
  /** ISO 3166 alpha-2, or '' for non-geographic numbers. */
  readonly country: string;
  /** As written on the page. */
  readonly raw: string;
}

export const SOCIAL_NETWORKS = [
  'linkedin',
  'x',
  'facebook',
  'instagram',
  'youtube',
  'tiktok',
  'bluesky',
  'threads',
  'github',
  'whatsapp',
  'telegram',
  'pinterest',
] as const;
export type SocialNetwork = (typeof SOCIAL_NETWORKS)[number];

export interface FoundSocial extends Found {
  readonly network: SocialNetwork;
  /** LinkedIn tells companies (company, school, showcase) from people (in, pub). */
  readonly kind: 'company' | 'person' | 'profile';
  /** Canonical URL: https, no tracking parameters, no trailing slash. */
  readonly value: string;
}

export interface FoundAddress extends Found {
  /** The parts in one line, as a letter would carry them. */
  readonly value: string;
  readonly street: string;
  readonly city: string;
  /** State, province or region as written (`CA`, `NSW`, `Bayern`), or ''. */
  readonly state: string;
  readonly postalCode: string;
  /** ISO 3166 alpha-2 where known, or ''. */
  readonly country: string;
}

export interface FoundText extends Found {
  readonly value: string;
}

/** A link worth following for contact data, on the same site. */
export interface ContactLink {
  /** Absolute URL without a fragment. */
  readonly url: string;
  /** Higher is better; see `contact-links.ts`. */
  readonly score: number;
}

export interface PageFindings {
  readonly url: string;
  readonly title: string;
  readonly emails: readonly FoundEmail[];
  readonly phones: readonly FoundPhone[];
  readonly socials: readonly FoundSocial[];
  readonly addresses: readonly FoundAddress[];
  /** Names of the organisation, best first. */
  readonly companies: readonly FoundText[];
  readonly descriptions: readonly FoundText[];
  readonly hours: readonly FoundText[];
  readonly contactLinks: readonly ContactLink[];
}
