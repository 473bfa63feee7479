/**
 * From what people write in a column called website to the URL to visit. A cell may hold a bare
 * domain, a URL with or without a scheme, an IDN, spaces and quotes around it; what cannot be a
 * website is refused with the reason.
 */
import { getDomain } from 'tldts';
import type { Failure } from '../../model/failure.ts';

export interface Website {
  /** Absolute http(s) URL. */
  readonly url: string;
  /** Host with port, as in the URL. */
  readonly host: string;
  /** True where the cell named no scheme: https is tried first, then http. */
  readonly schemeGuessed: boolean;
  /** Equal for the same site written in different ways. */
  readonly key: string;
}

const CELL_CHARS_MAX = 2_048;

/** The website in a cell, or why there is none. */
export function readWebsite(cell: string): Website | Failure {
  const written = cell.trim();
  const text = withScheme(written.replace(/^["'<(\s]+|["'>)\s,;]+$/g, ''));
  if (text === '') return refusal('contacts.website_empty', 'The row names no website.');
  if (text.length > CELL_CHARS_MAX) {
    return refusal(
      'contacts.website_invalid',
      `The website is longer than ${CELL_CHARS_MAX} characters.`,
    );
  }
  const scheme = /^([a-z][a-z0-9+.-]*):(?!\d)/i.exec(text)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') {
    return refusal(
      'contacts.scheme',
      `"${clip(written)}" is no website: ${scheme}: is not http or https.`,
    );
  }
  const schemeGuessed = scheme === undefined;
  const url = URL.parse(schemeGuessed ? `https://${text.replace(/^\/+/, '')}` : text);
  if (/\s/.test(text)) return notAddress(written, 'there is a space in it');
  if (!url || url.hostname === '') {
    return refusal('contacts.website_invalid', `"${clip(written)}" is no web address.`);
  }
  if (url.username !== '' && !text.includes('://')) {
    return refusal(
      'contacts.website_invalid',
      `"${clip(written)}" is an e-mail address, no website.`,
    );
  }
  if (!isAddress(url.hostname) && !url.hostname.includes('.') && url.hostname !== 'localhost') {
    return notAddress(written, 'the name has no dot');
  }
  const odd = url.hostname.startsWith('[') ? undefined : /[^a-z0-9._-]/.exec(url.hostname)?.[0];
  if (odd !== undefined) return notAddress(written, `the name holds "${odd}"`);
  url.username = '';
  url.password = '';
  url.hash = '';
  return { url: url.href, host: url.host, schemeGuessed, key: siteKey(url) };
}

/** Written once more before another, as forms do that put `http://` before whatever is entered. */
const SCHEME_TWICE = /^(?:https?[:;]?\/+\s*)+(?=https?[:;]?\/)/i;
/** With a slip in it that leaves no doubt: `http//`, `https;//`, `htp://`, `ttps://`, `hhtp:/`. */
const SCHEME = /^(?:http(s?)[:;]?|h{0,2}t{1,3}p{1,2}(s{0,2})[:;])\/+\s*/i;

function withScheme(text: string): string {
  return text
    .replace(SCHEME_TWICE, '')
    .replace(SCHEME, (_, right = '', wrong = '') => `http${right || wrong ? 's' : ''}://`);
}

export function isFailure(website: Website | Failure): website is Failure {
  return 'class' in website;
}

/** The registrable domain of a URL or host, or the host itself where it has none. */
export function siteOf(url: string): string {
  return getDomain(url, { allowPrivateDomains: true }) ?? URL.parse(url)?.hostname ?? url;
}

/** Scheme, `www.`, index pages, trailing slashes and the case of the host make no difference. */
function siteKey(url: URL): string {
  const host = url.host.replace(/^www\d?\./, '');
  const path = url.pathname
    .replace(/\/(?:index|default|home)\.(?:html?|php|aspx?|jsp)$/i, '/')
    .replace(/\/+$/, '');
  return host + path + url.search;
}

function isAddress(hostname: string): boolean {
  return hostname.startsWith('[') || /^\d+\.\d+\.\d+\.\d+$/.test(hostname);
}

function refusal(code: string, message: string): Failure {
  return {
    class: 'invalid',
    code,
    message,
    hint: 'A website looks like example.com or https://example.com/path.',
  };
}

function notAddress(written: string, why: string): Failure {
  return refusal('contacts.website_invalid', `"${clip(written)}" is no web address: ${why}.`);
}

function clip(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
