/**
 * Builds the view of a page in one pass over its HTML, with no tree: a hand-written tokenizer on
 * character codes and a bounded stack of open elements, just enough to know where links, marks
 * and hidden elements end. Every step moves forward and every collection is capped, so time is
 * linear in the HTML whatever it holds.
 */

import { ElementStack } from './element-stack.ts';
import { decodeText } from './html-entities.ts';
import { hashName, hashNext, TAG, tagBits } from './html-names.ts';
import type { PageView } from './page-view.ts';
import { type SourceText, sourceText } from './source-text.ts';
import { slotOf, TagScanner } from './tag-scanner.ts';
import { BREAK } from './text-writer.ts';
import { ViewParts } from './view-parts.ts';

/** UTF-16 units of a page that are looked at. */
export const HTML_CHARS_MAX = 2 * 1024 * 1024;

const TITLE_CHARS_MAX = 512;
const JSON_LD_MAX = 64;
const JSON_LD_CHARS_MAX = 256 * 1024;
const SCRIPTS_MAX = 64;
const STYLE_CHARS_MAX = 64 * 1024;
const SCRIPT_CHARS_MAX = 32 * 1024;
const SCRIPTS_CHARS_MAX = 128 * 1024;

const OPEN = 60;
const SLASH = 47;
const BANG = 33;
const QUESTION = 63;
const SCRIPT = hashName('script');
const STYLE = hashName('style');
const TITLE = hashName('title');
const TYPE = slotOf('type');

/** The view of `html` as served at `url` (absolute, after redirects). Never throws. */
export function buildPageView(html: string, url: string): PageView {
  const source = html.length > HTML_CHARS_MAX ? html.slice(0, HTML_CHARS_MAX) : html;
  const page = sourceText(source);
  const first = new PageReader(page, url, true);
  const view = first.read();
  // A page that hides all of itself until its scripts have run is shown by them: look behind
  // that.
  if (first.hiddenChars < 400 || first.hiddenChars < view.text.length * 4) return view;
  return new PageReader(page, url, false).read();
}

class PageReader {
  readonly #page: SourceText;
  readonly #html: string;
  readonly #codes: Uint16Array;
  readonly #url: string;
  readonly #scanner: TagScanner;
  readonly #parts: ViewParts;
  readonly #stack: ElementStack;
  readonly #jsonLd: string[] = [];
  readonly #scripts: string[] = [];
  /** Raw elements that have no end tag from here on, so that each is looked for once only. */
  readonly #rawUnclosed = new Set<number>();
  #commentUnclosed = false;
  #scriptChars = 0;
  #title = '';

  constructor(page: SourceText, url: string, honourHidden: boolean) {
    this.#page = page;
    this.#html = page.html;
    this.#codes = page.codes;
    this.#url = url;
    this.#scanner = new TagScanner(page);
    this.#parts = new ViewParts(page.html.length, this.#scanner, honourHidden);
    this.#stack = new ElementStack(this.#parts);
  }

  get hiddenChars(): number {
    return this.#parts.hiddenChars;
  }

  read(): PageView {
    const html = this.#html;
    const codes = this.#codes;
    const page = this.#page;
    const end = html.length;
    let i = 0;
    while (i < end) {
      const open = codes[i] === OPEN ? i : html.indexOf('<', i);
      if (open < 0) {
        this.#parts.text(page, i, end);
        break;
      }
      const next = open + 1 < end ? codes[open + 1]! : 0;
      const letter = next | 32;
      const isTag = (letter >= 97 && letter <= 122) || next === SLASH;
      if (!isTag && next !== BANG && next !== QUESTION) {
        this.#parts.text(page, i, open + 1);
        i = open + 1;
        continue;
      }
      if (open > i) this.#parts.text(page, i, open);
      if (next === SLASH) i = this.#endTag(open + 2);
      else if (isTag) i = this.#startTag(open + 1);
      else i = this.#declaration(open);
    }
    this.#stack.closeAll();
    return this.#parts.view(this.#url, this.#title, this.#jsonLd, this.#scripts);
  }

