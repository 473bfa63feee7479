/**
 * What reading a page costs. `node bench/extract.bench.ts [DIR]` prints one JSON line a part: the
 * pages are those of the sandbox, or the labelled pages in DIR (see `eval.ts`).
 *
 * Each page is read in rounds and its quickest round counts, so that the figures are those of the
 * code and little of what else the machine does. `p50Ms` and `p99Ms` are over pages as they are;
 * `msPer20kChars` is the time of all pages for each 20,000 characters of them, and `share` the part
 * of the whole. The page view is what all other parts read; it is built once a page.
 */

import { renderPage } from '../sandbox/sites/render-page.ts';
import { planSite } from '../sandbox/sites/site-plan.ts';
import { findAddresses } from '../src/collectors/contacts/extract/addresses.ts';
import { buildPageView } from '../src/collectors/contacts/extract/build-page-view.ts';
import { findCompanies } from '../src/collectors/contacts/extract/companies.ts';
import { findContactLinks } from '../src/collectors/contacts/extract/contact-links.ts';
import { findDescriptions } from '../src/collectors/contacts/extract/descriptions.ts';
import { EmailSearch } from '../src/collectors/contacts/extract/emails.ts';
import { extractPage } from '../src/collectors/contacts/extract/extract-page.ts';
import { findHours } from '../src/collectors/contacts/extract/hours.ts';
import { findPhones } from '../src/collectors/contacts/extract/phones.ts';
import { addSocials, SocialCollection } from '../src/collectors/contacts/extract/socials.ts';
import { readStructuredData } from '../src/collectors/contacts/extract/structured-data.ts';
import { readLabelledPages } from './eval-labels.ts';

const ROUNDS = 12;
const SANDBOX_SITES = 40;

interface Page {
  readonly html: string;
  readonly url: string;
}

/** A part's work on one page, its preparation left out of the time. */
type Part = (page: Page) => () => unknown;

const PARTS: Readonly<Record<string, Part>> = {
  whole:
    ({ html, url }) =>
    () =>
      extractPage(html, url, { mode: 'full' }),
  linkedin:
    ({ html, url }) =>
    () =>
      extractPage(html, url, { mode: 'linkedin' }),
  view:
    ({ html, url }) =>
    () =>
      buildPageView(html, url),
  structured: (page) => {
    const view = viewOf(page);
    return () => readStructuredData(view);
  },
  emails: (page) => {
    const view = viewOf(page);
    return () => {
      const search = new EmailSearch(view.url);
      search.page(view);
      return search.list();
    };
  },
  phones: (page) => {
    const view = viewOf(page);
    return () => findPhones(view);
  },
  socials: (page) => {
    const view = viewOf(page);
    return () => {
      const found = new SocialCollection();
      addSocials(view, found);
      return found.list();
    };
  },
  addresses: (page) => {
    const view = viewOf(page);
    const structured = readStructuredData(view);
    return () => findAddresses(view, structured);
  },
  companies: (page) => {
    const view = viewOf(page);
    const structured = readStructuredData(view);
    const addresses = findAddresses(view, structured);
    return () => findCompanies(view, structured, addresses);
  },
  descriptions: (page) => {
    const view = viewOf(page);
    return () => findDescriptions(view);
  },
  hours: (page) => {
    const view = viewOf(page);
    return () => findHours(view);
  },
  links: (page) => {
    const view = viewOf(page);
    return () => findContactLinks(view);
  },
};

function viewOf({ html, url }: Page) {
  return buildPageView(html, url);
}

function sandboxPages(): Page[] {
  return Array.from({ length: SANDBOX_SITES }, (_, index) => planSite(1, index)).flatMap((site) =>
    site.pages.map((page) => ({
      html: renderPage(site, page, { metaCharset: 'utf-8' }),
      url: `http://${site.host}${site.paths[page] ?? '/'}`,
    })),
  );
}

/** The quickest of the rounds for each page, ms. */
function quickest(pages: readonly Page[], part: Part): number[] {
  const tasks = pages.map(part);
  const times = pages.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < ROUNDS; round++) {
    for (let at = 0; at < tasks.length; at++) {
      const before = performance.now();
      tasks[at]!();
      times[at] = Math.min(times[at]!, performance.now() - before);
    }
  }
  return times;
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function round(ms: number): number {
  return Math.round(ms * 10_000) / 10_000;
}

function main(): void {
  const directory = process.argv[2];
  const pages = directory === undefined ? sandboxPages() : readLabelledPages(directory);
  const chars = pages.reduce((sum, page) => sum + page.html.length, 0);
  let whole = 0;
  for (const [part, work] of Object.entries(PARTS)) {
    const times = quickest(pages, work);
    const total = times.reduce((sum, ms) => sum + ms, 0);
    if (part === 'whole') whole = total;
    const sorted = times.sort((one, other) => one - other);
    const line = {
      part,
      pages: pages.length,
      p50Ms: round(quantile(sorted, 0.5)),
      p99Ms: round(quantile(sorted, 0.99)),
      msPer20kChars: round((total / chars) * 20_000),
      share: round(total / whole),
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  }
}

main();
