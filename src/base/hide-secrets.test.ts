import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HIDDEN, hideSecrets, withoutSecrets } from './hide-secrets.ts';

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

describe('data without secrets', () => {
  it('hides what is called one, at any depth, and logins in addresses', () => {
    const given = {
      currency: 'EUR',
      apiKey: 'k',
      token: '',
      deep: [{ password: 'p', pages: 3, to: 'postgres://me:pw@db.example/x' }],
      from: 'https://a.example/?q=a@b.example',
      codes: ['EUR'],
      none: null,
    };
    assert.deepEqual(withoutSecrets(given), {
      ...given,
      apiKey: HIDDEN,
      deep: [{ password: HIDDEN, pages: 3, to: `postgres://${HIDDEN}@db.example/x` }],
    });
  });
});
