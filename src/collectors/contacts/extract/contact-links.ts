/**
 * Which links of a page most likely lead to contact data on the same site. A link is judged by
 * its text and its path; only those that say something are resolved, so a page of a thousand
 * links stays cheap.
 */

import { getDomain } from 'tldts';
import { codeAt } from './code-at.ts';
import { CONTACT_WORDS, foldWord, GUESSES, INNER_WORDS } from './contact-words.ts';
import type { ContactLink } from './found.ts';
import { hashName } from './html-names.ts';
import { Memo } from './memo.ts';
import { originOf, pageUrl } from './page-url.ts';
import type { PageLink, PageView } from './page-view.ts';

const LINKS_MAX = 12;
const TEXT_CHARS_MAX = 60;
const HREF_CHARS_MAX = 500;
const WORDS_MAX = 24;
const HOST_CHARS_MAX = 64;

const FILES =
  /\.(?:pdf|docx?|xlsx?|pptx?|zip|rar|7z|gz|exe|dmg|apk|jpe?g|png|gif|svg|webp|ico|mp[34]|avi|mov|wmv|webm|css|js|json|xml|rss|atom|ics|vcf|txt|csv|epub)$/i;
const ELSEWHERE =
  /(?:^|\/)(?:feed|rss|wp-login|wp-admin|login|signin|register|cart|basket|checkout|tag|tags|category|author|search|cdn-cgi|xmlrpc)(?:[/.]|$)/i;

/**
 * Links of the same site, best first; at most a dozen. Scores: contact above imprint above about.
 */
export function findContactLinks(view: PageView): ContactLink[] {
  const page = baseOf(view);
  if (page === undefined) return [];
  const site = SITES.of(originOf(view.url)) ?? page.hostname;
  const here = keyOf(page);
  const best = new Map<string, ContactLink>();
  for (const link of view.links) {
    const score = isElsewhere(link.href, site) ? 0 : scoreOf(link);
    if (score <= 0) continue;
    const url = resolve(link.href, page);
    if (url === undefined || !isSameSite(url.hostname, site) || FILES.test(url.pathname)) continue;
    const key = keyOf(url);
    if (key === here || url.pathname === '/' || ELSEWHERE.test(url.pathname)) continue;
    const total = score - penaltyOf(url, page);
    const known = best.get(key);
    if (total > 0 && (known === undefined || known.score < total)) {
      best.set(key, { url: withoutFragment(url), score: total });
    }
  }
  return [...best.values()].sort((a, b) => b.score - a.score).slice(0, LINKS_MAX);
}

/** The domain under which all of a site's pages are. */
const SITES = new Memo(500, 200, (origin) => getDomain(origin, { allowPrivateDomains: true }));

/**
 * Addresses to try on the site of `url` when its page links to none, likeliest first. `lang` is
 * the page's language; without it the domain's country tells.
 */
export function guessContactUrls(url: string, lang = ''): string[] {
  const page = URL.parse(url);
  if (page === null || !/^https?:$/.test(page.protocol)) return [];
  const suffix = page.hostname.slice(page.hostname.lastIndexOf('.') + 1);
  const language = lang.slice(0, 2).toLowerCase() || (LANGUAGE_OF_SUFFIX[suffix] ?? suffix);
  const paths = GUESSES[language] ?? GUESSES.en!;
  return paths.map((path) => `${page.origin}${path}`);
}

const LANGUAGE_OF_SUFFIX: Readonly<Record<string, string>> = {
  at: 'de',
  ch: 'de',
  li: 'de',
  lu: 'fr',
  be: 'nl',
  mx: 'es',
  ar: 'es',
  cl: 'es',
  pe: 'es',
  br: 'pt',
  cz: 'cs',
  se: 'sv',
  dk: 'da',
  gr: 'el',
  ua: 'uk',
  by: 'ru',
  kz: 'ru',
  jp: 'ja',
  cn: 'zh',
  tw: 'zh',
  hk: 'zh',
  kr: 'ko',
  vn: 'vi',
  md: 'ro',
  is: 'en',
  id: 'id',
  no: 'no',
  sk: 'sk',
};

function baseOf(view: PageView): URL | undefined {
  const page = pageUrl(view.url);
  if (page === undefined) return undefined;
  return view.base === '' ? page : (URL.parse(view.base, page.href) ?? page);
}

/** An absolute link whose host does not name the site; looked at before anything is parsed. */
function isElsewhere(href: string, site: string): boolean {
  const slashes = codeAt(href, 0) === 47 ? 0 : href.indexOf('://') + 1;
  if (slashes === 0 && codeAt(href, 1) !== 47) return false;
  const at = href.indexOf(site, slashes);
  return at < 0 || at > slashes + HOST_CHARS_MAX;
}

function resolve(href: string, page: URL): URL | undefined {
  const url = URL.parse(href, page.href);
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') ? url : undefined;
}

function isSameSite(host: string, site: string): boolean {
  return host === site || host.endsWith(`.${site}`);
}

function keyOf(url: URL): string {
  const path = url.pathname.replace(/\/(?:index\.\w{2,5})?$/, '');
  return `${url.hostname.replace(/^www\./, '')}${path}${url.search}`.toLowerCase();
}

