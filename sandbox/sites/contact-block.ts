/** Contact details as markup: the same facts as lines, a table, a list, microdata or an hCard. */
import type { Random } from '../../src/base/random.ts';
import { writeEmail } from './email-writing.ts';
import { escapeHtml } from './html-text.ts';
import type { PhoneFact } from './phone-numbers.ts';
import type { BlockStyle, ContactBlock, EmailFact, Site } from './site.ts';

export interface BlockMarkup {
  readonly html: string;
  /** Rules for the page's style element. */
  readonly css: readonly string[];
}

/** The HTML of a block. */
export function writeBlock(site: Site, block: ContactBlock, random: Random): BlockMarkup {
  const css: string[] = [];
  const linkPhones = random.next() < 0.5;
  const rows: Row[] = [];
  if (block.address) rows.push([site.country.locale.address, addressHtml(site, block.style)]);
  for (const phone of block.phones) {
    rows.push([phoneLabel(site, phone, random), phoneHtml(site, phone, block.style, linkPhones)]);
  }
  for (const email of block.emails) {
    if (email.method === 'json-ld') continue;
    const { html, rule } = emailHtml(site, email, block.style, random);
    if (rule !== '') css.push(rule);
    rows.push([site.country.locale.email, html]);
  }
  if (block.hours) rows.push([site.country.locale.hours, hoursHtml(site, block.style)]);
  return { html: frame(site, block, rows), css };
}

type Row = readonly [label: string, html: string];

function frame(site: Site, block: ContactBlock, rows: readonly Row[]): string {
  const name = escapeHtml(site.company);
  const label = (text: string) => escapeHtml(text);
  const [first, ...rest] = rows;
  const addressFirst = block.address && first !== undefined;
  const after = addressFirst ? rest : rows;
  const lines = after.map(([text, html]) => `${label(text)}: ${html}`);
  switch (block.style) {
    case 'lines':
      return `<p class="contact"><strong>${name}</strong><br>\n${[
        addressFirst ? first[1] : '',
        ...lines,
      ]
        .filter((line) => line !== '')
        .join('<br>\n')}</p>`;
    case 'address':
      return `<address>${[name, addressFirst ? first[1] : '', ...lines]
        .filter((line) => line !== '')
        .join('<br>\n')}</address>`;
    case 'table':
      return `<h3>${name}</h3>\n<table class="contact">${rows
        .map(([text, html]) => `<tr><th>${label(text)}</th><td>${html}</td></tr>`)
        .join('\n')}</table>`;
    case 'list':
      return `<div class="widget"><h3>${name}</h3><ul>${rows
        .map(([text, html]) => `<li><i class="icon"></i><b>${label(text)}</b> ${html}</li>`)
        .join('\n')}</ul></div>`;
    case 'microdata':
      return `<div itemscope itemtype="https://schema.org/LocalBusiness">
<strong itemprop="name">${name}</strong>\n${rows
        .map(([text, html]) => `<div><span>${label(text)}:</span> ${html}</div>`)
        .join('\n')}</div>`;
    case 'hcard':
      return `<div class="vcard h-card"><div class="fn org p-name">${name}</div>\n${rows
        .map(([text, html]) => `<div><span class="label">${label(text)}:</span> ${html}</div>`)
        .join('\n')}</div>`;
  }
}

function addressHtml(site: Site, style: BlockStyle): string {
  const { address } = site;
  if (style !== 'microdata' && style !== 'hcard') {
    return address.lines.map(escapeHtml).join('<br>');
  }
  const micro = style === 'microdata';
  const part = (text: string, prop: string, name: string) =>
    text === ''
      ? ''
      : `<span ${micro ? `itemprop="${prop}"` : `class="${name}"`}>${escapeHtml(text)}</span>`;
  const parts = [
    part(address.street, 'streetAddress', 'street-address p-street-address'),
    part(address.postalCode, 'postalCode', 'postal-code p-postal-code'),
    part(address.city, 'addressLocality', 'locality p-locality'),
    part(address.state, 'addressRegion', 'region p-region'),
    part(address.countryName, 'addressCountry', 'country-name p-country-name'),
  ];
  const [streetPart, postalPart, cityPart, ...rest] = parts.filter((each) => each !== '');
  const body = `${streetPart}<br>\n${postalPart} ${cityPart}<br>\n${rest.join(', ')}`;
  return micro
    ? `<div itemprop="address" itemscope itemtype="https://schema.org/PostalAddress">${body}</div>`
    : `<div class="adr p-adr h-adr">${body}</div>`;
}

function phoneLabel(site: Site, phone: PhoneFact, random: Random): string {
  const { locale } = site.country;
  if (phone.kind === 'fax') return locale.fax;
  return locale.phone[Math.floor(random.next() * 2)] as string;
}

function phoneHtml(site: Site, phone: PhoneFact, style: BlockStyle, link: boolean): string {
  const shown =
    phone.extension === ''
      ? phone.written
      : `${phone.written} ${site.country.locale.extension} ${phone.extension}`;
  const fax = phone.kind === 'fax';
  if (style === 'microdata') {
    return `<span itemprop="${fax ? 'faxNumber' : 'telephone'}">${shown}</span>`;
  }
  if (style === 'hcard') {
    return fax
      ? `<span class="tel"><span class="type">fax</span> <span class="value">${shown}</span></span>`
      : `<span class="tel p-tel">${shown}</span>`;
  }
  if (!link || fax) return shown;
  const extension = phone.extension === '' ? '' : `;ext=${phone.extension}`;
  return `<a href="tel:${phone.e164}${extension}">${shown}</a>`;
}

function emailHtml(site: Site, email: EmailFact, style: BlockStyle, random: Random) {
  const { html, css } = writeEmail(email.method, email.value, site.country.locale, random);
  // Markup that says «e-mail» only stands where the text inside is the address as it is.
  const plain = email.method === 'text' || email.method === 'mailto';
  if (plain && style === 'microdata')
    return { html: `<span itemprop="email">${html}</span>`, rule: css };
  if (plain && style === 'hcard')
    return { html: `<span class="email u-email">${html}</span>`, rule: css };
  return { html, rule: css };
}

function hoursHtml(site: Site, style: BlockStyle): string {
  const lines = site.hours.lines.map(escapeHtml);
  if (style !== 'microdata') return lines.join('<br>');
  return lines
    .map((line, at) => {
      const rule = site.hours.rules[at];
      return rule === undefined
        ? line
        : `<time itemprop="openingHours" datetime="${rule}">${line}</time>`;
    })
    .join('<br>');
}
