/**
 * Decides which elements say what their text means, and reads what they say. The decision is
 * cheap and generous: the extractors look at few marks, but a mark that is missing is a value
 * that is not found.
 */
import { type AttributeName, hashName, TAG } from './html-names.ts';
import { ValueGate } from './letter-gate.ts';
import type { Mark } from './page-view.ts';
import { slotOf, type TagScanner } from './tag-scanner.ts';
import { patternOf, WordList, type WordListOptions } from './word-list.ts';

const ALT = slotOf('alt');
const ARIA_LABEL = slotOf('aria-label');
const CLASS = slotOf('class');
const HREF = slotOf('href');
const ID = slotOf('id');
const ITEMPROP = slotOf('itemprop');
const ITEMSCOPE = slotOf('itemscope');
const ITEMTYPE = slotOf('itemtype');
const PROPERTY = slotOf('property');
const SRC = slotOf('src');
const TITLE = slotOf('title');
const TYPEOF = slotOf('typeof');
const XLINK_HREF = slotOf('xlink:href');

const META = hashName('meta');
const IMG = hashName('img');
const SVG = hashName('svg');
const USE = hashName('use');

const SEMANTIC =
  (1 << ITEMPROP) | (1 << ITEMSCOPE) | (1 << ITEMTYPE) | (1 << PROPERTY) | (1 << TYPEOF);
const NAMED = (1 << CLASS) | (1 << ID);
const TITLED = (1 << TITLE) | (1 << ARIA_LABEL);

/** Words of a class or an id that tell what a text means. */
const TELLING_WORDS: WordListOptions = {
  anywhere: (
    'vcard h-card street postal zip country addr phone mobile mail contact hour opening company ' +
    'business copyright location imprint impressum sitetitle site-title sitename site-name ' +
    'organisation organization protected spam descri about tagline slogan'
  ).split(' '),
  alone: 'adr fn org tel fax geo url note region locality photo logo brand'.split(' '),
  // Of microformats: `p-org`, `u-email`.
  prefixes: 'pu',
};
const TELLING_LIST = new WordList(TELLING_WORDS);
/** The same for values that are not ASCII as they stand. */
const TELLING = patternOf(TELLING_WORDS);
/** Words of the name of a data attribute that may hold a piece of an address. */
const TELLING_DATA_WORDS: WordListOptions = {
  anywhere:
    'mail phone tel fax user domain name addr contact enc host part text before after'.split(' '),
  alone: [],
  prefixes: '',
};
const TELLING_DATA_LIST = new WordList(TELLING_DATA_WORDS);
const TELLING_DATA = new RegExp(TELLING_DATA_WORDS.anywhere.join('|'));

const PICTURE_GATE = new ValueGate(['log', 'bra', 'fax']);
/** A picture of a fax stands where a label would. */
const FAX = /fax/i;

/** Whether an attribute of the last tag holds the word of a picture that tells something. */
function isOf(scanner: TagScanner, slot: number, word: RegExp): boolean {
  return scanner.passes(slot, PICTURE_GATE) && word.test(scanner.get(slot));
}

const CARRIERS: readonly AttributeName[] = [
  'id',
  'content',
  'datetime',
  'href',
  'src',
  'alt',
  'title',
  'value',
  'aria-label',
  'itemid',
  'itemref',
  'itemscope',
  'rel',
  'xlink:href',
];
const CARRIER_SLOTS = CARRIERS.map((name) => [name, slotOf(name)] as const);
const NONE: ReadonlyMap<string, string> = new Map();

export type MarkContent = Omit<Mark, 'start' | 'end' | 'depth'>;

export class MarkReader {
  readonly #scanner: TagScanner;

  constructor(scanner: TagScanner) {
    this.#scanner = scanner;
  }

