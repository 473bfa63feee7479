/**
 * A page of a site as HTML text. It depends on the site, the page and the stated charset alone, so
 * the same seed gives the same bytes in any order of requests.
 */
import type { Random } from '../../src/base/random.ts';
import { builtSection } from './built-section.ts';
import { writeBlock } from './contact-block.ts';
import { paragraph, section, sentence } from './filler.ts';
import { escapeHtml } from './html-text.ts';
import { writeJsonLd } from './json-ld.ts';
import type { PageKey } from './locales/locale.ts';
import { pageMain } from './page-main.ts';
import { framePage } from './page-skeletons.ts';
import { randomOf } from './seed.ts';
import type { Site } from './site.ts';
import { writeSocials } from './social-links.ts';
import { socialDecoys } from './social-profiles.ts';

/** Of all sites: those that a builder has made. */
const BUILT_SHARE = 0.9;

export interface RenderOptions {
  /** What the meta element says; '' = there is none. */
  readonly metaCharset: string;
}

/** The HTML of a page. */
export function renderPage(site: Site, page: PageKey, options: RenderOptions): string {
  const random = randomOf(site.seed, 'page', page);
  const css: string[] = [];
  const main = pageMain(site, page, random, css);
  const footer = writeFooter(site, page, random, css);
  const head = writeHead(site, page, options, random, css);
  const nav = writeNav(site);
  const bytes = Math.max(5_000, page === 'home' ? site.pageBytes : site.pageBytes * 0.6);
  const extra: string[] = [];
  const built = randomOf(site.seed, 'markup').next() < BUILT_SHARE;
  let length = head.length + nav.length + main.length + footer.length;
  // A page of 60 KB takes about 60 sections; the bound holds whatever the sections weigh.
  for (let count = 0; length < bytes && count < 120; count += 1) {
    const more = built ? builtSection(site, random) : section(site, random);
    extra.push(more);
    length += more.length * (site.country.code === 'JP' ? 2.5 : 1);
  }
  return framePage({
    site,
    head,
    nav,
    main,
    filler: extra.join('\n'),
    footer,
    banner: writeBanner(site),
  });
}

function writeHead(
  site: Site,
  page: PageKey,
  options: RenderOptions,
  random: Random,
  css: readonly string[],
): string {
  const { locale } = site.country;
  const title =
    page === 'home'
      ? `${escapeHtml(site.company)} – ${escapeHtml(site.address.city)}`
      : `${escapeHtml(locale.nav[page])} | ${escapeHtml(site.company)}`;
  const parts = [
    options.metaCharset === '' ? '' : `<meta charset="${options.metaCharset}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${title}</title>`,
    `<meta name="description" content="${sentence(site, random)}">`,
    site.openGraph
      ? `<meta property="og:site_name" content="${escapeHtml(site.company)}">
<meta property="og:title" content="${title}"><meta property="og:url" content="http://${site.host}/">
<meta property="og:image" content="http://${site.host}/assets/og@2x.png">`
      : '',
    '<link rel="stylesheet" href="/assets/style.css?ver=6.4.2">',
    `<style>body{font-family:sans-serif}.block{padding:2rem}${[...new Set(css)].join('')}</style>`,
    site.jsonLd?.place === page ? writeJsonLd(site, site.jsonLd, random) : '',
  ];
  return parts.filter((part) => part !== '').join('\n');
}

function writeNav(site: Site): string {
  const { nav } = site.country.locale;
  return site.pages
    .map((page) => `<a href="${site.paths[page]}">${escapeHtml(nav[page])}</a>`)
    .join('\n');
}

function writeFooter(site: Site, page: PageKey, random: Random, css: string[]): string {
  const { locale } = site.country;
  const parts = ['<footer class="site-footer">'];
  for (const block of site.blocks.filter((each) => each.place === 'footer')) {
    const markup = writeBlock(site, block, random);
    css.push(...markup.css);
    parts.push(markup.html);
  }
  if (site.socialsPlace === 'footer') parts.push(writeSocials(site));
  if (site.shareButtons) {
    const url = `http://${site.host}${site.paths[page] ?? '/'}`;
    const links = socialDecoys(url).map((href) => `<a class="share" href="${href}">·</a>`);
    parts.push(
      `<div class="sharing"><span>${escapeHtml(locale.share)}</span>${links.join('')}</div>`,
    );
  }
  const end = site.company.endsWith('.') || site.country.code === 'JP' ? '' : '.';
  const name = `${escapeHtml(site.company)}${end}`;
  parts.push(`<p class="copyright">© 2009–2025 ${name} ${locale.rights}</p>`);
  parts.push('</footer>');
  return parts.join('\n');
}

function writeBanner(site: Site): string {
  const { cookieText, cookieAccept, cookieReject } = site.country.locale;
  if (site.cookieBanner === 'none') return '';
  const buttons = `<button>${cookieAccept}</button><button>${cookieReject}</button>`;
  const text = `<p>${escapeHtml(cookieText)}</p>${buttons}`;
  if (site.cookieBanner === 'bar') return `<div class="cookie-bar" role="region">${text}</div>\n`;
  const more = paragraph(site, randomOf(site.seed, 'cookies'));
  return `<div class="cookie-dialog" role="dialog" aria-modal="true">
<div class="inner">${text}${more}</div></div>\n`;
}
