/**
 * The truth against the pages: every value is looked for in the HTML of the page that is said to
 * hold it, by decoders written here from what browsers do, sharing no code with the generators.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { SPECIAL_BEHAVIOURS } from './behaviours.ts';
import { EMAIL_METHODS } from './email-writing.ts';
import type { PageKey } from './locales/locale.ts';
import { renderPage } from './render-page.ts';
import type { Site } from './site.ts';
import { behaviourAt, indexOfBehaviour, siteName } from './site-name.ts';
import { planSite } from './site-plan.ts';
import { siteExpectation, sitePlacements, sitesTruth } from './truth.ts';

const SEEDS = [1, 2_026];
const COUNT = 90;

function sitesOf(seed: number): Site[] {
  return Array.from({ length: COUNT }, (_, index) => planSite(seed, index));
}

function htmlOf(site: Site, path: string): string {
  const page = Object.entries(site.paths).find(([, own]) => own === path)?.[0] ?? 'home';
  return renderPage(site, page as PageKey, { metaCharset: 'utf-8' });
}

function unescapeEntities(text: string): string {
  return text
    .replace(/&#x([0-9a-f]+);/gi, (_, hex: string) =>
      String.fromCodePoint(Number.parseInt(hex, 16)),
    )
    .replace(/&#(\d+);/g, (_, digits: string) => String.fromCodePoint(Number(digits)))
    .replaceAll('&shy;', '')
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

/** What a browser shows, near enough: without scripts, hidden elements, comments and tags. */
function visible(html: string): string {
  return unescapeEntities(
    html
      .replace(/<!--.*?-->/gs, '')
      .replace(/<(script|style|svg)\b.*?<\/\1>/gs, ' ')
      .replace(/<span style="display:none">[^<]*<\/span>/g, '')
      .replace(/<\/?(?:span|wbr|b|strong|a|i)\b[^>]*>/g, '')
      .replace(/<[^>]+>/g, '\n'),
  ).replace(/[\u200b\u00ad]/g, '');
}

const rot13 = (text: string) =>
  text.replace(/[a-z]/g, (c) => String.fromCharCode(((c.charCodeAt(0) - 97 + 13) % 26) + 97));

/** Reads a script of document.write with its own little reader of `var` and `+`. */
function written(html: string): string {
  let shown = '';
  for (const [, code = ''] of html.matchAll(/<script>(.*?)<\/script>/gs)) {
    const names = new Map<string, string>();
    for (const [, name = '', value = ''] of code.matchAll(/var (\w)='([^']*)'/g))
      names.set(name, value);
    const call = /document\.write\((.*)\);/s.exec(code)?.[1] ?? '';
    const packed = /^atob\("([^"]+)"\)$/.exec(call)?.[1];
    if (packed) shown += Buffer.from(packed, 'base64').toString('latin1');
    for (const [, text, name] of call.matchAll(/'([^']*)'|\b(\w)\b/g)) {
      shown += text ?? names.get(name ?? '') ?? '';
    }
    shown += '\n';
  }
  return unescapeEntities(shown);
}

