/**
 * Turns away most places where no word of a list can stand, by its first three letters or its last
 * three and before a string is made of them. What it lets through still has to be looked up; what
 * it turns away is certainly none: where one of the letters is not ASCII, anything passes.
 */
import { codeAt } from './code-at.ts';

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
    else this.#opening[opening | symbolOf(codeAt(word, 2))] = 1;
  }

  /** Whether one of the words may begin at `at`. */
  opens(text: string, at: number): boolean {
    return this.#mayOpen(codeAt(text, at), codeAt(text, at + 1), codeAt(text, at + 2));
  }

  /** Whether one of the words may begin at `at` of a text's units. */
  opensIn(units: Uint16Array, at: number): boolean {
    return this.#mayOpen(unitAt(units, at), unitAt(units, at + 1), unitAt(units, at + 2));
  }

  /** Whether one of the words may end at `end` of a text's units, with no letter before it. */
  closesIn(units: Uint16Array, end: number): boolean {
    const one = unitAt(units, end - 3);
    const two = unitAt(units, end - 2);
    const three = unitAt(units, end - 1);
    return (one | two | three) >= 128 || this.#closing[tripleOf(one, two, three)] === 1;
  }

  #mayOpen(one: number, two: number, three: number): boolean {
    if ((one | two) >= 128) return true;
    const pair = (symbolOf(one) << 5) | symbolOf(two);
    if (this.#pairs[pair] === 0) return false;
    return three >= 128 || this.#opening[(pair << 5) | symbolOf(three)] === 1;
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
      for (let i = 0; i < 3; i++) triple = (triple << 5) | symbolOf(codeAt(text, i));
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
  const one = codeAt(text, at);
  const two = codeAt(text, at + 1);
  return (one | two) >= 128 ? FOREIGN : (symbolOf(one) << 5) | symbolOf(two);
}

function tripleBefore(text: string, end: number): number {
  const one = codeAt(text, end - 3);
  const two = codeAt(text, end - 2);
  const three = codeAt(text, end - 1);
  return (one | two | three) >= 128 ? FOREIGN : tripleOf(one, two, three);
}

function tripleOf(one: number, two: number, three: number): number {
  return (((symbolOf(one) << 5) | symbolOf(two)) << 5) | symbolOf(three);
}

/** 0 where there is no unit. */
function unitAt(units: Uint16Array, at: number): number {
  return at >= 0 && at < units.length ? units[at]! : 0;
}

/** 1 to 26 for ASCII letters in any case, else 0. */
export function symbolOf(code: number): number {
  const folded = code | 32;
  return folded >= 97 && folded <= 122 ? folded - 96 : 0;
}
