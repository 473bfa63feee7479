/**
 * A page as a tree of elements that are found by their class tokens. Classes carry extra tokens and
 * change order, so nothing here compares a whole attribute.
 */
import { Parser } from 'htmlparser2';

export class PageElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly classes: readonly string[];
  readonly children: (PageElement | string)[] = [];

  constructor(name: string, attributes: Readonly<Record<string, string>>) {
    this.name = name;
    this.attributes = attributes;
    const { class: tokens } = attributes;
    this.classes = tokens === undefined ? NO_CLASSES : tokens.split(/\s+/);
  }

  has(token: string): boolean {
    return this.classes.includes(token);
  }

  attribute(name: string): string | undefined {
    return this.attributes[name];
  }
}

const NO_CLASSES: readonly string[] = [];

/** Deeper than any honest page; what is below it joins the deepest element. */
const DEPTH_MAX = 200;

export function parsePage(html: string): PageElement {
  const root = new PageElement('', {});
  const open: PageElement[] = [root];
  // Elements that are too deep to be opened, so that their ends close none above them.
  let skipped = 0;
  const parser = new Parser({
    onopentag(name, attributes) {
      if (open.length >= DEPTH_MAX) {
        skipped += 1;
        return;
      }
      const element = new PageElement(name, attributes);
      (open.at(-1) as PageElement).children.push(element);
      open.push(element);
    },
    ontext(text) {
      (open.at(-1) as PageElement).children.push(text);
    },
    onclosetag() {
      if (skipped > 0) skipped -= 1;
      else if (open.length > 1) open.pop();
    },
  });
  parser.end(html);
  return root;
}

/** Where a search does not go on: an element that is somebody else's. */
export type Fence = (element: PageElement) => boolean;

const NO_FENCE: Fence = () => false;

/** All elements below that carry the class, outermost first, none inside another. */
export function findAll(
  within: PageElement,
  token: string,
  fence: Fence = NO_FENCE,
): readonly PageElement[] {
  const found: PageElement[] = [];
  walk(within, (element) => {
    if (fence(element)) return false;
    if (!element.has(token)) return true;
    found.push(element);
    return false;
  });
  return found;
}

/** The first element below that carries the class. */
export function find(
  within: PageElement,
  token: string,
  fence: Fence = NO_FENCE,
): PageElement | undefined {
  return search(within, (element) => element.has(token), fence);
}

/** The first element below with that tag. */
export function findTag(
  within: PageElement,
  name: string,
  fence: Fence = NO_FENCE,
): PageElement | undefined {
  return search(within, (element) => element.name === name, fence);
}

export function search(
  within: PageElement,
  wanted: (element: PageElement) => boolean,
  fence: Fence = NO_FENCE,
): PageElement | undefined {
  let found: PageElement | undefined;
  walk(within, (element) => {
    if (found !== undefined || fence(element)) return false;
    if (wanted(element)) found = element;
    return found === undefined;
  });
  return found;
}

/** Visits the elements below in order; `enter` says whether to go into one. */
export function walk(within: PageElement, enter: (element: PageElement) => boolean): void {
  for (const child of within.children) {
    if (typeof child !== 'string' && enter(child)) walk(child, enter);
  }
}

/** The text inside in one line. */
export function textOf(element: PageElement | undefined): string {
  if (!element) return '';
  const parts: string[] = [];
  collect(element, parts);
  return parts.join('').replace(/\s+/g, ' ').trim();
}

function collect(element: PageElement, parts: string[]): void {
  for (const child of element.children) {
    if (typeof child === 'string') parts.push(child);
    else if (child.name === 'br') parts.push(' ');
    else collect(child, parts);
  }
}
