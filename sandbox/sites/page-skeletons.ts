/** The frames that pages are put in: by hand, by a blog engine, in tables, by a site builder. */
import { escapeHtml } from './html-text.ts';
import type { Site } from './site.ts';

export interface PageParts {
  readonly site: Site;
  readonly head: string;
  readonly nav: string;
  readonly main: string;
  readonly filler: string;
  readonly footer: string;
  readonly banner: string;
}

/** The whole page of a site's skeleton. */
export function framePage(parts: PageParts): string {
  const skeleton = SKELETONS[parts.site.skeleton % SKELETONS.length] as Skeleton;
  return skeleton(parts);
}

type Skeleton = (parts: PageParts) => string;

const SKELETONS: readonly Skeleton[] = [plain, blogEngine, tables, siteBuilder];

function plain({ site, head, nav, main, filler, footer, banner }: PageParts): string {
  const name = escapeHtml(site.tradeName);
  return `<!DOCTYPE html>
<html lang="${site.country.locale.lang}">
<head>${head}</head>
<body class="page">
${banner}<header class="site-header">
<a class="logo" href="/"><img src="/assets/logo@2x.png" alt="${name}" width="180"></a>
<nav>${nav}</nav></header>
<main>${main}
${filler}</main>
${footer}
</body>
</html>
`;
}

function blogEngine({ site, head, nav, main, filler, footer, banner }: PageParts): string {
  const name = escapeHtml(site.tradeName);
  const items = nav.replaceAll('<a ', '<li><a ').replaceAll('</a>', '</a></li>');
  return `<!doctype html>
<html lang="${site.country.locale.lang}-${site.country.code}" class="no-js">
<head>${head}</head>
<body class="wp-singular wp-theme-meadow">
<div id="page" class="site"><div class="wrap"><div class="row"><div class="col-12">
<header id="masthead"><p class="site-title"><a href="/" rel="home">${name}</a></p>
<nav id="site-navigation"><ul class="menu">${items}</ul></nav></header>
</div></div></div>
<div id="content"><div class="entry-content"><div class="module"><div class="module-inner">${main}
${filler}</div></div></div></div>
${footer}</div>
<script src="https://cdn.example/npm/slider@4.2.1/dist/slider.min.js" defer></script>
${banner}</body></html>
`;
}

function tables({ head, nav, main, filler, footer, banner }: PageParts): string {
  return `<html>
<head>${head}</head>
<body bgcolor="#ffffff">
<table width="900" align="center" cellpadding="4">
<tr><td colspan="2"><img src="/assets/banner.gif" width="880" height="120"></td></tr>
<tr><td width="180" valign="top">${nav.replaceAll('</a>', '</a><br>')}</td>
<td valign="top">${main}
${filler}</td></tr>
<tr><td colspan="2">${footer}</td></tr></table>
${banner}</body></html>
`;
}

/** A key of an error tracker, which looks like an e-mail address and is none. */
const TRACKER = 'https://3f9a1c5b7d2e48f0a6b1c9d8e7f60514@o417.ingest.example/5512204';

function siteBuilder({ site, head, nav, main, filler, footer, banner }: PageParts): string {
  const { lang } = site.country.locale;
  return `<!DOCTYPE html>
<html lang="${lang}">
<head>${head}
<style>.hero{min-height:60vh;background:#eef2f6}.grid{display:grid;gap:2rem}</style></head>
<body><div id="app"><div class="e-con"><aside class="side">
<nav aria-label="main">${nav}</nav></aside>
<div class="e-con-inner"><svg width="0" height="0" aria-hidden="true">
<symbol id="i-phone" viewBox="0 0 24 24"><path d="M6.6 10.8c1.4 2.8 3.8 5.1 6.6 6.6l2.2-2.2z"/>
</symbol></svg>
<article>${main}</article><div class="grid">${filler}</div></div></div>${footer}</div>
${banner}<script>window.__app={"dsn":"${TRACKER}","locale":"${lang}"};</script>
</body></html>
`;
}