  /** Whether the element just scanned, which is not shown as text, is drawn as a fax. */
  draws(hash: number): boolean {
    const scanner = this.#scanner;
    if (hash === SVG) return isOf(scanner, CLASS, FAX) || isOf(scanner, ARIA_LABEL, FAX);
    return hash === USE && (isOf(scanner, HREF, FAX) || isOf(scanner, XLINK_HREF, FAX));
  }

  /** Whether the element just scanned is a mark. */
  says(hash: number, bits: number): boolean {
    const scanner = this.#scanner;
    if (bits > 0 && (bits & TAG.mark) !== 0) return true;
    const mask = scanner.mask;
    if ((mask & SEMANTIC) !== 0) {
      // In `meta`, property is OpenGraph's and goes into the meta map.
      if (hash !== META || scanner.has(ITEMPROP)) return true;
    }
    if (hash === IMG) {
      if (!scanner.has(ALT)) return isOf(scanner, SRC, FAX);
      return scanner.get(ALT).includes('@') || this.#isTellingPicture();
    }
    if (scanner.dataCount > 0 && this.#hasTellingData()) return true;
    if ((mask & NAMED) !== 0 && (this.#tells(CLASS) || this.#tells(ID))) return true;
    // An icon has a title; that of a link is about where it leads.
    if ((mask & TITLED) === 0 || (mask & (1 << HREF)) !== 0) return false;
    return isOf(scanner, TITLE, FAX) || isOf(scanner, ARIA_LABEL, FAX);
  }

  #tells(slot: number): boolean {
    const answer = this.#scanner.lists(slot, TELLING_LIST);
    return answer === 'yes' || (answer === 'unclear' && TELLING.test(this.#scanner.get(slot)));
  }

  #isTellingPicture(): boolean {
    const scanner = this.#scanner;
    return (
      isOf(scanner, CLASS, /logo|brand/i) ||
      isOf(scanner, ID, /logo|brand/i) ||
      isOf(scanner, SRC, /logo|brand|fax/i) ||
      isOf(scanner, ALT, /logo|fax/i)
    );
  }

  #hasTellingData(): boolean {
    const scanner = this.#scanner;
    for (let i = 0; i < scanner.dataCount; i++) {
      const answer = scanner.listsName(i, TELLING_DATA_LIST);
      if (answer === 'yes') return true;
      if (answer === 'unclear' && TELLING_DATA.test(scanner.dataName(i))) return true;
    }
    return false;
  }

  /** What the element just scanned says. */
  read(tag: string): MarkContent {
    const scanner = this.#scanner;
    return {
      tag,
      itemprop: (scanner.get(ITEMPROP) || rdfaName(scanner.get(PROPERTY))).toLowerCase(),
      itemtype: typeName(scanner.get(ITEMTYPE) || scanner.get(TYPEOF)),
      className: scanner.get(CLASS),
      attributes: this.#attributes(),
    };
  }

  #attributes(): ReadonlyMap<string, string> {
    const scanner = this.#scanner;
    let attributes: Map<string, string> | undefined;
    for (const [name, slot] of CARRIER_SLOTS) {
      if (scanner.has(slot)) (attributes ??= new Map()).set(name, scanner.get(slot));
    }
    for (let i = 0; i < scanner.dataCount; i++) {
      (attributes ??= new Map()).set(scanner.dataName(i), scanner.dataValue(i));
    }
    return attributes ?? NONE;
  }
}

/** `schema:telephone`, `http://schema.org/telephone` → `telephone`. */
function rdfaName(property: string): string {
  if (property === '') return '';
  const first = property.split(/\s/, 1)[0]!;
  return first.slice(Math.max(first.lastIndexOf('/'), first.lastIndexOf(':')) + 1);
}

function typeName(type: string): string {
  if (type === '') return '';
  const first = type
    .trim()
    .split(/\s/, 1)[0]!
    .replace(/[/#]+$/, '');
  return first.slice(Math.max(first.lastIndexOf('/'), first.lastIndexOf(':')) + 1);
}
