/**
 * A set of objects that know their place in it: those that are under way, thousands a second, each
 * for a moment. In no particular order.
 *
 * Not a `Set` or a `Map`: V8 renews the table of one that changes much, and each table points to
 * the next for iterators that may still be on it. Once one of them has grown old, the dead tables
 * behind it, and whatever each of them held, survive every quick collection until a full one: of
 * what an engine allocated, one byte in eight was promoted for nothing. Here a place that is left
 * is emptied at once.
 */

/** What can be a member, of one slab at a time. */
export interface Placed {
  /** From 0, given by the slab; the next one may have it when this one has left. */
  place: number;
}

export class Slab<T extends Placed> {
  readonly #places: (T | undefined)[] = [];
  readonly #free: number[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(member: T): boolean {
    return this.#places[member.place] === member;
  }

  at(place: number): T | undefined {
    return this.#places[place];
  }

  /** Harmless for one that is in. */
  add(member: T): void {
    if (this.has(member)) return;
    member.place = this.#free.pop() ?? this.#places.length;
    this.#places[member.place] = member;
    this.#size += 1;
  }

  /** Returns whether it was in. */
  delete(member: T): boolean {
    if (!this.has(member)) return false;
    this.#places[member.place] = undefined;
    this.#free.push(member.place);
    this.#size -= 1;
    return true;
  }

  /** Those that are in now: members may come and leave meanwhile. */
  [Symbol.iterator](): Iterator<T> {
    return this.#places.filter((member) => member !== undefined).values();
  }
}
