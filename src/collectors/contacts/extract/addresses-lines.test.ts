import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findAddresses } from './addresses.ts';
import { buildPageView } from './build-page-view.ts';

/**
 * Addresses that share their line with what is not theirs: phones, mails, sentences, bars of
 * links. An address is written `street|town|region|code`; look-alikes give none.
 */

type Row = readonly [text: string, addresses: readonly string[], url?: string];

const ROWS: readonly Row[] = [
  ['330-555-0132 455 Oak St, Akron, OH 44301', ['455 Oak St|Akron|OH|44301']],
  ['(330) 555-0132 - 455 Oak St - Akron, OH 44301', ['455 Oak St|Akron|OH|44301']],
  ['info@acme.com 455 Oak St<br>Akron, OH 44301', ['455 Oak St|Akron|OH|44301']],
  ['www.acme.com – 455 Oak St, Akron, OH 44301', ['455 Oak St|Akron|OH|44301']],
  ['Visit us today! 455 Oak St, Akron, OH 44301', ['455 Oak St|Akron|OH|44301']],
  ['© 2003-2014 Acme Tools 455 Oak St, Akron, OH 44301', ['455 Oak St|Akron|OH|44301']],
  ['Copyright 2014 Acme Tools 455 Oak St, Akron, OH 44301', ['455 Oak St|Akron|OH|44301']],
  ['Visit our office at 455 Oak Street, Akron, OH 44301', ['455 Oak Street|Akron|OH|44301']],
  ['Our shop on 455 Oak Street, Akron, OH 44301', ['455 Oak Street|Akron|OH|44301']],
  ['Suite B 455 Oak Street, Akron, OH 44301', ['Suite B 455 Oak Street|Akron|OH|44301']],
  ['455 Oak St – Akron, OH 44301', ['455 Oak St|Akron|OH|44301']],
  ['455 Oak St / Akron, OH 44301', ['455 Oak St|Akron|OH|44301']],
  ['455 Oak St — Suite 4 — Akron, OH 44301', ['455 Oak St — Suite 4|Akron|OH|44301']],
  ['Hauptstr. 12 / 28195 Bremen', ['Hauptstr. 12|Bremen||28195'], 'https://foo.de/'],
  ['455 Oak St<br>Akron, OH<br>330-555-0132', ['455 Oak St|Akron|OH|']],
  ['455 Oak St<br>Akron, OH<br>9am to 5pm', ['455 Oak St|Akron|OH|']],
  ['455 Oak St, Akron, OH 1234', []],
  ['Via Verdi, 12/D - 20121 Milano', ['Via Verdi, 12/D|Milano||20121'], 'https://foo.it/'],
  ['Via Roma 3 A - 10123 Torino', ['Via Roma 3 A|Torino||10123'], 'https://foo.it/'],
  ['Hauptstr. 12 A - 10115 Berlin', ['Hauptstr. 12 A|Berlin||10115'], 'https://foo.de/'],
  ['Am Markt 3 D - 50668 Köln', ['Am Markt 3|Köln||50668'], 'https://foo.de/'],
  ['Am Markt 3 D-50668 Köln', ['Am Markt 3|Köln||50668'], 'https://foo.at/'],
  ['Via Roma 12, I-20121 Milano', ['Via Roma 12|Milano||20121'], 'https://foo.ch/'],
  [
    'Galleria Tower, 13455 Noel Road, Suite 1000, Dallas, TX 75240',
    ['13455 Noel Road, Suite 1000|Dallas|TX|75240'],
  ],
  [
    '1000, rue Jean-Talon Ouest, bureau 2400, Montréal (Québec) H3B 4W5',
    ['1000, rue Jean-Talon Ouest, bureau 2400|Montréal|Québec|H3B 4W5'],
    'https://foo.ca/',
  ],
  ['455 Oak St, Akron, OH, United States, 44301', ['455 Oak St|Akron|OH|44301']],
  ['455 Oak St, Akron, Ohio, US 44301', ['455 Oak St|Akron|Ohio|44301']],
  ['455 Oak St, Akron, Ohio plus 44301', ['455 Oak St|Akron|Ohio|']],
  [
    '1000, boul. Laurier, Québec (Québec) G1V 4W5',
    ['1000, boul. Laurier|Québec|Québec|G1V 4W5'],
    'https://foo.ca/',
  ],
  [
    '12, montée Gagnon, Terrebonne (Québec) J6Z 2T1',
    ['12, montée Gagnon|Terrebonne|Québec|J6Z 2T1'],
    'https://foo.ca/',
  ],
  ['330-555-0132 12 great reasons, Akron, OH 44301', []],
  ['Sold out! 40 homes in Akron, OH 44301', []],
  ['Call 330-555-0132, Akron, OH 44301', []],
];

for (const [html, wanted, url] of ROWS) {
  test(`on its line: ${html}`, () => {
    const found = findAddresses(buildPageView(`<p>${html}</p>`, url ?? 'https://example.com/'));
    const parts = found.map((a) => [a.street, a.city, a.state, a.postalCode].join('|'));
    assert.deepEqual(parts, wanted);
  });
}
