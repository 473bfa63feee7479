/** The main part of each kind of page: where the facts stand among the filler. */
import { pick, type Random } from '../../src/base/random.ts';
import { writeBlock } from './contact-block.ts';
import { writeEmail } from './email-writing.ts';
import { paragraph, section, sentence } from './filler.ts';
import { escapeHtml } from './html-text.ts';
import type { PageKey } from './locales/locale.ts';
import type { PersonFact, Site } from './site.ts';
import { writeSocials } from './social-links.ts';

/** The HTML between header and footer; rules that it needs are pushed to `css`. */
export function pageMain(site: Site, page: PageKey, random: Random, css: string[]): string {
  const { nav } = site.country.locale;
  const heading = page === 'home' ? escapeHtml(site.tradeName) : escapeHtml(nav[page]);
  const blocks = site.blocks
    .filter((block) => block.place === page)
    .map((block) => {
      const markup = writeBlock(site, block, random);
      css.push(...markup.css);
      return markup.html;
    });
  const parts = [`<h1>${heading}</h1>`, ...OPENINGS[page](site, random, css), ...blocks];
  if (page === 'contact' && site.form) parts.push(writeForm(site));
  if (page === 'home' && site.form && !site.pages.includes('contact')) parts.push(writeForm(site));
  if (site.socialsPlace === page) parts.push(writeSocials(site));
  return parts.join('\n');
}

type Opening = (site: Site, random: Random, css: string[]) => readonly string[];

const OPENINGS: Readonly<Record<PageKey, Opening>> = {
  home: (site, random) => [
    `<div class="hero"><p>${sentence(site, random)}</p></div>`,
    section(site, random),
    contactTeaser(site),
  ],
  services: (site, random) => [section(site, random), priceTable(site, random)],
  about: (site, random) => [paragraph(site, random), section(site, random)],
  team: (site, random, css) => [
    '<div class="team">',
    ...site.people.map((each) => personCard(site, each, random, css)),
    '</div>',
  ],
  contact: (site, random) => [
    site.behaviour === 'image-only'
      ? '<img src="/assets/contact-card.png" alt="" width="420" height="240">'
      : paragraph(site, random),
  ],
  imprint: (site, random) => [`<p>${escapeHtml(pick(random, site.country.locale.lookalikes))}</p>`],
  blog: (site, random) => [post(site, random), post(site, random), post(site, random)],
  privacy: (site, random) => [section(site, random), section(site, random), section(site, random)],
};

function contactTeaser(site: Site): string {
  const path = site.paths.contact;
  if (path === undefined) return '';
  const text = escapeHtml(site.country.locale.nav.contact);
  return `<p><a class="button" href="${path}">${text}</a></p>`;
}

function personCard(site: Site, person: PersonFact, random: Random, css: string[]): string {
  const links: string[] = [];
  if (person.email) {
    const { method, value } = person.email;
    const markup = writeEmail(method, value, site.country.locale, random);
    if (markup.css !== '') css.push(markup.css);
    links.push(markup.html);
  }
  if (person.linkedin !== '') {
    const tail = random.next() < 0.5 ? '/' : '?trk=public_profile';
    links.push(
      `<a href="${person.linkedin}${tail}" aria-label="LinkedIn"><i class="icon-in"></i></a>`,
    );
  }
  return `<div class="card"><img src="/assets/face@2x.jpg" alt="">
<h3>${escapeHtml(person.name)}</h3>
<p>${escapeHtml(person.role)}</p>${links.join(' ')}</div>`;
}

function priceTable(site: Site, random: Random): string {
  const { lookalikes, headings } = site.country.locale;
  const rows = lookalikes.map(
    (text) =>
      `<tr><td>${escapeHtml(pick(random, headings))}</td><td>${escapeHtml(text)}</td>
<td>${1 + Math.floor(random.next() * 900)},00</td></tr>`,
  );
  return `<table class="prices">${rows.join('\n')}</table>`;
}

function post(site: Site, random: Random): string {
  const day = String(1 + Math.floor(random.next() * 28)).padStart(2, '0');
  const stamp = `2024-0${1 + Math.floor(random.next() * 9)}-${day}`;
  return `<article class="post"><h2>${escapeHtml(pick(random, site.country.locale.headings))}</h2>
<time datetime="${stamp}T10:45:00+02:00">${stamp}</time>${paragraph(site, random)}
<pre>to: name@example.com</pre></article>`;
}

function writeForm(site: Site): string {
  const { locale } = site.country;
  return `<form method="post" action="/send"><p>${escapeHtml(locale.formIntro)}</p>
<label>${escapeHtml(locale.formName)} <input name="name" required></label>
<label>${escapeHtml(locale.email)}
<input type="email" name="email" placeholder="name@example.com"></label>
<label>${escapeHtml(locale.phone[0] as string)}
<input type="tel" name="tel" placeholder="0123 456789"></label>
<label>${escapeHtml(locale.formMessage)} <textarea name="message"></textarea></label>
<button>${escapeHtml(locale.formSend)}</button></form>`;
}
