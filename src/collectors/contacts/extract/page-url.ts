/**
 * The URL of the page at hand, parsed once: several finders ask for it, one page after another.
 */
let last: { readonly text: string; readonly url: URL | undefined } | undefined;

/** What stands before the path, as written: what is told from the host alone is told from this. */
export function originOf(url: string): string {
  const path = url.indexOf('/', url.indexOf('://') + 3);
  return path < 0 ? url : url.slice(0, path);
}

/** The parsed URL, not to be changed, or undefined where it is none. */
export function pageUrl(text: string): URL | undefined {
  if (last?.text !== text) last = { text, url: URL.parse(text) ?? undefined };
  return last.url;
}
