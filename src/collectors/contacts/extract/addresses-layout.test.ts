import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { findAddresses } from './addresses.ts';
import { buildPageView } from './build-page-view.ts';

/**
 * Composes addresses out of parts in the ways that pages lay them out, and expects each to be found
 * with its parts, whatever stands before and behind it.
 */

const streets = [
  '100 Main St',
  '4605 Town Center Drive',
  '2828 SW Corwin Avenue',
  '1500 N. 51st Ave',
  '20 West 45th Street',
  '7000 E Bellevue Ave.',
  '12 Old Mill Road',
  '8170 S. University Blvd.',
  '33 Coffee Lane',
  '1 Innovation Way',
  '5225 W. Vliet Street',
  '350 10th Ave',
  '100 Broadway',
  '2001 Jefferson Davis Highway',
  '13777A Fruitvale Avenue',
  '535-B Main Street',
  '1776 Pebble Beach Court',
  '9 Pine Hills Blvd',
  '18 Lake Shore Pkwy',
  '415 Rue Royale Street',
  'P.O. Box 291',
  'PO Box 1479',
  'P. O. Box 976',
  '12700 Park Central Drive',
  '6 Martin Luther King Jr. Blvd',
  "77 O'Farrell St",
  '1234 County Road 12',
  '3950 US Highway 1',
];
const units = [
  '',
  '',
  '',
  'Suite 120',
  'Ste. 200',
  '#117',
  'Unit B',
  '2nd Floor',
  'Suite # 102',
  'Bldg. 4',
  'Fifth Floor',
  'Apt 4C',
  'Suite 4-1136',
  'Floor 3',
];
const towns = [
  'Houston, TX 77055',
  'Maple Valley, WA 98038',
  'New York, NY 10028',
  'Salt Lake City, UT 84101',
  'St. Louis, MO 63101',
  'Winston-Salem, NC 27101',
  'Ft. Lauderdale, FL 33301',
  'Santa Monica, CA 90403-1234',
  "Coeur d'Alene, ID 83814",
  'Boise, Idaho 83702',
  'Charleston, West Virginia 25301',
  'Washington, DC 20005',
  'North Las Vegas, NV 89030',
  'Des Moines, Iowa 50309',
  "O'Fallon, IL 62269",
  'Truth or Consequences, NM 87901',
];
const breaks = [
  '<br>',
  '<br>\n',
  '</p><p>',
  '</td><td>',
  '</div><div>',
  ', ',
  ' | ',
  ' &bull; ',
  ' &middot; ',
];
const before = [
  '',
  '<h2>Contact Us</h2>',
  'Foo Bar, Inc.<br>',
  '<b>Address:</b> ',
  '<p>Visit our office:</p>',
  '<td>Office</td><td>',
  'Phone: 503-555-0123<br>',
  '<p>We are open daily.</p>',
  '<strong>Headquarters</strong><br>Foo Bar LLC<br>',
  '&copy; 2014 Foo Bar | ',
];
const behind = [
  '',
  '<br>Phone: (503) 555-0123',
  ' | 503-555-0123',
  '<p>info@foo.test',
  '<br>USA',
  ' - Map',
  '<br>Fax 503.555.0199',
  '</td><td>Hours: Mon-Fri 9am-5pm',
];

const pick = <T>(list: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...list);

test('an address is found with its parts in any layout', () => {
  const layout = fc.record({
    street: pick(streets),
    unit: pick(units),
    town: pick(towns),
    break1: pick(breaks),
    break2: pick([...breaks, ' ']),
    commaless: fc.boolean(),
    before: pick(before),
    behind: pick(behind),
  });
  fc.assert(
    fc.property(layout, (one) => {
      const box = /box/i.test(one.street);
      const unit = box ? '' : one.unit;
      const town = one.commaless ? one.town.replace(',', '') : one.town;
      const lines = unit === '' ? one.street : `${one.street}${one.break1}${unit}`;
      const html = `<div>${one.before}${lines}${one.break2}${town}${one.behind}</div>`;
      const found = findAddresses(buildPageView(html, 'http://example.com/'));
      assert.equal(found.length, 1, html);
      const { street, city, state, postalCode } = found[0]!;
      const [name, rest] = one.town.split(', ') as [string, string];
      const code = rest.slice(rest.lastIndexOf(' ') + 1);
      assert.equal(city, name, html);
      assert.equal(state, rest.slice(0, -code.length - 1), html);
      assert.equal(postalCode, code, html);
      assert.equal(street, unit === '' ? one.street : `${one.street}, ${unit}`, html);
    }),
    { seed: 7, numRuns: 600 },
  );
});

interface Country {
  readonly code: string;
  readonly host: string;
  readonly streets: readonly string[];
  readonly towns: readonly string[];
}

