/**
 * Turns away most places where no word of a list can stand, by two of their letters and before a
 * string is made of them. What it lets through still has to be looked up; what it turns away is
 * certainly none: anything but two ASCII letters passes.
 */
export class LetterGate {
  readonly #opening = new Uint8Array(PAIRS);
  readonly #closing = new Uint8Array(PAIRS);

  /** A gate for `words`, in any letters. */
  constructor(words: Iterable<string>) {
    for (const word of words) {
      this.#opening[pairAt(word, 0)] = 1;
      this.#closing[pairAt(word, word.length - 2)] = 1;
    }
    this.#opening[ANY] = this.#closing[ANY] = 1;
  }

  /** Whether one of the words may begin at `at`. */
  opens(text: string, at: number): boolean {
    return this.#opening[pairAt(text, at)] === 1;
  }

  /** Whether one of the words may end at `end`. */
  closes(text: string, end: number): boolean {
    return this.#closing[pairAt(text, end - 2)] === 1;
  }
}

const ANY = 26 * 26;
const PAIRS = ANY + 1;

function pairAt(text: string, at: number): number {
  const one = (text.charCodeAt(at) | 32) - 97;
  const two = (text.charCodeAt(at + 1) | 32) - 97;
  return one >= 0 && one < 26 && two >= 0 && two < 26 ? one * 26 + two : ANY;
}
