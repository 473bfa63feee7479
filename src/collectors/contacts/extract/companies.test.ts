import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findAddresses } from './addresses.ts';
import { buildPageView } from './build-page-view.ts';
import { findCompanies } from './companies.ts';
import { findDescriptions } from './descriptions.ts';
import { readStructuredData } from './structured-data.ts';

type Row = readonly [name: string, url: string, html: string];

const ROWS: readonly Row[] = [
  [
    'Foo Tools',
    'https://www.footools.com/contact',
    '<title>Contact Us | Foo Tools</title><p>Hello',
  ],
  [
    'Foo Tools',
    'https://www.footools.com/',
    '<title>Best hammers and nails - Foo Tools</title><p>Hello',
  ],
  [
    'Foo Tools Ltd',
    'https://footools.co.uk/',
    '<title>Hammers</title><p>© 2019 Foo Tools Ltd. All rights reserved.',
  ],
  [
    'Foo Tools',
    'https://footools.de/',
    '<title>Startseite</title><meta property="og:site_name" content="Foo Tools">',
  ],
  [
    'Muster Werkzeug GmbH',
    'https://muster-werkzeug.de/impressum',
    '<title>Impressum</title>' +
      '<p>Angaben gemäß § 5 TMG</p><p>Muster Werkzeug GmbH<br>Musterstraße 12<br>10115 Berlin',
  ],
  [
    'Skin by Muster',
    'http://www.skinbymuster.com/',
    '<title>Our staff</title><p>At Skin by Muster we care.',
  ],
  [
    'Corner Shop',
    'http://cs.example/',
    '<title>Corner Shop :: Welcome</title><a href="/"><img alt="Corner Shop" src="logo.png"></a>',
  ],
  [
    'Exemple Conseil SARL',
    'http://exemple-conseil.fr/',
    '<title>Accueil</title><p>Exemple Conseil SARL au capital de 1000 euros',
  ],
  ['Foo Ltd.', 'http://foo.ca/', '<title>Foo Ltd.</title><p>© 2019 Foo Ltd. All rights reserved.'],
  [
    'Foo Marine Supply',
    'http://www.foomarine.com/',
    '<title>Foo Marine Supply - Boat Parts Since 1996</title><p>Order today',
  ],
  [
    'Foo Pet Hospital',
    'http://www.foopets.com/',
    '<title>Foo Pet Hospital - Veterinarian in Foo, OH</title>' +
      '<p>Copyright 2014 Sitemaker Inc. All rights reserved.',
  ],
  [
    'Foo Seals',
    'http://www.fooseals.com/',
    '<title>Foo Seals: offices</title><p>Foo Seals GmbH<br>Rheinstraße 14<br>64283 Darmstadt' +
      '<p>Foo Seals Pty. Ltd.<br>Level 2, 410 Collins St<br>Melbourne VIC 3000',
  ],
  [
    'Wexford House Surgery',
    'http://www.wexfordvets.co.uk/',
    '<title>Find us - Wexford House Surgery, Shrewsbury</title>' +
      '<p>112 Abbey Foregate, Shrewsbury, SY2 6BA',
  ],
  [
    'Foo Tools LLC',
    'http://www.footools.com/',
    '<title>About</title><p>Contact Foo Tools LLC today</p><p>Foo Tools LLC makes hammers</p>',
  ],
  [
    'Smith Family Dentistry',
    'https://www.footowndentist.com/',
    '<title>Dentist in Footown, OH | Smith Family Dentistry</title>' +
      '<p>© 2024 Smith Family Dentistry. All rights reserved.',
  ],
  [
    "Luigi's Pizza",
    'https://www.bestpizzafootown.com/',
    "<title>Pizza, Subs, Wings in Footown</title><p>Luigi's Pizza<br>455 Oak Street<br>" +
      "Footown, OH 44301</p><p>© 2012 Luigi's Pizza",
  ],
  ['Foo Pizza', 'https://www.foopizza.com/', '<title>Foo Pizza, Akron</title><p>© 2012 Sitemaker'],
  ['Foo Antiques', '', '<title>Welcome to Foo Antiques!</title><p>Open daily'],
  [
    'Foo Plains University Press',
    'http://www.foo-press.edu/contact',
    '<title>Contact the Press | Foo Plains University Press</title><p>Hello',
  ],
  [
    'Foo Lumber',
    'http://foolumber-co.com/',
    '<title>:: Foo Lumber :: Contact ::</title><p>Foo Lumber Corporate Office<br>12 Elm St<br>Dover, NH 03820',
  ],
  ['Foo Bakery', '', '<title>Contact Foo Bakery</title><p>Fresh bread'],
  [
    'Foo Bar Inc',
    'http://foobar.org/',
    '<script type="application/ld+json">' +
      '{"@type":"LocalBusiness","name":"Foo Bar Inc"}</script><title>x</title>',
  ],
  [
    'Foo Clinic',
    'http://fooclinic.net/',
    '<title>Home</title>' +
      '<div itemscope itemtype="http://schema.org/MedicalClinic">' +
      '<span itemprop="name">Foo Clinic</span></div>',
  ],
  [
    'Acme Roofing',
    'http://acmeroofing.com/',
    '<title>Contact</title><div class="vcard"><span class="fn org">Acme Roofing</span></div>',
  ],
];

for (const [name, url, html] of ROWS) {
  test(`company: ${name} at ${url}`, () => {
    const view = buildPageView(html, url);
    const structured = readStructuredData(view);
    const found = findCompanies(view, structured, findAddresses(view, structured));
    assert.equal(found[0]?.value, name, JSON.stringify(found));
    assert.ok(found[0].confidence > 0.3 && found[0].confidence <= 0.98);
  });
}

test('agreement raises confidence', () => {
  const confidence = (html: string): number => {
    const view = buildPageView(html, 'http://example.com/');
    return findCompanies(view, readStructuredData(view))[0]?.confidence ?? 0;
  };
  const one = confidence('<title>Foo Tools</title>');
  const two = confidence('<title>Foo Tools</title><p>© 2019 Foo Tools');
  assert.ok(two > one);
});

test('a page of headings names nobody', () => {
  const view = buildPageView('<title>Contact Us</title><h1>Home</h1>', 'http://192.168.0.1/');
  assert.deepEqual(findCompanies(view), []);
});

test('descriptions: markup first, equal ones once, short ones not', () => {
  const view = buildPageView(
    '<meta name="description" content="We sell good  hammers.">' +
      '<meta property="og:description" content="We sell good hammers.">' +
      '<meta name="twitter:description" content="short">' +
      '<script type="application/ld+json">' +
      '{"@type":"Store","description":"A store of hammers &amp; nails"}</script>',
    'http://example.com/',
  );
  const found = findDescriptions(view, readStructuredData(view));
  assert.deepEqual(
    found.map((one) => [one.value, one.method]),
    [
      ['A store of hammers & nails', 'json-ld'],
      ['We sell good hammers.', 'meta'],
    ],
  );
});
