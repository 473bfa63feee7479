/**
 * The sites of one seed by host, made when they are first asked for. Names are made in order until
 * the host turns up (a hundred thousand take under a second); plans and pages are kept in caches
 * with a bound, so memory does not grow with the number of sites that were visited.
 */
import type { PageKey } from './locales/locale.ts';
import { type PageBytes, pageBytes } from './page-bytes.ts';
import type { Site } from './site.ts';
import { siteName } from './site-name.ts';
import { planSite } from './site-plan.ts';

const PLANS_MAX = 5_000;
const PAGE_BYTES_MAX = 96 * 2 ** 20;

export class SiteFarm {
  readonly seed: number;
  readonly count: number;
  readonly #indexes = new Map<string, number>();
  readonly #plans = new Map<number, Site>();
  readonly #pages = new Map<string, PageBytes>();
  #named = 0;
  #cachedBytes = 0;

  constructor(seed: number, count: number) {
    this.seed = seed;
    this.count = count;
  }

  /** The site that a Host header means (any case, with or without `www.` and port). */
  siteByHost(header: string): Site | undefined {
    const host = plainHost(header);
    let index = this.#indexes.get(host);
    while (index === undefined && this.#named < this.count) {
      const name = siteName(this.seed, this.#named);
      for (const each of [name.host, ...name.aliases]) this.#indexes.set(each, this.#named);
      if (name.host === host || name.aliases.includes(host)) index = this.#named;
      this.#named += 1;
    }
    return index === undefined ? undefined : this.siteAt(index);
  }

  siteAt(index: number): Site {
    const known = this.#plans.get(index);
    if (known) return known;
    if (this.#plans.size >= PLANS_MAX) this.#plans.clear();
    const site = planSite(this.seed, index);
    this.#plans.set(index, site);
    return site;
  }

  /** A page's bytes; `make` turns them into what is kept under `variant`, such as a coding. */
  page(site: Site, page: PageKey, variant = '', make = (plain: PageBytes) => plain): PageBytes {
    const key = `${site.index}|${page}|${variant}`;
    const known = this.#pages.get(key);
    if (known) return known;
    const made = make(pageBytes(site, page));
    this.#cachedBytes += made.body.length;
    if (this.#cachedBytes > PAGE_BYTES_MAX) {
      this.#pages.clear();
      this.#cachedBytes = made.body.length;
    }
    this.#pages.set(key, made);
    return made;
  }
}

/** Host of a Host header: lower case, without port and `www.`. */
export function plainHost(header: string): string {
  return header
    .toLowerCase()
    .replace(/:\d+$/, '')
    .replace(/\.$/, '')
    .replace(/^www\./, '');
}
