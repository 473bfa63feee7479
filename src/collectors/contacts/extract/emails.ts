/**
 * E-mail addresses of a page, however they are written or hidden: what a reader of the page can
 * see or click, decoded as the page itself would do it. Each address is reported once, by its
 * best sighting.
 */
import { codeAt } from './code-at.ts';
import { type EmailAddress, emailAddress, isRegistrable } from './email-address.ts';
import {
  decodeBase64,
  decodeCloudflare,
  decodePercent,
  decodeTypo3,
  reversed,
  rot13,
} from './email-decoders.ts';
import { type RawEmail, scanEmails } from './email-text.ts';
import type { FoundEmail, FoundText } from './found.ts';
import { decodeText } from './html-entities.ts';
import { pageUrl } from './page-url.ts';
import type { Mark, PageLink, PageView } from './page-view.ts';
import { readScriptStrings } from './script-strings.ts';

const EMAILS_MAX = 300;

const CONFIDENCE: Readonly<Record<string, number>> = {
  mailto: 0.95,
  cloudflare: 0.95,
  text: 0.9,
  'at-dot': 0.85,
  attribute: 0.75,
  script: 0.75,
  rot13: 0.8,
  meta: 0.7,
};

/** Addresses in the order in which they were found. */
export function findEmails(view: PageView): FoundEmail[] {
  const search = new EmailSearch(view.url);
  search.page(view);
  return search.list();
}

const META_KEYS = [
  'reply-to',
  'email',
  'contact',
  'author',
  'owner',
  'og:email',
  'business:contact_data:email',
];
const BARE_CHARS_MAX = 300;
/**
 * Editors put the page's own address before what they take for a path, and writers misspell the
 * scheme: `malito:`, `mail-to:`, `mailto=`.
 */
