/**
 * Turns away most places where no word of a list can stand, by its first two letters or its last
 * three and before a string is made of them. What it lets through still has to be looked up; what
 * it turns away is certainly none: where one of the letters is not ASCII, anything passes.
 */
export class LetterGate {
  readonly #opening = new Uint8Array(SYMBOLS * SYMBOLS + 1);
  readonly #closing = new Uint8Array(SYMBOLS * SYMBOLS * SYMBOLS + 1);

  /** A gate for `words`, in any letters. A word of one letter has none behind it. */
  constructor(words: Iterable<string>) {
    for (const word of words) {
      this.#opening[pairAt(word, 0)] = 1;
      this.#closing[tripleBefore(word, word.length)] = 1;
    }
    this.#opening[FOREIGN_PAIR] = this.#closing[FOREIGN_TRIPLE] = 1;
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

/**
 * Turns away values of attributes in which no word of a list can stand, by three letters in a row
 * and before a string is made of them.
 */
export class ValueGate {
  readonly #triples = new Uint8Array(1 << 15);

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
      triple = ((triple << 5) | (code < 128 ? symbolOf(code) : 0)) & 0x7fff;
      if (triples[triple] === 1 || code === 38) return true;
    }
    triple = (triple << 5) & 0x7fff;
    return triples[triple] === 1;
  }
}

/** The letters and one for all that is none. */
const SYMBOLS = 27;
const FOREIGN_PAIR = SYMBOLS * SYMBOLS;
const FOREIGN_TRIPLE = SYMBOLS * SYMBOLS * SYMBOLS;

function pairAt(text: string, at: number): number {
  const one = text.charCodeAt(at);
  const two = text.charCodeAt(at + 1);
  return (one | two) >= 128 ? FOREIGN_PAIR : symbolOf(one) * SYMBOLS + symbolOf(two);
}

function tripleBefore(text: string, end: number): number {
  const one = text.charCodeAt(end - 3);
  const two = text.charCodeAt(end - 2);
  const three = text.charCodeAt(end - 1);
  if ((one | two | three) >= 128) return FOREIGN_TRIPLE;
  return (symbolOf(one) * SYMBOLS + symbolOf(two)) * SYMBOLS + symbolOf(three);
}

/** 1 to 26 for ASCII letters in any case, else 0. */
function symbolOf(code: number): number {
  const folded = code | 32;
  return folded >= 97 && folded <= 122 ? folded - 96 : 0;
}
