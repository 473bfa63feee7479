import { parse } from 'tldts';
import { codeAt } from './code-at.ts';
import { Memo } from './memo.ts';
import { originOf } from './page-url.ts';
import type { PageView } from './page-view.ts';

/**
 * The name in a site's own address: the registrable domain without its suffix (`acme-tools` in
 * `www.acme-tools.co.uk`), folded to letters and digits, how like it a name is, and how the page
 * spells it out.
 */

export interface SiteLabel {
  /** Letters and digits, lower case; '' when the page does not tell its site. */
  readonly label: string;
  /** The label with its suffix (`acmetoolscouk`), as names like `Acme.com` fold. */
  readonly full: string;
  /** How much likeness to it counts: a mail domain may be that of a parent or a host. */
  readonly weight: number;
  /** How like names are to it; the pages of a site name the same few. */
  readonly likes: Memo<number>;
}

const LIKES_MAX = 60;
const NAME_CHARS_MAX = 120;

const FREE_MAIL = new RegExp(
  [
    '^(?:gmail|googlemail|yahoo|ymail|hotmail|outlook|live|msn|aol|icloud|me|gmx|',
    'web|t-online|mail|protonmail|comcast|verizon|sbcglobal|att|earthlink|',
    'bellsouth|cox|charter|btinternet|btconnect|orange|wanadoo|free|laposte|libero|',
    'virgilio|telstra|bigpond|qq|163|126|yandex|rediffmail|shaw|rogers|telus|',
    'sympatico|eircom)$',
  ].join(''),
  '',
);
const LINKS_MAX = 400;

/** The label of the page's URL, or of what the page names as its own address or mail. */
export function siteLabel(view: PageView): SiteLabel {
  return labelOf(view.url) ?? labelOf(view.meta.get('og:url') ?? '') ?? mailLabel(view) ?? NO_LABEL;
}

function mailLabel(view: PageView): SiteLabel | undefined {
  for (const link of view.links.slice(0, LINKS_MAX)) {
    if (!/^mailto:/i.test(link.href)) continue;
    const at = link.href.indexOf('@');
    if (at < 0) continue;
    const found = labelOf(`http://${link.href.slice(at + 1).split(/[?&>\s]/, 1)[0]}`);
    if (found !== undefined) return { ...found, weight: 0.35 };
  }
  return undefined;
}

function labelOf(url: string): SiteLabel | undefined {
  return LABELS.of(originOf(url)) ?? undefined;
}

const LABELS = new Memo<SiteLabel | null>(500, 200, (origin) => labelOfOrigin(origin) ?? null);

function labelOfOrigin(url: string): SiteLabel | undefined {
  if (!/^https?:/i.test(url)) return undefined;
  const { domainWithoutSuffix, domain, isIp } = parse(url);
  if (isIp === true || !domain || !domainWithoutSuffix || domain.endsWith('.invalid')) {
    return undefined;
  }
  if (FREE_MAIL.test(domainWithoutSuffix)) return undefined;
  return newLabel(squashed(domainWithoutSuffix), squashed(domain), 0.6);
}

function newLabel(label: string, full: string, weight: number): SiteLabel {
  const likes = new Memo(LIKES_MAX, NAME_CHARS_MAX, (name) => likenessTo(label, full, name));
  return { label, full, weight, likes };
}

/** Letters and digits only, lower case, accents folded, `&` as `and`. */
export function squashed(text: string): string {
  return SQUASHED.of(text);
}

/** The names of a page are compared with one another, and so asked for again and again. */
const SQUASHED = new Memo(2_000, 60, squash);

function squash(text: string): string {
  // Most names are ASCII, and this is asked of every line: the short way first.
  if (!/[^\x00-\x7f]/.test(text)) {
    const spelled = text.includes('&') ? text.replace(/&/g, 'and') : text;
    return spelled.replace(/[^A-Za-z\d]+/g, '').toLowerCase();
  }
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/ß/g, 'ss')
    .replace(/&/g, 'and')
    .replace(/[^\p{L}\d]+/gu, '');
}

const NO_LABEL = newLabel('', '', 0);

/** How like a name is to the label, in [0, 1]: 1 for the same letters, 0 for nothing in common. */
export function likeness({ label, likes }: SiteLabel, name: string): number {
  return label.length < 2 ? 0 : likes.of(name);
}

