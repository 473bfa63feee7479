/**
 * An ordered list that pages are read from: followers, users followed, members, posts.
 *
 * Each member has a key, higher for newer ones. Those of the first day have the keys -1 (newest) to
 * -size; who comes later gets 0, 1, 2, …. A page starts at a key, so members who come meanwhile do
 * not move it. Who they are is a permutation of the users by seed: nobody is in a list twice.
 */
import { seedOf } from '../sites/seed.ts';
import type { PagePlace } from './page-token.ts';

export interface MemberListOptions {
  readonly seed: number;
  /** What the list is, to draw by. */
  readonly name: string;
  readonly size: number;
  readonly users: number;
  /** True: posts, every fourth of them by an author of a newer one. */
  readonly posts: boolean;
  readonly shortPages: number;
  readonly emptyPages: number;
  /** Members who are in no page. */
  hidden(index: number): boolean;
}

export interface Member {
  readonly key: number;
  /** Index of the user. */
  readonly index: number;
}

export interface MemberPage {
  readonly members: readonly Member[];
  readonly next: PagePlace | undefined;
  readonly previous: PagePlace | undefined;
}

export interface KeyRange {
  readonly low: number;
  readonly high: number;
}

export class MemberList {
  readonly name: string;
  readonly size: number;
  readonly #options: MemberListOptions;
  readonly #step: number;
  readonly #shift: number;
  /** Users that came after the first day. */
  readonly #came: number[] = [];
  readonly #gone = new Set<number>();
  /** Pages that were read. */
  pages = 0;

  constructor(options: MemberListOptions) {
    const { seed, name, users } = options;
    this.#options = options;
    this.name = name;
    this.size = Math.min(options.size, users - 1);
    let step = 1 + (seedOf(seed, 'step', name) % (users - 1));
    while (greatestDivisor(step, users) !== 1) step = (step % (users - 1)) + 1;
    this.#step = step;
    this.#shift = seedOf(seed, 'shift', name) % users;
  }

  /** Members that are there, suspended ones included. */
  get count(): number {
    return this.size + this.#came.length - this.#gone.size;
  }

  get range(): KeyRange {
    return { low: -this.size, high: this.#came.length - 1 };
  }

  /** Lets `count` new members come. Returns them oldest first; fewer when no user is left. */
  arrive(count: number): number[] {
    const before = this.#authors();
    const arrived: number[] = [];
    while (arrived.length < count && before + this.#came.length < this.#options.users) {
      const index = this.#userAt(before + this.#came.length);
      this.#came.push(index);
      if (!this.#options.hidden(index)) arrived.push(index);
    }
    return arrived;
  }

  /** Removes `count` members drawn by seed. Returns them; fewer when nobody is left. */
  leave(count: number): number[] {
    const { low, high } = this.range;
    const left: number[] = [];
    const span = high - low + 1;
    let key = span > 0 ? low + (seedOf(this.#options.seed, this.name, this.#gone.size) % span) : 0;
    for (let tries = 0; tries < span && left.length < count; tries += 1) {
      if (!this.#gone.has(key)) {
        this.#gone.add(key);
        left.push(this.indexAt(key));
      }
      // A stride that is prime and larger than any list passes every key.
      key = low + ((key - low + 982_451_653) % span);
    }
    return left;
  }

  /** The page of at most `count` that starts at `place`, or at the newest, within `range`. */
  page(count: number, place: PagePlace | undefined, range: KeyRange = this.range): MemberPage {
    this.pages += 1;
    const { low, high } = range;
    const back = place?.back === true;
    // Going back, the place is the oldest of the page, and the page is a full one.
    const start = Math.min(high, back ? (place?.key ?? 0) + count - 1 : (place?.key ?? high));
    const take = back ? start - (place?.key ?? 0) + 1 : this.#take(count, start, place);
    const end = Math.max(low, start - take + 1);
    const members: Member[] = [];
    for (let key = start; key >= end; key -= 1) {
      const index = this.indexAt(key);
      if (!this.#gone.has(key) && !this.#options.hidden(index)) members.push({ key, index });
    }
    const rest = take === 0 ? start : end - 1;
    return {
      members,
      next: rest < low ? undefined : { key: rest, back: false, afterEmpty: take === 0 },
      previous: start >= high ? undefined : { key: start + 1, back: true, afterEmpty: false },
    };
  }

  /** Everybody who is there, newest first, each user once. */
  *all(): Generator<number> {
    const { low, high } = this.range;
    const seen = this.#options.posts ? new Set<number>() : undefined;
    for (let key = high; key >= low; key -= 1) {
      const index = this.indexAt(key);
      if (this.#gone.has(key) || this.#options.hidden(index) || seen?.has(index)) continue;
      seen?.add(index);
      yield index;
    }
  }

  /** Index of the user that the key belongs to. */
  indexAt(key: number): number {
    if (key >= 0) return this.#came[key] as number;
    const place = -key - 1;
    if (!this.#options.posts) return this.#userAt(place);
    const authors = place - Math.floor(place / 4);
    if (place % 4 !== 3) return this.#userAt(authors);
    return this.#userAt(seedOf(this.#options.seed, this.name, 'again', place) % authors);
  }

  /** Users that the members of the first day are. */
  #authors(): number {
    return this.#options.posts ? this.size - Math.floor(this.size / 4) : this.size;
  }

  #userAt(place: number): number {
    return (this.#step * place + this.#shift) % this.#options.users;
  }

  /** How many members the page takes: all it may, or fewer, or none this time. */
  #take(count: number, start: number, place: PagePlace | undefined): number {
    const { seed, shortPages, emptyPages } = this.#options;
    const draw = seedOf(seed, this.name, 'page', start) / 2 ** 32;
    if (draw < emptyPages) return place?.afterEmpty ? count : 0;
    if (draw >= emptyPages + shortPages) return count;
    return 1 + Math.floor(((draw - emptyPages) / shortPages) * (count - 1));
  }
}

function greatestDivisor(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y > 0) [x, y] = [y, x % y];
  return x;
}
