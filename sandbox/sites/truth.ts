/**
 * What is on the sites, for machines: for every row of the CSV the values that a perfect collector
 * finds when it reads the home page and up to four pages for contacts, and where each one stands.
 *
 * The truth is made from the same facts as the pages and by none of their code: what a block or a
 * JSON-LD element holds is listed here, and the tests decode the pages to compare.
 */
import { behaviourEntry, type Failure } from './behaviours.ts';
import type { PageKey } from './locales/locale.ts';
import type { PhoneFact } from './phone-numbers.ts';
import type { BlockPlace, Site } from './site.ts';
import { planSite } from './site-plan.ts';
import { type SiteRow, siteRows } from './site-rows.ts';

export interface TruthAddress {
  readonly street: string;
  readonly city: string;
  readonly state: string;
  readonly postalCode: string;
  /** ISO 3166 alpha-2. */
  readonly country: string;
}

export interface Expectation {
  readonly status: 'completed' | 'failed';
  /** The causes that are right, when the row fails. */
  readonly failures: readonly Failure[];
  /** HTTP status that the failure names, or 0. */
  readonly httpStatus: number;
  readonly emails: readonly string[];
  /** E.164, fax numbers left out. */
  readonly phones: readonly string[];
  /** Extension by number, for those that have one. */
  readonly extensions: Readonly<Record<string, string>>;
  readonly fax: readonly string[];
  /** Canonical URLs of the firm's own profiles. */
  readonly socials: readonly string[];
  readonly linkedinCompany: string;
  readonly linkedinPeople: readonly string[];
  readonly address: TruthAddress | null;
  /** '' where the pages name no firm. */
  readonly company: string;
  /** The name without its legal form. */
  readonly tradeName: string;
  /** schema.org rules. */
  readonly hours: readonly string[];
}

/** One value at one place. */
export interface Placement {
  /** Path on the site; `*` = on every page. */
  readonly path: string;
  readonly kind: 'email' | 'phone' | 'fax' | 'social' | 'person' | 'address' | 'hours' | 'company';
  readonly value: string;
  /** How it is written: an e-mail's method, a block's style, `json-ld`, `link`. */
  readonly method: string;
}

export interface TruthRow {
  /** Number of the row in the CSV, from 1. */
  readonly row: number;
  /** The cell as written. */
  readonly website: string;
  /** The host that serves it, or '' for a row that is no site. */
  readonly host: string;
  readonly behaviour: string;
  readonly country: string;
  readonly language: string;
  readonly expect: Expectation;
  readonly pages: readonly Placement[];
}

/** The truth of every row of `sitesCsv(seed, count)`, in order. */
export function* sitesTruth(seed: number, count: number): Generator<TruthRow> {
  for (const row of siteRows(seed, count)) yield truthOfRow(seed, row);
}

function truthOfRow(seed: number, row: SiteRow): TruthRow {
  if (row.index === undefined) {
    return {
      row: row.row,
      website: row.website,
      host: '',
      behaviour: 'no-site',
      country: '',
      language: '',
      expect: { ...NOTHING, status: 'failed', failures: row.failures },
      pages: [],
    };
  }
  const site = planSite(seed, row.index);
  const placements = sitePlacements(site);
  return {
    row: row.row,
    website: row.website,
    host: site.host,
    behaviour: site.behaviour,
    country: site.country.code,
    language: site.country.locale.lang,
    expect: siteExpectation(site, placements),
    pages: placements,
  };
}

const NOTHING: Expectation = {
  status: 'completed',
  failures: [],
  httpStatus: 0,
  emails: [],
  phones: [],
  extensions: {},
  fax: [],
  socials: [],
  linkedinCompany: '',
  linkedinPeople: [],
  address: null,
  company: '',
  tradeName: '',
  hours: [],
};

/** What a perfect collector reports of the site. */
export function siteExpectation(site: Site, placements = sitePlacements(site)): Expectation {
  const entry = behaviourEntry(site.behaviour);
  if (entry.expect !== 'completed') {
    return { ...NOTHING, status: 'failed', failures: entry.expect, httpStatus: entry.status ?? 0 };
  }
  const bare = site.behaviour === 'form-only' || site.behaviour === 'image-only';
  if (entry.reach === 'nothing' && !bare) return NOTHING;
  const hidden = entry.reach === 'no-contact' ? site.paths.contact : undefined;
  const seen = placements.filter((each) => each.path !== hidden);
  const valuesOf = (kind: Placement['kind']) => [
    ...new Set(seen.filter((each) => each.kind === kind).map((each) => each.value)),
  ];
  const { street, city, state, postalCode, country } = site.address;
  const socials = valuesOf('social');
  const phones = valuesOf('phone');
  return {
    ...NOTHING,
    emails: valuesOf('email'),
    phones,
    extensions: extensionsOf(site, phones),
    fax: valuesOf('fax'),
    socials,
    linkedinCompany: socials.find((each) => each.includes('linkedin.com/company/')) ?? '',
    linkedinPeople: valuesOf('person'),
    address: valuesOf('address').length > 0 ? { street, city, state, postalCode, country } : null,
    company: site.company,
    tradeName: site.tradeName,
    hours: valuesOf('hours').length > 0 ? site.hours.rules : [],
  };
}

/** Every value of the site with its place, whether or not the site's manners let it be read. */
export function sitePlacements(site: Site): readonly Placement[] {
  const found: Placement[] = [];
  const pathOf = (place: BlockPlace) =>
    place === 'footer' ? '*' : (site.paths[place as PageKey] ?? '/');
  const add = (place: BlockPlace, kind: Placement['kind'], value: string, method: string) =>
    found.push({ path: pathOf(place), kind, value, method });
  const addPhone = (place: BlockPlace, phone: PhoneFact, method: string) =>
    add(place, phone.kind, phone.e164, method);
  const addressLine = site.address.lines.join(', ');
  add('footer', 'company', site.company, 'copyright');
  for (const block of site.blocks) {
    for (const phone of block.phones) addPhone(block.place, phone, block.style);
    for (const email of block.emails) {
      // JSON-LD writes nothing in a block; the element's own entry below stands for it.
      if (email.method !== 'json-ld') add(block.place, 'email', email.value, email.method);
    }
    if (block.address) add(block.place, 'address', addressLine, block.style);
    if (block.hours) add(block.place, 'hours', site.hours.rules.join('; '), block.style);
  }
  for (const social of site.socials) add(site.socialsPlace, 'social', social.url, 'link');
  for (const person of site.people) {
    if (person.linkedin !== '') add('team', 'person', person.linkedin, 'link');
    if (person.email) add('team', 'email', person.email.value, person.email.method);
  }
  const fact = site.jsonLd;
  if (fact) {
    if (fact.email !== '') add(fact.place, 'email', fact.email, 'json-ld');
    if (fact.phone) addPhone(fact.place, fact.phone, 'json-ld');
    if (fact.address) add(fact.place, 'address', addressLine, 'json-ld');
    if (fact.hours) add(fact.place, 'hours', site.hours.rules.join('; '), 'json-ld');
    if (fact.socials) {
      for (const social of site.socials) add(fact.place, 'social', social.url, 'json-ld');
    }
  }
  return found;
}

function extensionsOf(site: Site, phones: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const block of site.blocks) {
    for (const phone of block.phones) {
      if (phone.extension !== '' && phones.includes(phone.e164)) {
        found[phone.e164] = phone.extension;
      }
    }
  }
  return found;
}
