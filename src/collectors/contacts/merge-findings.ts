/**
 * Puts the findings of a site's pages together: equal values once, with the best evidence first. A
 * value that several pages show is more certain than one that a single page shows.
 *
 * What it makes is stored as it is, by threads as well: its objects have the fields of the record's
 * schema and no others, in the same order.
 */
import type { ContactRecord, FoundValue } from './contact-record.ts';
import type {
  Found,
  FoundAddress,
  FoundPhone,
  FoundSocial,
  PageFindings,
} from './extract/found.ts';

const VALUES_MAX = 50;
const MORE_EVIDENCE = 0.3;

interface Sourced extends Found {
  readonly source: string;
}

type FoundOnPage = Found & { readonly value: string };

export function mergeFindings(
  website: string,
  pages: readonly PageFindings[],
  notes: readonly string[],
): ContactRecord {
  const companies = unite(pages, (page) => page.companies, lowerCased, toValue);
  const descriptions = unite(
    pages,
    (page) => page.descriptions,
    ({ value }) => value,
    toValue,
  );
  return {
    website,
    title: pages[0]?.title ?? '',
    company: companies[0],
    description: descriptions[0],
    emails: unite(pages, (page) => page.emails, lowerCased, toValue),
    phones: unite(pages, (page) => page.phones, phoneKey, toPhone),
    socials: unite(pages, (page) => page.socials, lowerCased, toSocial),
    addresses: unite(pages, (page) => page.addresses, folded, toAddress),
    hours: unite(pages, (page) => page.hours, folded, toValue),
    pages: pages.map((page) => page.url),
    notes: [...notes],
  };
}

function unite<Item extends Found, Value extends Sourced>(
  pages: readonly PageFindings[],
  of: (page: PageFindings) => readonly Item[],
  keyOf: (item: Item) => string,
  toValueOf: (item: Item, source: string) => Value,
): Value[] {
  const byKey = new Map<string, Value>();
  for (const page of pages) {
    const items = of(page);
    // Most lists of most pages: nothing to unite it with.
    if (pages.length === 1 && items.length < 2) {
      return items.map((item) => toValueOf(item, page.url));
    }
    for (const item of items) {
      const key = keyOf(item);
      const known = byKey.get(key);
      const value = toValueOf(item, page.url);
      if (!known) {
        byKey.set(key, value);
        continue;
      }
      const best = item.confidence > known.confidence ? value : known;
      const other = Math.min(item.confidence, known.confidence);
      const doubt = (1 - best.confidence) * (1 - MORE_EVIDENCE * other);
      byKey.set(key, { ...best, confidence: Math.round((1 - doubt) * 1_000) / 1_000 });
    }
  }
  return [...byKey.values()].sort((a, b) => b.confidence - a.confidence).slice(0, VALUES_MAX);
}

function toValue({ value, method, confidence }: FoundOnPage, source: string): FoundValue {
  return { value, source, method, confidence };
}

function toPhone(phone: FoundPhone, source: string): ContactRecord['phones'][number] {
  const { value, extension, kind, country, raw, method, confidence } = phone;
  return { value, extension, kind, country, raw, source, method, confidence };
}

function toSocial(social: FoundSocial, source: string): ContactRecord['socials'][number] {
  const { network, kind, value, method, confidence } = social;
  return { network, kind, value, source, method, confidence };
}

function toAddress(address: FoundAddress, source: string): ContactRecord['addresses'][number] {
  const { value, street, city, state, postalCode, country, method, confidence } = address;
  return { value, street, city, state, postalCode, country, source, method, confidence };
}

function phoneKey(phone: FoundPhone): string {
  return `${phone.kind} ${phone.value} ${phone.extension}`;
}

function lowerCased({ value }: FoundOnPage): string {
  return value.toLowerCase();
}

function folded({ value }: FoundOnPage): string {
  return value
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
