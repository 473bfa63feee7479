/**
 * Everything that one page tells about whom to contact, and where else on the site to look. Pure:
 * the same HTML gives the same findings, whatever was read before, in time linear in the HTML.
 */
import { findAddresses } from './addresses.ts';
import { buildPageView } from './build-page-view.ts';
import { findCompanies } from './companies.ts';
import { findContactLinks } from './contact-links.ts';
import { findDescriptions } from './descriptions.ts';
import { EmailSearch } from './emails.ts';
import type { FoundEmail, FoundSocial, PageFindings } from './found.ts';
import { findHours } from './hours.ts';
import type { PageView } from './page-view.ts';
import { findPhones } from './phones.ts';
import { addSocials, SocialCollection } from './socials.ts';
import { readStructuredData, type StructuredData } from './structured-data.ts';

export interface ExtractOptions {
  /** `linkedin` looks for LinkedIn addresses and the links to follow, and for nothing else. */
  readonly mode: 'full' | 'linkedin';
  /** ISO 3166 alpha-2 country of numbers and addresses of which the page does not say. */
  readonly defaultCountry?: string;
  /** Whether to tell where else on the site to look. Default: yes. */
  readonly links?: boolean;
}

/** Findings of the page served at `url` (absolute, after redirects). Never throws on bad HTML. */
export function extractPage(html: string, url: string, options: ExtractOptions): PageFindings {
  const view = buildPageView(html, url);
  const structured = readStructuredData(view);
  const contactLinks = options.links === false ? [] : findContactLinks(view);
  if (options.mode === 'linkedin') {
    return {
      ...NOTHING,
      url,
      title: view.title,
      socials: socialsOf(view, structured, 'linkedin'),
      contactLinks,
    };
  }
  const addresses = findAddresses(view, structured);
  return {
    url,
    title: view.title,
    emails: emailsOf(view, structured),
    phones: findPhones(view, {
      ...(options.defaultCountry === undefined ? {} : { defaultCountry: options.defaultCountry }),
      countries: addresses.map((address) => address.country),
      structured: structured.phones,
    }),
    socials: socialsOf(view, structured),
    addresses,
    companies: findCompanies(view, structured, addresses),
    descriptions: findDescriptions(view, structured),
    hours: findHours(view, structured),
    contactLinks,
  };
}

const NOTHING = {
  emails: [],
  phones: [],
  addresses: [],
  companies: [],
  descriptions: [],
  hours: [],
} as const;

function emailsOf(view: PageView, structured: StructuredData): FoundEmail[] {
  const search = new EmailSearch(view.url);
  search.page(view);
  for (const email of structured.emails) search.structured(email);
  return search.list();
}

function socialsOf(view: PageView, structured: StructuredData, only?: 'linkedin'): FoundSocial[] {
  const found = new SocialCollection(only);
  for (const link of structured.sameAs) found.add(link.value, link.method, link.confidence);
  addSocials(view, found);
  return found.list();
}
