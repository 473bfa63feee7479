import { hasShortForm, isDotted } from './company-name.ts';
import { Memo } from './memo.ts';
import { textMarks } from './text-marks.ts';

/**
 * Reads the holder out of copyright lines: `© 2003-2010 Foo Bar, Inc. All rights reserved.`, also
 * with the holder in front (`Foo Bar Inc. © 2013`) and where a broken charset ate the sign.
 */

const LINES_MAX = 8;
const CHARS_MAX = 140;
const TAIL_CHARS = 60_000;
const BROKEN_SIGN = /^\ufffd\s?(?:copyright|\d{4})/i;
/** The word in front of what is no holder. */
const NO_HOLDER = new RegExp(
  [
    String.raw`^(?:[Ff]eedback|[Ii]nfring\w*|[Nn]otices?|[Pp]olic(?:y|ies)|statement|[Aa]gent|`,
    '[Ll]aws?|[Aa]ct|owners?|information|[Cc]laims?|protected|[Pp]rotection|',
    String.raw`material|of|in|and|or|is|the copyright)\b`,
  ].join(''),
  '',
);
/** Behind a year such a word may open a name: `© 2014 Law Offices of Jane Roe`. */
const LEGAL_NAME = /^(?:Laws?|Act|Agent|Claims?|Protection|Policy) (?:\p{Lu}|of \p{Lu})/u;
/** What stands between the sign and the name: the word, signs, years, months, `by`. */
const LEAD = new RegExp(
  [
    String.raw`^(?:©|\ufffd|®|\(c\)|copy?right(?:ed|s)?\b|(?:19|20)\d{2}|present\b|today\b|`,
    String.raw`by\b|to\b(?= \d)|\d{2}(?![\d\p{L}])|all rights reserved\b|[\s,.:;|/–—-])+`,
  ].join(''),
  'iu',
);
/** `Legal Notice` and `Contact Us` are links; `Legal Services`, `Contact Lenses` are names. */
const NO_NAME_GOES_ON = [
  '(?! (?!(?:us|me|form|page|info|information|details|notices?|statement|disclaimer|',
  'polic(?:y|ies)|privacy|terms|site|sitemap|home|about|legal|contact|copyright|',
  String.raw`support|help)\b)(?-i:\p{Lu}\p{L}))`,
].join('');
/** A house number and its street behind a name. */
const HOUSE =
  String.raw`(?<=[\p{L}.,] )\d{1,6} (?:[\p{L}\d.]+ ){1,4}?` +
  '(?:street|st|avenue|ave|road|rd|drive|dr|boulevard|blvd|lane|ln|highway|hwy|parkway|pkwy)\\b';
const STOP = new RegExp(
  [
    String.raw`\s*(?:[.,|•·–—-]\s*)?(?:\b(?:all (?:content|rights?|material)|all images|`,
    'alle rechte|tous droits|todos (?:los|os)|tutti i diritti|alle rechten|',
    'wszelkie prawa|alla rättigheter|powered by|designed by|developed by|',
    'created by|built by|hosted by|maintained by|(?:web ?)?(?:site|design)',
    String.raw`(?: (?:design(?:ed)?|developed|hosted|created|built|and \w+))? by|website:|`,
    'website by|theme by|proudly|made with|privacy|terms|sitemap|site map|disclaimer|imprint|',
    `impressum|(?:legal|contact)${NO_NAME_GOES_ON}|(?-i:is an?)|`,
    'and its (?:licensors|affiliates|subsidiaries)|',
    'member fdic|(?:accessibility|cookies?) (?:statement|policy|notice|settings)|registered (?:in|',
    'office|charity)|company (?:no|number|reg)|abn|vat|tel|phone|toll|reserved|',
    String.raw`useful links|for questions|this site|no part)\b|\s[|•·»]|[|\n\t•»]|©|\ufffd|`,
    String.raw`https?:|www\.\S+\s|\S+@|\(?\+?\d{3}\)?[-. ]\d{3}|\b(?:19|20)\d\d\b|${HOUSE})`,
  ].join(''),
  'iu',
);
/** The end of a sentence, but for the dot of an abbreviation. */
const SENTENCE_END =
  /[^.]{3}(?<!\b(?:inc|ltd|co|corp|st|dr|mr|no|bros|mfg|intl|dept|assoc|[a-z]))\. (?=\p{Lu}|$)/iu;
/** The maker of the site, not its owner. */
const MAKER = /\b(?:by|powered|theme|template|design|developed|seo|hosting)\b[\s:]*$/i;

