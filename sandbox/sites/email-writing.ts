/**
 * The ways in which sites write e-mail addresses, from plain links to scripts that assemble them.
 * Each way is a function from an address to HTML; what a reader's browser shows (or, for links and
 * structured data, what it holds) is the address, nothing else.
 */
import type { Random } from '../../src/base/random.ts';
import { escapeHtml } from './html-text.ts';
import type { Locale } from './locales/locale.ts';

export const EMAIL_METHODS = [
  'mailto',
  'text',
  'mailto-subject',
  'entities-decimal',
  'entities-hex',
  'antispambot',
  'cloudflare-link',
  'cloudflare-href',
  'at-brackets',
  'at-parentheses',
  'at-braces',
  'at-spaces',
  'at-words-local',
  'at-fullwidth',
  'split-spans',
  'hidden-decoy',
  'css-attr',
  'rtl-reversed',
  'rot13-href',
  'js-concat',
  'js-write',
  'js-atob',
  'comment-split',
  'zero-width',
  'word-break',
  'microdata-meta',
  'json-ld',
] as const;
/** How an address is written. `json-ld` writes nothing: the page's JSON-LD carries it. */
export type EmailMethod = (typeof EMAIL_METHODS)[number];

export interface EmailMarkup {
  readonly html: string;
  /** A rule that the page's style element needs, or ''. */
  readonly css: string;
}

/** The HTML of an address in the given way. The address must be ASCII. */
export function writeEmail(
  method: EmailMethod,
  address: string,
  locale: Locale,
  random: Random,
): EmailMarkup {
  const css =
    method === 'css-attr'
      ? '.em-a::before{content:attr(data-user) "\\0040" attr(data-domain)}'
      : method === 'rtl-reversed'
        ? '.em-r{unicode-bidi:bidi-override;direction:rtl}'
        : '';
  return { html: WRITERS[method](address, locale, random), css };
}

type Writer = (address: string, locale: Locale, random: Random) => string;

const WRITERS: Readonly<Record<EmailMethod, Writer>> = {
  mailto: (address) => `<a href="mailto:${address}">${address}</a>`,
  text: (address) => `<span class="mail">${address}</span>`,
  'mailto-subject': (address, locale) =>
    `<a href="mailto:${address.replace('@', '%40')}?subject=${encodeURIComponent(
      locale.nav.contact,
    )}&amp;body=%20">${escapeHtml(locale.email)}</a>`,
  'entities-decimal': (address) =>
    `<span>${[...address].map((c) => `&#${c.charCodeAt(0)};`).join('')}</span>`,
  'entities-hex': (address) => {
    const hex = (text: string) =>
      [...text].map((c) => `&#x${c.charCodeAt(0).toString(16)};`).join('');
    return `<a href="${hex(`mailto:${address}`)}">${hex(address)}</a>`;
  },
  antispambot: (address, _locale, random) =>
    `<a href="mailto:${antispam(address, random, true)}">${antispam(address, random, false)}</a>`,
  'cloudflare-link': (address, _locale, random) =>
    `<a href="/cdn-cgi/l/email-protection" class="__cf_email__" data-cfemail="${cloudflare(
      address,
      random,
    )}">[email&#160;protected]</a>`,
  'cloudflare-href': (address, locale, random) =>
    `<a href="/cdn-cgi/l/email-protection#${cloudflare(address, random)}">${escapeHtml(
      locale.email,
    )}</a>`,
  'at-brackets': (address) => `<span>${words(address, ' [at] ', ' [dot] ')}</span>`,
  'at-parentheses': (address) => `<span>${words(address, '(at)', '(dot)')}</span>`,
  'at-braces': (address) => `<span>${words(address, '{at}', '{dot}')}</span>`,
  'at-spaces': (address) => `<span>${words(address, ' AT ', ' DOT ')}</span>`,
  'at-words-local': (address, locale) =>
    `<span>${words(address, ` [${locale.atWord}] `, ` [${locale.dotWord}] `)}</span>`,
  'at-fullwidth': (address) => `<span>${address.replace('@', '＠')}</span>`,
  'split-spans': (address) => {
    const [user = '', domain = ''] = address.split('@');
    return `<span class="u">${user}</span><span class="s">@</span><span class="d">${domain}</span>`;
  },
  'hidden-decoy': (address) => {
    const [user = '', domain = ''] = address.split('@');
    return `<span>${user}@<span style="display:none">remove-this.</span>${domain}</span>`;
  },
  'css-attr': (address) => {
    const [user = '', domain = ''] = address.split('@');
    return `<span class="em-a" data-user="${user}" data-domain="${domain}"></span>`;
  },
  'rtl-reversed': (address) =>
    `<span class="em-r" style="unicode-bidi:bidi-override;direction:rtl">${[...address]
      .reverse()
      .join('')}</span>`,
  'rot13-href': (address, locale) =>
    `<a class="rot13" href="${rot13(`mailto:${address}`)}">${escapeHtml(locale.email)}</a>`,
  'js-concat': (address) => {
    const [user = '', domain = ''] = address.split('@');
    const dot = domain.lastIndexOf('.');
    return `<script>var u='${user}';var d='${domain.slice(0, dot)}';var t='${domain.slice(
      dot + 1,
    )}';document.write('<a href="mailto:'+u+'@'+d+'.'+t+'">'+u+'@'+d+'.'+t+'</a>');</script>`;
  },
  'js-write': (address) => {
    const cut = Math.max(1, Math.floor(address.indexOf('@') / 2));
    const at = address.indexOf('@');
    const parts = [address.slice(0, cut), address.slice(cut, at), '&#64;', address.slice(at + 1)];
    return `<script>document.write(${parts.map((part) => `'${part}'`).join(' + ')});</script>`;
  },
  'js-atob': (address) =>
    `<script>document.write(atob("${Buffer.from(
      `<a href="mailto:${address}">${address}</a>`,
      'latin1',
    ).toString('base64')}"));</script>`,
  'comment-split': (address) => {
    const [user = '', domain = ''] = address.split('@');
    return `<span>${user}<!-- no -->@<!-- spam -->${domain}</span>`;
  },
  'zero-width': (address) => `<span>${address.replace('@', '&#8203;@&shy;')}</span>`,
  'word-break': (address) => `<span>${address.replace('@', '<wbr>@<wbr>')}</span>`,
  'microdata-meta': (address) =>
    `<span itemscope itemtype="https://schema.org/ContactPoint">
<meta itemprop="email" content="${address}"></span>`,
  'json-ld': () => '',
};

function words(address: string, at: string, dot: string): string {
  const [user = '', domain = ''] = address.split('@');
  return `${user}${at}${domain.replaceAll('.', dot)}`;
}

/** Letters as themselves, as decimal entities or, in links, as percent escapes: by chance. */
function antispam(address: string, random: Random, link: boolean): string {
  return [...address]
    .map((c) => {
      const draw = c === '@' ? 0.5 : random.next();
      if (draw < 0.4) return c;
      if (draw < 0.8 || !link) return `&#${c.charCodeAt(0)};`;
      return `%${c.charCodeAt(0).toString(16)}`;
    })
    .join('');
}

function cloudflare(address: string, random: Random): string {
  const key = 1 + Math.floor(random.next() * 254);
  const bytes = [key, ...[...address].map((c) => c.charCodeAt(0) ^ key)];
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function rot13(text: string): string {
  return text.replace(/[a-z]/gi, (letter) => {
    const base = letter <= 'Z' ? 65 : 97;
    return String.fromCharCode(((letter.charCodeAt(0) - base + 13) % 26) + base);
  });
}
