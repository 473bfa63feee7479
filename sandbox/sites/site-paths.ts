/** Which pages a site has and where. At most four of them, beside home, hold contacts. */
import { pick, type Random } from '../../src/base/random.ts';
import type { PageKey } from './locales/locale.ts';
import type { SiteName } from './site-name.ts';

export interface SitePaths {
  readonly pages: readonly PageKey[];
  readonly paths: Readonly<Partial<Record<PageKey, string>>>;
}

/** The pages of a site. Special sites have a contact page: some behaviours are about it. */
export function sitePaths(name: SiteName, random: Random): SitePaths {
  const ordinary = name.behaviour === 'ordinary';
  const onePage = ordinary && random.next() < 0.08;
  const { locale, code } = name.country;
  const lawAsksImprint = ['DE', 'AT', 'CH', 'FR', 'JP'].includes(code);
  const pages: PageKey[] = onePage ? ['home'] : ['home', 'services', 'about'];
  if (!onePage) {
    if (random.next() < 0.5) pages.push('team');
    pages.push('contact');
    if (lawAsksImprint || random.next() < 0.3) pages.push('imprint');
    if (random.next() < 0.5) pages.push('blog');
    pages.push('privacy');
  }
  const before = pick(random, ['', '', '', `/${locale.lang}`]);
  const after = pick(random, ['', '', '/', '.html', '.php']);
  const paths: Partial<Record<PageKey, string>> = { home: '/' };
  for (const page of pages) {
    if (page !== 'home') paths[page] = `${before}/${locale.slugs[page]}${after}`;
  }
  return { pages, paths };
}

/** `/start/` is where the redirecting sites keep their home page. */
const HOME_PATHS = new Set(['/', '/index.html', '/start', '/start/']);

/** The page that a path asks for; `/index.html` and the like are the home page. */
export function pageAt(paths: SitePaths['paths'], path: string): PageKey | undefined {
  if (HOME_PATHS.has(path)) return 'home';
  const plain = path.replace(/\/$/, '');
  for (const [page, own] of Object.entries(paths) as [PageKey, string][]) {
    if (own.replace(/\/$/, '') === plain) return page;
  }
  return undefined;
}
