/**
 * Equal work at the same time is done once: the first task with a key leads, the others follow and
 * wait for its end without holding anything. Who was on its way meanwhile can ask whether it comes
 * too late to lead. Bounded by the tasks in memory, and by a number of remembered ends.
 */
import { RecentMap } from '../base/recent-map.ts';

const ENDS_MAX = 10_000;

export class SharedWork<Follower> {
  readonly #followers = new Map<string, Follower[]>();
  /** By key: the count of ends at its last one. */
  readonly #lastEnds = new RecentMap<string, number>(ENDS_MAX);
  #ends = 0;

  /** Ends so far: a moment to compare with. */
  get ends(): number {
    return this.#ends;
  }

  /** Whether work for this key has ended since a moment; a look at its answer is worth while. */
  endedSince(key: string, ends: number): boolean {
    return (this.#lastEnds.get(key) ?? 0) > ends;
  }

  /** True: lead. False: the follower is given back when the leader has ended. */
  lead(key: string, follower: Follower): boolean {
    const followers = this.#followers.get(key);
    if (!followers) {
      this.#followers.set(key, []);
      return true;
    }
    followers.push(follower);
    return false;
  }

  /** The leader has ended; returns its followers, of whom one may have to lead. */
  ended(key: string): readonly Follower[] {
    const followers = this.#followers.get(key) ?? [];
    this.#followers.delete(key);
    this.#ends += 1;
    this.#lastEnds.set(key, this.#ends);
    return followers;
  }
}
