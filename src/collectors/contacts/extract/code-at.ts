const { charCodeAt } = String.prototype;

/**
 * The code unit of `text` at `at`, NaN where there is none. V8 keeps strings in a dozen ways and
 * looks a method up anew for each of them; found once, it is part of the loop that asks.
 */
export function codeAt(text: string, at: number): number {
  return charCodeAt.call(text, at);
}
