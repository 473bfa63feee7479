import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findAddresses } from './addresses.ts';
import { findCompanies } from './companies.ts';
import { findDescriptions } from './descriptions.ts';
import { findHours } from './hours.ts';
import type { Mark, PageView } from './page-view.ts';
import { readStructuredData } from './structured-data.ts';

/**
 * Texts made to be slow: a megabyte of what each scan looks for, of what almost matches, and
 * of what
 * makes a careless pattern back-track. The bound is wide because the machine may be busy; a scan
 * that is quadratic in its input misses it by far.
 */

const CHARS = 1_000_000;
const BOUND_MS = 400;

function fill(piece: string): string {
  return piece.repeat(Math.ceil(CHARS / piece.length)).slice(0, CHARS);
}

function viewOf(part: Partial<PageView>): PageView {
  return {
    url: 'https://www.footools.co.uk/',
    base: '',
    lang: 'de',
    title: '',
    text: '',
    links: [],
    jsonLd: [],
    meta: new Map(),
    marks: [],
    scripts: [],
    ...part,
  };
}

const TEXTS: Readonly<Record<string, string>> = {
  'one letter': fill('a'),
  'one capital': fill('A'),
  'one digit': fill('1'),
  spaces: fill(' '),
  'line ends': fill('\n'),
  'capitalised words': fill('Aa '),
  'ZIP codes': fill('TX 77055 '),
  'ZIP codes by lines': fill('Dallas, TX 77055\n'),
  'whole addresses': fill('12 Main Street, Dallas, TX 77055\n'),
  'streets without towns': fill('12 Main Street Suite 5 '),
  'phones before streets': fill('330-555-0132 12 Main Street! Dallas, TX 77055 '),
  'signs before codes': fill('!!!!!!!! TX 77055 '),
  'house letters': fill('12/D - 20121 Milano '),
  'regions and numbers': fill(', TX 123 '),
  'copyright and streets': fill('© 2014 Foo 1 a b c d '),
  'closed by lines': fill('Mon\nclosed\n'),
  'five digits': fill('10115 Berlin '),
  'four digits': fill('1010 Wien, '),
  'digit pairs': fill('113 29 '),
  'British codes': fill('E18 1BD '),
  'British addresses': fill('10 High Street\nLeeds\nLS1 4AB\n'),
  'Canadian codes': fill('V7P 1B3 '),
  'Irish counties': fill('Co. Offaly '),
  'Indian towns': fill('Mumbai 400 072 '),
  commas: fill('a, '),
  'numbers and commas': fill('1, '),
  'labels without end': fill('Address office address: '),
  'copyright signs': fill('© '),
  'copyright years': fill('Copyright 2014 '),
  'copyright lines': fill('© 2003-2010 Foo Bar, Inc. All rights reserved.\n'),
  'broken signs': fill('\ufffd2014 '),
  'legal forms': fill('Foo Bar Inc '),
  'legal forms of small words': fill('A of the Inc '),
  'dotted capitals': fill('A.B.C.'),
  'site label, almost': fill('footool '),
  'site label, spaced': fill('f o o '),
  'site label, extended': fill('Foo Tools A '),
  'postal marks': fill('〒'),
  'postal marks and codes': fill('〒100-0001 '),
  'Japanese codes and prefectures': fill('100-0001 東京都'),
  'Japanese addresses': fill('〒100-0001 東京都千代田区千代田1-1\n'),
  'Japanese text without towns': fill('〒100-0001 県県県'),
  'Russian streets': fill('ул. Лесная, д. 1, '),
  crossings: fill('Route 1 & Main Street '),
  'crossings without end': fill('Corner of A & B and '),
  'rural routes': fill('RR 1, Box '),
  'label words': fill('Registered Head Office Address '),
  'Mexican towns': fill('Calle 5, 44191 Puebla, Pue. '),
  'Japanese days': fill('月–金: '),
  days: fill('Mon '),
  'day ranges': fill('Mon-Fri '),
  times: fill('9am-5pm '),
  'bare times': fill('9-5 '),
  'days and times': fill('Mon 9:00 - 17:00 '),
  'closed days': fill('Mon closed '),
  '24 hours': fill('24 hours a day '),
};

/** By the processor's time of this thread, the better of two: a busy machine is no slow code. */
function within(name: string, run: () => unknown): void {
  let tookMs = cpuMs(run);
  if (tookMs >= BOUND_MS) tookMs = Math.min(tookMs, cpuMs(run));
  assert.ok(tookMs < BOUND_MS, `${name}: ${tookMs.toFixed(0)} ms`);
}

function cpuMs(run: () => unknown): number {
  const before = process.threadCpuUsage();
  run();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}

for (const [name, text] of Object.entries(TEXTS)) {
  test(`hostile text: ${name}`, () => {
    const view = viewOf({ text });
    within('addresses', () => findAddresses(view));
    within('companies', () => findCompanies(view));
    within('hours', () => findHours(view));
    const said = viewOf({
      title: text,
      meta: new Map([
        ['description', text],
        ['author', text],
      ]),
    });
    within('title', () => findCompanies(said));
    within('description', () => findDescriptions(said));
  });
}

const BODIES: Readonly<Record<string, string>> = {
  'open brackets': fill('['),
  'open braces': fill('{"a":'),
  'commas and spaces': `[${fill(', ')}`,
  'comment starts': `{${fill('/*')}`,
  quotes: `{${fill('"\\')}`,
  'many values': fill('{"@type":"Organization","name":"Foo"},'),
  entities: fill('&quot;'),
};

for (const [name, body] of Object.entries(BODIES)) {
  test(`hostile JSON-LD: ${name}`, () => {
    const bodies = [body, body.slice(0, 260_000), body.slice(0, 200_000)];
    within('structured data', () => readStructuredData(viewOf({ jsonLd: bodies })));
  });
}

test('hostile marks: a hundred thousand, each deep and long', () => {
  const attributes = new Map<string, string>();
  const className = 'vcard adr street-address locality fn org tel';
  const marks: Mark[] = Array.from({ length: 100_000 }, (_, index) => ({
    tag: 'div',
    itemprop: 'address streetaddress name',
    itemtype: 'Organization',
    className,
    attributes,
    start: index,
    end: CHARS,
    depth: index,
  }));
  const view = viewOf({ text: fill('Main Street 5, '), marks });
  within('structured data', () => readStructuredData(view));
});

test('what is found stays bounded', () => {
  const text = Array.from({ length: 5_000 }, (_, at) => `${at + 1} Main Street, Dallas, TX 77055`);
  const found = findAddresses(viewOf({ text: text.join('\n') }));
  assert.ok(found.length > 10 && found.length <= 400);
});
