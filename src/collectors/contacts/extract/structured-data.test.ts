import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findAddresses } from './addresses.ts';
import { buildPageView } from './build-page-view.ts';
import { parseJsonLd } from './json-ld.ts';
import { readStructuredData } from './structured-data.ts';

const read = (html: string) => readStructuredData(buildPageView(html, 'http://example.com/'));
const script = (body: string): string => `<script type="application/ld+json">${body}</script>`;

const BODIES: readonly (readonly [what: string, body: string, value: unknown])[] = [
  ['valid', '{"a": [1, 2]}', [{ a: [1, 2] }]],
  ['trailing commas', '{"a": [1, 2,], }', [{ a: [1, 2] }]],
  ['comments', '/* x */ {"a": 1 // one\n, "b": "http://x"}', [{ a: 1, b: 'http://x' }]],
  ['CDATA', '//<![CDATA[\n{"a": 1}\n//]]>', [{ a: 1 }]],
  ['HTML comment', '<!-- {"a": 1} -->', [{ a: 1 }]],
  ['several values', '{"a": 1}\n{"b": 2};', [{ a: 1 }, { b: 2 }]],
  ['raw line break', '{"a": "x\ny"}', [{ a: 'x y' }]],
  ['entities', '{&quot;a&quot;: &quot;b&quot;}', [{ a: 'b' }]],
  ['brackets in strings', '{"a": "}{][", }', [{ a: '}{][' }]],
  ['nothing', 'var x = 1;', []],
  ['cut off', '{"a": 1', []],
];

for (const [what, body, value] of BODIES) {
  test(`JSON-LD: ${what}`, () => assert.deepEqual(parseJsonLd(body), value));
}

test('JSON-LD: a whole organisation in a graph', () => {
  const found = read(
    script(`{"@context": "https://schema.org", "@graph": [
      {"@type": "WebSite", "name": "Foo"},
      {"@type": ["LocalBusiness", "Bakery"], "name": "Foo Bakery", 
         "telephone": "+1 503 555 0123", "faxNumber": "503-555-0124",
       "email": "mailto:hi@foo.test", 
         "sameAs": ["https://x.com/foo"], 
         "openingHours": ["Mo-Fr 09:00-17:00"],
       "openingHoursSpecification": {"dayOfWeek": ["http://schema.org/Saturday"], 
         "opens": "10:00:00", 
         "closes": "14:00"},
       "address": {"@type": "PostalAddress", "streetAddress": "1 Elm St", 
         "addressLocality": "Portland",
                   "addressRegion": "OR", 
         "postalCode": "97201", 
         "addressCountry": {"name": "United States"}},
       "review": {"author": {"@type": "Person", "name": "Somebody", "email": "no@foo.test"}},
       "contactPoint": [{"@type": "ContactPoint", "telephone": "1-800-555-0199"}]}]}`),
  );
  assert.deepEqual(
    found.names.map((name) => name.value),
    ['Foo', 'Foo Bakery'],
  );
  assert.deepEqual(
    found.emails.map((email) => email.value),
    ['hi@foo.test'],
  );
  assert.deepEqual(
    found.phones.map((phone) => [phone.value, phone.kind]),
    [
      ['+1 503 555 0123', 'phone'],
      ['503-555-0124', 'fax'],
      ['1-800-555-0199', 'phone'],
    ],
  );
  assert.deepEqual(
    found.sameAs.map((url) => url.value),
    ['https://x.com/foo'],
  );
  assert.deepEqual(
    found.hours.map((rule) => rule.value),
    ['Mo-Fr 09:00-17:00', 'Sa 10:00-14:00'],
  );
  assert.equal(found.addresses[0]?.value, '1 Elm St, Portland, OR 97201');
  assert.equal(found.addresses[0]?.country, 'US');
});

test('microdata: an address and a name within its item', () => {
  const found =
    read(`<div itemscope itemtype="http://schema.org/LocalBusiness"><b itemprop="name">Foo Bar</b>
    <div itemprop="address" itemscope itemtype="http://schema.org/PostalAddress">
      <span itemprop="streetAddress">1 Elm St<br>Suite 4</span> 
         <span itemprop="addressLocality">Portland</span>,
      <meta itemprop="addressRegion" content="OR"> <span itemprop="postalCode">97201</span></div>
    <span itemprop="telephone">503 555 0123</span></div>
    <div itemscope itemtype="http://schema.org/Person"><b itemprop="name">Jane</b></div>`);
  assert.deepEqual(
    found.names.map((name) => name.value),
    ['Foo Bar'],
  );
  assert.equal(found.addresses[0]?.value, '1 Elm St, Suite 4, Portland, OR 97201');
  assert.deepEqual(
    found.phones.map((phone) => phone.value),
    ['503 555 0123'],
  );
});