function likenessTo(label: string, full: string, name: string): number {
  const key = squashed(name.replace(/^the /i, ''));
  if (key === label || key === full || squashed(name) === label) return 1;
  if (key.length < 2) return 0;
  if (withoutAnd(key) === withoutAnd(label)) return 0.95;
  const words = name.split(/[\s&,/-]+/).filter((word) => /[\p{L}\d]/u.test(word));
  const initials = squashed(words.map((word) => word[0] ?? '').join(''));
  if (label.length >= 3 && (initials === label || label === initials.slice(0, -1))) return 0.8;
  const length = Math.min(key.length, label.length);
  if (length >= 4 && (key.startsWith(label) || label.startsWith(key))) return 0.85;
  if (length >= 4 && (key.includes(label) || label.includes(key))) return 0.65;
  return coverage(label, words);
}

function withoutAnd(key: string): string {
  return key.includes('and') ? key.replace(/and/g, '') : key;
}

/** The share of the label that the name's words make up. */
function coverage(label: string, words: readonly string[]): number {
  let covered = 0;
  let total = 0;
  for (const word of words.slice(0, 8)) {
    const key = squashed(word);
    if (key.length < 3) continue;
    total++;
    if (label.includes(key)) covered += key.length;
  }
  const share = covered / label.length;
  if (total === 0 || share < 0.4) return 0;
  return Math.min(0.75, share * 0.8);
}

const SCAN_CHARS_MAX = 24_000;
const TITLE_CHARS_MAX = 1_000;
const GAP_MAX = 3;

/**
 * How the text spells the label in words of its own (`Skin by Lovely` for `skinbylovely`), or ''.
 * A spelling with capitals wins over one without; words that only ever open a longer name are none.
 */
export function spelledLabel(label: string, title: string, whole: string): string {
  if (label.length < 4) return '';
  const head = title.slice(0, TITLE_CHARS_MAX);
  const text = whole.length > SCAN_CHARS_MAX ? whole.slice(0, SCAN_CHARS_MAX) : whole;
  const first = label[0]!;
  let best = '';
  for (const letter of new Set([first.toUpperCase(), first])) {
    best = bestSpelling(label, head, letter, best);
    best = bestSpelling(label, text, letter, best);
  }
  return best;
}

/** The best of `best` and the spellings in the text that begin with the letter. */
function bestSpelling(label: string, text: string, letter: string, best: string): string {
  let found = best;
  const second = codeAt(label, 1);
  for (let at = text.indexOf(letter); at >= 0; at = text.indexOf(letter, at + 1)) {
    const next = codeAt(text, at + 1);
    if ((next | 32) !== second && next !== second && isWordCode(next)) continue;
    const previous = at === 0 ? 32 : codeAt(text, at - 1);
    if (isWordCode(previous) || NO_NAME_BEHIND.has(previous)) continue;
    const end = matchEnd(label, text, at);
    if (end === 0 || isExtended(text, end)) continue;
    const spelling = text.slice(at, end);
    if (!/\p{Lu}/u.test(spelling)) continue;
    if (found === '' || rank(spelling) > rank(found)) found = spelling;
  }
  return found;
}

/** `@`, `.` and `/`: what follows is part of an address of the net. */
const NO_NAME_BEHIND = new Set([64, 46, 47]);

/** Whether more of a name follows (`Foo Tools` in `Foo Tools Supply`, `Foo Tools & Dies`). */
function isExtended(text: string, end: number): boolean {
  if (codeAt(text, end) !== 32) return false;
  const code = codeAt(text, end + 1);
  return (code >= 65 && code <= 90) || (code === 38 && codeAt(text, end + 2) === 32);
}

/** More words, and capitals within a word, tell more of the name. */
function rank(spelling: string): number {
  const words = spelling.split(' ').length;
  return words * 2 + (spelling === spelling.toUpperCase() ? 0 : 1);
}

function matchEnd(label: string, text: string, start: number): number {
  let at = start;
  let gap = 0;
  let matched = 0;
  const { length } = label;
  while (matched < length) {
    const code = codeAt(text, at);
    const folded = code >= 65 && code <= 90 ? code | 32 : code;
    if (folded === codeAt(label, matched)) {
      matched++;
      gap = 0;
    } else {
      if (isWordCode(code) || !(code > 0) || code === 10 || ++gap > GAP_MAX) return 0;
    }
    at++;
  }
  return isWordCode(codeAt(text, at)) ? 0 : at;
}

function isWordCode(code: number): boolean {
  const folded = code | 32;
  return (code >= 48 && code <= 57) || (folded >= 97 && folded <= 122) || code >= 0xc0;
}
