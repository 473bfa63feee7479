/**
 * Collects what a page view holds while the reader walks the page: text, links, marks, meta. What
 * is hidden stays out of the text; every collection is capped, and what comes after the cap is
 * not kept.
 */
import { hashName, TAG } from './html-names.ts';
import { MarkReader } from './mark-reader.ts';
import type { Mark, PageLink, PageView } from './page-view.ts';
import { type SourceText, smallSourceText } from './source-text.ts';
import { StyleRules } from './style-rules.ts';
import { slotOf, type TagScanner } from './tag-scanner.ts';
import { BREAK, TextWriter } from './text-writer.ts';

const LINKS_MAX = 4_000;
const MARKS_MAX = 3_000;
const META_MAX = 200;
const LINK_TEXT_CHARS_MAX = 200;

const A = hashName('a');
const AREA = hashName('area');
const BASE = hashName('base');
const BDO = hashName('bdo');
const BODY = hashName('body');
const FRAME = hashName('frame');
const HTML = hashName('html');
const IMG = hashName('img');
const LINK = hashName('link');
const META = hashName('meta');
const PRE = hashName('pre');

const ALT = slotOf('alt');
const ARIA_LABEL = slotOf('aria-label');
const CLASS = slotOf('class');
const CONTENT = slotOf('content');
const DIR = slotOf('dir');
const HIDDEN = slotOf('hidden');
const HREF = slotOf('href');
const HTTP_EQUIV = slotOf('http-equiv');
const ID = slotOf('id');
const ITEMPROP = slotOf('itemprop');
const LANG = slotOf('lang');
const NAME = slotOf('name');
const ONCLICK = slotOf('onclick');
const PROPERTY = slotOf('property');
const REL = slotOf('rel');
const SRC = slotOf('src');
const STYLE = slotOf('style');
const TITLE = slotOf('title');
const XML_LANG = slotOf('xml:lang');

type Open<T> = { -readonly [K in keyof T]: T[K] };

/** What has to be undone when a tracked element closes. */
interface Frame {
  readonly hides: boolean;
  /** Hidden by its kind (`template`, `svg`) rather than by its markup. */
  readonly unseen: boolean;
  readonly preformatted: boolean;
  readonly reversedFrom: number;
  readonly link: Open<PageLink> | undefined;
  readonly mark: Open<Mark> | undefined;
  /** Text that a style sheet puts behind the element's own. */
  readonly after: string;
}

export class ViewParts {
  readonly #scanner: TagScanner;
  readonly #honourHidden: boolean;
  readonly #writer: TextWriter;
  readonly #markReader: MarkReader;
  readonly #frames: Frame[] = [];
  readonly #links: Open<PageLink>[] = [];
  readonly #marks: Open<Mark>[] = [];
  readonly #meta = new Map<string, string>();
  readonly #rules = new StyleRules();
  readonly #handlers: string[] = [];
  #lang = '';
  #base = '';
  #hiddenDepth = 0;
  #unseenDepth = 0;
  #reversedDepth = 0;
  #preDepth = 0;
  #markDepth = 0;
  #openLink: Open<PageLink> | undefined;
  #lastLinkEnd = -1;
  hiddenChars = 0;

  constructor(capacity: number, scanner: TagScanner, honourHidden: boolean) {
    this.#scanner = scanner;
    this.#honourHidden = honourHidden;
    this.#writer = new TextWriter(capacity);
    this.#markReader = new MarkReader(scanner);
  }

  get isHidden(): boolean {
    return this.#hiddenDepth > 0;
  }

  get selfClosing(): boolean {
    return this.#scanner.selfClosing;
  }

  text(source: SourceText, start: number, end: number): void {
    if (this.#hiddenDepth === 0) {
      // Between most tags is nothing but the end of a line.
      if (end - start === 1 && source.codes[start] === 10 && this.#preDepth === 0) {
        this.#writer.break(BREAK.space);
      } else this.#writer.append(source, start, end, this.#preDepth > 0);
    } else if (this.#unseenDepth === 0) {
      this.hiddenChars += source.html.slice(start, end).trim().length;
    }
  }

