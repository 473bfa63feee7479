/**
 * The few rules of inline style sheets that change what a reader sees of an address: classes that
 * hide decoys, that show text reversed, or that put text before or after an element. Found by
 * their keywords; the rest of a style sheet is not read.
 */

import { NameGate } from './name-gate.ts';

export interface GeneratedText {
  readonly place: 'before' | 'after';
  /** CSS content: quoted strings and `attr(name)`. */
  readonly content: string;
}

const RULES_MAX = 100;
const SELECTOR_CHARS_MAX = 300;
const KEYWORDS_MAX = 400;

export class StyleRules {
  readonly #hidden = new Set<string>();
  readonly #reversed = new Set<string>();
  readonly #generated = new Map<string, GeneratedText[]>();
  /** What an element's classes, and its id, must pass for any rule to be about it. */
  readonly classes = new NameGate();
  readonly ids = new NameGate();

  get isEmpty(): boolean {
    return this.#hidden.size === 0 && this.#reversed.size === 0 && this.#generated.size === 0;
  }

  /** Adds the rules of one style element. */
  read(css: string): void {
    this.#each(css, 'none', (body, selector, at) => {
      if (!/display\s*:\s*none/i.test(body) || isInMedia(css, at)) return;
      for (const name of plainNames(selector)) this.#add(this.#hidden, name);
    });
    this.#each(css, 'bidi-override', (body, selector) => {
      if (!/direction\s*:\s*rtl/i.test(body)) return;
      for (const name of plainNames(selector)) this.#add(this.#reversed, name);
    });
    this.#each(css, 'content', (body, selector) => this.#content(body, selector));
  }

  #content(body: string, selector: string): void {
    const content = /content\s*:\s*([^;}]{1,200})/i.exec(body)?.[1] ?? '';
    if (!/attr\(|@|\\0{0,4}40|\.[a-z]{2,}/i.test(content)) return;
    for (const part of selector.split(',', 8)) {
      const match = /([^\s>+~]*?)::?(before|after)\s*$/i.exec(part);
      const place = match?.[2]?.toLowerCase();
      if (match === null || (place !== 'before' && place !== 'after')) continue;
      for (const name of plainNames(match[1]!)) {
        const known = this.#generated.get(name) ?? [];
        if (this.#generated.size < RULES_MAX && known.length < 4) {
          this.#generated.set(name, [...known, { place, content }]);
          this.#let(name);
        }
      }
    }
  }

  #add(names: Set<string>, name: string): void {
    if (names.size >= RULES_MAX) return;
    names.add(name);
    this.#let(name);
  }

  /** `.name` or `#name`. */
  #let(name: string): void {
    (name.startsWith('.') ? this.classes : this.ids).add(name.slice(1));
  }

  #each(
    css: string,
    keyword: string,
    take: (body: string, selector: string, at: number) => void,
  ): void {
    let at = css.indexOf(keyword);
    for (let tries = 0; at >= 0 && tries < KEYWORDS_MAX; tries++) {
      const floor = Math.max(0, at - SELECTOR_CHARS_MAX * 2);
      const open = css.slice(floor, at).lastIndexOf('{') + floor;
      const close = css.slice(at, at + SELECTOR_CHARS_MAX).indexOf('}');
      if (open >= floor) {
        const before = css.slice(Math.max(0, open - SELECTOR_CHARS_MAX), open);
        const selector = before.slice(
          Math.max(before.lastIndexOf('}'), before.lastIndexOf('{')) + 1,
        );
        const body = css.slice(open + 1, close < 0 ? at + keyword.length : at + close);
        take(body, selector.replace(/\/\*.*?\*\//gs, '').trim(), at);
      }
      at = css.indexOf(keyword, at + keyword.length);
    }
  }

  hides(className: string, id: string): boolean {
    return this.#hidden.size > 0 && has(this.#hidden, className, id);
  }

  reverses(className: string, id: string): boolean {
    return this.#reversed.size > 0 && has(this.#reversed, className, id);
  }

  /** Text that the rules put at one end of an element; `attribute` gives its attributes. */
  generated(
    place: 'before' | 'after',
    className: string,
    id: string,
    attribute: (name: string) => string,
  ): string {
    if (this.#generated.size === 0) return '';
    let text = '';
    const add = (name: string): void => {
      for (const rule of this.#generated.get(name) ?? []) {
        if (rule.place === place) text += resolve(rule.content, attribute);
      }
    };
    if (!/\s/.test(className)) {
      if (className !== '') add(`.${className}`);
    } else for (const name of className.split(/\s+/, 16)) add(`.${name}`);
    if (id !== '') add(`#${id}`);
    return text;
  }
}

function resolve(content: string, attribute: (name: string) => string): string {
  let text = '';
  for (const part of content.matchAll(/attr\(\s*([\w-]+)\s*\)|"([^"]*)"|'([^']*)'/g)) {
    if (part[1] !== undefined) text += attribute(part[1].toLowerCase());
    else text += unescapeCss(part[2] ?? part[3] ?? '');
  }
  return text;
}

function unescapeCss(text: string): string {
  return text.replace(/\\([\da-f]{1,6})\s?|\\(.)/gi, (_, hex, plain) =>
    hex === undefined ? plain : String.fromCodePoint(Math.min(Number.parseInt(hex, 16), 0x10ffff)),
  );
}

/**
 * `.name` and `#name` of the last element that each part of a selector names, where nothing else
 * is asked of it.
 */
function plainNames(selector: string): string[] {
  if (selector.length > SELECTOR_CHARS_MAX) return [];
  const names: string[] = [];
  for (const part of selector.split(',', 16)) {
    const last = /(?:^|[\s>+~])(?:[a-z]+\d?)?([.#][\w-]+)\s*$/i.exec(part)?.[1];
    if (last !== undefined) names.push(last);
  }
  return names;
}

function isInMedia(css: string, at: number): boolean {
  const from = css.slice(Math.max(0, at - 4_000), at);
  const media = from.lastIndexOf('@media');
  if (media < 0) return false;
  let depth = 0;
  for (let i = media; i < from.length; i++) {
    const code = from.charCodeAt(i);
    if (code === 123) depth++;
    else if (code === 125) depth--;
  }
  return depth > 1;
}

function has(names: ReadonlySet<string>, className: string, id: string): boolean {
  if (id !== '' && names.has(`#${id}`)) return true;
  if (className === '') return false;
  if (!className.includes(' ')) return names.has(`.${className}`);
  return className.split(/\s+/, 16).some((name) => names.has(`.${name}`));
}