/** Holders named on the page, the last line of the page first: footers come last. */
export function copyrightHolders(whole: string): string[] {
  const holders: string[] = [];
  const text = whole.length > TAIL_CHARS ? whole.slice(-TAIL_CHARS) : whole;
  for (const at of signOffsets(whole, text)) {
    const start = lineStart(text, at);
    const line = text.slice(start, Math.min(text.length, at + CHARS_MAX)).split('\n', 1)[0]!;
    const sign = line.slice(at - start);
    const alone = LEAD.exec(sign)?.[0].length === sign.length && /©|\d{4}/.test(sign);
    const below = alone && at === start ? holderBelow(text, start + line.length) : '';
    const holder = below || holderIn(line, at - start);
    if (holder !== '') holders.push(holder);
    if (holders.length >= LINES_MAX) break;
  }
  return holders;
}

/** The holder in one line whose sign stands at `at`, or ''. */
export function holderIn(line: string, at: number): string {
  if (MAKER.test(line.slice(Math.max(0, at - 30), at))) return '';
  const tail = line.slice(at);
  const lead = LEAD.exec(tail)?.[0] ?? '';
  if (!/\d{4}|©|\ufffd|\(c\)/i.test(lead) && !/^copyright\b[\s:]*(?:by )?\p{Lu}/iu.test(tail))
    return '';
  const name = tail.slice(lead.length);
  if (NO_HOLDER.test(name) && !(/\d{4}/.test(lead) && LEGAL_NAME.test(name))) return '';
  const behind = cut(name);
  if (behind !== '' && !/^\d/.test(behind)) return behind;
  const before = line.slice(0, at).replace(/[\s|,–—-]*(?:copy?right|all content)?[\s|,–—-]*$/i, '');
  const parts = before.split(/[|•·\t»]| [-–—] /);
  const last = parts.at(-1)!.trim();
  const named = /^\p{Lu}/u.test(last) && last.length >= 2 && last.split(' ').length <= 7;
  return named ? last : behind;
}

function cut(text: string): string {
  return CUT.of(text);
}

/** A site has the same line at the foot of all its pages. */
const CUT = new Memo(500, CHARS_MAX, cutAnew);

function cutAnew(text: string): string {
  const stop = STOP.exec(text);
  let name = stop === null ? text : text.slice(0, stop.index);
  // A dot behind `Ltd` may be that of the sentence; behind these it is the name's.
  const dotted = hasShortForm(name) && !/\bltd$/i.test(name);
  if (stop?.[0].startsWith('.') && (dotted || isDotted(name))) name += '.';
  const sentence = SENTENCE_END.exec(name);
  if (sentence !== null) name = name.slice(0, sentence.index + 3);
  name = name.replace(/(\p{L})(?:(?:19|20)\d\d)+$/u, '$1');
  name = name.replace(/((?:Inc|Ltd|LLC|Corp)\.?)(?:,? an?|,) \p{Lu}.*$/u, '$1');
  name = name.replace(/((?:Inc|Ltd|LLC|Corp)\.) (?!Co\b)\p{Lu}.*$/u, '$1');
  const dash = name.search(/ [-–—] /);
  if (dash > 2) name = name.slice(0, dash);
  return name.length > 90 ? '' : name;
}

/** Offsets of the signs in the last `text` of the page, the last ones first. */
function signOffsets(whole: string, text: string): number[] {
  const marks = textMarks(whole).signs;
  const base = whole.length - text.length;
  const offsets: number[] = [];
  const counts = new Map<string, number>();
  for (let i = marks.length - 1; i >= 0 && marks[i]! >= base; i--) {
    const at = marks[i]! - base;
    const sign = text[at]!;
    const count = (counts.get(sign) ?? 0) + 1;
    counts.set(sign, count);
    if (count > LINES_MAX || !isSign(text, at, sign)) continue;
    const offset = sign === 'o' || sign === 'O' ? at - 1 : at;
    if (offset >= 0) offsets.push(offset);
  }
  return mergeNear(offsets);
}

/** A letter in brackets and a broken character are signs only beside a year or the word. */
function isSign(text: string, at: number, sign: string): boolean {
  if (sign === '\ufffd') return BROKEN_SIGN.test(text.slice(at, at + 12));
  if (sign !== '(') return true;
  return /^\(c\) (?:copyright|\d{4})/i.test(text.slice(at, at + 14)) || text[at - 2] === 't';
}

/** `© Copyright 2014` is one sign: the first of those that stand close together on a line. */
function mergeNear(offsets: readonly number[]): number[] {
  return offsets.filter((at, index) => {
    const before = offsets[index + 1];
    return before === undefined || at - before > 16;
  });
}

function lineStart(text: string, at: number): number {
  const start = text.lastIndexOf('\n', at - 1) + 1;
  return Math.max(start, at - CHARS_MAX);
}

/** The name may stand on the line below its sign. */
function holderBelow(text: string, end: number): string {
  const line = text
    .slice(end + 1, end + 80)
    .split('\n', 1)[0]!
    .trim();
  return /^\p{Lu}/u.test(line) && line.split(' ').length <= 6 ? cut(line) : '';
}
