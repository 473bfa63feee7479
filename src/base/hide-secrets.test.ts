import assert from 'node:assert/strict';
import { it } from 'node:test';
import { hideSecrets } from './hide-secrets.ts';

it('secrets are hidden in every form in which they are said back', () => {
  const secret = 'a/b "c"&d+%';
  const basic = Buffer.from(`me:${secret}`).toString('base64');
  const texts = [
    secret,
    encodeURIComponent(secret),
    encodeURIComponent(secret).replaceAll('%20', '+'),
    JSON.stringify({ secret }),
    JSON.stringify({ secret }).replaceAll('/', '\\/'),
    'a/b &quot;c&quot;&amp;d+%',
    Buffer.from(secret).toString('base64'),
    `Basic ${basic}`,
  ];
  for (const text of texts) {
    const said = hideSecrets(`x ${text} y ${text}`, secret, `me:${secret}`);
    assert.doesNotMatch(said, /a(?:\\?\/|%2F)b|YS9i/, text);
    assert.match(said, /^x .*•••.* y .*•••/);
  }
  assert.equal(hideSecrets('nothing', '', 'secret'), 'nothing');
});
