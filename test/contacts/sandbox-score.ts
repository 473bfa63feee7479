/**
 * Scores extraction on the sandbox's sites. Each page is extracted by itself, as the collector does,
 * and held against what the truth says stands on it: recall counts values that were found on the
 * pages that show them, precision counts found values that the site has at all.
 */

import { renderPage } from '../../sandbox/sites/render-page.ts';
import type { Site } from '../../sandbox/sites/site.ts';
import { planSite } from '../../sandbox/sites/site-plan.ts';
import { type Placement, sitePlacements } from '../../sandbox/sites/truth.ts';
import type { AddressParts } from '../../src/collectors/contacts/extract/address-line.ts';
import { extractPage } from '../../src/collectors/contacts/extract/extract-page.ts';

export const KINDS = ['email', 'phone', 'social', 'address', 'company', 'hours'] as const;
export type Kind = (typeof KINDS)[number];

export interface KindScore {
  found: number;
  missed: number;
  right: number;
  wrong: number;
}

export type SandboxScore = Readonly<Record<Kind, KindScore>>;

/** Hears of each value missed (`-`) and of each found that the site does not have (`+`). */
export type Listener = (
  site: Site,
  page: string,
  sign: '-' | '+',
  kind: Kind,
  value: string,
) => void;

type Values = Readonly<Record<Kind, ReadonlySet<string>>>;

/** An empty score, to be filled by `scoreSandbox`. */
export function emptyScore(): SandboxScore {
  return valuesOf(() => ({ found: 0, missed: 0, right: 0, wrong: 0 }));
}

/** Adds the pages of sites `0` to `count - 1` of a seed to the score. */
export function scoreSandbox(
  score: SandboxScore,
  seed: number,
  count: number,
  listen: Listener = () => {},
): void {
  for (let index = 0; index < count; index += 1) scoreSite(planSite(seed, index), score, listen);
}

export function recall({ found, missed }: KindScore): number {
  return found + missed === 0 ? 1 : found / (found + missed);
}

export function precision({ right, wrong }: KindScore): number {
  return right + wrong === 0 ? 1 : right / (right + wrong);
}

function scoreSite(site: Site, score: SandboxScore, listen: Listener): void {
  const placements = sitePlacements(site);
  const anywhere = expected(site, placements);
  for (const page of site.pages) {
    const path = site.paths[page] ?? '/';
    const html = renderPage(site, page, { metaCharset: 'utf-8' });
    const here = expected(
      site,
      placements.filter((each) => each.path === '*' || each.path === path),
    );
    const found = foundOn(html, `http://${site.host}${path}`);
    for (const kind of KINDS) {
      for (const value of here[kind]) {
        if (found[kind].has(value)) score[kind].found += 1;
        else score[kind].missed += 1;
        if (!found[kind].has(value)) listen(site, page, '-', kind, value);
      }
      for (const value of found[kind]) {
        if (anywhere[kind].has(value)) score[kind].right += 1;
        else score[kind].wrong += 1;
        if (!anywhere[kind].has(value)) listen(site, page, '+', kind, value);
      }
    }
  }
}

function expected(site: Site, placements: readonly Placement[]): Values {
  const of = (...kinds: readonly Placement['kind'][]) =>
    placements.filter((each) => kinds.includes(each.kind));
  return {
    email: new Set(of('email').map(({ value }) => value)),
    phone: new Set(of('phone', 'fax').map(({ kind, value }) => `${kind} ${value}`)),
    social: new Set(of('social', 'person').map(({ value }) => value)),
    address: new Set(of('address').map(() => addressKey(site.address))),
    company: new Set(of('company').map(({ value }) => nameKey(value))),
    hours: new Set(of('hours').flatMap(({ value }) => value.split('; '))),
  };
}

function foundOn(html: string, url: string): Values {
  const found = extractPage(html, url, { mode: 'full' });
  return {
    email: new Set(found.emails.map(({ value }) => value)),
    phone: new Set(found.phones.map(({ kind, value }) => `${kind} ${value}`)),
    social: new Set(found.socials.map(({ value }) => value)),
    address: new Set(found.addresses.map(addressKey)),
    company: new Set(found.companies.slice(0, 1).map(({ value }) => nameKey(value))),
    // The truth lists the days of opening only.
    hours: new Set(found.hours.map(({ value }) => value).filter((rule) => !/closed$/.test(rule))),
  };
}

/** Street, town and code with case and punctuation folded. */
function addressKey({ street, city, postalCode, state }: AddressParts): string {
  return [street, city, state, postalCode].map(folded).join(' | ');
}

/** A name with case and punctuation folded and its legal form left out. */
function nameKey(name: string): string {
  const words = folded(name).split(' ');
  const forms = new Set(LEGAL_WORDS);
  let end = words.length;
  while (end > 1 && forms.has(words[end - 1]!)) end -= 1;
  let start = 0;
  while (start < end - 1 && forms.has(words[start]!)) start += 1;
  return words.slice(start, end).join(' ');
}

/** Of the sandbox's own names, as folding leaves them. */
const LEGAL_WORDS = (
  'llc inc co ltd limited llp dac pty group gmbh kg e k ag og partner and b v o f n sp z s a c ' +
  'ab hb sarl sas sci srl sa sl slu spa ltda lda unipessoal me eireli de cv rl 株式会社 合同会社 有限会社 ооо ао'
).split(' ');

function folded(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/&/g, ' and ')
    .replace(/[^\p{L}\p{M}\d]+/gu, ' ')
    .trim();
}

function valuesOf<T>(make: (kind: Kind) => T): Record<Kind, T> {
  return Object.fromEntries(KINDS.map((kind) => [kind, make(kind)])) as Record<Kind, T>;
}
