import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extractPage } from './extract-page.ts';

/**
 * Telephone numbers in the hand of the sites that carry them, and the numbers beside them that are
 * none. A number is written `p` (phone) or `f` (fax), E.164, `x` and its extension.
 */

type Row = readonly [url: string, html: string, numbers: string];

const ROWS: readonly Row[] = [
  ['http://a.com/', 'Ph. 570.555.0142<br>Fx. 570.555.0143', 'p+15705550142 f+15705550143'],
  [
    'http://a.com/',
    'P: 570-555-0142 | F: 570-555-0143 | C: 570-555-0144',
    'p+15705550142 f+15705550143 p+15705550144',
  ],
  ['http://a.com/', 'Phone/Fax: 570-555-0142', 'p+15705550142'],
  ['http://a.com/', 'Tel/Fax (570) 555-0142', 'p+15705550142'],
  ['http://a.com/', '(570) 555-0142 (ext 12)', 'p+15705550142x12'],
  ['http://a.com/', '570-555-0142, extension 1234', 'p+15705550142x1234'],
  ['http://a.com/', '570.555.0142 x.44', 'p+15705550142x44'],
  ['http://a.com/', 'Toll Free 1-800-FLOWERS', 'p+18003569377'],
  ['http://a.com/', '1-877-GO-JAYCO (465-2926)', 'p+18774652926'],
  ['http://a.com/', 'Call 1 800 555 0199 toll-free in the U.S. and Canada', 'p+18005550199'],
  ['http://a.com/', 'Voice 570/555-0142 Fax 570/555-0143', 'p+15705550142 f+15705550143'],
  ['http://a.com/', 'Office – 570 555 0142 • Cell – 570 555 0144', 'p+15705550142 p+15705550144'],
  ['http://a.com/', '5705550142', 'p+15705550142'],
  ['http://a.com/', '(570)555-0142', 'p+15705550142'],
  ['http://a.com/', '+1 (570) 555-0142', 'p+15705550142'],
  ['http://a.com/', '001-570-555-0142', 'p+15705550142'],
  ['http://a.com/', '(570) 555-0142 or (570) 555-0145', 'p+15705550142 p+15705550145'],
  [
    'http://a.com/',
    '<b>Telephone</b><br>570-555-0142<br><b>Facsimile</b><br>570-555-0143',
    'p+15705550142 f+15705550143',
  ],
  [
    'http://a.com/',
    '<table><tr><td>Fax</td><td>570-555-0143</td></tr><tr><td>Phone</td><td>570-555-0142</td></tr></table>',
    'f+15705550143 p+15705550142',
  ],
  ['http://a.com/', '570-555-0142 (voice)  570-555-0143 (fax)', 'p+15705550142 f+15705550143'],
  [
    'http://a.com/',
    '<table><tr><th>Phone</th><th>Fax</th></tr><tr><td>570-555-0142</td><td>570-555-0143</td></tr></table>',
    'p+15705550142 f+15705550143',
  ],
  [
    'http://a.com/',
    '<table><tr><td>Phone:<br>Fax:</td><td><a href="tel:5705550142">570-555-0142</a><br>(570) 555-0143</td></tr></table>',
    'p+15705550142 f+15705550143',
  ],
  [
    'http://a.de/',
    '<b>Kontakt</b><div>Telefon<br>Telefax<br>E-Mail</div><div>+49 8136 93120<br>+49 8136 931222<br>info@a.de</div>',
    'p+49813693120 f+498136931222',
  ],
  [
    'http://a.com/',
    '<div>Phone<br>570-555-0142<br>Fax<br>570-555-0143<br>570-555-0144</div>',
    'p+15705550142 f+15705550143 p+15705550144',
  ],
  [
    'http://a.de/',
    '<p>Tel.: 08136 / 93 12 - 0<br>Fax: 08136 / 93 12 - 22</p>',
    'p+49813693120 f+498136931222',
  ],
  [
    'http://a.de/',
    'Notdienst 0800 / 123 4567<br>Durchwahl: 08136 9312-15',
    'p+498001234567 p+498136931215',
  ],
  ['http://a.fr/', 'Tél. 01 42 68 53 00 - 24', 'p+33142685300'],
  [
    'http://a.com/',
    '<img src="p.png" alt="Phone"> 570-555-0142 <img src="f.png" alt="Fax icon"> 570-555-0143',
    'p+15705550142 f+15705550143',
  ],
  [
    'http://a.com/',
    '<img src="/img/phone.png"> 570-555-0142<br><img src="/img/ico-fax.png" alt=""> 570-555-0143',
    'p+15705550142 f+15705550143',
  ],
  [
    'http://a.com/',
    '<i class="fa fa-phone"></i> 570-555-0142<br><i class="fa fa-fax"></i> 570-555-0143',
    'p+15705550142 f+15705550143',
  ],
  [
    'http://a.com/',
    '<i class="icon-phone"></i> 570-555-0142<br><i class="icon-fax"></i> 570-555-0143',
    'p+15705550142 f+15705550143',
  ],
  [
    'http://a.com/',
    '<svg class="e-fas-phone"><path d="M4"/></svg> 570-555-0142<br><svg class="e-fas-fax"><path d="M4"/></svg> <b>570-555-0143</b>',
    'p+15705550142 f+15705550143',
  ],
  [
    'http://a.com/',
    '<svg><use xlink:href="/s.svg#fax"></use></svg> 570-555-0143 <i aria-label="Fax"></i> 570-555-0144',
    'f+15705550143 f+15705550144',
  ],
  [
    'http://a.com/',
    '<img src="fax.png" alt="Phone and fax"> 570-555-0142<br><img src="f.jpg" alt="Send a fax from your desk or from home"> 570-555-0145',
    'p+15705550142 p+15705550145',
  ],
  ['http://a.com/', 'Invoice 5705550142 dated 10-12-2010', ''],
  ['http://a.com/', 'Lic. #5705550142', ''],
  ['http://a.com/', 'ISBN 0-570-55501-4 and 9780570555018', ''],
  ['http://a.com/', 'UPC 570555014285, SKU 570-555-0142-9', ''],
  ['http://a.com/', '&copy; 1998-2010 2011-2012', ''],
  ['http://a.com/', 'Lat 40.5705550 Long -75.5550142', ''],
  ['http://a.com/', 'EIN 57-0555014 DUNS 570555014 NPI 1570555014', ''],
  ['http://a.com/', 'Order tracking no. 1Z9995705550142000', ''],
  ['http://a.com/', 'Mon-Fri 8:00-5:00 10.00-18.30', ''],
  ['http://a.com/', '$570,555,0142 revenue; 5,705,550,142 served', ''],
  ['http://a.com/', '192.168.100.200 port 8080', ''],
  ['http://a.co.uk/', 'Tel: 020 7946 0123 Fax: 020 7946 0124', 'p+442079460123 f+442079460124'],
  ['http://a.co.uk/', 'T 0131 496 0123 M 07700 900123', 'p+441314960123 p+447700900123'],
  ['http://a.co.uk/', 'Tel: +44 (0)20 7946 0123', 'p+442079460123'],
  ['http://a.co.uk/', 'Freephone 0800 496 0123', 'p+448004960123'],
  ['http://a.co.uk/', 'Company No. 04512378 VAT Reg. No. 798 4512 33 Charity no 1123456', ''],
  ['http://a.com.au/', 'Ph: (02) 5550 1234 Fax: (02) 5550 1235', 'p+61255501234 f+61255501235'],
  ['http://a.com.au/', 'Phone 1300 555 012 or 13 22 33', 'p+611300555012 p+61132233'],
  ['http://a.com.au/', 'ABN 51 824 753 556 ACN 004 028 077', ''],
  ['http://a.com.au/', 'Mob 0491 570 156', 'p+61491570156'],
  [
    'http://a.ca/',
    'Tél.: 514-555-0145 Téléc.: 514-555-0146 Sans frais : 1-866-555-0147',
    'p+15145550145 f+15145550146 p+18665550147',
  ],
  ['http://a.ie/', 'Tel: 01 555 0123, Fax: 01 555 0124', 'p+35315550123 f+35315550124'],
  [
    'http://a.com/',
    'London +44 20 7946 0123<br>Paris +33 1 99 00 12 34<br>Sydney +61 2 5550 1234',
    'p+442079460123 p+33199001234 p+61255501234',
  ],
  [
    'http://a.com/',
    'Telephone numbers: 570.555.0142 [main] 570.555.0143 [fax]',
    'p+15705550142 f+15705550143',
  ],
  ['http://a.com/', 'Direct Fax Line 570 555 0143', 'f+15705550143'],
  ['http://a.com/', 'Phone & Fax 570-555-0142', 'p+15705550142'],
  ['http://a.com/', 'T. 570 555 0142&nbsp;&nbsp;F. 570 555 0143', 'p+15705550142 f+15705550143'],
  ['http://a.com/', 'fax number is 570-555-0143', 'f+15705550143'],
  ['http://a.com/', 'Zip 57055-0142', ''],
  ['http://a.com/', '24 Hour Hotline: 1.888.555.0166', 'p+18885550166'],
  ['http://a.de/', '0049 (0)89 123456', 'p+4989123456'],
  ['http://a.com/', '0049 (0) 89 / 12 34 56', 'p+4989123456'],
  ['http://a.com/', 'Phone 00 44 20 7946 0958', 'p+442079460958'],
  ['http://a.com/', '0033 1 42 68 53 00', 'p+33142685300'],
  ['http://a.com/', '(+33) 1 42 68 53 00', 'p+33142685300'],
  ['http://a.com/', '011 44 (0)20 7946 0958', 'p+442079460958'],
  ['http://a.com/', '+011 44 20 7946 0958', 'p+442079460958'],
  ['http://a.com/', '011 61 2 9876 5432', 'p+61298765432'],
  ['http://a.it/', 'Tel. +39 (0)6 6982 1234', 'p+390669821234'],
  [
    'http://a.com/',
    '0044 (0) 20 7946 0958 / 0044 (0) 20 7946 0959',
    'p+442079460958 p+442079460959',
  ],
  ['http://a.com/', 'Ref 00 33 1 42 68 53 00 66', ''],
  ['http://a.com/', '570--555--0142', 'p+15705550142'],
  ['http://a.com/', '570 - 555 - 0142', 'p+15705550142'],
  ['http://a.com/', '570-555-0142 office, 570-555-0143 fax', 'p+15705550142 f+15705550143'],
  ['http://a.com/', '570-555-0143 (fax), 570-555-0142', 'f+15705550143 p+15705550142'],
  ['http://a.com/', '570-555-0142 office; 570-555-0144 cell', 'p+15705550142 p+15705550144'],
  ['http://a.com/', '570-555-0142 / ext. 12', 'p+15705550142x12'],
  ['http://a.com/', '570-555-0142 - Ex. 12', 'p+15705550142x12'],
  ['http://a.com/', '570-555-0142 - exit 12', 'p+15705550142'],
  ['http://a.pl/', 'tel. 22 621 12 34, kom. 601 234 567', 'p+48226211234 p+48601234567'],
  ['http://a.com/', 'Lic# 123456 570-555-0142', 'p+15705550142'],
  ['http://a.com/', 'Columbus, OH 43215-1234 570-555-0142', 'p+15705550142'],
  ['http://a.com/', 'Posted 06/15/2023 570-555-0142', 'p+15705550142'],
  ['http://a.com/', 'IBAN 0532 0130 00 570 555 0142', ''],
  ['http://a.com/', 'PO Box 1234, 570-555-0142', 'p+15705550142'],
  ['http://a.com/', 'Contractor License CCC1330132 | (570) 555-0142', 'p+15705550142'],
  ['http://a.com/', 'Account 12 570 555 0142', ''],
  ['http://a.com/', 'Part No. 570-555-0142', ''],
  ['http://a.com/', 'Account Number: 570-555-0142', ''],
  ['http://a.com/', 'Serial no: 570-555-0142-09', ''],
  ['http://a.com/', 'To order 570-555-0142', 'p+15705550142'],
  ['http://a.com/', 'Order no. 570-555-0142', ''],
  ['http://a.com/', 'ph:570.555.0142fax:570.555.0143', 'p+15705550142 f+15705550143'],
];

for (const [url, html, numbers] of ROWS) {
  test(`written as ${html}`, () => {
    const { phones } = extractPage(`<html><body><p>${html}</p></body></html>`, url, {
      mode: 'full',
    });
    const found = phones.map(
      ({ kind, value, extension }) =>
        `${kind[0]}${value}${extension === '' ? '' : `x${extension}`}`,
    );
    assert.deepEqual(found.sort(), numbers === '' ? [] : numbers.split(' ').sort());
  });
}
