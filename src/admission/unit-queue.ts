import { Heap } from '../base/heap.ts';
import type { Unit } from './unit.ts';

/** Room at the front of the array that is worth giving back. */
const SLACK_MIN = 64;

/**
 * The units of one group in order of `seq`. They nearly always come in that order, so they lie in a
 * plain array, eight bytes each; those that come late (retries) go to a heap. Push and shift cost
 * O(1) in order and O(log n) out of order.
 *
 * Invariant: the first of the array and the top of the heap are never withdrawn ones.
 */
export class UnitQueue<T> {
  #items: Unit<T>[];
  #from = 0;
  #late: Heap<Unit<T>> | undefined;
  #lateSet: Set<Unit<T>> | undefined;
  /** Units in the array that were withdrawn and are skipped when they come to the front. */
  #withdrawn: Set<Unit<T>> | undefined;
  #size = 1;

  constructor(first: Unit<T>) {
    // A literal of one takes a quarter of the memory of an array grown by a push.
    this.#items = [first];
  }

  get size(): number {
    return this.#size;
  }

  peek(): Unit<T> | undefined {
    const next = this.#items[this.#from];
    const late = this.#late?.peek();
    if (late === undefined) return next;
    return next === undefined || late.seq < next.seq ? late : next;
  }

  push(unit: Unit<T>): void {
    this.#size += 1;
    // Withdrawn and back before its old place was reached: that place is its own again.
    if (this.#withdrawn?.delete(unit)) return;
    const last = this.#items[this.#items.length - 1];
    if (last === undefined || this.#from === this.#items.length || unit.seq >= last.seq) {
      this.#items.push(unit);
      return;
    }
    this.#late ??= new Heap<Unit<T>>((a, b) => a.seq < b.seq);
    this.#lateSet ??= new Set();
    this.#late.push(unit);
    this.#lateSet.add(unit);
  }

  shift(): Unit<T> | undefined {
    const unit = this.peek();
    if (unit === undefined) return undefined;
    this.#size -= 1;
    if (this.#late !== undefined && this.#late.peek() === unit) {
      this.#late.pop();
      this.#lateSet?.delete(unit);
    } else {
      this.#from += 1;
    }
    this.#tidy();
    return unit;
  }

  /** Takes one unit out; false when it is not here. O(log n). */
  withdraw(unit: Unit<T>): boolean {
    if (this.#lateSet?.delete(unit)) {
      this.#size -= 1;
      this.#tidy();
      return true;
    }
    if (this.#withdrawn?.has(unit) || !this.#holds(unit)) return false;
    this.#withdrawn ??= new Set();
    this.#withdrawn.add(unit);
    this.#size -= 1;
    this.#tidy();
    return true;
  }

  /** All units, in order. */
  drain(): Unit<T>[] {
    const units: Unit<T>[] = [];
    for (let unit = this.shift(); unit !== undefined; unit = this.shift()) units.push(unit);
    return units;
  }

  #holds(unit: Unit<T>): boolean {
    let low = this.#from;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#items[middle] as Unit<T>).seq < unit.seq) low = middle + 1;
      else high = middle;
    }
    for (let at = low; this.#items[at]?.seq === unit.seq; at += 1) {
      if (this.#items[at] === unit) return true;
    }
    return false;
  }

  #tidy(): void {
    const late = this.#late;
    while (late !== undefined && late.size > 0 && !this.#lateSet?.has(late.peek() as Unit<T>)) {
      late.pop();
    }
    if (this.#withdrawn !== undefined && this.#withdrawn.size > 0) {
      while (this.#from < this.#items.length) {
        if (!this.#withdrawn.delete(this.#items[this.#from] as Unit<T>)) break;
        this.#from += 1;
      }
    }
    if (this.#from === this.#items.length) {
      this.#items = [];
      this.#from = 0;
    } else if (this.#from >= SLACK_MIN && this.#from * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#from);
      this.#from = 0;
    }
  }
}