const countries: readonly Country[] = [
  {
    code: 'GB',
    host: 'foo.co.uk',
    streets: [
      '10 High Street',
      'Unit 12 Admiral Court, Nelson Road',
      'Suite 4, Foo House, 70 Barnes Street',
      'PO Box 306',
    ],
    towns: ['London W1J 7BU', 'Newcastle upon Tyne NE6 5ZH', 'Stoke-on-Trent ST1 4AB'],
  },
  {
    code: 'DE',
    host: 'foo.de',
    streets: ['Musterstraße 12', 'Hauptstr. 5a', 'Unter den Linden 77', 'Am Markt 3'],
    towns: ['10115 Berlin', '60311 Frankfurt am Main', 'D-50667 Köln'],
  },
  {
    code: 'FR',
    host: 'foo.fr',
    streets: ['12 rue de la Paix', '12, rue de la Paix', '45 boulevard Hausmann', 'ZI des Lilas'],
    towns: ['75002 Paris', '69007 Lyon', '59000 Lille Cedex'],
  },
  {
    code: 'IT',
    host: 'foo.it',
    streets: ['Via Roma, 12', 'Piazza Duomo 1', 'Corso Italia, 22/A'],
    towns: ['20121 Milano', '00185 Roma'],
  },
  {
    code: 'ES',
    host: 'foo.es',
    streets: ['Calle Mayor, 12', 'C/ Aragó 255', 'Paseo de Gracia 43, 2º'],
    towns: ['28013 Madrid', '08007 Barcelona'],
  },
  {
    code: 'NL',
    host: 'foo.nl',
    streets: ['Keizersgracht 123', 'Stationsweg 4'],
    towns: ['1015 CJ Amsterdam', '3511LX Utrecht'],
  },
  {
    code: 'SE',
    host: 'foo.se',
    streets: ['Vegagatan 5', 'Storgatan 1A'],
    towns: ['113 29 Stockholm', '11329 Stockholm'],
  },
  {
    code: 'CH',
    host: 'foo.ch',
    streets: ['Bahnhofstrasse 5', 'Rue du Rhône 10'],
    towns: ['8001 Zürich', 'CH-6900 Lugano'],
  },
  {
    code: 'AT',
    host: 'foo.at',
    streets: ['Mariahilfer Straße 99', 'Hauptplatz 1'],
    towns: ['1060 Wien', 'A-5020 Salzburg'],
  },
  {
    code: 'PL',
    host: 'foo.pl',
    streets: ['ul. Marszałkowska 10/5', 'Al. Jerozolimskie 44'],
    towns: ['00-590 Warszawa'],
  },
  {
    code: 'DK',
    host: 'foo.dk',
    streets: ['Nørregade 7', 'Strandvejen 100'],
    towns: ['1165 København K', 'DK-2900 Hellerup'],
  },
  {
    code: 'NO',
    host: 'foo.no',
    streets: ['Storgata 12', 'Karl Johans gate 5'],
    towns: ['0155 Oslo'],
  },
  {
    code: 'PT',
    host: 'foo.pt',
    streets: ['Rua Augusta 12', 'Av. da Liberdade, 110'],
    towns: ['1100-048 Lisboa'],
  },
  {
    code: 'BE',
    host: 'foo.be',
    streets: ['Rue Neuve 44', 'Kerkstraat 5'],
    towns: ['1000 Bruxelles', 'B-9000 Gent'],
  },
  {
    code: 'AU',
    host: 'foo.com.au',
    streets: ['845 Pacific Hwy', 'Level 2, 12 Collins Street', 'PO Box 5214'],
    towns: ['Chatswood NSW 2067', 'Perth, Western Australia 6000'],
  },
  {
    code: 'CA',
    host: 'foo.ca',
    streets: ['101-1305 Welland St', '2150 Fir Street, Unit 4'],
    towns: ['Toronto, ON M5V 1K4', 'Halifax, Nova Scotia, Canada B3J 1S9'],
  },
  {
    code: 'NZ',
    host: 'foo.co.nz',
    streets: ['99 Queen Street', 'Level 4, 10 Lambton Quay'],
    towns: ['Auckland 1010'],
  },
];

const words = (text: string): string => text.replace(/[.,|\s]+/g, ' ').trim();

test('an address is found on a site of its country', () => {
  const layout = pick(countries).chain(({ code, host, streets, towns }) =>
    fc.record({
      code: fc.constant(code),
      host: fc.constant(host),
      street: pick(streets),
      town: pick(towns),
      between: pick([...breaks, ' ']),
      before: pick(before),
      behind: pick(behind.filter((text) => !text.includes('USA'))),
    }),
  );
  fc.assert(
    fc.property(layout, (one) => {
      const html = `<div>${one.before}${one.street}${one.between}${one.town}${one.behind}</div>`;
      const found = findAddresses(buildPageView(html, `https://www.${one.host}/`));
      assert.equal(found.length, 1, html);
      const { street, city, postalCode, country } = found[0]!;
      assert.equal(country, one.code, html);
      assert.equal(words(street), words(one.street), html);
      assert.ok(city.length > 2 && one.town.includes(city), html);
      assert.ok(postalCode.length > 3 && one.town.includes(postalCode), html);
    }),
    { seed: 11, numRuns: 600 },
  );
});
