import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { extractPage } from './extract-page.ts';

const PAGE = `<!doctype html><html lang="en"><head><title>Harbour Tools Ltd</title>
<script type="application/ld+json">{"@context":"https://schema.org","@type":"Organization","name":"Harbour Tools Ltd",
"email":"office@harbour-tools.co.uk","telephone":"020 7946 0321","sameAs":["https://www.linkedin.com/company/harbour-tools/"],
"address":{"@type":"PostalAddress","streetAddress":"12 Quay Street","addressLocality":"Bristol","postalCode":"BS1 4RB","addressCountry":"GB"}}</script>
</head><body><a href="/about-us">About us</a><a href="/contact">Contact</a>
<p>Tel: 0117 496 0123 <br>Fax: 0117 496 0124<br>sales [at] harbour-tools [dot] co [dot] uk</p>
<a href="https://www.linkedin.com/in/ann-harbour">Ann</a><a href="https://twitter.com/harbourtools">X</a></body></html>`;
const URL = 'https://www.harbour-tools.co.uk/';

describe('the findings of a page', () => {
  it('join text, links and markup', () => {
    const found = extractPage(PAGE, URL, { mode: 'full' });
    assert.equal(found.title, 'Harbour Tools Ltd');
    assert.deepEqual(found.emails.map((e) => e.value).toSorted(), [
      'office@harbour-tools.co.uk',
      'sales@harbour-tools.co.uk',
    ]);
    assert.deepEqual(
      found.phones.map((p) => [p.value, p.kind]),
      [
        ['+441174960123', 'phone'],
        ['+441174960124', 'fax'],
        ['+442079460321', 'phone'],
      ],
    );
    assert.deepEqual(found.socials.map((s) => s.value).toSorted(), [
      'https://www.linkedin.com/company/harbour-tools',
      'https://www.linkedin.com/in/ann-harbour',
      'https://x.com/harbourtools',
    ]);
    assert.equal(found.addresses[0]?.postalCode, 'BS1 4RB');
    assert.equal(found.companies[0]?.value, 'Harbour Tools Ltd');
    assert.deepEqual(
      found.contactLinks.map((link) => link.url),
      [`${URL}contact`, `${URL}about-us`],
    );
  });

  it('are profiles and links alone in the LinkedIn mode', () => {
    const found = extractPage(PAGE, URL, { mode: 'linkedin' });
    assert.deepEqual(found.socials.map((s) => s.kind).toSorted(), ['company', 'person']);
    assert.equal(found.contactLinks.length, 2);
    assert.deepEqual(
      [found.emails, found.phones, found.addresses, found.companies],
      [[], [], [], []],
    );
  });

  it('are empty for an empty page, and for bytes that are no page', () => {
    for (const html of ['', '\0\u0001\uffff%PDF-1.7 \ud800', '   ']) {
      const found = extractPage(html, 'http://x.test/', { mode: 'full' });
      assert.deepEqual([found.emails, found.phones, found.socials], [[], [], []]);
    }
  });
});

/** Pieces that, repeated, lead a careless scanner into doing work again and again. */
const HOSTILE = [
  '<',
  '&',
  '&#',
  '<a ',
  '<a href=x>y',
  '<a href="',
  "<a b='",
  '<div>',
  '</div>',
  '<!--',
  '<title>',
  '<textarea></',
  ' ',
  '<div hidden>x',
  '<bdo dir=rtl>x',
  '<p itemprop=a>x',
  '\u202ea',
  '</',
  '@',
  'a@',
  'a@b.',
  'x@x.com ',
  '[at]',
  'a [at] b ',
  ' dot ',
  'a at b dot ',
  'aATbDOT',
  '.',
  '1',
  '12 ',
  '(1',
  '+1 ',
  '12-',
  '123-456-',
  '212-555-0123 ',
  'Tel: 12345 ',
  'fax ',
  '1-800-A',
  'お問い合わせ',
  '<a href=/contact>contact</a>',
  '<a href="mailto:a@b.com">',
  '<a href="tel:2125550123">',
  '<a href="https://www.facebook.com/x">',
  'www.linkedin.com/in/',
  '<span data-user=a data-domain=b.com>',
  '<style>a{display:none}</style>',
  '<script>a+"@"+</script>',
  '<script>("@"+(',
  '<td>',
  '<b class="vcard adr tel fn">',
  '12 Main Street, ',
  'CA 90210 ',
  'Mon-Fri 9-5 ',
  '© ',
  'Ltd ',
  '10115 Berlin ',
  'SW1A 1AA ',
  '\\x40',
  'A\n',
  '1 ',
];

describe('a hostile page', () => {
  const units = 256 * 1024;
  for (const piece of HOSTILE) {
    it(`is read in linear time: ${JSON.stringify(piece)}`, () => {
      const html = piece.repeat(Math.ceil(units / piece.length));
      let bestMs = Number.POSITIVE_INFINITY;
      // The machine may be busy with other things: one quick run of three proves the point.
      for (let run = 0; run < 3 && bestMs > 100; run++) {
        const before = process.threadCpuUsage();
        extractPage(html, 'https://www.acme.com/', { mode: 'full' });
        const used = process.threadCpuUsage(before);
        bestMs = Math.min(bestMs, (used.user + used.system) / 1_000);
      }
      assert.ok(bestMs <= 100, `${bestMs} ms of CPU for ${html.length} characters`);
    });
  }
});
