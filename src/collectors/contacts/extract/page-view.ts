/**
 * One page as the extractors see it. It is made in a single linear pass over the HTML, with no
 * tree: a parser costs several times what finding the interesting places costs.
 *
 * All offsets are UTF-16 indexes into `text`.
 */
export interface PageView {
  /** The final URL of the page. */
  readonly url: string;
  /** Href of the base element as written, or ''. */
  readonly base: string;
  /** `lang` of the html element, lower case, or ''. */
  readonly lang: string;
  /** Text of the title element, entities decoded, white space folded. */
  readonly title: string;
  /**
   * The visible text: entities decoded, white space folded to single spaces, block boundaries and
   * `<br>` as '\n', table cell boundaries as '\t'. Scripts, styles, templates, comments and what
   * is hidden by an inline style or the hidden attribute are left out.
   */
  readonly text: string;
  /** Anchors and areas in document order. */
  readonly links: readonly PageLink[];
  /** Raw bodies of `<script type="application/ld+json">`. */
  readonly jsonLd: readonly string[];
  /**
   * `meta` elements by lower-case name, property or http-equiv; the first of each wins. `link`
   * elements that name another page of this one (canonical, me, publisher, author):
   * `link:canonical`.
   */
  readonly meta: ReadonlyMap<string, string>;
  /**
   * Elements whose markup says what their text is: microdata, hCard, address, cfemail and so on.
   */
  readonly marks: readonly Mark[];
  /** Bodies of inline scripts that may write an address (document.write, atob, '@', mailto). */
  readonly scripts: readonly string[];
}

export interface PageLink {
  /** The href as written, entities decoded, trimmed; not resolved. */
  readonly href: string;
  /** Visible text inside the anchor (or its aria-label, title or image alt where that is empty). */
  readonly text: string;
  readonly rel: string;
  /**
   * Not shown: `self` by the anchor's own style or attribute, `ancestor` by an element around it.
   */
  readonly hidden: '' | 'self' | 'ancestor';
  readonly start: number;
  readonly end: number;
}

/**
 * An element that names the meaning of its text, or carries a value in an attribute: itemprop,
 * itemtype (RDFa's property and typeof count as these), an hCard class, a class or id that speaks
 * of an address, a phone, hours, a company, a logo and so on, `data-*` that may carry contact
 * data, and every `address`, `footer`, `h1` and `time`.
 */
export interface Mark {
  readonly tag: string;
  /** `itemprop`, lower case, or ''. */
  readonly itemprop: string;
  /** `itemtype`, last path segment (`PostalAddress`), or ''. */
  readonly itemtype: string;
  /** `class`, as written, or ''. */
  readonly className: string;
  /** Attributes that may carry a value: id, content, datetime, href, src, alt, title, data-* … */
  readonly attributes: ReadonlyMap<string, string>;
  readonly start: number;
  readonly end: number;
  /** Number of marks that enclose this one: a mark's children follow it with a larger depth. */
  readonly depth: number;
}
