/**
 * The URL of the page at hand, parsed once: several finders ask for it, one page after another.
 */
let last: { readonly text: string; readonly url: URL | undefined } | undefined;

/** The parsed URL, not to be changed, or undefined where it is none. */
export function pageUrl(text: string): URL | undefined {
  if (last?.text !== text) last = { text, url: URL.parse(text) ?? undefined };
  return last.url;
}
