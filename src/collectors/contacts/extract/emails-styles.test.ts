import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extractPage } from './extract-page.ts';

/** E-mail addresses in the hand of the sites that carry or hide them, and what only looks like one. */

type Row = readonly [html: string, emails: string];

const ROWS: readonly Row[] = [
  ['info@foo-bar.com', 'info@foo-bar.com'],
  ['info AT foo-bar DOT com', 'info@foo-bar.com'],
  ['info (at) foo-bar (dot) com', 'info@foo-bar.com'],
  ['info[at]foo-bar[dot]co[dot]uk', 'info@foo-bar.co.uk'],
  ['info at foo-bar dot com', 'info@foo-bar.com'],
  ['info@foo-bar.com.', 'info@foo-bar.com'],
  ['Email:info@foo-bar.comPhone', 'info@foo-bar.com'],
  ['INFO@FOO-BAR.COM', 'INFO@foo-bar.com'],
  ['<a href="mailto:info@foo-bar.com?subject=Hi">mail</a>', 'info@foo-bar.com'],
  ['<a href="mailto: info@foo-bar.com">mail</a>', 'info@foo-bar.com'],
  ['<a href="MAILTO:info@foo-bar.com">mail</a>', 'info@foo-bar.com'],
  ['<a href="mailto:Sales%20&lt;info@foo-bar.com&gt;">mail</a>', 'info@foo-bar.com'],
  ['<a href="mailto:a@foo-bar.com,b@foo-bar.com">mail</a>', 'a@foo-bar.com b@foo-bar.com'],
  [
    '<a href="mailto:a@foo-bar.com;b@foo-bar.com?cc=c@foo-bar.com">mail</a>',
    'a@foo-bar.com b@foo-bar.com c@foo-bar.com',
  ],
  ['<a href="mailto:info&#64;foo-bar&#46;com">mail</a>', 'info@foo-bar.com'],
  ['info@foo-bar.com or sales@foo-bar.com', 'info@foo-bar.com sales@foo-bar.com'],
  ['info@<b>foo-bar.com</b>', 'info@foo-bar.com'],
  ['info<span>@</span>foo-bar.com', 'info@foo-bar.com'],
  ['info @ foo-bar.com', 'info@foo-bar.com'],
  ['info&nbsp;@&nbsp;foo-bar.com', 'info@foo-bar.com'],
  ['(info@foo-bar.com)', 'info@foo-bar.com'],
  ['"John Doe" &lt;john.doe+x@foo-bar.com&gt;', 'john.doe+x@foo-bar.com'],
  ["o'neil@foo-bar.com", "o'neil@foo-bar.com"],
  ['logo@2x.png img@foo.jpg', ''],
  ['you@example.com name@domain.com', ''],
  ['Follow @foobar on twitter', ''],
  ['user@host', ''],
  [
    '<script>document.write("<a href=\'mailto:" + "info" + "@" + "foo-bar.com" + "\'>x</a>")</script>',
    'info@foo-bar.com',
  ],
  [
    '<script>var user="info"; var host="foo-bar.com"; document.write(user + "@" + host);</script>',
    'info@foo-bar.com',
  ],
  [
    '<script>eval(unescape("%64%6f%63%75%6d%65%6e%74%2e%77%72%69%74%65%28%27%3c%61%20%68%72%65%66%3d%22%6d%61%69%6c%74%6f%3a%69%6e%66%6f%40%66%6f%6f%2d%62%61%72%2e%63%6f%6d%22%3e%78%3c%2f%61%3e%27%29"))</script>',
    'info@foo-bar.com',
  ],
  [
    '<script>document.write(String.fromCharCode(105,110,102,111,64,102,111,111,45,98,97,114,46,99,111,109))</script>',
    'info@foo-bar.com',
  ],
  ['<img alt="info@foo-bar.com" src=x.gif>', 'info@foo-bar.com'],
  ['info@foo-bar.com614-555-0142', 'info@foo-bar.com'],
  ['jane@foo-bar.com-Jane', 'jane@foo-bar.com'],
  ['614-555-0142jane@foo-bar.com', 'jane@foo-bar.com'],
  ['(614)555-0142jane@foo-bar.com', 'jane@foo-bar.com'],
  ['614-555-0142@foo-bar.com', '614-555-0142@foo-bar.com'],
  ['jane@foo.com-bar.com', 'jane@foo.com-bar.com'],
  ['info_at_foo-bar.com', ''],
  ['info{at}foo-bar{dot}com', 'info@foo-bar.com'],
  ['info&lt;at&gt;foo-bar&lt;dot&gt;com', 'info@foo-bar.com'],
  ['info@foo-bar.museum', 'info@foo-bar.museum'],
  ['jane@foo-bar.com/john@foo-bar.com', 'jane@foo-bar.com john@foo-bar.com'],
  ['e-mail: info@\nfoo-bar.com', 'info@foo-bar.com'],
  ['meet at foo.com dot example', ''],
  ['<a href="info@foo-bar.com">mail</a>', 'info@foo-bar.com'],
  ['<a href="http://info@foo-bar.com/">mail</a>', 'info@foo-bar.com'],
  ['<a href="info@foo-bar.com?subject=Hi">mail</a>', 'info@foo-bar.com'],
  ['<a href="http://mailto:info@foo-bar.com">mail</a>', 'info@foo-bar.com'],
  ['<a href="https://www.foo-bar.com/info@foo-bar.com">mail</a>', 'info@foo-bar.com'],
  ['<a href="email:info@foo-bar.com">mail</a>', 'info@foo-bar.com'],
  ['<a href="mailto info@foo-bar.com">mail</a>', 'info@foo-bar.com'],
  ['<a href="/mailto:info@foo-bar.com">mail</a>', 'info@foo-bar.com'],
  ['<a href="../contact/mailto:info@foo-bar.com">mail</a>', 'info@foo-bar.com'],
  ['<a href="mailto://info@foo-bar.com">mail</a>', 'info@foo-bar.com'],
  ['<a href="mail:info@foo-bar.com">mail</a>', 'info@foo-bar.com'],
  ['<a href="malito:info@foo-bar.com">mail</a>', 'info@foo-bar.com'],
  ['<a href="/info@foo-bar.com">mail</a>', 'info@foo-bar.com'],
  ['<a href="//info@foo-bar.com">mail</a>', 'info@foo-bar.com'],
  ['<a href="/@info@foo-bar.com">profile</a>', ''],
  ['<a href="/logo@2x.png">logo</a>', ''],
  ['<a href="//foo:secret@foo-bar.com">log in</a>', ''],
  ['<a href="https://cdn.foo-bar.com/npm/react@18.2.0">code</a>', ''],
  ['<a href="https://www.google.com/maps/@48.1,11.5,15z">map</a>', ''],
  ['<a href="https://medium.com/@foo.com">blog</a>', ''],
  ['look at our store at foo-bar.com', ''],
];

for (const [html, emails] of ROWS) {
  test(`written as ${JSON.stringify(html)}`, () => {
    const page = `<html><body><p>${html}</p></body></html>`;
    const found = extractPage(page, 'http://www.foo-bar.com/', { mode: 'full' });
    const values = found.emails.map(({ value }) => value);
    assert.deepEqual(values.sort(), emails === '' ? [] : emails.split(' ').sort());
  });
}
