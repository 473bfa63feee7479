import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildPageView } from './build-page-view.ts';
import type { FoundPhone } from './found.ts';
import { findPhones } from './phones.ts';

function phones(html: string, url = 'https://www.acme.com/'): FoundPhone[] {
  return findPhones(buildPageView(html, url));
}

/** `+12125550123`, with `x12` for an extension and `f` for a fax. */
function written(found: readonly FoundPhone[]): string {
  return found
    .map(
      (p) =>
        p.value + (p.extension === '' ? '' : `x${p.extension}`) + (p.kind === 'fax' ? 'f' : ''),
    )
    .join(' ');
}

const NATIONAL: readonly (readonly [host: string, html: string, found: string])[] = [
  ['acme.de', 'Telefon: 030 / 901 820-10<br>Fax 030 901820-11', '+493090182010 +493090182011f'],
  ['acme.de', 'Tel.: +49 (0)89 / 12 34 56 - 0', '+49891234560'],
  ['acme.at', 'Telefon 01/512 34 56, Mobil: 0664/123 45 67', '+4315123456 +436641234567'],
  ['acme.ch', 'Tel. 044 123 45 67', '+41441234567'],
  ['acme.fr', 'Tél : 01 42 68 53 00 - Fax : 01.42.68.53.01', '+33142685300 +33142685301f'],
  ['acme.fr', '06 12 34 56 78', '+33612345678'],
  ['acme.es', 'Teléfono 912 345 678 / 600 123 456', '+34912345678 +34600123456'],
  ['acme.it', 'Tel. 02 6982 1234 Cell. 333 1234567', '+390269821234 +393331234567'],
  ['acme.co.uk', 'Call 020 7946 0958 or 0800 123 4567', '+442079460958 +448001234567'],
  ['acme.com', 'London SW1A 1AA. Call 020 7946 0958', '+442079460958'],
  [
    'acme.com.au',
    'Phone 1300 123 456 or (02) 9411 8032 or 13 22 99',
    '+611300123456 +61294118032 +61132299',
  ],
  ['acme.com.au', 'Call 1300 FLOWERS', '+611300356937'],
  ['acme.in', 'Call 98765 43211, 022-2654 1234', '+919876543211 +912226541234'],
  ['acme.nl', 'Tel: 020-1234567', '+31201234567'],
  ['acme.be', 'Tel: 02 512 34 56', '+3225123456'],
  ['acme.pl', 'tel. 22 123 45 67', '+48221234567'],
  ['acme.se', 'Tel: 08-123 456 78', '+46812345678'],
  ['acme.no', 'Tlf: 22 12 34 56', '+4722123456'],
  ['acme.ru', 'Тел.: 8 (495) 123-45-67, факс +7 495 123 45 68', '+74951234567 +74951234568f'],
  ['acme.com.br', 'Tel: (11) 3123-4567', '+551131234567'],
  ['acme.jp', 'TEL：０３-1234-5678 FAX：03-1234-5679', '+81312345678 +81312345679f'],
  ['acme.cn', '电话：010-12345678', '+861012345678'],
  ['acme.com', '<html lang="de">Tel: 030 123456', '+4930123456'],
  ['acme.com', 'Kuwait<br>Tel: 965 22970072-79', '+96522970072'],
  ['acme.com', 'United Arab Emirates<br>Tel: 2 676 5988', '+97126765988'],
  ['acme.com', 'Tel: 0049 30 901820', '+4930901820'],
  ['acme.com', 'Tel: 44 (0) 20 7946 0145', '+442079460145'],
];