  /** Text that a style sheet puts before or behind an element's own. */
  #generate(text: string): void {
    if (text !== '') this.text(smallSourceText(text), 0, text.length);
  }

  break(kind: number): void {
    if (this.#hiddenDepth === 0) this.#writer.break(kind);
  }

  style(css: string): void {
    this.#rules.read(css);
  }

  /** An element without content. */
  empty(hash: number, bits: number, html: string, nameStart: number, nameEnd: number): void {
    const scanner = this.#scanner;
    if (hash === META) this.#metaElement();
    else if (hash === LINK) this.#linkElement();
    else if (hash === BASE && this.#base === '') this.#base = scanner.get(HREF);
    else if (hash === IMG && this.#openLink !== undefined && this.#openLink.text === '') {
      this.#openLink.text = scanner.get(ALT);
    } else if ((hash === AREA && scanner.has(HREF)) || (hash === FRAME && scanner.has(SRC))) {
      const link = this.#newLink(hash === FRAME ? SRC : HREF, '');
      if (hash === FRAME) link.rel = 'frame';
      this.#keepLink(link);
    }
    if (scanner.mask === 0) return;
    if (this.#markReader.says(hash, bits) || (bits < 0 && this.#markReader.draws(hash))) {
      this.#openMark(html.slice(nameStart, nameEnd).toLowerCase());
    }
  }

  /** Opens an element; true where `close` must be called when it ends. */
  open(hash: number, bits: number, html: string, nameStart: number, nameEnd: number): boolean {
    const scanner = this.#scanner;
    const known = Math.max(bits, 0);
    const bare = scanner.mask === 0 && scanner.dataCount === 0;
    if (bare && (known & (TAG.unseen | TAG.mark)) === 0 && hash !== PRE) return false;
    if (hash === HTML && this.#lang === '') {
      this.#lang = (scanner.get(LANG) || scanner.get(XML_LANG)).toLowerCase();
    }
    if (scanner.has(ONCLICK)) this.#handler();
    const unseen = (known & TAG.unseen) !== 0;
    const style = scanner.has(STYLE) ? scanner.get(STYLE) : '';
    const styled = this.#isStyled();
    const hidesSelf =
      unseen || (this.#honourHidden && this.#isHiddenHere(hash, known, style, styled));
    const link = hash === A && scanner.has(HREF) ? this.#openAnchor(hidesSelf) : undefined;
    const marked =
      unseen || this.#unseenDepth > 0
        ? this.#markReader.draws(hash)
        : this.#markReader.says(hash, bits);
    const reversed = this.#reverses(hash, style, styled);
    const preformatted = hash === PRE;
    const after = styled ? this.#generatedText('after') : '';
    const before = styled ? this.#generatedText('before') : '';
    const plain = !hidesSelf && !reversed && !preformatted && after === '';
    if (plain && !link && !marked) {
      this.#generate(before);
      return false;
    }
    const mark = marked ? this.#openMark(html.slice(nameStart, nameEnd).toLowerCase()) : undefined;
    if (mark !== undefined) this.#markDepth++;
    if (hidesSelf) this.#hiddenDepth++;
    if (unseen) this.#unseenDepth++;
    if (preformatted) this.#preDepth++;
    const reversedFrom = reversed && this.#reversedDepth === 0 ? this.#writer.length : -1;
    if (reversedFrom >= 0) this.#reversedDepth++;
    this.#frames.push({ hides: hidesSelf, preformatted, reversedFrom, link, mark, unseen, after });
    this.#generate(before);
    return true;
  }

  /** Closes the innermost tracked element. */
  close(): void {
    const frame = this.#frames.pop();
    if (frame === undefined) return;
    this.#generate(frame.after);
    const end = this.#writer.length;
    if (frame.hides) this.#hiddenDepth--;
    if (frame.unseen) this.#unseenDepth--;
    if (frame.preformatted) this.#preDepth--;
    if (frame.reversedFrom >= 0) {
      this.#reversedDepth--;
      this.#writer.reverse(frame.reversedFrom, end);
    }
    if (frame.link !== undefined) {
      frame.link.start = this.#writer.skipSpace(frame.link.start, end);
      frame.link.end = end;
      this.#openLink = undefined;
      this.#lastLinkEnd = end;
    }
    if (frame.mark !== undefined) {
      frame.mark.start = this.#writer.skipSpace(frame.mark.start, end);
      frame.mark.end = end;
      this.#markDepth--;
    }
  }

  /** Whether a rule of a style sheet may be about the element. */
  #isStyled(): boolean {
    const { isEmpty, classes, ids } = this.#rules;
    if (isEmpty) return false;
    return this.#scanner.passes(CLASS, classes) || this.#scanner.passes(ID, ids);
  }

  #isHiddenHere(hash: number, bits: number, style: string, styled: boolean): boolean {
    const scanner = this.#scanner;
    if (hash === HTML || hash === BODY) return false;
    if (scanner.has(HIDDEN)) return true;
    // Style sheets hide whole blocks for small screens; only small pieces of text are decoys.
    const piece = (bits & TAG.inline) !== 0 && hash !== A;
    if (piece && styled && this.#rules.hides(scanner.get(CLASS), scanner.get(ID))) return true;
    return style !== '' && hidesByStyle(style, (bits & TAG.inline) !== 0);
  }

  #generatedText(place: 'before' | 'after'): string {
    const scanner = this.#scanner;
    return this.#rules.generated(place, scanner.get(CLASS), scanner.get(ID), (name) => {
      for (let i = 0; i < scanner.dataCount; i++) {
        if (scanner.dataName(i) === name) return scanner.dataValue(i);
      }
      return name === 'title' ? scanner.get(TITLE) : '';
    });
  }

  #reverses(hash: number, style: string, styled: boolean): boolean {
    const scanner = this.#scanner;
    if (hash === BDO) return scanner.get(DIR).toLowerCase() === 'rtl';
    if (styled && this.#rules.reverses(scanner.get(CLASS), scanner.get(ID))) return true;
    return style.includes('override') && /direction\s*:\s*rtl/i.test(style);
  }

  #openAnchor(hidesSelf: boolean): Open<PageLink> {
    // Two anchors side by side are two words, whatever is not between them.
    if (this.#lastLinkEnd === this.#writer.length) this.break(BREAK.space);
    const link = this.#newLink(HREF, hidesSelf ? 'self' : '');
    this.#keepLink(link);
    this.#openLink = link;
    return link;
  }

  #newLink(slot: number, hidden: PageLink['hidden']): Open<PageLink> {
    const scanner = this.#scanner;
    const at = this.#writer.length;
    return {
      href: scanner.get(slot),
      text: scanner.get(ARIA_LABEL) || scanner.get(TITLE) || scanner.get(ALT),
      rel: scanner.get(REL).toLowerCase(),
      hidden: hidden !== '' || !this.isHidden ? hidden : 'ancestor',
      start: at,
      end: at,
    };
  }

  #keepLink(link: Open<PageLink>): void {
    if (this.#links.length < LINKS_MAX && this.#unseenDepth === 0) this.#links.push(link);
  }

  #openMark(tag: string): Open<Mark> | undefined {
    if (this.#marks.length >= MARKS_MAX) return undefined;
    const at = this.#writer.length;
    const mark = { ...this.#markReader.read(tag), start: at, end: at, depth: this.#markDepth };
    this.#marks.push(mark);
    return mark;
  }

  #metaElement(): void {
    const scanner = this.#scanner;
    if (!scanner.has(CONTENT) || this.#meta.size >= META_MAX) return;
    if (scanner.has(ITEMPROP)) return;
    const key = scanner.get(PROPERTY) || scanner.get(NAME) || scanner.get(HTTP_EQUIV);
    this.#setMeta(key.toLowerCase(), scanner.get(CONTENT));
  }

  #linkElement(): void {
    const rel = this.#scanner.get(REL).toLowerCase();
    if (rel === 'canonical' || rel === 'me' || rel === 'publisher' || rel === 'author') {
      this.#setMeta(`link:${rel}`, this.#scanner.get(HREF));
    }
  }

  #setMeta(key: string, value: string): void {
    if (key !== '' && value !== '' && !this.#meta.has(key)) this.#meta.set(key, value);
  }

  #handler(): void {
    if (this.#handlers.length >= 32) return;
    const code = this.#scanner.get(ONCLICK);
    if (code.length < 2_000 && /mail|@|%40|fromCharCode|tel:/i.test(code)) {
      this.#handlers.push(code);
    }
  }

  view(url: string, title: string, jsonLd: string[], scripts: string[]): PageView {
    const text = this.#writer.toString();
    for (const link of this.#links) {
      if (link.end <= link.start) continue;
      const shown = text.slice(link.start, Math.min(link.end, link.start + LINK_TEXT_CHARS_MAX));
      link.text = shown.indexOf('\n') < 0 && shown.indexOf('\t') < 0 ? shown : onOneLine(shown);
    }
    return {
      url,
      base: this.#base,
      lang: this.#lang,
      title,
      text,
      links: this.#links,
      jsonLd,
      meta: this.#meta,
      marks: this.#marks,
      scripts: [...scripts, ...this.#handlers],
    };
  }
}

function onOneLine(text: string): string {
  return text.replace(/[\n\t]+/g, ' ').trim();
}

/**
 * Whether an inline style keeps an element out of sight. Small inline elements are also hidden by
 * size, opacity or place: on blocks those are animations and image replacement.
 */
export function hidesByStyle(style: string, inline: boolean): boolean {
  if (style.length < 9) return inline && /font-size\s*:\s*0/i.test(style);
  if (/display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)/i.test(style)) return true;
  if (!inline) return false;
  return HIDES_INLINE.test(style);
}

const HIDES_INLINE =
  /(?:opacity|font-size|width)\s*:\s*0(?:px|em|rem|%)?\s*(?:;|!|$)|(?:left|top)\s*:\s*-\d{3,}/i;
