import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFailure, readWebsite, siteOf } from './website-url.ts';

describe('websites as people write them', () => {
  it('become URLs', () => {
    const table: [string, string][] = [
      ['example.com', 'https://example.com/'],
      [' WWW.Example.COM ', 'https://www.example.com/'],
      ['http://example.com/a b', ''],
      ['http://example.com/über', 'http://example.com/%C3%BCber'],
      ['//example.com/x', 'https://example.com/x'],
      ['"example.com"', 'https://example.com/'],
      ['https://münchen.example/', 'https://xn--mnchen-3ya.example/'],
      ['例え.jp', 'https://xn--r8jz45g.jp/'],
      ['example.com:8080/x', 'https://example.com:8080/x'],
      ['http://user:secret@example.com/', 'http://example.com/'],
      ['192.0.2.7', 'https://192.0.2.7/'],
      ['http://[2001:db8::1]/', 'http://[2001:db8::1]/'],
      ['example.com,', 'https://example.com/'],
      ['HTTPS://EXAMPLE.COM/Path#top', 'https://example.com/Path'],
      ['http//example.com/a', 'http://example.com/a'],
      ['https//example.com', 'https://example.com/'],
      ['HTTPS;//example.com', 'https://example.com/'],
      ['http:/example.com', 'http://example.com/'],
      ['http:example.com', 'http://example.com/'],
      ['http:///example.com', 'http://example.com/'],
      ['https:// example.com', 'https://example.com/'],
      ['htp://example.com', 'http://example.com/'],
      ['ttps://example.com', 'https://example.com/'],
      ['hhtps://example.com', 'https://example.com/'],
      ['htttp://example.com', 'http://example.com/'],
      ['httpss://example.com', 'https://example.com/'],
      ['http://https://example.com', 'https://example.com/'],
      ['http://http//example.com', 'http://example.com/'],
      ['https://example.com/?to=http://x.example/', 'https://example.com/?to=http://x.example/'],
      ['http.example.com/x', 'https://http.example.com/x'],
      ['https.org', 'https://https.org/'],
      ['my_shop.example.com', 'https://my_shop.example.com/'],
    ];
    for (const [cell, url] of table) {
      const website = readWebsite(cell);
      if (url === '') assert.ok(isFailure(website), cell);
      else assert.equal(isFailure(website) ? website.message : website.url, url, cell);
    }
  });

  it('are refused with a reason where they are none', () => {
    const table: [string, string][] = [
      ['', 'contacts.website_empty'],
      ['   ', 'contacts.website_empty'],
      ['javascript:alert(1)', 'contacts.scheme'],
      ['mailto:a@b.example', 'contacts.scheme'],
      ['ftp://example.com', 'contacts.scheme'],
      ['data:text/html,x', 'contacts.scheme'],
      ['info@example.com', 'contacts.website_invalid'],
      ['not a website', 'contacts.website_invalid'],
      ['n/a', 'contacts.website_invalid'],
      ['http://', 'contacts.website_invalid'],
      ['x'.repeat(5_000), 'contacts.website_invalid'],
    ];
    for (const [cell, code] of table) {
      const website = readWebsite(cell);
      assert.equal(isFailure(website) ? website.code : 'accepted', code, cell.slice(0, 40));
    }
  });

  it('are refused with what is wrong with them', () => {
    const table: [string, RegExp][] = [
      ['example .com', /there is a space in it/],
      ['a.example, b.example', /there is a space in it/],
      ['www,example.com', /the name holds ","/],
      ['a.example;b.example', /the name holds ";"/],
      ['example', /the name has no dot/],
      ['htxp://example.com', /htxp: is not http or https/],
    ];
    for (const [cell, why] of table) {
      const website = readWebsite(cell);
      assert.match(isFailure(website) ? website.message : 'accepted', why, cell);
    }
  });

  it('are the same site however they are written', () => {
    const same = [
      'example.com',
      'http://example.com',
      'https://www.example.com/',
      'EXAMPLE.com/index.html',
      'https://example.com//',
    ];
    const keys = same.map((cell) => {
      const website = readWebsite(cell);
      return isFailure(website) ? cell : website.key;
    });
    assert.deepEqual(new Set(keys), new Set(['example.com']));
    const other = readWebsite('example.com/shop');
    assert.equal(isFailure(other) ? '' : other.key, 'example.com/shop');
  });

  it('have a registrable domain', () => {
    assert.equal(siteOf('https://www.shop.example.co.uk/x'), 'example.co.uk');
    assert.equal(siteOf('http://localhost/'), 'localhost');
  });
});
