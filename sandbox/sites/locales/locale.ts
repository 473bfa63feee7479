/** What a site says in one language: labels, paths, filler and the parts that names are made of. */
export const PAGE_KEYS = [
  'home',
  'services',
  'about',
  'team',
  'contact',
  'imprint',
  'blog',
  'privacy',
] as const;
export type PageKey = (typeof PAGE_KEYS)[number];

/** A word as shown and as it stands in a domain. */
export type Word = readonly [shown: string, slug: string];

export interface Locale {
  readonly lang: string;
  readonly nav: Readonly<Record<PageKey, string>>;
  /** Path segment of each page; the home page has none. */
  readonly slugs: Readonly<Record<Exclude<PageKey, 'home'>, string>>;
  readonly phone: readonly string[];
  readonly fax: string;
  readonly email: string;
  readonly address: string;
  readonly hours: string;
  /** The word before an extension: `ext.`. */
  readonly extension: string;
  readonly follow: string;
  readonly share: string;
  readonly formIntro: string;
  readonly formName: string;
  readonly formMessage: string;
  readonly formSend: string;
  readonly cookieText: string;
  readonly cookieAccept: string;
  readonly cookieReject: string;
  readonly rights: string;
  readonly closed: string;
  /** Monday first, short. */
  readonly days: readonly [string, string, string, string, string, string, string];
  /** Words that stand for `@` and `.` in addresses written against harvesters. */
  readonly atWord: string;
  readonly dotWord: string;
  /** Invented surnames are a head and a tail, so that no real firm is meant. */
  readonly surnameHeads: readonly Word[];
  readonly surnameTails: readonly Word[];
  readonly trades: readonly Word[];
  readonly firstNames: readonly Word[];
  readonly roles: readonly string[];
  readonly mailboxes: readonly string[];
  readonly headings: readonly string[];
  /** Filler; `{company}`, `{city}`, `{trade}`, `{year}`, `{n}` are filled in. */
  readonly sentences: readonly string[];
  /** Things that look like phone numbers and are none. */
  readonly lookalikes: readonly string[];
}
