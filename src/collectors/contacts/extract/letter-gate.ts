/**
 * Turns away most places where no word of a list can stand, by its first two letters or its last
 * three and before a string is made of them. What it lets through still has to be looked up; what
 * it turns away is certainly none: letters that are not ASCII pass.
 */
export class LetterGate {
  readonly #opening = new Uint8Array(SYMBOLS * SYMBOLS);
  readonly #closing = new Uint8Array(SYMBOLS * SYMBOLS * SYMBOLS);

  /** A gate for `words`, in any letters. */
  constructor(words: Iterable<string>) {
    for (const word of words) {
      this.#opening[pairAt(word, 0)] = 1;
      this.#closing[tripleBefore(word, word.length)] = 1;
    }
    this.#opening[OTHER] = this.#closing[OTHER] = 1;
  }

  /** Whether one of the words may begin at `at`. */
  opens(text: string, at: number): boolean {
    return this.#opening[pairAt(text, at)] === 1;
  }

  /** Whether one of the words may end at `end`, with no letter before it. */
  closes(text: string, end: number): boolean {
    return this.#closing[tripleBefore(text, end)] === 1;
  }
}

const SYMBOLS = 27;
/** No letter; where the whole is this, anything goes. */
const OTHER = 0;

/** Two ASCII letters as one number; anything else passes. */
function pairAt(text: string, at: number): number {
  const one = symbolOf(text.charCodeAt(at));
  const two = symbolOf(text.charCodeAt(at + 1));
  return one === OTHER || two === OTHER ? OTHER : one * SYMBOLS + two;
}

function tripleBefore(text: string, end: number): number {
  const one = text.charCodeAt(end - 3);
  const two = text.charCodeAt(end - 2);
  const three = text.charCodeAt(end - 1);
  if ((one | two | three) >= 128) return OTHER;
  return (symbolOf(one) * SYMBOLS + symbolOf(two)) * SYMBOLS + symbolOf(three);
}

/** 1 to 26 for ASCII letters in any case, else `OTHER`. */
function symbolOf(code: number): number {
  const folded = code | 32;
  return folded >= 97 && folded <= 122 ? folded - 96 : OTHER;
}
