/** Profiles on social networks that a page links to, each once. */
import { codeAt } from './code-at.ts';
import type { FoundSocial, SocialNetwork } from './found.ts';
import type { PageView } from './page-view.ts';
import { socialFromUrl } from './social-url.ts';
import { textMarks } from './text-marks.ts';

const SOCIALS_MAX = 200;
const MENTIONS_MAX = 100;

/** Accounts of builders and platforms, which their templates link to on sites of everyone. */
const PLATFORMS =
  /\/(?:@?wix|wixcom|wordpress|wordpressdotcom|squarespace|shopify|godaddy|weebly|webflow|jimdo|joomla|drupal|elementor|yourusername|username|yourpage|yourcompany|your-?profile|example)$/i;

/** Profiles that links, meta elements and the text name; `only` keeps those of one network. */
export function findSocials(view: PageView, only?: SocialNetwork): FoundSocial[] {
  const found = new SocialCollection(only);
  addSocials(view, found);
  return found.list();
}

/** Adds the profiles that the page's links, meta elements and text name. */
export function addSocials(view: PageView, found: SocialCollection): void {
  for (const link of view.links) {
    if (!isElsewhere(link.href)) continue;
    found.add(link.href, 'link', link.rel.includes('me') ? 0.95 : 0.9);
  }
  for (const key of [
    'link:me',
    'link:publisher',
    'link:author',
    'article:publisher',
    'og:see_also',
  ]) {
    found.add(view.meta.get(key) ?? '', 'meta', 0.85);
  }
  const handle = view.meta.get('twitter:site');
  if (handle !== undefined && /^@\w{1,15}$/.test(handle)) {
    found.add(`https://x.com/${handle.slice(1)}`, 'meta', 0.8);
  }
  mentions(view.text, (url) => found.add(url, 'text', 0.75));
}

/** Gathers profiles by their canonical address, keeping the best sighting of each. */
export class SocialCollection {
  readonly #only: SocialNetwork | undefined;
  readonly #found = new Map<string, FoundSocial>();

  constructor(only?: SocialNetwork) {
    this.#only = only;
  }

  add(url: string, method: string, confidence: number): void {
    const profile = url === '' ? undefined : socialFromUrl(url);
    if (profile === undefined || (this.#only !== undefined && profile.network !== this.#only))
      return;
    if (PLATFORMS.test(profile.value)) return;
    const key = profile.value.toLowerCase();
    const known = this.#found.get(key);
    if (known === undefined ? this.#found.size >= SOCIALS_MAX : known.confidence >= confidence)
      return;
    this.#found.set(key, { ...profile, value: known?.value ?? profile.value, method, confidence });
  }

  list(): FoundSocial[] {
    return [...this.#found.values()];
  }
}

/** Absolute links and those of apps; the page's own relative ones are most. */
function isElsewhere(href: string): boolean {
  const first = codeAt(href, 0) | 32;
  if (first === 104 || first === 119 || first === 116) return true;
  return href.startsWith('//');
}

const MENTION =
  /(?:linkedin|facebook|twitter|instagram|youtube|tiktok|github|pinterest)\.com\/[^\s"'<>)\],;]{2,150}|(?:bsky\.app\/profile|wa\.me|t\.me)\/[^\s"'<>)\],;]{2,80}/gi;

/** Addresses of profiles that stand in the text without being links. */
function mentions(text: string, take: (url: string) => void): void {
  if (!textMarks(text).networkPath) return;
  let taken = 0;
  for (const match of text.matchAll(MENTION)) {
    if (++taken > MENTIONS_MAX) return;
    take(`https://${match[0].replace(/[.:!?]+$/, '')}`);
  }
}
