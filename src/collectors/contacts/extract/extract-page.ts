/**
 * Everything that one page tells about whom to contact, and where else on the site to look. Pure: the same
 * HTML gives the same findings, whatever was read before, in time linear in the HTML.
 */
import { buildPageView } from './build-page-view.ts';
import type { PageFindings } from './found.ts';
import { findPhones } from './phones.ts';

export interface ExtractOptions {
  /** `linkedin` looks for LinkedIn addresses and the links to follow, and for nothing else. */
  readonly mode: 'full' | 'linkedin';
  /** ISO 3166 alpha-2 country of numbers and addresses of which the page does not say. */
  readonly defaultCountry?: string;
}

/** Findings of the page served at `url` (absolute, after redirects). Never throws on bad HTML. */
export function extractPage(html: string, url: string, options: ExtractOptions): PageFindings {
  const view = buildPageView(html, url);
  return {
    url,
    title: view.title,
    emails: [],
    phones: findPhones(view, options.defaultCountry),
    socials: [],
    addresses: [],
    companies: [],
    descriptions: [],
    hours: [],
    contactLinks: [],
  };
}