const NORTH_AMERICAN: readonly (readonly [html: string, found: string])[] = [
  ['(212) 555-0123', '+12125550123'],
  ['212.555.0123 and 1-212-555-0124', '+12125550123 +12125550124'],
  ['Call 1-800-FLOWERS or 1.877.356.9377 ext. 22', '+18003569377 +18773569377x22'],
  ['(734) 668-TIME, 303.333.PAUL', '+17346688463 +13033337285'],
  ['1-888-WEB-CLUB (1-888-932-2582)', '+18889322582'],
  ['212-555-0123 x201', '+12125550123x201'],
  ['Tel/Fax: (212) 555-0123', '+12125550123'],
  ['T: (212) 555-0123 | F: (212) 555-0124', '+12125550123 +12125550124f'],
  [
    '<table><tr><td>Phone<td>(212) 555-0123<tr><td>Fax<td>(212) 555-0124</table>',
    '+12125550123 +12125550124f',
  ],
  ['<dl><dt>Fax</dt><dd>212-555-0124</dd></dl>', '+12125550124f'],
  ['(212) 555-0123 (fax)<br>(212) 555-0199 (phone)', '+12125550123f +12125550199'],
  ['Phone: 212-555-0123 Fax: 212-555-0123', '+12125550123'],
  ['Suite 100, New York 10001 (212) 555-0123', '+12125550123'],
  ['602-555-0123Fax:602-555-0124', '+16025550123 +16025550124f'],
  ['<a href="tel:+1-212-555-0123;ext=12">call</a>', '+12125550123x12'],
  ['Fax: <a href="tel:2125550124">2125550124</a>', '+12125550124f'],
  ['<a href="fax:+12125550124">fax us</a>', '+12125550124f'],
  ['(212) 555-0123 or (212) 555-0124 / (212) 555-0125', '+12125550123 +12125550124 +12125550125'],
];

const NOTHING: readonly (readonly [host: string, html: string])[] = [
  ['acme.com', 'ISBN 978-3-16-148410-0, 2012-03-04, 12.03.2012 14:00, $1,234,567, 4,123,456,789'],
  ['acme.com', '37.7749, -122.4194 and 192.168.100.200 and 4111 1111 1111 1111'],
  [
    'acme.com',
    'Ann Arbor, MI 48105-1234. Order 2125550123, SKU 602-814-0890, License # 415 555 0123',
  ],
  ['acme.com', 'http://x.com/6028140890/id?a=2125550123 file_2125550123.pdf'],
  ['acme.pl', 'Updated 2024-05-17 10:00, document 4711.0815.3'],
  ['acme.com', 'Updated 2024-05-17 10:00'],
  ['acme.com', '© 2009 - 2013, pages 1 2 3 4 5 6 7 8 9 10, 10 000 000 users'],
  ['acme.com', '(555) 555-5555, 123-456-7890, 000-000-0000'],
  ['acme.com', '<script>var id = "212-555-0123"</script><p hidden>212-555-0123</p>'],
  [
    'acme.de',
    'IBAN DE89 3704 0044 0532 0130 00, USt-IdNr. DE 123456789, HRB 123456, Steuernummer 12/345/67890',
  ],
  ['acme.com.au', 'ABN 12 345 678 901 ACN 123 456 789'],
  ['acme.fr', 'SIRET 123 456 789 00012, capital de 1 000 000 €'],
  ['acme.pl', 'NIP 123-456-78-90 REGON 123456789 KRS 0000123456'],
  ['acme.com.br', 'CNPJ 12.345.678/0001-90, CEP 01310-100'],
];

describe('numbers as countries write them', () => {
  for (const [host, html, found] of NATIONAL) {
    it(`${host}: ${html}`, () => assert.equal(written(phones(html, `http://${host}/`)), found));
  }
});

describe('North American numbers', () => {
  for (const [html, found] of NORTH_AMERICAN) {
    it(html, () => assert.equal(written(phones(html)), found));
  }
});

describe('numbers that are no telephone numbers', () => {
  for (const [host, html] of NOTHING) {
    it(html.slice(0, 70), () => assert.equal(written(phones(html, `http://${host}/`)), ''));
  }
});

describe('a number found', () => {
  it('says how it was written, where it is and how surely', () => {
    const [link, text] = phones('<a href="tel:+12125550123">x</a> Call (212) 555-0124 now');
    assert.deepEqual(
      [link!.method, link!.raw, link!.country, link!.confidence],
      ['tel', '+12125550123', 'US', 0.95],
    );
    assert.deepEqual([text!.method, text!.raw], ['text', '(212) 555-0124']);
    assert.ok(text!.confidence < link!.confidence);
  });

  it('takes the country of addresses and the given default', () => {
    const view = buildPageView('<html lang=xx>Tel: 020 7946 0958', 'http://acme.com/');
    assert.equal(findPhones(view, { defaultCountry: 'GB' })[0]?.country, 'GB');
    assert.equal(findPhones(view, { countries: ['GB'] })[0]?.country, 'GB');
  });

  it('may come from markup', () => {
    const view = buildPageView('<p>no numbers</p>', 'http://acme.com/');
    const structured = [
      { value: '(212) 555-0123 ext. 5', kind: 'fax', method: 'json-ld', confidence: 0.9 },
    ] as const;
    assert.equal(written(findPhones(view, { structured })), '+12125550123x5f');
  });
});