function withoutFragment(url: URL): string {
  if (url.hash === '') return url.href;
  return url.href.slice(0, url.href.length - url.hash.length);
}

/** Deep, dated, parametrised and foreign-host pages come after plain ones. */
function penaltyOf(url: URL, page: URL): number {
  let penalty = 0;
  const depth = url.pathname.split('/').filter((part) => part !== '').length;
  if (depth > 2) penalty += depth - 2;
  if (url.search.length > 24) penalty += 1;
  if (/\/(?:blog|news|press|article|20\d\d)\//i.test(url.pathname)) penalty += 3;
  if (/\/(?:product|shop|job|career|event|portfolio)s?\//i.test(url.pathname)) penalty += 2;
  if (url.hostname.replace(/^www\./, '') !== page.hostname.replace(/^www\./, '')) penalty += 2;
  return penalty;
}

/** Score of a link by its text and path; 0 where neither says anything. */
function scoreOf(link: PageLink): number {
  const href = link.href;
  if (href === '' || href.length > HREF_CHARS_MAX || codeAt(href, 0) === 35) return 0;
  const text = link.text.length <= TEXT_CHARS_MAX ? weigh(link.text) : 0;
  const path = weigh(pathOf(href));
  if (text === 0 && path === 0) return 0;
  if (/^(?:mailto|tel|javascript|data|sms|callto|fax|skype|whatsapp):/i.test(href)) return 0;
  if (href.includes('@') && NO_SCHEME_MAIL.test(href)) return 0;
  // Both agree: surer than either alone.
  return Math.max(text, path) + (text > 0 && path > 0 ? 1 : 0);
}

/** `kontakt@acme.de`, `http://kontakt@acme.de`: mail that somebody forgot to say is mail. */
const NO_SCHEME_MAIL = /[\w.+-]@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\/?(?:\?.*)?$/i;

/** The part of a link after its host. */
function pathOf(href: string): string {
  const scheme = href.indexOf('//');
  const from = scheme >= 0 && scheme < 7 ? href.indexOf('/', scheme + 2) : 0;
  if (from < 0) return '';
  const end = href.indexOf('#', from);
  const path = end < 0 ? href.slice(from) : href.slice(from, end);
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/**
 * Best weight of the words, pairs and triples of words in `text`. Hashes are rolled along with
 * the characters and put together by arithmetic, so that no string is made of a word that says
 * nothing. Text beyond ASCII is folded first.
 */
function weigh(text: string): number {
  const plain = weighSource(text, false);
  if (plain !== BEYOND_ASCII) return plain;
  const folded = weighSource(foldWord(text), true);
  if (folded !== 0 || !hasInnerScript(text)) return folded;
  let best = 0;
  for (const [word, weight] of INNER_WORDS) if (text.includes(word)) best = Math.max(best, weight);
  return best;
}

const BEYOND_ASCII = -100;

function weighSource(source: string, folded: boolean): number {
  let one = 0;
  let two = 0;
  let size = 0;
  let hash = 0;
  let words = 0;
  let best = 0;
  const { length } = source;
  for (let i = 0; i <= length && words < WORDS_MAX; i++) {
    let code = i < length ? codeAt(source, i) : 32;
    if (code >= 128 && !folded) return BEYOND_ASCII;
    if (code >= 65 && code <= 90) code += 32;
    if ((code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code >= 0xc0) {
      hash = (Math.imul(hash, 31) + code) | 0;
      size++;
    } else if (size > 0) {
      const power = size < POWERS.length ? POWERS[size]! : 0;
      const pair = one === 0 ? 0 : behind(one, hash, power);
      const triple = two === 0 ? 0 : behind(two, hash, power);
      best = Math.max(best, weightOf(hash), weightOf(pair), weightOf(triple));
      words++;
      one = hash;
      two = pair;
      hash = size = 0;
    }
  }
  // `Read about our new contact lenses`: the more words, the less the link is of that kind.
  return words > 5 ? best - 2 : best;
}

/** Hash of `words-word` from the hashes of both; `power` is 31 to the length of the word. */
function behind(words: number, word: number, power: number): number {
  return (Math.imul(Math.imul(words, 31) + HYPHEN, power) + word) | 0;
}

const POWERS: readonly number[] = Array.from({ length: 40 }).reduce<number[]>(
  (powers) => [...powers, Math.imul(powers.at(-1)!, 31)],
  [1],
);

const HYPHEN = 45;

const WEIGHTS: ReadonlyMap<number, number> = new Map(
  [...CONTACT_WORDS].map(([word, weight]) => [hashName(word), weight]),
);

/** One bit of each known hash: most words are turned away here, before the map is asked. */
const SEEN = new Uint8Array(1 << 14);
for (const hash of WEIGHTS.keys()) SEEN[hash & (SEEN.length - 1)] = 1;

function weightOf(hash: number): number {
  return SEEN[hash & (SEEN.length - 1)] === 0 ? 0 : (WEIGHTS.get(hash) ?? 0);
}

function hasInnerScript(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = codeAt(text, i);
    if (code >= 0xe00 && (code < 0xe80 || code >= 0x3040)) return true;
  }
  return false;
}
