/** Paragraphs, lists and tables in the site's language: what stands between the facts. */
import { pick, type Random, randomInt } from '../../src/base/random.ts';
import { escapeHtml } from './html-text.ts';
import type { Site } from './site.ts';

/** One sentence of the site's language with the site's own words filled in, escaped. */
export function sentence(site: Site, random: Random): string {
  const text = pick(random, site.country.locale.sentences)
    .replace('{company}', site.tradeName)
    .replace('{city}', site.address.city)
    .replace('{trade}', site.trade)
    .replace('{year}', String(randomInt(random, 1952, 2015)))
    .replace('{n}', String(randomInt(random, 20, 400)));
  return escapeHtml(text);
}

/** Several sentences in a paragraph. */
export function paragraph(site: Site, random: Random): string {
  const gap = site.country.code === 'JP' ? '' : ' ';
  const count = randomInt(random, 3, 6);
  const parts = Array.from({ length: count }, () => sentence(site, random));
  return `<p>${parts.join(gap)}</p>`;
}

/** A section: heading, paragraphs, now and then a list or a table with look-alikes of numbers. */
export function section(site: Site, random: Random): string {
  const { headings, lookalikes } = site.country.locale;
  const parts = [`<section class="block"><h2>${escapeHtml(pick(random, headings))}</h2>`];
  parts.push(paragraph(site, random));
  const draw = random.next();
  if (draw < 0.2) {
    const items = Array.from({ length: 4 }, () => `<li>${sentence(site, random)}</li>`);
    parts.push(`<ul class="ticks">${items.join('')}</ul>`);
  } else if (draw < 0.4) {
    const rows = [0, 1, 2].map(
      (at) => `<tr><td>${at + 1}.</td><td>${escapeHtml(pick(random, lookalikes))}</td></tr>`,
    );
    parts.push(`<table class="facts">${rows.join('')}</table>`);
  } else if (draw < 0.6) {
    parts.push(
      `<figure><img src="/assets/photo-${randomInt(random, 1, 40)}@2x.jpg" alt=""></figure>`,
    );
  }
  if (random.next() < 0.5) parts.push(paragraph(site, random));
  parts.push('</section>');
  return parts.join('\n');
}
