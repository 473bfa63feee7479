/**
 * Equal work at the same time is done once: the first task with a key leads, the others wait for
 * its end without holding anything. Bounded by the tasks in memory.
 */
export class SharedWork {
  readonly #followers = new Map<string, (() => void)[]>();

  /** True: lead. False: `again` is called when the leader has ended. */
  lead(key: string, again: () => void): boolean {
    const followers = this.#followers.get(key);
    if (!followers) {
      this.#followers.set(key, []);
      return true;
    }
    followers.push(again);
    return false;
  }

  /** The leader has ended: its followers look again, the first of them leading if need be. */
  ended(key: string): void {
    const followers = this.#followers.get(key);
    this.#followers.delete(key);
    for (const again of followers ?? []) again();
  }
}
