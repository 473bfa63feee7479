/**
 * The open elements of a page, bounded in depth. It exists to know where links, marks, hidden and
 * reversed elements end; it repairs only what broken pages commonly break. An end tag whose
 * element is not open costs one look-up, and one that is open removes what it passes, so the work
 * is linear.
 */
import { hashName, TAG } from './html-names.ts';
import type { ViewParts } from './view-parts.ts';

const DEPTH_MAX = 256;
const COUNTER_MASK = 1023;

const P = hashName('p');
const A = hashName('a');
const TR = hashName('tr');
const TD = hashName('td');
const TH = hashName('th');

/** Pages are read one after another, so that their stacks share the memory. */
const TAGS = new Int32Array(DEPTH_MAX);
const TRACKED = new Uint8Array(DEPTH_MAX);
const OPEN = new Uint16Array(COUNTER_MASK + 1);

export class ElementStack {
  readonly #parts: ViewParts;
  readonly #tags = TAGS;
  /** Whether the element at this depth must be told when it closes. */
  readonly #tracked = TRACKED;
  /** Open elements by low bits of their hash: an end tag of none of them is ignored at once. */
  readonly #open = OPEN;
  #depth = 0;
  #overflow = 0;

  constructor(parts: ViewParts) {
    this.#parts = parts;
    this.#open.fill(0);
  }

  /** Opens the element whose tag has just been scanned. */
  open(hash: number, bits: number, html: string, nameStart: number, nameEnd: number): void {
    if (bits > 0 && this.#depth > 0) this.#closeImplied(hash, bits);
    const isVoid = bits > 0 && (bits & TAG.void) !== 0;
    if (isVoid || (bits < 0 && this.#parts.selfClosing)) {
      this.#parts.empty(hash, bits, html, nameStart, nameEnd);
      return;
    }
    if (this.#depth >= DEPTH_MAX) {
      this.#overflow++;
      return;
    }
    const tracked = this.#parts.open(hash, bits, html, nameStart, nameEnd);
    this.#tags[this.#depth] = hash;
    this.#tracked[this.#depth] = tracked ? 1 : 0;
    this.#depth++;
    this.#open[hash & COUNTER_MASK]!++;
  }

  #closeImplied(hash: number, bits: number): void {
    let top = this.#tags[this.#depth - 1]!;
    if (top === P && (bits & (TAG.block | TAG.cell)) !== 0) {
      this.#pop();
      if (this.#depth === 0) return;
      top = this.#tags[this.#depth - 1]!;
    }
    if (hash === A) {
      if (this.#open[A & COUNTER_MASK] !== 0) this.close(A);
    } else if ((bits & TAG.sibling) !== 0) {
      const isCell = top === TD || top === TH;
      if (top === hash || (isCell && (hash === TD || hash === TH))) this.#pop();
      else if (hash === TR && isCell) {
        this.#pop();
        if (this.#depth > 0 && this.#tags[this.#depth - 1] === TR) this.#pop();
      }
    }
  }

  /** Closes the innermost open element of this name and all inside it; without one, nothing. */
  close(hash: number): void {
    if (this.#overflow > 0) {
      this.#overflow--;
      return;
    }
    if (this.#open[hash & COUNTER_MASK] === 0) return;
    let at = this.#depth - 1;
    while (at >= 0 && this.#tags[at] !== hash) at--;
    if (at < 0) return;
    while (this.#depth > at) this.#pop();
  }

  closeAll(): void {
    while (this.#depth > 0) this.#pop();
  }

  #pop(): void {
    const at = --this.#depth;
    this.#open[this.#tags[at]! & COUNTER_MASK]!--;
    if (this.#tracked[at] === 1) this.#parts.close();
  }
}
