/** A first-in-first-out queue on a ring that doubles as it fills. Every operation costs O(1). */
export class Deque<T> {
  #ring: (T | undefined)[] = new Array(8);
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(item: T): void {
    if (this.#size === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.#size) & (this.#ring.length - 1)] = item;
    this.#size += 1;
  }

  /** Puts an item in front: it is the next to be shifted. */
  unshift(item: T): void {
    if (this.#size === this.#ring.length) this.#grow();
    this.#head = (this.#head - 1) & (this.#ring.length - 1);
    this.#ring[this.#head] = item;
    this.#size += 1;
  }

  peek(): T | undefined {
    return this.#size === 0 ? undefined : this.#ring[this.#head];
  }

  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    const item = this.#ring[this.#head];
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.#size -= 1;
    return item;
  }

  clear(): void {
    this.#ring = new Array(8);
    this.#head = 0;
    this.#size = 0;
  }

  #grow(): void {
    const next: (T | undefined)[] = new Array(this.#ring.length * 2);
    for (let i = 0; i < this.#size; i += 1) {
      next[i] = this.#ring[(this.#head + i) & (this.#ring.length - 1)];
    }
    this.#ring = next;
    this.#head = 0;
  }
}
