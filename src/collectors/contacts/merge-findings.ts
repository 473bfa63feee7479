/**
 * Puts the findings of a site's pages together: equal values once, with the best evidence first. A
 * value that several pages show is more certain than one that a single page shows.
 */
import type { ContactRecord, FoundValue } from './contact-record.ts';
import type { Found, FoundPhone, PageFindings } from './extract/found.ts';

const VALUES_MAX = 50;
const MORE_EVIDENCE = 0.3;

interface Sourced {
  readonly source: string;
  readonly confidence: number;
}

export function mergeFindings(
  website: string,
  pages: readonly PageFindings[],
  notes: readonly string[],
): ContactRecord {
  const companies = unite(
    pages,
    (page) => page.companies,
    (company) => company.value.toLowerCase(),
  );
  const descriptions = unite(
    pages,
    (page) => page.descriptions,
    (text) => text.value,
  );
  const company = companies[0];
  const description = descriptions[0];
  return {
    website,
    title: pages[0]?.title ?? '',
    ...(company ? { company: plainValue(company) } : {}),
    ...(description ? { description: plainValue(description) } : {}),
    emails: unite(
      pages,
      (page) => page.emails,
      (email) => email.value.toLowerCase(),
    ).map(plainValue),
    phones: unite(pages, (page) => page.phones, phoneKey),
    socials: unite(
      pages,
      (page) => page.socials,
      (social) => social.value.toLowerCase(),
    ),
    addresses: unite(
      pages,
      (page) => page.addresses,
      (address) => fold(address.value),
    ),
    hours: unite(
      pages,
      (page) => page.hours,
      (hours) => fold(hours.value),
    ).map(plainValue),
    pages: pages.map((page) => page.url),
    notes: [...notes],
  };
}

function unite<T extends Found>(
  pages: readonly PageFindings[],
  of: (page: PageFindings) => readonly T[],
  keyOf: (item: T) => string,
): (T & Sourced)[] {
  const byKey = new Map<string, T & Sourced>();
  for (const page of pages) {
    for (const item of of(page)) {
      const key = keyOf(item);
      const known = byKey.get(key);
      const sourced = { ...item, source: page.url };
      if (!known) {
        byKey.set(key, sourced);
        continue;
      }
      const best = item.confidence > known.confidence ? sourced : known;
      const other = Math.min(item.confidence, known.confidence);
      const doubt = (1 - best.confidence) * (1 - MORE_EVIDENCE * other);
      byKey.set(key, { ...best, confidence: Math.round((1 - doubt) * 1_000) / 1_000 });
    }
  }
  return [...byKey.values()].sort((a, b) => b.confidence - a.confidence).slice(0, VALUES_MAX);
}

function plainValue(item: Found & Sourced & { readonly value: string }): FoundValue {
  const { value, source, method, confidence } = item;
  return { value, source, method, confidence };
}

function phoneKey(phone: FoundPhone): string {
  return `${phone.kind} ${phone.value} ${phone.extension}`;
}

function fold(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
