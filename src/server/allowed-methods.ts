/** Which methods an address takes: what is said where it is asked with another one. */
import type { Route } from './route.ts';

/** The methods of an address, for `Allow`, in order; none where there is nothing at all. */
export type AllowedMethods = (path: string) => readonly string[];

/** Of these routes; `HEAD` goes with `GET`. */
export function allowedMethods(routes: readonly Route[]): AllowedMethods {
  const all = routes.map(({ method, path }) => ({ method, parts: partsOf(path) }));
  return (path) => {
    const asked = partsOf(path);
    const found = new Set<string>();
    for (const { method, parts } of all) {
      if (!fits(parts, asked)) continue;
      found.add(method);
      if (method === 'GET') found.add('HEAD');
    }
    return [...found].sort();
  };
}

/** As the router has it: a slash at the end stands for nothing. */
function partsOf(path: string): readonly string[] {
  return path.replace(/\/$/, '').split('/');
}

/** A part that begins with a colon stands for any. */
function fits(parts: readonly string[], asked: readonly string[]): boolean {
  if (parts.length !== asked.length) return false;
  return parts.every((part, i) => part === asked[i] || (part.startsWith(':') && asked[i] !== ''));
}