  /** Comments, doctypes, processing instructions: nothing of them is seen. */
  #declaration(open: number): number {
    const html = this.#html;
    if (html.startsWith('<!--', open)) {
      if (html.startsWith('>', open + 4)) return open + 5;
      if (html.startsWith('->', open + 4)) return open + 6;
      const close = this.#commentUnclosed ? -1 : html.indexOf('-->', open + 4);
      if (close >= 0) return close + 3;
      // Never closed: browsers drop the rest of the page; what follows is worth more than that.
      this.#commentUnclosed = true;
      return open + 4;
    }
    const close = html.indexOf('>', open + 2);
    return close < 0 ? html.length : close + 1;
  }

  #endTag(nameStart: number): number {
    const codes = this.#codes;
    const end = this.#html.length;
    let i = nameStart;
    let hash = 0;
    for (; i < end; i++) {
      const code = codes[i]!;
      if (code === 62 || code <= 32 || code === SLASH) break;
      hash = hashNext(hash, code);
    }
    if (i >= end || codes[i] !== 62) {
      const close = this.#html.indexOf('>', i);
      i = close < 0 ? end : close;
    }
    if (i > nameStart) this.#close(hash);
    return i + 1;
  }

  #close(hash: number): void {
    const bits = tagBits(hash);
    if (bits > 0) {
      if ((bits & (TAG.block | TAG.cell)) !== 0) this.#parts.break(BREAK.line);
      else if ((bits & TAG.space) !== 0) this.#parts.break(BREAK.space);
      if ((bits & TAG.void) !== 0) return;
    }
    this.#stack.close(hash);
  }

  #startTag(nameStart: number): number {
    const html = this.#html;
    const codes = this.#codes;
    const end = html.length;
    let i = nameStart;
    let hash = 0;
    for (; i < end; i++) {
      const code = codes[i]!;
      if (code === 62 || code <= 32 || code === SLASH) break;
      hash = hashNext(hash, code);
    }
    const after = this.#scanner.scan(i);
    const bits = tagBits(hash);
    if (bits > 0 && (bits & TAG.raw) !== 0) return this.#rawElement(hash, nameStart, i, after);
    if (bits > 0 && (bits & (TAG.block | TAG.cell | TAG.space)) !== 0) this.#break(bits);
    this.#stack.open(hash, bits, html, nameStart, i);
    return after;
  }

  #break(bits: number): void {
    if ((bits & TAG.block) !== 0) this.#parts.break(BREAK.line);
    else if ((bits & TAG.cell) !== 0) this.#parts.break(BREAK.cell);
    else this.#parts.break(BREAK.space);
  }

  /**
   * Skips the content of an element that holds no markup, and keeps what of it is worth reading.
   */
  #rawElement(hash: number, nameStart: number, nameEnd: number, from: number): number {
    if (this.#rawUnclosed.has(hash)) return from;
    const close = this.#rawEnd(nameStart, nameEnd, from);
    if (close === this.#html.length && hash !== SCRIPT && hash !== STYLE) {
      this.#rawUnclosed.add(hash);
      return from;
    }
    if (hash === SCRIPT) this.#script(from, close);
    else if (hash === STYLE) {
      this.#parts.style(this.#html.slice(from, Math.min(close, from + STYLE_CHARS_MAX)));
    } else if (hash === TITLE && this.#title === '' && !this.#parts.isHidden) {
      const title = this.#html.slice(from, Math.min(close, from + TITLE_CHARS_MAX));
      this.#title = decodeText(title);
    }
    const after = this.#html.indexOf('>', close);
    return close >= this.#html.length || after < 0 ? this.#html.length : after + 1;
  }

  /** Offset of the `</name` that ends a raw element, or the end of the page. */
  #rawEnd(nameStart: number, nameEnd: number, from: number): number {
    const html = this.#html;
    const length = nameEnd - nameStart;
    let at = html.indexOf('</', from);
    for (; at >= 0; at = html.indexOf('</', at + 2)) {
      let k = 0;
      while (
        k < length &&
        (html.charCodeAt(at + 2 + k) | 32) === (html.charCodeAt(nameStart + k) | 32)
      ) {
        k++;
      }
      if (k === length) return at;
    }
    return html.length;
  }

  #script(from: number, close: number): void {
    const html = this.#html;
    if (close - from < 8) return;
    const type = this.#scanner.get(TYPE).toLowerCase();
    if (type.includes('ld+json')) {
      if (this.#jsonLd.length < JSON_LD_MAX && close - from <= JSON_LD_CHARS_MAX) {
        this.#jsonLd.push(html.slice(from, close));
      }
      return;
    }
    if (type !== '' && !type.includes('script') && type !== 'module') return;
    if (this.#scripts.length >= SCRIPTS_MAX || close - from > SCRIPT_CHARS_MAX) return;
    const body = html.slice(from, close);
    if (!mayWriteAddress(body) || this.#scriptChars + body.length > SCRIPTS_CHARS_MAX) return;
    this.#scriptChars += body.length;
    this.#scripts.push(body);
  }
}

const SCRIPT_SIGNS = [
  '@',
  'mailto',
  'fromCharCode',
  'atob',
  '%40',
  'rot13',
  'unescape',
  'x40',
  'znvygb',
  '&#64',
  '&#x40',
  '&commat',
];

/** Whether a script may put an e-mail address on the page. */
export function mayWriteAddress(body: string): boolean {
  for (const sign of SCRIPT_SIGNS) if (body.includes(sign)) return true;
  return false;
}
