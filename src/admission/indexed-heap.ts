/** What lies in an `IndexedHeap`: it knows its own place there. */
export interface HeapItem {
  /** Place in the heap; -1 outside. Written by the heap alone. */
  heapAt: number;
}

/**
 * A binary heap whose items know their places, so that one can be taken out or moved in O(log n).
 * That is why nothing in this folder is ever marked as stale and skipped later.
 *
 * Invariant: `items[i].heapAt === i`; so an item lies in one such heap at a time.
 */
export class IndexedHeap<T extends HeapItem> {
  readonly #items: T[] = [];
  readonly #before: (a: T, b: T) => boolean;

  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before;
  }

  get size(): number {
    return this.#items.length;
  }

  peek(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    this.#items.push(item);
    this.#rise(item, this.#items.length - 1);
  }

  /** Takes out an item that lies in this heap. */
  remove(item: T): void {
    const at = item.heapAt;
    const last = this.#items.pop() as T;
    item.heapAt = -1;
    if (last === item) return;
    this.#sink(last, at);
    if (last.heapAt === at) this.#rise(last, at);
  }

  /** Puts an item in its place again after its key has changed. */
  update(item: T): void {
    const at = item.heapAt;
    this.#sink(item, at);
    if (item.heapAt === at) this.#rise(item, at);
  }

  /** The items in heap order, for showing only. */
  values(): readonly T[] {
    return this.#items;
  }

  #rise(item: T, from: number): void {
    const items = this.#items;
    let at = from;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = items[up] as T;
      if (!this.#before(item, parent)) break;
      items[at] = parent;
      parent.heapAt = at;
      at = up;
    }
    items[at] = item;
    item.heapAt = at;
  }

  #sink(item: T, from: number): void {
    const items = this.#items;
    const size = items.length;
    let at = from;
    for (;;) {
      let down = 2 * at + 1;
      if (down >= size) break;
      if (down + 1 < size && this.#before(items[down + 1] as T, items[down] as T)) down += 1;
      const child = items[down] as T;
      if (!this.#before(child, item)) break;
      items[at] = child;
      child.heapAt = at;
      at = down;
    }
    items[at] = item;
    item.heapAt = at;
  }
}
