import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PageFindings } from './extract/found.ts';
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
