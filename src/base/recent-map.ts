/**
 * A map that keeps what was set last, up to a bound. It has two generations: what is set goes into
 * the young one, and when that is full the old one is dropped and the young one becomes the old.
 *
 * A plain `Map` used in order of insertion would do the same with less memory, and slowly: its
 * deleted entries stay in its chains until it grows, and every look passes all of them.
 */
export class RecentMap<Key, Value> {
  readonly #max: number;
  #young = new Map<Key, Value>();
  #old: Map<Key, Value> = new Map();

  /** `max`: entries that are surely kept; there are at most twice as many. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Entries at most: what is in both generations counts twice. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(key: Key): Value | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  delete(key: Key): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  /** Sets an entry and makes it one of the newest. */
  set(key: Key, value: Value): void {
    this.#young.set(key, value);
    if (this.#young.size < this.#max) return;
    this.#old = this.#young;
    this.#young = new Map();
  }
}
