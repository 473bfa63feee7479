/** The words behind the question mark of an address: only those that are known are taken. */
import { nearest } from './suggest.ts';

/**
 * The end of a sentence that says what is wrong with them; undefined = nothing. `known` are told,
 * `tacit` ones belong to whoever the address is handed on to.
 */
export function wrongWords(
  words: URLSearchParams,
  known: readonly string[],
  tacit: ReadonlySet<string> = new Set(),
): string | undefined {
  const seen = new Set<string>();
  for (const name of words.keys()) {
    if (!known.includes(name) && !tacit.has(name)) {
      const meant = nearest(name, [...known, ...tacit]);
      const all = known.map((each) => `?${each}=`).join(' and ');
      const instead =
        meant === undefined
          ? `; ${known.length === 0 ? 'it takes no such words' : `it takes ${all}`}`
          : `; did you mean ?${meant}=`;
      return `nobody knows ?${name.slice(0, 60)}=${instead}`;
    }
    if (seen.has(name)) return `it has ?${name}= twice`;
    seen.add(name);
  }
  return undefined;
}
