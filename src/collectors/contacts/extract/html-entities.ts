/**
 * Character references of text and attributes: named (with and without semicolon, as browsers
 * read them), decimal and hexadecimal. Each reference costs a bounded look-ahead, so text made of
 * nothing but ampersands stays linear.
 */
import { decodeHTML, decodeHTMLAttribute } from 'entities/decode';
import { foldSpace } from './fold-space.ts';

const NAME_CHARS_MAX = 32;
const AMP = 38;
const HASH = 35;
const SEMICOLON = 59;

/** Names seen on most pages, which need no general decoder. */
const COMMON = new Map<string, string>([
  ['nbsp', ' '],
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['copy', '©'],
  ['reg', '®'],
  ['raquo', '»'],
  ['laquo', '«'],
  ['ndash', '–'],
  ['mdash', '—'],
  ['rsquo', '’'],
  ['bull', '•'],
  ['middot', '·'],
]);

/** What a reference stands for, and where the text goes on after it. */
export interface Reference {
  text: string;
  end: number;
}

/** Reads the reference at `html[at] === '&'` into `into`; false where it is a plain ampersand. */
export function readReference(html: string, at: number, end: number, into: Reference): boolean {
  if (html.charCodeAt(at + 1) === HASH) return readNumeric(html, at, end, into);
  let i = at + 1;
  const stop = Math.min(end, i + NAME_CHARS_MAX);
  while (i < stop && isAlphanumeric(html.charCodeAt(i))) i++;
  if (i === at + 1) return false;
  const name = html.slice(at + 1, i);
  const closed = i < end && html.charCodeAt(i) === SEMICOLON;
  const common = closed ? COMMON.get(name) : undefined;
  into.end = closed ? i + 1 : i;
  if (common !== undefined) {
    into.text = common;
    return true;
  }
  const source = html.slice(at, into.end);
  into.text = decodeHTML(source);
  return into.text !== source;
}

function readNumeric(html: string, at: number, end: number, into: Reference): boolean {
  const hex = (html.charCodeAt(at + 2) | 32) === 120;
  let i = at + (hex ? 3 : 2);
  const first = i;
  let value = 0;
  for (; i < end; i++) {
    const digit = digitOf(html.charCodeAt(i), hex);
    if (digit < 0) break;
    value = Math.min(value * (hex ? 16 : 10) + digit, 0x110000);
  }
  if (i === first) return false;
  into.end = i < end && html.charCodeAt(i) === SEMICOLON ? i + 1 : i;
  // The decoder knows what 128–159, surrogates and other impossible values stand for.
  into.text = value < 128 && value > 0 ? String.fromCharCode(value) : decodeHTML(`&#${value};`);
  return true;
}

function digitOf(code: number, hex: boolean): number {
  if (code >= 48 && code <= 57) return code - 48;
  if (!hex) return -1;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

export function isAlphanumeric(code: number): boolean {
  return (code >= 48 && code <= 57) || ((code | 32) >= 97 && (code | 32) <= 122);
}

/** An attribute's value, references decoded by the rules of attributes (`?a=1&copy=2` stays). */
export function decodeAttribute(value: string): string {
  return value.indexOf('&') < 0 ? value : decodeHTMLAttribute(value);
}

/** Text with its references decoded and white space folded. */
export function decodeText(text: string): string {
  const decoded = text.charCodeAt(0) === AMP || text.indexOf('&') >= 0 ? decodeHTML(text) : text;
  return foldSpace(decoded);
}