const BARE =
  /^(?:https?:?)?[./]{0,5}(?:(?:[^@?#]*\/)?(?:e-?)?m[ailto-]{2,6}(?:[:;=]|%3a|%20| )\/{0,2} ?|(?:[\w.-]+\/)?)((?!www\.)[\w.+-]+@[\w-][\w.-]*\.[a-z]{2,})\/?(?:\?[^@]*)?$/i;
const CF_PATH = '/cdn-cgi/l/email-protection#';

/** Gathers the addresses of one page. */
export class EmailSearch {
  readonly #host: string;
  readonly #found = new Map<string, FoundEmail>();
  /** Addresses recognised so far, known ones too. */
  #sightings = 0;

  constructor(url: string) {
    this.#host = pageUrl(url)?.hostname ?? '';
  }

  page(view: PageView): void {
    for (const link of view.links) this.link(link);
    const edges = mailEdges(view.links);
    scanEmails(view.text, (raw) => this.#take(unglued(raw, edges), '', 1), view.lang);
    for (const mark of view.marks) if (mark.attributes.size > 0) this.mark(mark);
    for (const script of view.scripts) this.script(script);
    for (const key of META_KEYS) {
      const value = view.meta.get(key);
      if (value?.includes('@')) this.text(value, 'meta', 1);
    }
  }

  /** A value of JSON-LD, microdata or hCard, with `mailto:` or without. */
  structured(found: FoundText): void {
    const plain = decodePercent(found.value.replace(/^\s*mailto:/i, ''));
    this.text(plain, found.method, found.confidence / 0.9);
  }

  list(): FoundEmail[] {
    return [...this.#found.values()];
  }

  link(link: PageLink): void {
    const href = link.href;
    if (link.hidden === 'self') return;
    const first = codeAt(href, 0) | 32;
    // `mailto:`, `javascript:`, `znvygb:`: the only schemes that may carry an address.
    if (first === 109 || first === 106 || first === 122) this.#scheme(link);
    else if (first !== 35 && href.includes('@')) this.#bare(link);
    const mayProtect = (first === 47 || first === 104) && href.includes('#');
    const protectedAt = mayProtect ? href.lastIndexOf(CF_PATH) : -1;
    if (protectedAt >= 0) {
      const hex = href.slice(protectedAt + CF_PATH.length).split(/[?&]/, 1)[0]!;
      this.text(decodeCloudflare(hex), 'cloudflare', 1);
    }
    if (link.end <= link.start && link.text.includes('@')) this.text(link.text, 'attribute', 0.9);
  }

  #scheme(link: PageLink): void {
    const colon = link.href.indexOf(':');
    const scheme = link.href.slice(0, colon).toLowerCase();
    const certainty = link.hidden === 'ancestor' ? 0.5 : 1;
    const rest = link.href.slice(colon + 1);
    if (scheme === 'mailto') this.#mailto(rest, certainty);
    else if (scheme === 'znvygb') this.text(rot13(decodePercent(rest)), 'rot13', certainty);
    else if (scheme === 'javascript') this.script(decodePercent(rest));
    else if (link.href.includes('@')) this.#bare(link);
  }

  /** An address whose link lacks its scheme or has another's: `http://info@acme.de`. */
  #bare(link: PageLink): void {
    const address = link.href.length > BARE_CHARS_MAX ? null : BARE.exec(link.href);
    if (address === null) return;
    this.text(address[1]!, 'mailto', link.hidden === 'ancestor' ? 0.45 : 0.9);
  }

  #mailto(rest: string, certainty: number): void {
    const query = rest.indexOf('?');
    const path = query < 0 ? rest : rest.slice(0, query);
    this.#addresses(decodePercent(path).replace(/^\/+/, ''), certainty);
    if (query < 0) return;
    for (const field of rest.slice(query + 1).split('&', 16)) {
      const [key = '', value = ''] = field.split('=', 2);
      if (/^(?:to|cc)$/i.test(key)) this.#addresses(decodePercent(value), certainty * 0.9);
    }
  }

  /** A list of addresses; one of them that makes no sense may be ROT13 or reversed. */
  #addresses(list: string, certainty: number): void {
    const before = this.#sightings;
    const sign = list.indexOf('@');
    this.text(list, sign >= 0 ? 'mailto' : 'at-dot', certainty);
    if (this.#sightings !== before || sign < 0 || list.length > 200) return;
    // A placeholder at a real domain is no riddle.
    if (isRegistrable(list.slice(sign + 1).toLowerCase())) return;
    this.text(rot13(list), 'rot13', certainty);
    if (this.#sightings === before) this.text(reversed(list), 'attribute', certainty);
  }

  mark(mark: Mark): void {
    const cfemail = mark.attributes.get('data-cfemail');
    if (cfemail !== undefined) this.text(decodeCloudflare(cfemail), 'cloudflare', 1);
    const values: string[] = [];
    for (const [name, value] of mark.attributes) {
      if (value.length < 2 || value.length > 400) continue;
      if (name.startsWith('data-')) {
        values.push(value);
        if (name !== 'data-cfemail') this.#attribute(name, value);
      } else if (
        (name === 'content' || name === 'value' || name === 'title' || name === 'alt') &&
        value.includes('@')
      ) {
        this.text(value, 'attribute', 1);
      }
    }
    if (values.length >= 2) this.#pair(mark);
  }

  #attribute(name: string, value: string): void {
    const before = this.#sightings;
    const shown = decodePercent(value);
    if (shown.includes('@') || /[[({]\s?at\s?[\])}]/i.test(shown)) this.text(shown, 'attribute', 1);
    if (
      this.#sightings !== before ||
      !/mail|enc|token|crypt|hidden|protect|addr|contact/.test(name)
    ) {
      return;
    }
    const signed = value
      .replace(/[[({]\s?at\s?[\])}]/gi, '@')
      .replace(/[[({]\s?dot\s?[\])}]/gi, '.');
    for (const plain of [
      decodeBase64(value),
      rot13(signed),
      reversed(signed),
      decodeTypo3(value),
    ]) {
      if (!plain.includes('@')) continue;
      this.text(plain, 'attribute', 1);
      if (this.#sightings !== before) return;
    }
  }

  /** `data-user` and `data-domain`: the parts of an address in two attributes. */
  #pair(mark: Mark): void {
    let local = '';
    let domain = '';
    let suffix = '';
    for (const [name, value] of mark.attributes) {
      if (!name.startsWith('data-') || /[\s@/]/.test(value)) continue;
      if (/tld|suffix|ext/.test(name)) suffix ||= value;
      else if (/domain|host|site|server|after|part-?2|-d$|-b$/.test(name)) domain ||= value;
      else if (/user|name|local|account|before|part-?1|box|-u$|-a$|-n$/.test(name)) local ||= value;
    }
    if (local === '' || domain === '') return;
    const host =
      domain.includes('.') || suffix === '' ? domain : `${domain}.${suffix.replace(/^\./, '')}`;
    for (const [l, d] of [
      [local, host],
      [reversed(local), reversed(host)],
    ] as const) {
      const address = emailAddress(l, d, this.#host);
      if (address === undefined) continue;
      this.#add(address, 'attribute', 1);
      return;
    }
  }

  script(source: string): void {
    for (const { text, built } of readScriptStrings(source)) {
      const plain = decodePercent(decodeText(text));
      const opens = built || plain.includes('mailto:');
      scanEmails(plain, (raw) => {
        const address = emailAddress(raw.local, raw.domain, this.#host);
        // A literal in a script is often a vendor's: it counts where the page shows or owns it.
        if (address !== undefined && (opens || address.ownDomain)) this.#add(address, 'script', 1);
      });
    }
    if (source.includes('znvygb:')) this.text(rot13(source.slice(0, 4_096)), 'rot13', 0.9);
  }

  /** Addresses in `text`; `method` overrides the way in which they are written. */
  text(text: string, method: string, certainty: number): void {
    scanEmails(text, (raw) => this.#take(raw, method, certainty));
  }

  #take(raw: RawEmail, method: string, certainty: number): void {
    if (this.#found.size >= EMAILS_MAX) return;
    const address = emailAddress(raw.local, raw.domain, this.#host);
    if (address === undefined) this.#reversedText(raw.local, raw.domain, certainty);
    else this.#add(address, method || raw.method, raw.loose ? certainty * 0.85 : certainty);
  }

  /** Text that is stored backwards and turned round by a style sheet: `ed.elpmaxe@ofni`. */
  #reversedText(local: string, domain: string, certainty: number): void {
    const address = emailAddress(reversed(domain), reversed(local), this.#host);
    if (address !== undefined) this.#add(address, 'attribute', certainty);
  }

  #add(address: EmailAddress, method: string, certainty: number): void {
    this.#sightings++;
    const key = address.value.toLowerCase();
    const site = address.ownDomain ? 1 : address.freeMail ? 0.95 : 0.85;
    const base = (CONFIDENCE[method] ?? 0.9) * certainty * site;
    const confidence = Math.round(base * 100) / 100;
    const known = this.#found.get(key);
    if (known !== undefined && known.confidence >= confidence) return;
    if (known === undefined && this.#found.size >= EMAILS_MAX) return;
    this.#found.set(key, { value: known?.value ?? address.value, method, confidence });
  }
}

/** Offsets at which anchors of e-mail addresses start and end in the text. */
function mailEdges(links: readonly PageLink[]): ReadonlySet<number> {
  const edges = new Set<number>();
  for (const { href, start, end } of links) {
    if (end <= start || (codeAt(href, 0) | 32) !== 109 || !/^mailto:/i.test(href)) continue;
    edges.add(start).add(end);
  }
  return edges;
}

/** An address without the words that touch its anchor: `at<a href="mailto:…">info@acme.de</a>`. */
function unglued(raw: RawEmail, edges: ReadonlySet<number>): RawEmail {
  if (edges.size === 0 || raw.method !== 'text' || raw.loose) return raw;
  let { local, domain } = raw;
  for (let i = local.length - 1; i > 0; i--) {
    if (edges.has(raw.start + i)) {
      local = local.slice(i);
      break;
    }
  }
  const from = raw.start + raw.local.length + 1;
  for (let i = 4; i < domain.length; i++) {
    if (edges.has(from + i)) {
      domain = domain.slice(0, i);
      break;
    }
  }
  return { ...raw, local, domain };
}
