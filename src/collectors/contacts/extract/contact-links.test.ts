import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildPageView } from './build-page-view.ts';
import { findContactLinks, guessContactUrls } from './contact-links.ts';

function links(html: string, url = 'https://www.acme.de/'): string[] {
  return findContactLinks(buildPageView(html, url)).map((link) => link.url);
}

/** Link texts of many languages, all on paths that say nothing. */
const TEXTS =
  'Contact|Kontakt|Contactez-nous|Contacto|Contatti|Fale conosco|Over ons|Kontakta oss|Kontakt os|Om oss|Yhteystiedot|' +
  'Kapcsolat|O nás|O firmie|Despre noi|İletişim|Hakkımızda|Контакты|О компании|Контакти|Επικοινωνία|お問い合わせはこちら|会社概要|' +
  '联系我们|關於我們|문의하기|회사소개|ติดต่อเรา|Liên hệ|Giới thiệu|Hubungi kami|צור קשר|اتصل بنا|Impressum|Mentions légales|' +
  'Aviso legal|Note legali|Qui sommes-nous ?|Quiénes somos|Chi siamo|Über uns|Get in touch|Who we are|संपर्क';

describe('links to contact pages', () => {
  for (const text of TEXTS.split('|')) {
    it(`are known by their text: ${text}`, () => {
      assert.deepEqual(links(`<a href="/p/17">${text}</a>`), ['https://www.acme.de/p/17']);
    });
  }

  for (const path of [
    '/contact-us.php',
    '/Kontakt/',
    '/impressum.html',
    '/%D0%BA%D0%BE%D0%BD%D1%82%D0%B0%D0%BA%D1%82%D1%8B',
    '/sobre-nosotros',
    '/de/ueber-uns',
  ]) {
    it(`are known by their path: ${path}`, () => {
      assert.deepEqual(links(`<a href="${path}">&gt;&gt;</a>`), [`https://www.acme.de${path}`]);
    });
  }

  it('come best first, once each, without fragments', () => {
    const html =
      '<a href="/team">Team</a><a href="/about">About us</a><a href="/legal/x">Impressum</a>' +
      '<a href="/contact#form">Contact</a><a href="https://acme.de/contact/">Contact</a>' +
      '<a href="/blog/2020/contact-lenses">Contact lenses</a>';
    assert.deepEqual(links(html), [
      'https://www.acme.de/contact',
      'https://www.acme.de/legal/x',
      'https://www.acme.de/about',
      'https://www.acme.de/blog/2020/contact-lenses',
      'https://www.acme.de/team',
    ]);
  });

  const none = [
    '<a href="https://other.de/contact">Contact</a>',
    '<a href="https://acme.de.evil.com/contact">Contact</a>',
    '<a href="mailto:contact@acme.de">Contact</a>',
    '<a href="contact@acme.de">Contact</a>',
    '<a href="http://contact@acme.de">Contact</a>',
    '<a href="/contact.pdf">Contact</a>',
    '<a href="/feed/contact">Contact</a>',
    '<a href="#contact">Contact</a>',
    '<a href="/">Contact</a>',
    '<a href="javascript:contact()">Contact</a>',
    '<a href="/products">Products</a>',
    '<a href="/x">Read our long story about what happens when people get in contact with it all</a>',
  ];
  for (const html of none) it(`are not: ${html}`, () => assert.deepEqual(links(html), []));

  it('may lie on other hosts of the site, after its own', () => {
    assert.deepEqual(
      links('<a href="https://help.acme.de/contact">Contact</a><a href="/contact">Contact</a>'),
      ['https://www.acme.de/contact', 'https://help.acme.de/contact'],
    );
  });

  it('are resolved against the base element', () => {
    assert.deepEqual(links('<base href="/en/"><a href="contact">x</a>'), [
      'https://www.acme.de/en/contact',
    ]);
  });
});

describe('guesses where a page links to none', () => {
  it('follow the language, then the domain', () => {
    assert.equal(guessContactUrls('https://acme.com/a/b')[0], 'https://acme.com/contact');
    assert.equal(guessContactUrls('https://acme.com/', 'de-AT')[0], 'https://acme.com/impressum');
    assert.equal(guessContactUrls('https://acme.at/')[0], 'https://acme.at/impressum');
    assert.deepEqual(guessContactUrls('no url'), []);
  });
});
