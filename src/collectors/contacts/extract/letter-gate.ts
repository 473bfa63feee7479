/**
 * Turns away most places where no word of a list can stand, by its first three letters or its last
 * three and before a string is made of them. What it lets through still has to be looked up; what
 * it turns away is certainly none: where one of the letters is not ASCII, anything passes.
 */
export class LetterGate {
  readonly #pairs = new Uint8Array(1 << 10);
  readonly #opening = new Uint8Array(TRIPLES);
  readonly #closing = new Uint8Array(TRIPLES);

  /**
   * A gate for `words`, in any letters. A word of one letter has none behind it; one of two may
   * have any.
   */
  constructor(words: Iterable<string>) {
    for (const word of words) {
      this.#open(word);
      const closing = tripleBefore(word, word.length);
      if (closing !== FOREIGN) this.#closing[closing] = 1;
    }
  }

  #open(word: string): void {
    const pair = pairAt(word, 0);
    if (pair === FOREIGN) return;
    this.#pairs[pair] = 1;
    const opening = pair << 5;
    if (word.length < 3) this.#opening.fill(1, opening, opening + SYMBOLS);
    else this.#opening[opening | symbolOf(word.charCodeAt(2))] = 1;
  }

  /** Whether one of the words may begin at `at`. */
  opens(text: string, at: number): boolean {
    const pair = pairAt(text, at);
    if (pair === FOREIGN) return true;
    if (this.#pairs[pair] === 0) return false;
    const third = text.charCodeAt(at + 2);
    return third >= 128 || this.#opening[(pair << 5) | symbolOf(third)] === 1;
  }

  /** Whether one of the words may end at `end`, with no letter before it. */
  closes(text: string, end: number): boolean {
    const triple = tripleBefore(text, end);
    return triple === FOREIGN || this.#closing[triple] === 1;
  }
}

/**
 * Turns away values of attributes in which no word of a list can stand, by three letters in a row
 * and before a string is made of them.
 */
export class ValueGate {
  readonly #triples = new Uint8Array(TRIPLES);

  /** A gate for words that begin as `beginnings`: three characters each, in small letters. */
  constructor(beginnings: Iterable<string>) {
    for (const text of beginnings) {
      let triple = 0;
      for (let i = 0; i < 3; i++) triple = (triple << 5) | symbolOf(text.charCodeAt(i));
      this.#triples[triple] = 1;
    }
  }

  /** Whether one of the words may stand in `[start, end)`; a reference may stand for anything. */
  within(codes: Uint16Array, start: number, end: number): boolean {
    const triples = this.#triples;
    let triple = 0;
    for (let i = start; i < end; i++) {
      const code = codes[i]!;
      triple = ((triple << 5) | (code < 128 ? symbolOf(code) : 0)) & (TRIPLES - 1);
      if (triples[triple] === 1 || code === 38) return true;
    }
    triple = (triple << 5) & (TRIPLES - 1);
    return triples[triple] === 1;
  }
}

/** The letters and one for all that is none; each takes five bits. */
const SYMBOLS = 27;
const TRIPLES = 1 << 15;
/** Not all of the letters are ASCII. */
const FOREIGN = -1;

function pairAt(text: string, at: number): number {
  const one = text.charCodeAt(at);
  const two = text.charCodeAt(at + 1);
  return (one | two) >= 128 ? FOREIGN : (symbolOf(one) << 5) | symbolOf(two);
}

function tripleBefore(text: string, end: number): number {
  const one = text.charCodeAt(end - 3);
  const two = text.charCodeAt(end - 2);
  const three = text.charCodeAt(end - 1);
  if ((one | two | three) >= 128) return FOREIGN;
  return (((symbolOf(one) << 5) | symbolOf(two)) << 5) | symbolOf(three);
}

/** 1 to 26 for ASCII letters in any case, else 0. */
function symbolOf(code: number): number {
  const folded = code | 32;
  return folded >= 97 && folded <= 122 ? folded - 96 : 0;
}
