/**
 * The words of a message as plain text, and which parts of it mean what. Offsets count UTF-16
 * units, as the service itself does.
 */
import type { EntityKind, TextEntity } from './message.ts';
import { PageElement } from './page-tree.ts';

export interface RichText {
  readonly text: string;
  readonly entities: readonly TextEntity[];
}

const KIND_BY_TAG: Readonly<Record<string, EntityKind>> = {
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  u: 'underline',
  ins: 'underline',
  s: 'strike',
  del: 'strike',
  strike: 'strike',
  code: 'code',
  pre: 'pre',
  blockquote: 'quote',
  'tg-spoiler': 'spoiler',
};

/** Reads what stands inside. `base`: what relative links are relative to. */
export function readRichText(element: PageElement, base: string): RichText {
  const writer = new RichTextWriter(base);
  writer.children(element);
  return writer.done();
}

class RichTextWriter {
  readonly #base: string;
  #text = '';
  /** Where the words begin and end: the page's own white space around them is none of them. */
  #start: number | undefined;
  #end = 0;
  readonly #entities: TextEntity[] = [];

  constructor(base: string) {
    this.#base = base;
  }

  children(element: PageElement): void {
    for (const child of element.children) {
      if (child instanceof PageElement) this.#element(child);
      else this.#write(child);
    }
  }

  /** A line break is a word of its own, though it looks like white space. */
  #write(text: string, isBreak = false): void {
    const words = isBreak ? text : text.trimEnd();
    if (words.trimStart() !== '' || isBreak) {
      this.#start ??= this.#text.length + (isBreak ? 0 : text.length - text.trimStart().length);
      this.#end = this.#text.length + words.length;
    }
    this.#text += text;
  }

  #element(element: PageElement): void {
    if (element.name === 'br') {
      this.#write('\n', true);
      return;
    }
    // A picture stands for the sign, which is inside in bold; it means neither.
    if (element.has('emoji')) {
      this.#plain(element);
      return;
    }
    const at = this.#entities.length;
    const offset = this.#text.length;
    this.children(element);
    const length = this.#text.length - offset;
    const meaning = length > 0 ? this.#meaningOf(element, offset) : undefined;
    // The outer one first where both begin at the same place.
    if (meaning) this.#entities.splice(at, 0, { ...meaning, offset, length });
  }

  #plain(element: PageElement): void {
    for (const child of element.children) {
      if (child instanceof PageElement) this.#plain(child);
      else this.#write(child);
    }
  }

  #meaningOf(
    element: PageElement,
    offset: number,
  ): { readonly kind: EntityKind; readonly url?: string } | undefined {
    if (element.name === 'a') return this.#link(element, this.#text.slice(offset));
    const kind = KIND_BY_TAG[element.name];
    return kind === undefined ? undefined : { kind };
  }

  #link(element: PageElement, shown: string) {
    const href = element.attribute('href');
    if (href === undefined) return undefined;
    const url = readLink(href, this.#base);
    if (url === undefined) return undefined;
    if (shown.startsWith('#') && /[?&]q=%23/i.test(href)) return { kind: 'hashtag' as const };
    if (/^@\w+$/.test(shown) && isProfile(url)) return { kind: 'mention' as const, url };
    return { kind: 'link' as const, url };
  }

  done(): RichText {
    const start = this.#start ?? this.#text.length;
    const text = this.#text.slice(start, this.#end);
    const entities: TextEntity[] = [];
    for (const entity of this.#entities) {
      const from = Math.max(0, entity.offset - start);
      const to = Math.min(text.length, entity.offset - start + entity.length);
      if (to > from) entities.push({ ...entity, offset: from, length: to - from });
    }
    return { text, entities };
  }
}

/** An absolute address; the service escapes some of them twice. */
export function readLink(href: string, base: string): string | undefined {
  const url = URL.parse(href.replaceAll('&amp;', '&').trim(), base);
  if (!url || url.protocol === 'javascript:') return undefined;
  return url.href;
}

function isProfile(url: string): boolean {
  return /^https?:\/\/[^/]+\/\w+$/.test(url);
}
