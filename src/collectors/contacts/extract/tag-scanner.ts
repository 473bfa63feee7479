/**
 * Reads one start tag: its attributes by slot, without making strings of them. A value whose
 * quote is never closed ends at the next `>`; that the quote has no partner is remembered, so a
 * page full of such tags is read once and not once a tag.
 */

import { decodeAttribute } from './html-entities.ts';
import { ATTRIBUTES, type AttributeName, attributeSlot, hashNext } from './html-names.ts';
import type { SourceText } from './source-text.ts';
import type { WordAnswer, WordList } from './word-list.ts';

const DATA_ATTRIBUTES_MAX = 16;
const VALUE_CHARS_MAX = 8_192;
const SLOT = new Map<string, number>(ATTRIBUTES.map((name, slot) => [name, slot]));

/** Of the last tag scanned. Pages are read one after another, so they share the memory. */
const STARTS = new Int32Array(ATTRIBUTES.length);
const ENDS = new Int32Array(ATTRIBUTES.length);
const EXTRA = new Int32Array(DATA_ATTRIBUTES_MAX * 4);

/** What is asked of the page's units in `[start, end)`. */
export interface Gate {
  within(units: Uint16Array, start: number, end: number): boolean;
}

export class TagScanner {
  readonly #html: string;
  readonly #codes: Uint16Array;
  readonly #starts = STARTS;
  readonly #ends = ENDS;
  /** Ranges of `data-*` attributes: name start, name end, value start, value end. */
  readonly #extra = EXTRA;
  #extraCount = 0;
  #mask = 0;
  #noMore = '';
  #valueStart = 0;
  #valueEnd = 0;
  selfClosing = false;

  constructor({ html, codes }: SourceText) {
    this.#html = html;
    this.#codes = codes;
  }

  /** Bits of the slots that the last tag set. */
  get mask(): number {
    return this.#mask;
  }

  get dataCount(): number {
    return this.#extraCount;
  }

  /** Reads from after the tag's name; returns the offset after `>`, or the end of the page. */
  scan(from: number): number {
    const codes = this.#codes;
    const end = this.#html.length;
    this.#mask = 0;
    this.#extraCount = 0;
    this.selfClosing = false;
    let i = from;
    while (i < end) {
      const code = codes[i]!;
      if (code === 62) return i + 1;
      if (code <= 32 || code === 47) {
        this.selfClosing = code === 47;
        i++;
        continue;
      }
      this.selfClosing = false;
      i = this.#attribute(i);
    }
    return end;
  }

  #attribute(nameStart: number): number {
    const codes = this.#codes;
    const end = this.#html.length;
    let i = nameStart;
    let hash = 0;
    for (; i < end; i++) {
      const code = codes[i]!;
      if (code <= 32 || code === 62 || code === 47 || (code === 61 && i > nameStart)) break;
      hash = hashNext(hash, code);
    }
    const nameEnd = i;
    while (i < end && codes[i]! <= 32) i++;
    this.#valueStart = this.#valueEnd = nameEnd;
    if (i < end && codes[i] === 61) i = this.#value(i + 1);
    else i = nameEnd;
    const slot = attributeSlot(hash, nameEnd - nameStart);
    if (slot >= 0) {
      if ((this.#mask & (1 << slot)) === 0) {
        this.#mask |= 1 << slot;
        this.#starts[slot] = this.#valueStart;
        this.#ends[slot] = this.#valueEnd;
      }
    } else if ((codes[nameStart]! | 32) === 100 && nameEnd - nameStart > 5) {
      this.#keepData(nameStart, nameEnd);
    }
    return i;
  }

  #value(from: number): number {
    const html = this.#html;
    const codes = this.#codes;
    const end = html.length;
    let i = from;
    while (i < end && codes[i]! <= 32) i++;
    const first = i < end ? codes[i]! : 0;
    const quote = first === 34 ? '"' : first === 39 ? "'" : '';
    if (quote !== '' && !this.#noMore.includes(quote)) {
      const close = html.indexOf(quote, i + 1);
      if (close >= 0) {
        this.#valueStart = i + 1;
        this.#valueEnd = close;
        return close + 1;
      }
      this.#noMore += quote;
    }
    this.#valueStart = quote === '' ? i : i + 1;
    while (i < end) {
      const code = codes[i]!;
      if (code <= 32 || code === 62) break;
      i++;
    }
    this.#valueStart = Math.min(this.#valueStart, i);
    this.#valueEnd = i;
    return i;
  }

  #keepData(nameStart: number, nameEnd: number): void {
    const html = this.#html;
    if (html.charCodeAt(nameStart + 4) !== 45 || this.#extraCount >= DATA_ATTRIBUTES_MAX) return;
    if (html.slice(nameStart, nameStart + 5).toLowerCase() !== 'data-') return;
    const at = this.#extraCount++ * 4;
    this.#extra[at] = nameStart;
    this.#extra[at + 1] = nameEnd;
    this.#extra[at + 2] = this.#valueStart;
    this.#extra[at + 3] = this.#valueEnd;
  }

  has(slot: number): boolean {
    return (this.#mask & (1 << slot)) !== 0;
  }

  /** The decoded, trimmed value of an attribute of the last tag, or ''. */
  get(slot: number): string {
    if ((this.#mask & (1 << slot)) === 0) return '';
    return this.#decoded(this.#starts[slot]!, this.#ends[slot]!);
  }

  #decoded(start: number, end: number): string {
    if (start === end) return '';
    const codes = this.#codes;
    const stop = Math.min(end, start + VALUE_CHARS_MAX);
    const value = this.#html.slice(start, stop);
    if (value.indexOf('&') >= 0) return decodeAttribute(value).trim();
    return isInked(codes[start]!) && isInked(codes[stop - 1]!) ? value : value.trim();
  }

  /** Whether the value of an attribute of the last tag passes a gate, without a string of it. */
  passes(slot: number, gate: Gate): boolean {
    return this.has(slot) && gate.within(this.#codes, this.#starts[slot]!, this.#ends[slot]!);
  }

  /** Whether the value of an attribute of the last tag holds one of some words. */
  lists(slot: number, words: WordList): WordAnswer {
    if (!this.has(slot)) return 'no';
    const start = this.#starts[slot]!;
    return words.within(this.#codes, start, Math.min(this.#ends[slot]!, start + VALUE_CHARS_MAX));
  }

  /** The name of the `index`th data attribute, lower case. */
  dataName(index: number): string {
    const at = index * 4;
    return this.#html.slice(this.#extra[at], this.#extra[at + 1]).toLowerCase();
  }

  /** Whether the name of the `index`th data attribute holds one of some words. */
  listsName(index: number, words: WordList): WordAnswer {
    const at = index * 4;
    return words.within(this.#codes, this.#extra[at]!, this.#extra[at + 1]!);
  }

  dataValue(index: number): string {
    const at = index * 4;
    return this.#decoded(this.#extra[at + 2]!, this.#extra[at + 3]!);
  }
}

/** ASCII that is no white space. */
function isInked(code: number): boolean {
  return code > 32 && code < 128;
}

/** The slot of an attribute that `TagScanner` keeps. */
export function slotOf(name: AttributeName): number {
  return SLOT.get(name)!;
}
