/**
 * Equal work at the same time is done once: the first task with a key leads, the others follow and
 * wait for its end without holding anything. Who was on its way meanwhile can ask whether it comes
 * too late to lead. Bounded by the tasks in memory, and by a number of remembered answers.
 *
 * Where the leader ends without an answer, one follower of each group (a job) goes on and the
 * others keep waiting: an end costs as much as there are groups, however many follow. Invariant:
 * while nobody leads, a group with followers has one of its own on the way to lead.
 */
import { Deque } from '../base/deque.ts';
import { RecentMap } from '../base/recent-map.ts';

const ANSWERS_MAX = 10_000;

interface Work<Group, Follower> {
  led: boolean;
  /** By group. Most work has none. */
  followers: Map<Group, Deque<Follower>> | undefined;
}

export class SharedWork<Group, Follower> {
  readonly #work = new Map<string, Work<Group, Follower>>();
  /** By key: the count of answers at its last one. */
  readonly #lastAnswers = new RecentMap<string, number>(ANSWERS_MAX);
  #answers = 0;

  /** Answers so far: a moment to compare with. */
  get answers(): number {
    return this.#answers;
  }

  /** Whether there is an answer for this key since a moment, worth a look. */
  answeredSince(key: string, answers: number): boolean {
    return (this.#lastAnswers.get(key) ?? 0) > answers;
  }

  /** True: lead. False: the follower is given back when the leader has ended. */
  lead(key: string, group: Group, follower: Follower): boolean {
    const work = this.#work.get(key);
    if (!work?.led) {
      if (work) work.led = true;
      else this.#work.set(key, { led: true, followers: undefined });
      return true;
    }
    work.followers ??= new Map();
    let followers = work.followers.get(group);
    if (!followers) {
      followers = new Deque();
      work.followers.set(group, followers);
    }
    followers.push(follower);
    return false;
  }

  /** The leader has found the answer; returns all its followers. */
  answered(key: string): readonly Follower[] {
    const work = this.#work.get(key);
    this.#work.delete(key);
    this.#answers += 1;
    this.#lastAnswers.set(key, this.#answers);
    const all: Follower[] = [];
    for (const followers of work?.followers?.values() ?? []) {
      for (let next = followers.shift(); next !== undefined; next = followers.shift()) {
        all.push(next);
      }
    }
    return all;
  }

  /** The leader has ended without an answer; returns who may lead now, one of each group. */
  passedOn(key: string): readonly Follower[] {
    const work = this.#work.get(key);
    if (!work) return [];
    work.led = false;
    const next: Follower[] = [];
    for (const [group, followers] of work.followers ?? []) {
      next.push(followers.shift() as Follower);
      if (followers.size === 0) work.followers?.delete(group);
    }
    this.#forgetIfIdle(key, work);
    return next;
  }

  /** A group is gone, with all that follow. */
  forget(group: Group): void {
    for (const [key, work] of this.#work) {
      work.followers?.delete(group);
      this.#forgetIfIdle(key, work);
    }
  }

  #forgetIfIdle(key: string, { led, followers }: Work<Group, Follower>): void {
    if (!led && (followers?.size ?? 0) === 0) this.#work.delete(key);
  }
}
