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
