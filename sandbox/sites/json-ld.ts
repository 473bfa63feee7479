/** The JSON-LD of a page, in the shapes that site builders emit. */
import type { Random } from '../../src/base/random.ts';
import type { JsonLdFact, Site } from './site.ts';

/** The script element, or '' where the site has none. */
export function writeJsonLd(site: Site, fact: JsonLdFact, random: Random): string {
  const business: Record<string, unknown> = {
    '@type': random.next() < 0.5 ? 'Organization' : 'LocalBusiness',
    '@id': `http://${site.host}/#organization`,
    name: site.company,
    url: `http://${site.host}/`,
    logo: `http://${site.host}/assets/logo@2x.png`,
  };
  if (fact.phone) business.telephone = fact.phone.e164;
  if (fact.email !== '') business.email = random.next() < 0.5 ? fact.email : `mailto:${fact.email}`;
  if (fact.address) {
    business.address = {
      '@type': 'PostalAddress',
      streetAddress: site.address.street,
      addressLocality: site.address.city,
      ...(site.address.state === '' ? {} : { addressRegion: site.address.state }),
      postalCode: site.address.postalCode,
      addressCountry: site.address.country,
    };
  }
  if (fact.hours) business.openingHours = site.hours.rules;
  if (fact.socials) business.sameAs = site.socials.map((each) => each.url);
  const page = { '@type': 'WebSite', name: site.tradeName, url: `http://${site.host}/` };
  const body =
    random.next() < 0.5
      ? { '@context': 'https://schema.org', ...business }
      : { '@context': 'https://schema.org', '@graph': [page, business] };
  const text = JSON.stringify(body, null, random.next() < 0.5 ? 2 : undefined);
  return `<script type="application/ld+json">${text.replaceAll('<', '\\u003c')}</script>`;
}