function cloudflare(html: string): string {
  const codes = [...html.matchAll(/(?:data-cfemail="|email-protection#)([0-9a-f]+)"/g)];
  return codes
    .map(([, hex = '']) => {
      const [key = 0, ...rest] = Buffer.from(hex, 'hex');
      return String.fromCharCode(...rest.map((byte) => byte ^ key));
    })
    .join('\n');
}

const hrefs = (html: string) =>
  [...html.matchAll(/href="([^"]*)"/g)].map(([, href = '']) => unescapeEntities(href)).join('\n');

/** What each method hides, read back. */
const DECODERS: Readonly<Record<string, (html: string, site: Site) => string>> = {
  mailto: hrefs,
  text: visible,
  'mailto-subject': (html) => decodeURIComponent(hrefs(html).replaceAll('%20', ' ')),
  'entities-decimal': visible,
  'entities-hex': hrefs,
  antispambot: (html) => decodeURIComponent(hrefs(html)),
  'cloudflare-link': cloudflare,
  'cloudflare-href': cloudflare,
  'at-brackets': (html) => visible(html).replaceAll(' [at] ', '@').replaceAll(' [dot] ', '.'),
  'at-parentheses': (html) => visible(html).replaceAll('(at)', '@').replaceAll('(dot)', '.'),
  'at-braces': (html) => visible(html).replaceAll('{at}', '@').replaceAll('{dot}', '.'),
  'at-spaces': (html) => visible(html).replaceAll(' AT ', '@').replaceAll(' DOT ', '.'),
  'at-words-local': (html, { country }) =>
    visible(html)
      .replaceAll(` [${country.locale.atWord}] `, '@')
      .replaceAll(` [${country.locale.dotWord}] `, '.'),
  'at-fullwidth': (html) => visible(html).replaceAll('\uff20', '@'),
  'split-spans': visible,
  'hidden-decoy': visible,
  'css-attr': (html) => {
    assert.match(html, /\.em-a::before\{content:attr\(data-user\) "\\0040" attr\(data-domain\)\}/);
    return html.replace(/data-user="([^"]+)" data-domain="([^"]+)"/g, '$1@$2');
  },
  'rtl-reversed': (html) =>
    [...html.matchAll(/direction:rtl">([^<]+)</g)]
      .map(([, text = '']) => [...text].reverse().join(''))
      .join('\n'),
  'rot13-href': (html) => rot13(hrefs(html)),
  'js-concat': written,
  'js-write': written,
  'js-atob': written,
  'comment-split': visible,
  'zero-width': visible,
  'word-break': visible,
  'microdata-meta': (html) =>
    [...html.matchAll(/<meta itemprop="email" content="([^"]+)"/g)]
      .map(([, text]) => text)
      .join('\n'),
  'json-ld': (html) =>
    /<script type="application\/ld\+json">(.*?)<\/script>/s.exec(html)?.[1] ?? '',
};

describe('the truth of the sites', () => {
  for (const seed of SEEDS) {
    it(`finds every e-mail where and how it says (seed ${seed})`, () => {
      for (const site of sitesOf(seed)) {
        for (const { kind, path, value, method } of sitePlacements(site)) {
          if (kind !== 'email') continue;
          const decode = DECODERS[method];
          assert.ok(decode, method);
          const shown = decode(htmlOf(site, path === '*' ? '/' : path), site);
          assert.ok(shown.includes(value), `${site.host}${path}: ${value} by ${method}`);
        }
      }
    });

    it(`finds every number, profile and address on its page (seed ${seed})`, () => {
      for (const site of sitesOf(seed)) {
        for (const { kind, path, value, method } of sitePlacements(site)) {
          const html = htmlOf(site, path === '*' ? '/' : path);
          const where = `${site.host}${path}: ${kind} ${value} by ${method}`;
          if (kind === 'company') assert.ok(visible(html).includes(value), where);
          if (kind === 'person') assert.ok(html.includes(`"${value}`), where);
          if (kind === 'phone' || kind === 'fax')
            assert.ok(numbersIn(site, html).has(value), where);
          if (kind === 'address') {
            const { street, city, postalCode } = site.address;
            const text = method === 'json-ld' ? html : visible(html);
            for (const part of [street, city, postalCode]) assert.ok(text.includes(part), where);
          }
          if (kind === 'social') {
            const tail = (value.split('/').at(-1) ?? '').replace('@', '');
            assert.ok(hrefs(html).includes(tail) || html.includes(value), where);
          }
        }
      }
    });
  }

  it('has numbers that are valid in their countries and tell their own country', () => {
    for (const site of sitesOf(7)) {
      for (const { e164, written: text } of site.blocks.flatMap((block) => block.phones)) {
        const read = parsePhoneNumberFromString(text, site.country.code as 'DE');
        assert.equal(read?.number, e164, `${site.host}: ${text}`);
        assert.ok(read?.isValid(), `${site.host}: ${text}`);
        const foreign =
          !['US', 'CA'].includes(site.country.code) && /\.(com|nu|swiss)$/.test(site.host);
        if (foreign) assert.match(text, /^(\(?\+|00)/, `${site.host}: ${text}`);
      }
    }
  });

  it('shows every way to write an e-mail and every behaviour among 300 sites', () => {
    const methods = new Set<string>();
    const behaviours = new Set<string>();
    const languages = new Set<string>();
    for (const row of sitesTruth(3, 300)) {
      behaviours.add(row.behaviour);
      languages.add(row.language);
      const read = row.expect.status === 'completed' && row.behaviour === 'ordinary';
      for (const { kind, method } of row.pages) if (read && kind === 'email') methods.add(method);
    }
    assert.deepEqual(
      [...EMAIL_METHODS].filter((each) => !methods.has(each)),
      [],
    );
    assert.deepEqual(
      SPECIAL_BEHAVIOURS.filter((each) => !behaviours.has(each)),
      [],
    );
    for (const lang of ['en', 'de', 'fr', 'es', 'it', 'nl', 'pl', 'pt', 'ja', 'sv']) {
      assert.ok(languages.has(lang), lang);
    }
  });

  it('takes away what a site’s manners hide', () => {
    const closed = planSite(1, indexOfBehaviour('robots-disallow-contact'));
    const open = siteExpectation({ ...closed, behaviour: 'ordinary' });
    const seen = siteExpectation(closed);
    assert.ok(seen.emails.length <= open.emails.length);
    const contactOnly = sitePlacements(closed).filter((each) => each.path === closed.paths.contact);
    assert.ok(contactOnly.length > 0);
    const gone = siteExpectation(planSite(1, indexOfBehaviour('gone-404')));
    assert.deepEqual([gone.status, gone.httpStatus, gone.emails], ['failed', 404, []]);
    const form = siteExpectation(planSite(1, indexOfBehaviour('form-only')));
    assert.deepEqual([form.status, form.emails, form.phones], ['completed', [], []]);
    assert.notEqual(form.company, '');
  });

  it('puts every value on home or on four pages for contacts at most', () => {
    const allowed: readonly PageKey[] = ['home', 'contact', 'about', 'imprint', 'team'];
    for (const site of sitesOf(5)) {
      const paths = new Set(['*', ...allowed.map((page) => site.paths[page])]);
      for (const { path } of sitePlacements(site))
        assert.ok(paths.has(path), `${site.host}${path}`);
    }
  });
});

describe('site names', () => {
  it('are unique, by construction', () => {
    const hosts = new Set<string>();
    for (let index = 0; index < 30_000; index += 1) hosts.add(siteName(1, index).host);
    assert.equal(hosts.size, 30_000);
  });

  it('put each special behaviour at one place for every seed', () => {
    for (const behaviour of SPECIAL_BEHAVIOURS) {
      const index = indexOfBehaviour(behaviour);
      assert.equal(behaviourAt(index), behaviour);
      assert.equal(siteName(9, index).behaviour, behaviour);
    }
  });
});

/** Every number that can be read from the page, in E.164. */
function numbersIn(site: Site, html: string): Set<string> {
  const found = new Set<string>();
  const take = (text: string) => {
    const read = parsePhoneNumberFromString(text, site.country.code as 'DE');
    if (read) found.add(read.number);
  };
  const text = `${visible(html)}\n${html.replaceAll('"', '\n')}`;
  for (const [number] of text.matchAll(/[+(\d][\d ()./+-]{5,}\d/g)) take(number);
  return found;
}
