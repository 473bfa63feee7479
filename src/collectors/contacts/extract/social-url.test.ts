import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildPageView } from './build-page-view.ts';
import { socialFromUrl } from './social-url.ts';
import { findSocials } from './socials.ts';

const PROFILES: readonly (readonly [url: string, kind: string, value: string])[] = [
  [
    'https://de.linkedin.com/company/Acme-GmbH/?trk=x',
    'company',
    'https://www.linkedin.com/company/acme-gmbh',
  ],
  [
    'http://www.linkedin.com/showcase/acme/about/',
    'company',
    'https://www.linkedin.com/showcase/acme',
  ],
  ['linkedin.com/company/acme', '', ''],
  ['//www.linkedin.com/school/acme', 'company', 'https://www.linkedin.com/school/acme'],
  [
    'http://www.linkedin.com/in/Jane-Doe-1b2/de',
    'person',
    'https://www.linkedin.com/in/jane-doe-1b2',
  ],
  [
    'https://linkedin.com/pub/jane-doe/1/2a/b3',
    'person',
    'https://www.linkedin.com/pub/jane-doe/1/2a/b3',
  ],
  ['https://twitter.com/Acme?lang=en', 'profile', 'https://x.com/Acme'],
  ['https://twitter.com/#!/acme', 'profile', 'https://x.com/acme'],
  [
    'https://www.facebook.com/pages/Acme/123456',
    'profile',
    'https://www.facebook.com/pages/Acme/123456',
  ],
  ['https://m.facebook.com/acme/about?ref=x', 'profile', 'https://www.facebook.com/acme'],
  [
    'https://facebook.com/profile.php?id=1000123&x=1',
    'profile',
    'https://www.facebook.com/profile.php?id=1000123',
  ],
  ['https://instagram.com/Acme_inc/?hl=en', 'profile', 'https://www.instagram.com/acme_inc'],
  ['https://youtube.com/@acme', 'profile', 'https://www.youtube.com/@acme'],
  ['https://www.youtube.com/user/Acme/videos', 'profile', 'https://www.youtube.com/user/Acme'],
  ['https://www.tiktok.com/@acme?x=1', 'profile', 'https://www.tiktok.com/@acme'],
  [
    'https://bsky.app/profile/acme.bsky.social',
    'profile',
    'https://bsky.app/profile/acme.bsky.social',
  ],
  ['https://www.threads.com/@acme', 'profile', 'https://www.threads.net/@acme'],
  ['https://github.com/acme/', 'profile', 'https://github.com/acme'],
  ['https://wa.me/+49 1512 3456789', 'profile', 'https://wa.me/4915123456789'],
  [
    'https://api.whatsapp.com/send?phone=491234567890&text=x',
    'profile',
    'https://wa.me/491234567890',
  ],
  ['whatsapp://send?phone=4912345678', 'profile', 'https://wa.me/4912345678'],
  ['https://t.me/s/acme_chan', 'profile', 'https://t.me/acme_chan'],
  ['https://www.pinterest.co.uk/acme/', 'profile', 'https://www.pinterest.com/acme'],
];

const NONE = [
  'https://www.linkedin.com/shareArticle?mini=true&url=x',
  'https://www.linkedin.com/legal/privacy-policy',
  'https://twitter.com/intent/tweet?text=x',
  'https://x.com/acme/status/123',
  'https://www.facebook.com/sharer/sharer.php?u=x',
  'https://www.facebook.com/plugins/like.php?href=x',
  'https://www.facebook.com/acme/posts/123',
  'https://www.instagram.com/p/Bxyz/',
  'https://www.youtube.com/watch?v=abc',
  'https://www.youtube.com/embed/abc',
  'https://github.com/acme/repo',
  'https://api.whatsapp.com/send?text=hello',
  'https://t.me/share/url?url=x',
  'https://pinterest.com/pin/create/button/?url=x',
  'https://www.tiktok.com/@acme/video/1',
  'https://notlinkedin.com/company/acme',
  'https://acme.com/?u=https://facebook.com/acme',
  '/company/acme',
  'javascript:void(0)',
];

describe('a link to a profile', () => {
  for (const [url, kind, value] of PROFILES) {
    it(url, () => {
      const profile = socialFromUrl(url);
      assert.deepEqual([profile?.kind ?? '', profile?.value ?? ''], [kind, value]);
      if (profile !== undefined) assert.deepEqual(socialFromUrl(profile.value), profile);
    });
  }
});

describe('a link to anything else', () => {
  for (const url of NONE) it(url, () => assert.equal(socialFromUrl(url), undefined));
});

describe('the profiles of a page', () => {
  const html =
    '<a href="https://www.facebook.com/acme?x=1">f</a><a href="https://facebook.com/ACME/">again</a>' +
    '<a href="https://www.facebook.com/wix">made with</a><meta name="twitter:site" content="@acme">' +
    '<p>Find us on linkedin.com/company/acme.</p>';
  const view = buildPageView(html, 'https://acme.com/');

  it('come once each, from links, meta elements and text', () => {
    assert.deepEqual(
      findSocials(view).map((social) => [social.value, social.method]),
      [
        ['https://www.facebook.com/acme', 'link'],
        ['https://x.com/acme', 'meta'],
        ['https://www.linkedin.com/company/acme', 'text'],
      ],
    );
  });

  it('may be those of one network only', () => {
    assert.deepEqual(
      findSocials(view, 'linkedin').map((s) => s.network),
      ['linkedin'],
    );
  });
});
