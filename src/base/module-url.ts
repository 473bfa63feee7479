/**
 * The URL of a sibling module for code that starts by URL (threads, processes). The project runs as
 * `.ts` from a checkout and as `.js` from `dist/`; the compiler rewrites imports but not such URLs.
 *
 * `moduleUrl(import.meta.url, './thread.ts')`
 */
export function moduleUrl(from: string, path: string): URL {
  const built = new URL(from).pathname.endsWith('.js');
  return new URL(built ? path.replace(/\.ts$/, '.js') : path, from);
}