test('hCard: two cards give two addresses', () => {
  const card = (street: string, code: string): string =>
    `<div class="vcard"><span class="fn org">Foo</span>
         <div class="adr"><span class="street-address">${street}</span>
     <span class="locality">Portland</span>, <abbr class="region">OR</abbr> 
         <span class="postal-code">${code}</span>
     <span class="country-name">USA</span></div><span class="tel">503-555-0123</span></div>`;
  const found = read(card('1 Elm St', '97201') + card('2 Oak St', '97202'));
  assert.deepEqual(
    found.addresses.map((address) => [address.street, address.postalCode, address.country]),
    [
      ['1 Elm St', '97201', 'US'],
      ['2 Oak St', '97202', 'US'],
    ],
  );
  assert.deepEqual(
    found.names.map((name) => name.value),
    ['Foo'],
  );
});

test('OpenGraph: contact data', () => {
  const meta = (name: string, value: string): string =>
    `<meta property="${name}" content="${value}">`;
  const found = read(
    meta('og:site_name', 'Foo') +
      meta('business:contact_data:street_address', '1 Elm St') +
      meta('business:contact_data:locality', 'Portland') +
      meta('business:contact_data:postal_code', '97201') +
      meta('business:contact_data:email', 'hi@foo.test'),
  );
  assert.deepEqual(
    found.names.map((name) => name.value),
    ['Foo'],
  );
  assert.equal(found.addresses[0]?.value, '1 Elm St, Portland, 97201');
  assert.deepEqual(
    found.emails.map((email) => email.value),
    ['hi@foo.test'],
  );
});

test('a page without markup gives nothing', () => {
  const found = read('<p>Hello');
  for (const list of Object.values(found)) assert.deepEqual(list, []);
});

test('hCard: the class names of both versions on one element say one thing', () => {
  const found = read(`<div class="vcard h-card"><div class="adr p-adr h-adr">
    <span class="street-address p-street-address">12 Elm Street</span>
    <span class="postal-code p-postal-code">T12 R4E9</span> <span class="locality p-locality">Cork</span></div>
    <span class="tel"><span class="type">fax</span> <span class="value">021 455 4993</span></span></div>`);
  assert.deepEqual(
    found.addresses.map((address) => address.value),
    ['12 Elm Street, Cork, T12 R4E9'],
  );
  assert.deepEqual(
    found.phones.map((phone) => [phone.value, phone.kind]),
    [['021 455 4993', 'fax']],
  );
});

test('JSON-LD: names in entities, streets of several lines, towns and states in odd places', () => {
  const found = read(
    script(`[{"@type": "Dentist", "name": "M&uuml;ller &#8211; Joe&#8217;s &amp; Sons",
       "email": "info&#64;foo.test", "sameAs": "https://x.com/foo?a=1&copy=2",
       "address": {"streetAddress": "1 Elm St,\\nSuite 4\\n", "addressLocality": "Marion, OH",
         "postalCode": "43302"}},
      {"@type": "Store", "address": {"streetAddress": "2 Oak St", "addressLocality": "Kent",
         "addressRegion": {"@type": "State", "name": "OH"}, "postalCode": "44240"}}]`),
  );
  assert.deepEqual(
    found.names.map((name) => name.value),
    ['Müller – Joe’s & Sons'],
  );
  assert.deepEqual(
    [...found.emails, ...found.sameAs].map(({ value }) => value),
    ['info@foo.test', 'https://x.com/foo?a=1&copy=2'],
  );
  assert.deepEqual(
    found.addresses.map(({ street, city, state }) => [street, city, state]),
    [
      ['1 Elm St, Suite 4', 'Marion', 'OH'],
      ['2 Oak St', 'Kent', 'OH'],
    ],
  );
});

test('an address in one piece is parted like one of the text', () => {
  const line = '12 Main St, Springfield, IL 62701';
  const org = (address: string): string => script(`{"@type": "Store", "address": ${address}}`);
  for (const [method, html] of [
    ['json-ld', org(`"${line}"`)],
    ['json-ld', org('["12 Main St\\nSpringfield, IL 62701\\nUSA"]')],
    ['json-ld', org(`{"@type": "PostalAddress", "streetAddress": "${line}"}`)],
    ['json-ld', org(`{"@type": "PostalAddress", "name": "${line}"}`)],
    ['microdata', `<div itemscope><meta itemprop="address" content="${line}"></div>`],
    ['text', `<div itemscope><span itemprop="address">${line}</span></div>`],
    ['text', `<address>${line}</address>`],
  ] as const) {
    const view = buildPageView(html, 'http://example.com/');
    const found = findAddresses(view, readStructuredData(view));
    assert.deepEqual(
      found.map((one) => [one.street, one.city, one.state, one.postalCode, one.method]),
      [['12 Main St', 'Springfield', 'IL', '62701', method]],
      html,
    );
  }
});
