/**
 * Answers of a pure function of a short text, kept for the texts that pages repeat: labels, names,
 * classes. Bounded: a full memo is emptied, for what is asked now says more of what comes next.
 */
export class Memo<T> {
  readonly #answers = new Map<string, T>();
  readonly #answer: (text: string) => T;
  readonly #entriesMax: number;
  readonly #charsMax: number;

  /** Remembers up to `entriesMax` answers for texts of up to `charsMax` UTF-16 units. */
  constructor(entriesMax: number, charsMax: number, answer: (text: string) => T) {
    this.#entriesMax = entriesMax;
    this.#charsMax = charsMax;
    this.#answer = answer;
  }

  of(text: string): T {
    if (text.length > this.#charsMax) return this.#answer(text);
    const known = this.#answers.get(text);
    if (known !== undefined) return known;
    const own = detached(text);
    const answer = this.#answer(own);
    if (this.#answers.size >= this.#entriesMax) this.#answers.clear();
    this.#answers.set(own, answer);
    return answer;
  }
}

/**
 * The same text in memory of its own. A piece cut from a page holds on to the whole page for as
 * long as it lives, and thousands of pieces hold on to thousands of pages.
 */
function detached(text: string): string {
  return ` ${text}`.slice(1);
}
