import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ContactRecord, contactRecord } from './contact-record.ts';
import type { PageFindings } from './extract/found.ts';
import { extractBody, extractRecord } from './extract-body.ts';
import { mergeFindings } from './merge-findings.ts';

const page = (url: string, over: Partial<PageFindings> = {}): PageFindings => ({
  url,
  title: url,
  emails: [],
  phones: [],
  socials: [],
  addresses: [],
  companies: [],
  descriptions: [],
  hours: [],
  contactLinks: [],
  ...over,
});
const email = (value: string, confidence: number, method = 'text') => ({
  value,
  confidence,
  method,
});

describe('findings of several pages', () => {
  it('are united, with the best evidence and its page', () => {
    const record = mergeFindings(
      'http://a.test/',
      [
        page('http://a.test/', { emails: [email('Info@a.test', 0.5), email('x@a.test', 0.4)] }),
        page('http://a.test/contact', { emails: [email('info@a.test', 0.9, 'mailto')] }),
      ],
      [],
    );
    assert.deepEqual(
      record.emails.map(({ value, source, method }) => [value, source, method]),
      [
        ['info@a.test', 'http://a.test/contact', 'mailto'],
        ['x@a.test', 'http://a.test/', 'text'],
      ],
    );
    assert.ok((record.emails[0]?.confidence ?? 0) > 0.9, 'two pages are better than one');
    assert.deepEqual(record.pages, ['http://a.test/', 'http://a.test/contact']);
  });

  it('keep confidences below one and lists bounded', () => {
    const many = Array.from({ length: 200 }, (_, i) => email(`e${i}@a.test`, 0.99));
    const record = mergeFindings(
      'http://a.test/',
      Array.from({ length: 5 }, (_, i) => page(`http://a.test/${i}`, { emails: many })),
      ['a note'],
    );
    assert.equal(record.emails.length, 50);
    assert.ok(record.emails.every(({ confidence }) => confidence <= 1));
    assert.deepEqual(record.notes, ['a note']);
  });

  it('tell a fax from a phone of the same number', () => {
    const phone = { extension: '', country: 'DE', raw: '', method: 'text', confidence: 0.8 };
    const record = mergeFindings(
      'http://a.test/',
      [
        page('http://a.test/', {
          phones: [
            { ...phone, value: '+4930123456', kind: 'phone' },
            { ...phone, value: '+4930123456', kind: 'fax' },
          ],
        }),
      ],
      [],
    );
    assert.equal(record.phones.length, 2);
  });
});

describe('the record of a site of one page', () => {
  const html = `<html lang="en"><head><title>Smith &amp; Sons Ltd</title>
    <meta name="description" content="Roofs since 1950"></head><body>
    <p>Smith &amp; Sons Ltd, 12 High Street, Springfield, IL 62701</p>
    <a href="mailto:info@smith.example.com">mail</a> <a href="mailto:Info@smith.example.com">us</a>
    <p>Phone (217) 555-0123, fax (217) 555-0124</p>
    <a href="https://www.linkedin.com/company/smith-sons">LinkedIn</a>
    <a href="/contact">Contact</a> <p>Mon-Fri 9:00-17:00</p></body></html>`;
  const url = 'https://www.smith.example.com/';
  const body = new TextEncoder().encode(html);
  const text = extractRecord(body, 'text/html; charset=utf-8', url, { mode: 'full' });

  it('is what the findings of that page make', () => {
    const found = extractBody(body, 'text/html; charset=utf-8', url, { mode: 'full' });
    const findings = JSON.parse(found) as PageFindings;
    assert.equal(text, JSON.stringify(mergeFindings(url, [findings], [])));
    assert.equal(findings.contactLinks.length, 1);
  });

  it('has the fields of the schema, in its order, and no others', () => {
    const record = JSON.parse(text) as ContactRecord;
    assert.deepEqual(
      [record.emails, record.phones, record.socials, record.addresses].map(({ length }) => length),
      [1, 2, 1, 1],
    );
    assert.equal(text, JSON.stringify(contactRecord.parse(record)));
    const two = mergeFindings(
      url,
      [JSON.parse(extractBody(body, undefined, url, { mode: 'full' }))],
      [],
    );
    assert.equal(JSON.stringify(two), JSON.stringify(contactRecord.parse(two)));
  });
});
