/**
 * Sections as site builders write them: many small elements with long attributes, rows of links,
 * pictures in several sizes, settings in scripts, and little text. The shares (elements, attributes
 * and links a kilobyte, text a seventh of the bytes) are those of a few hundred real pages of small
 * firms.
 */
import { pick, type Random, randomInt } from '../../src/base/random.ts';
import { sentence } from './filler.ts';
import { escapeHtml } from './html-text.ts';
import { slugOf } from './seed.ts';
import type { Site } from './site.ts';

type Piece = (site: Site, random: Random) => string;

/** One of the kinds of sections. */
export function builtSection(site: Site, random: Random): string {
  return pick(random, PIECES)(site, random);
}

const PIECES: readonly Piece[] = [
  menu,
  cards,
  gallery,
  list,
  table,
  table,
  form,
  settings,
  settings,
  settings,
  text,
];

function menu(site: Site, random: Random): string {
  const items = times(randomInt(random, 5, 9), () => {
    const { id, path, name } = offer(site, random);
    return `        <li id="menu-item-${id}" class="menu-item menu-item-type-post_type menu-item-${id}">
            <a href="${path}" class="menu-link sub-menu-link" data-depth="1"><span class="text">${name}</span></a>
        </li>`;
  });
  return `<div class="nav-block widget widget_nav_menu">
    <h4 class="widget-title">${heading(site, random)}</h4>
    <ul class="sub-menu depth-1 columns-${randomInt(random, 1, 3)}">
${items.join('\n')}
    </ul>
</div>`;
}

function cards(site: Site, random: Random): string {
  const columns = times(3, () => {
    const { id, path, name } = offer(site, random);
    return `    <div class="e-col e-col-33 e-inner-column e-element e-element-${id}" data-id="${id}" data-element_type="column">
        <div class="e-widget-wrap e-element-populated"><div class="e-icon-box-wrapper"><div class="e-icon-box-icon">
            <a href="${path}" class="e-icon e-animation-grow" tabindex="-1">${icon(random)}</a></div>
            <h3 class="e-icon-box-title"><a href="${path}">${name}</a></h3>
        </div></div>
    </div>`;
  });
  return `<section class="e-section e-inner-section" data-settings="{&quot;gap&quot;:&quot;wide&quot;,&quot;animation&quot;:&quot;fadeIn&quot;}">
    <div class="e-container e-column-gap-default">
${columns.join('\n')}
    </div>
    <div class="e-text-editor"><p>${sentence(site, random)}</p></div>
</section>`;
}

function gallery(site: Site, random: Random): string {
  const pictures = times(4, () => {
    const { id, name } = offer(site, random);
    const file = `/assets/uploads/photo-${id}`;
    const sizes = [1024, 768, 300].map((width) => `${file}-${width}x${width * 0.75}.jpg ${width}w`);
    return `        <figure class="gallery-item" style="margin:0 0 10px;"><a href="${file}.jpg" rel="lightbox[g1]"><img
            width="300" height="225" src="${file}-300x225.jpg" class="attachment-medium size-medium wp-image-${id}"
            alt="${name}" loading="lazy" decoding="async" srcset="${sizes.join(', ')}" sizes="(max-width: 300px) 100vw, 300px"></a></figure>`;
  });
  return `<div class="gallery gallery-columns-4 gallery-size-medium">
${pictures.join('\n')}
</div>`;
}

function list(site: Site, random: Random): string {
  const items = times(randomInt(random, 4, 7), () => {
    const { path, name } = offer(site, random);
    return `    <li class="icon-list-item"><span class="icon-list-icon">${icon(random)}</span><a class="icon-list-text" href="${path}" title="${name}">${name}</a></li>`;
  });
  return `<ul class="icon-list-items" style="list-style:none;padding-left:0">
${items.join('\n')}
</ul>
<p class="lead text-muted mb-4">${sentence(site, random)}</p>`;
}

function table(site: Site, random: Random): string {
  const { lookalikes } = site.country.locale;
  const rows = times(4, () => {
    const { name } = offer(site, random);
    const value = escapeHtml(pick(random, lookalikes));
    return `    <tr class="row-${randomInt(random, 1, 9)} odd"><td width="40%" align="left" valign="top"><b>${name}</b></td><td width="60%" valign="top">${value}</td></tr>`;
  });
  return `<table width="100%" border="0" cellspacing="0" cellpadding="4" class="tablepress">
<tbody>
${rows.join('\n')}
</tbody>
</table>`;
}

function form(site: Site, random: Random): string {
  const id = randomInt(random, 100, 9_999);
  const options = times(6, () => {
    const { path, name } = offer(site, random);
    return `        <option value="${path}">${name}</option>`;
  });
  return `<form class="searchform search-form-${id}" method="get" role="search" action="/">
    <label for="s-${id}" class="screen-reader-text">${heading(site, random)}</label>
    <input type="search" class="field form-control" name="s" id="s-${id}" placeholder="…" value="">
    <select name="cat" class="postform" id="cat-${id}">
${options.join('\n')}
    </select>
    <input type="submit" class="submit btn btn-primary" value="»">
</form>`;
}

function settings(site: Site, random: Random): string {
  const id = randomInt(random, 100, 9_999);
  const frames = times(3, () => `{"width":${randomInt(random, 200, 1_400)},"opacity":0.${id}}`);
  return `<script type="text/javascript" id="slider-${id}-js-extra">
/* <![CDATA[ */
var slider_${id} = {"ajaxurl":"\\/wp-admin\\/admin-ajax.php","nonce":"${id.toString(16)}f${id}","lang":"${site.country.locale.lang}",
"autoplay":true,"speed":${randomInt(random, 300, 900)},"frames":[${frames.join(',')}]};
/* ]]> */
(function (w, d, id) {
    var block = d.getElementById(id);
    if (!block || !w.matchMedia) { return; }
    var wide = w.matchMedia('(min-width: 768px)');
    function fit() { block.className = block.className.replace(/ is-\\w+/g, '') + (wide.matches ? ' is-wide' : ' is-narrow'); }
    if (wide.addListener) { wide.addListener(fit); }
    w.addEventListener('load', fit);
})(window, document, 'slider-${id}');
</script>
<div id="slider-${id}" class="slider slick-slider" data-slick='{"slidesToShow": 1, "dots": true}' aria-hidden="true"></div>`;
}

function icon(random: Random): string {
  const at = () => `${randomInt(random, 0, 24)}.${randomInt(random, 0, 9)}`;
  const path = times(4, () => `c${at()}-${at()} ${at()} ${at()}`).join('');
  return `<svg class="svg-icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M${at()} ${at()}${path}z"/></svg>`;
}

interface Offer {
  readonly id: number;
  readonly path: string;
  readonly name: string;
}

/** Something that the firm offers, with a page of its own. */
function offer({ trade, address, country }: Site, random: Random): Offer {
  const id = randomInt(random, 100, 9_999);
  const [other] = pick(random, country.locale.trades);
  const name = random.next() < 0.5 ? `${other} ${address.city}` : `${trade} & ${other}`;
  return { id, path: `/${slugOf(other) || 'offer'}-${id}/`, name: escapeHtml(name) };
}

function heading(site: Site, random: Random): string {
  return escapeHtml(pick(random, site.country.locale.headings));
}

function times(count: number, make: () => string): readonly string[] {
  return Array.from({ length: count }, make);
}

function text(site: Site, random: Random): string {
  const lines = times(2, () => `        <p class="text-block">${sentence(site, random)}</p>`);
  return `<div class="module module-text">
    <div class="module-inner">
${lines.join('\n\n')}
    </div>
</div>`;
}
