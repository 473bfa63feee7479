/** White space that is not one space between two words. */
const UNFOLDED = /^\s|\s$|\s\s|[^\S ]/;

/** White space folded to single spaces, none of it at the ends: most texts are so already. */
export function foldSpace(text: string): string {
  return UNFOLDED.test(text) ? text.replace(/\s+/g, ' ').trim() : text;
}
