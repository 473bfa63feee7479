/**
 * Whether one of some words stands in a value of an attribute: read from the page's units, without
 * a string of it. Three letters in a row say which words may begin there.
 */
import { symbolOf } from './letter-gate.ts';

export interface WordListOptions {
  /** Words that count wherever they stand, three small letters or hyphens at least. */
  readonly anywhere: readonly string[];
  /** Words that count between ends of the value, white space, `_` and `-`; two letters at least. */
  readonly alone: readonly string[];
  /** Letters that count where a name of the value begins with them and a hyphen. */
  readonly prefixes: string;
}

/** One stands there, none does, or it takes more than ASCII to tell. */
export type WordAnswer = 'yes' | 'no' | 'unclear';

interface Candidate {
  readonly codes: readonly number[];
  readonly alone: boolean;
}

const TRIPLES = 1 << 15;
const AMPERSAND = 38;
const HYPHEN = 45;
const UNDERSCORE = 95;
const SPACE = 32;

export class WordList {
  /** By three symbols: 1 + index of the words that may begin there, 0 = none. */
  readonly #opening = new Uint8Array(TRIPLES);
  readonly #candidates: Candidate[][] = [];
  readonly #prefixes = new Uint8Array(128);

  constructor({ anywhere, alone, prefixes }: WordListOptions) {
    for (const word of anywhere) this.#add(word, false);
    for (const word of alone) this.#add(word, true);
    for (const letter of prefixes) this.#prefixes[letter.charCodeAt(0)] = 1;
  }

  /** Looks in `[start, end)`; a reference, or a unit that is not ASCII, may stand for anything. */
  within(units: Uint16Array, start: number, end: number): WordAnswer {
    const opening = this.#opening;
    let triple = 0;
    // One further, for words of two letters are known by what ends them.
    for (let i = start; i <= end; i++) {
      const unit = i < end ? units[i]! : SPACE;
      if (unit >= 128 || unit === AMPERSAND) return 'unclear';
      triple = ((triple << 5) | symbolOf(unit)) & (TRIPLES - 1);
      const found = opening[triple]!;
      if (found > 0 && i >= start + 2 && this.#stands(found, units, start, i - 2, end))
        return 'yes';
      if (unit === HYPHEN && this.#isPrefix(units, start, i - 1)) return 'yes';
    }
    return 'no';
  }

  #add(word: string, alone: boolean): void {
    const codes = [...word].map((letter) => letter.charCodeAt(0));
    const [one = 0, two = 0, three = 0] = codes.map(symbolOf);
    const triple = (((one << 5) | two) << 5) | three;
    const known = this.#opening[triple]!;
    if (known > 0) this.#candidates[known - 1]!.push({ codes, alone });
    else this.#opening[triple] = this.#candidates.push([{ codes, alone }]);
  }

  #stands(found: number, units: Uint16Array, start: number, at: number, end: number): boolean {
    for (const { codes, alone } of this.#candidates[found - 1]!) {
      const after = at + codes.length;
      if (after > end || !isAt(codes, units, at)) continue;
      if (!alone) return true;
      const opens = at === start || parts(units[at - 1]!);
      if (opens && (after === end || parts(units[after]!))) return true;
    }
    return false;
  }

  #isPrefix(units: Uint16Array, start: number, at: number): boolean {
    if (at < start || this.#prefixes[units[at]! | 32] === 0) return false;
    return at === start || isSpace(units[at - 1]!);
  }
}

/** The same question as a pattern, for any text. */
export function patternOf({ anywhere, alone, prefixes }: WordListOptions): RegExp {
  const inside = anywhere.join('|');
  const apart = `(?:^|[\\s_-])(?:${alone.join('|')})(?:$|[\\s_-])`;
  return new RegExp(`${inside}|${apart}|(?:^|\\s)[${prefixes}]-`, 'i');
}

function isAt(codes: readonly number[], units: Uint16Array, at: number): boolean {
  for (let i = 0; i < codes.length; i++) {
    const unit = units[at + i]!;
    const code = codes[i]!;
    if (unit !== code && (code === HYPHEN || (unit | 32) !== code)) return false;
  }
  return true;
}

function parts(unit: number): boolean {
  return isSpace(unit) || unit === HYPHEN || unit === UNDERSCORE;
}

function isSpace(unit: number): boolean {
  return unit === SPACE || (unit >= 9 && unit <= 13);
}
